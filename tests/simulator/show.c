#include "simulator/show.h"

#include <cjson/cJSON.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "sgp22/metadata.h"
#include "simulator/state.h"

static const char *const event_names[] = {
    [NOTIFICATION_INSTALL] = "install",
    [NOTIFICATION_ENABLE] = "enable",
    [NOTIFICATION_DISABLE] = "disable",
    [NOTIFICATION_DELETE] = "delete",
};

static enum err digest_of(const struct state *state, const struct profile *profile,
                          char text[2 * SHA256_SIZE + 1])
{
    uint8_t digest[SHA256_SIZE];
    struct buf upp;
    buf_init(&upp, UPP_MAX);
    enum err err = state_get_upp(state, &profile->iccid, &upp);
    if (err == ERR_OK) {
        err = crypto_sha256(buf_bytes(&upp), digest);
    }
    if (err == ERR_OK) {
        hex_encode(BYTES_OF(digest), text);
    }
    buf_clear(&upp);
    for (char *c = text; err == ERR_OK && *c; c++) {
        if (*c >= 'A') {
            *c = (char)(*c + 'a' - 'A'); /* as sha256sum writes it */
        }
    }
    return err;
}

static enum err show_text(const struct state *state, FILE *stream)
{
    for (size_t i = 0; i < state->profile_count; i++) {
        const struct profile *it = &state->profile[i];
        char iccid[ICCID_TEXT_SIZE], digest[2 * SHA256_SIZE + 1];
        enum err err = digest_of(state, it, digest);
        if (err != ERR_OK) {
            return err;
        }
        fprintf(stream, "profile %s %s %zu bytes sha256 %s\n", iccid_text(&it->iccid, iccid),
                it->enabled ? "enabled" : "disabled", it->upp_len, digest);
    }
    for (size_t i = 0; i < state->notification_count; i++) {
        fprintf(stream, "notification %llu %s\n",
                (unsigned long long)state->notification[i].seq_number,
                event_names[state->notification[i].event]);
    }
    return ERR_OK;
}

static enum err show_json(const struct state *state, FILE *stream)
{
    enum err err = ERR_OK;
    cJSON *root = cJSON_CreateObject();
    cJSON *profiles = cJSON_AddArrayToObject(root, "profiles");
    cJSON *notifications = cJSON_AddArrayToObject(root, "notifications");

    for (size_t i = 0; err == ERR_OK && i < state->profile_count; i++) {
        const struct profile *it = &state->profile[i];
        char iccid[ICCID_TEXT_SIZE], digest[2 * SHA256_SIZE + 1];
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(profiles, row);
        err = digest_of(state, it, digest);
        if (err != ERR_OK) {
            break;
        }
        cJSON_AddStringToObject(row, "iccid", iccid_text(&it->iccid, iccid));
        cJSON_AddStringToObject(row, "state", it->enabled ? "enabled" : "disabled");
        cJSON_AddNumberToObject(row, "bytes", (double)it->upp_len);
        cJSON_AddStringToObject(row, "sha256", digest);
    }
    for (size_t i = 0; i < state->notification_count; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddItemToArray(notifications, row);
        cJSON_AddNumberToObject(row, "seq_number", (double)state->notification[i].seq_number);
        cJSON_AddStringToObject(row, "event", event_names[state->notification[i].event]);
    }
    char *text = cJSON_PrintUnformatted(root);
    if (!text) {
        err = ERR_MEMORY;
    }
    if (err == ERR_OK) {
        fprintf(stream, "%s\n", text);
    }
    cJSON_free(text);
    cJSON_Delete(root);
    return err;
}

enum err show(const char *state_dir, bool json, FILE *stream)
{
    struct state *state = NULL;
    enum err err = state_peek(state_dir, &state);
    if (err == ERR_OK) {
        err = json ? show_json(state, stream) : show_text(state, stream);
    }
    state_free(&state);
    return err;
}
