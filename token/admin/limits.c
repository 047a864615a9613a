#include "admin/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum err limit_parse(const char *text, uint32_t *limit)
{
    char *end = NULL;
    *limit = UINT32_MAX;
    if (strcmp(text, "none") == 0) {
        return ERR_OK;
    }
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value >= UINT32_MAX) {
        return ERR_MALFORMED;
    }
    *limit = (uint32_t)value;
    return ERR_OK;
}

/* Digits without what groups them. */
static enum err batch_id_parse(const char *text, uint8_t id[TOKWIRE_BATCH_ID_SIZE])
{
    char digits[2 * TOKWIRE_BATCH_ID_SIZE];
    size_t count = 0, len = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == '-') {
            continue;
        }
        if (count == sizeof(digits)) {
            return ERR_MALFORMED;
        }
        digits[count++] = *text;
    }
    if (count != sizeof(digits)) {
        return ERR_MALFORMED;
    }
    return hex_decode(digits, count, id, TOKWIRE_BATCH_ID_SIZE, &len);
}

static bool is_there(const struct batch_list *batches, const uint8_t id[TOKWIRE_BATCH_ID_SIZE])
{
    for (size_t i = 0; i < batches->count; i++) {
        if (memcmp(batches->ids[i], id, TOKWIRE_BATCH_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static enum err add_batch(const char *text, struct batch_list *batches)
{
    uint8_t id[TOKWIRE_BATCH_ID_SIZE];
    if (batches->count == TOKWIRE_BATCHES_MAX || batch_id_parse(text, id) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (is_there(batches, id)) {
        return ERR_DUPLICATE;
    }
    memcpy(batches->ids[batches->count++], id, sizeof(id));
    return ERR_OK;
}

enum err batch_list_parse(const struct option_list *texts, struct batch_list *batches,
                          const char **wrong)
{
    enum err err = ERR_OK;
    *batches = (struct batch_list){.count = 0};
    *wrong = NULL;
    if (texts->count == 1 && strcmp(texts->values[0], "any") == 0) {
        return ERR_OK;
    }
    for (size_t i = 0; i < texts->count && err == ERR_OK; i++) {
        err = add_batch(texts->values[i], batches);
        if (err != ERR_OK) {
            *batches = (struct batch_list){.count = 0};
            *wrong = texts->values[i];
        }
    }
    return err;
}
