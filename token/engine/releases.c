#include "engine/releases.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, CAPACITY_MAX = 1 << 26, KEY_SIZE = EID_SIZE + ICCID_SIZE };

struct release_entry {
    uint8_t key[KEY_SIZE];
    uint32_t count; /* 0: free */
};

static void key_of(const struct eid *eid, const struct iccid *iccid, uint8_t key[KEY_SIZE])
{
    memcpy(key, eid->data, EID_SIZE);
    memcpy(key + EID_SIZE, iccid->data, ICCID_SIZE);
}

/* FNV-1a: the keys come from our own authenticated journal. */
static size_t hash_of(const uint8_t key[KEY_SIZE])
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < KEY_SIZE; i++) {
        hash = (hash ^ key[i]) * 0x100000001b3u;
    }
    return (size_t)(hash ^ hash >> 32);
}

/* The key's entry, or the free one where it belongs. */
static struct release_entry *slot_of(struct release_entry *entries, size_t capacity,
                                     const uint8_t key[KEY_SIZE])
{
    size_t i = hash_of(key) & (capacity - 1);
    while (entries[i].count != 0 && memcmp(entries[i].key, key, KEY_SIZE) != 0) {
        i = (i + 1) & (capacity - 1);
    }
    return &entries[i];
}

void releases_clear(struct releases *releases)
{
    free(releases->entries);
    *releases = (struct releases){0};
}

uint32_t releases_count(const struct releases *releases, const struct eid *eid,
                        const struct iccid *iccid)
{
    uint8_t key[KEY_SIZE];
    if (releases->capacity == 0) {
        return 0;
    }
    key_of(eid, iccid, key);
    return slot_of(releases->entries, releases->capacity, key)->count;
}

enum err releases_reserve(struct releases *releases)
{
    if (releases->distinct + 1 <= releases->capacity / 2) {
        return ERR_OK;
    }
    size_t capacity = releases->capacity == 0 ? FIRST_CAPACITY : releases->capacity * 2;
    if (capacity > CAPACITY_MAX) {
        return ERR_RANGE;
    }
    struct release_entry *entries = calloc(capacity, sizeof(*entries));
    if (entries == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < releases->capacity; i++) {
        if (releases->entries[i].count != 0) {
            *slot_of(entries, capacity, releases->entries[i].key) = releases->entries[i];
        }
    }
    free(releases->entries);
    releases->entries = entries;
    releases->capacity = capacity;
    return ERR_OK;
}

enum err releases_add(struct releases *releases, const struct eid *eid, const struct iccid *iccid)
{
    uint8_t key[KEY_SIZE];
    enum err err = releases_reserve(releases);
    if (err != ERR_OK) {
        return err;
    }
    key_of(eid, iccid, key);
    struct release_entry *entry = slot_of(releases->entries, releases->capacity, key);
    if (entry->count == 0) {
        memcpy(entry->key, key, KEY_SIZE);
        releases->distinct++;
    }
    entry->count++;
    releases->total++;
    return ERR_OK;
}
