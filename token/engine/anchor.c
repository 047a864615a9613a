#include "engine/anchor.h"

#include <string.h>

enum {
    PLACES = 2,
    ANCHOR_SIZE = 8 + SHA256_SIZE + 8,
    HASH_AT = 8,
    GENERATION_AT = 8 + SHA256_SIZE
};

static const char *const labels[PLACES] = {"journal-anchor-0", "journal-anchor-1"};

static void decode(const uint8_t *data, struct anchor *anchor)
{
    anchor->count = get_u64(data);
    memcpy(anchor->hash, data + HASH_AT, SHA256_SIZE);
    anchor->generation = get_u64(data + GENERATION_AT);
}

static bool is_later(const struct anchor *a, const struct anchor *b)
{
    return a->count > b->count || (a->count == b->count && a->generation > b->generation);
}

/* One that a kill left torn or missing is passed over: the other stands. */
enum err anchors_read(struct keystore *store, struct anchors *anchors)
{
    bool found = false;
    *anchors = (struct anchors){0};
    for (unsigned i = 0; i < PLACES; i++) {
        struct anchor anchor;
        struct buf value;
        buf_init(&value, KEYSTORE_DATA_MAX);
        enum err err = keystore_get_data(store, labels[i], &value);
        if (err == ERR_OK && value.len == ANCHOR_SIZE) {
            decode(value.data, &anchor);
            if (!found || is_later(&anchor, &anchors->latest)) {
                *anchors = (struct anchors){.latest = anchor, .next = (i + 1) % PLACES};
            }
            found = true;
        }
        buf_clear(&value);
        if (err == ERR_MEMORY) {
            return err;
        }
    }
    return found ? ERR_OK : ERR_NOT_FOUND;
}

enum err anchors_write(struct keystore *store, struct anchors *anchors, const struct anchor *anchor)
{
    uint8_t value[ANCHOR_SIZE];
    set_u64(value, anchor->count);
    memcpy(value + HASH_AT, anchor->hash, SHA256_SIZE);
    set_u64(value + GENERATION_AT, anchor->generation);
    enum err err = keystore_put_data(store, labels[anchors->next], BYTES_OF(value));
    if (err == ERR_OK) {
        anchors->latest = *anchor;
        anchors->next = (anchors->next + 1) % PLACES;
    }
    return err;
}
