#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/hex.h"
#include "sgp22/metadata.h"
#include "simulator/state.h"

enum { STATE_HEX_MAX = 2 * STATE_NOTIFICATION_SIZE_MAX };

static bool add_hex(cJSON *object, const char *name, struct bytes bytes)
{
    char *text = malloc(2 * bytes.len + 1);
    bool ok = text && cJSON_AddStringToObject(object, name, hex_encode(bytes, text));
    free(text);
    return ok;
}

static bool put_profile(cJSON *list, const struct profile *profile)
{
    char iccid[ICCID_TEXT_SIZE];
    cJSON *row = cJSON_CreateObject();
    return row && cJSON_AddItemToArray(list, row) &&
           cJSON_AddStringToObject(row, "iccid", iccid_text(&profile->iccid, iccid)) &&
           add_hex(row, "aid", BYTES_OF(profile->aid)) &&
           cJSON_AddBoolToObject(row, "enabled", profile->enabled) &&
           cJSON_AddStringToObject(row, "nickname", profile->nickname) &&
           add_hex(row, "metadata", buf_bytes(&profile->metadata)) &&
           cJSON_AddNumberToObject(row, "bytes", (double)profile->upp_len);
}

static bool put_notification(cJSON *list, const struct notification *notification)
{
    cJSON *row = cJSON_CreateObject();
    return row && cJSON_AddItemToArray(list, row) &&
           cJSON_AddNumberToObject(row, "seq_number", (double)notification->seq_number) &&
           cJSON_AddNumberToObject(row, "event", notification->event) &&
           add_hex(row, "notification", buf_bytes(&notification->whole));
}

enum err state_encode(const struct state *state, struct buf *json)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *profiles = cJSON_AddArrayToObject(root, "profiles");
    cJSON *notifications = cJSON_AddArrayToObject(root, "notifications");
    bool ok = profiles && notifications &&
              cJSON_AddNumberToObject(root, "next_seq_number", (double)state->next_seq_number) &&
              cJSON_AddNumberToObject(root, "next_isdp", state->next_isdp);
    for (size_t i = 0; ok && i < state->profile_count; i++) {
        ok = put_profile(profiles, &state->profile[i]);
    }
    for (size_t i = 0; ok && i < state->notification_count; i++) {
        ok = put_notification(notifications, &state->notification[i]);
    }
    char *text = ok ? cJSON_Print(root) : NULL;
    if (text) {
        buf_put_str(json, text);
    }
    cJSON_free(text);
    cJSON_Delete(root);
    return text ? buf_err(json) : ERR_MEMORY;
}

/* A number that is whole and within 0..max; false else. */
static bool get_number(const cJSON *object, const char *name, double max, double *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max) ||
        item->valuedouble != (double)(uint64_t)item->valuedouble) {
        return false;
    }
    *out = item->valuedouble;
    return true;
}

static const char *get_text(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static bool get_hex(const cJSON *object, const char *name, size_t max, struct buf *out)
{
    const char *text = get_text(object, name);
    size_t len = text ? strlen(text) : 0, got = 0;
    if (!text || len > 2 * max) {
        return false;
    }
    buf_init(out, max);
    uint8_t *room = buf_extend(out, len / 2);
    return len == 0 || (room && hex_decode(text, len, room, len / 2, &got) == ERR_OK);
}

static bool take_profile(const cJSON *row, struct state *state)
{
    if (state->profile_count == STATE_PROFILES_MAX) {
        return false;
    }
    /* Counted first, so that state_free() releases what a failure leaves. */
    struct profile *profile = &state->profile[state->profile_count++];
    const char *iccid = get_text(row, "iccid"), *aid = get_text(row, "aid");
    const char *nickname = get_text(row, "nickname");
    size_t aid_len = 0;
    double bytes = 0;
    if (!iccid || !aid || !nickname || strlen(nickname) > STATE_NICKNAME_MAX ||
        iccid_parse(iccid, &profile->iccid) != ERR_OK ||
        hex_decode(aid, strlen(aid), profile->aid, sizeof(profile->aid), &aid_len) != ERR_OK ||
        aid_len != sizeof(profile->aid) || !get_number(row, "bytes", UPP_MAX, &bytes) ||
        !get_hex(row, "metadata", METADATA_MAX, &profile->metadata)) {
        return false;
    }
    memcpy(profile->nickname, nickname, strlen(nickname) + 1);
    profile->upp_len = (size_t)bytes;
    profile->enabled = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "enabled"));
    return true;
}

static bool take_notification(const cJSON *row, struct state *state)
{
    double seq_number = 0, event = 0;
    if (state->notification_count == STATE_NOTIFICATIONS_MAX) {
        return false;
    }
    struct notification *it = &state->notification[state->notification_count++];
    if (!get_number(row, "seq_number", 9e15, &seq_number) ||
        !get_number(row, "event", NOTIFICATION_DELETE, &event) ||
        !get_hex(row, "notification", STATE_NOTIFICATION_SIZE_MAX, &it->whole)) {
        return false;
    }
    it->seq_number = (uint64_t)seq_number;
    it->event = (enum notification_event)(int)event;
    return true;
}

enum err state_decode(struct bytes json, struct state *state)
{
    cJSON *root = cJSON_ParseWithLength((const char *)json.data, json.len);
    const cJSON *profiles = cJSON_GetObjectItemCaseSensitive(root, "profiles");
    const cJSON *notifications = cJSON_GetObjectItemCaseSensitive(root, "notifications");
    const cJSON *row = NULL;
    double next_seq = 0, next_isdp = 0;
    bool ok = cJSON_IsArray(profiles) && cJSON_IsArray(notifications) &&
              get_number(root, "next_seq_number", 9e15, &next_seq) &&
              get_number(root, "next_isdp", UINT16_MAX, &next_isdp);

    cJSON_ArrayForEach(row, profiles) ok = ok && take_profile(row, state);
    cJSON_ArrayForEach(row, notifications) ok = ok && take_notification(row, state);
    cJSON_Delete(root);
    if (!ok) {
        return ERR_MALFORMED;
    }
    state->next_seq_number = (uint64_t)next_seq;
    state->next_isdp = (unsigned)next_isdp;
    return ERR_OK;
}
