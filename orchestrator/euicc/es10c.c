/* GetEID, GetProfilesInfo, EnableProfile (SGP.22 5.7.15 - 5.7.20). */
#include "euicc/es10c.h"

#include <string.h>

#include "euicc/es10.h"

enum {
    EID_RAW_MAX = 256,
    TAG_PROFILE_IDENTIFIER = 0xA0, /* EnableProfile: CHOICE, hence explicit */
    TAG_SEARCH_CRITERIA = 0xA0,    /* GetProfilesInfo: CHOICE, hence explicit */
    TAG_REFRESH_FLAG = 0x81,
    BOOLEAN_TRUE = 0xFF,
    PROFILE_STATE_ENABLED = 1,
};

/* What GetProfilesInfo asks for: all a list shows, and no icon. */
static const uint8_t profile_tags[] = {
    TAG_ICCID,        TAG_PROFILE_STATE >> 8, TAG_PROFILE_STATE & 0xFF, TAG_SERVICE_PROVIDER_NAME,
    TAG_PROFILE_NAME, TAG_PROFILE_CLASS,
};

/* ProfileInfoListError */
static const struct es10_code profiles_codes[] = {
    {1, "incorrectInputValues"},
    {127, "undefinedError"},
    {0, NULL},
};

/* EnableProfileResponse */
static const struct es10_code enable_codes[] = {
    {1, "iccidOrAidNotFound"},
    {2, "profileNotInDisabledState"},
    {3, "disallowedByPolicy"},
    {4, "wrongProfileReenabling"},
    {5, "catBusy"},
    {127, "undefinedError"},
    {0, NULL},
};

enum err es10c_get_eid(struct isdr *isdr, struct eid *eid)
{
    static const char function[] = "GetEID";
    static const uint8_t wanted[] = {TAG_EID};
    struct bytes value;
    struct buf request, raw;
    struct tlv field;
    size_t mark;
    enum err err;

    memset(eid, 0, sizeof(*eid));
    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, EID_RAW_MAX);
    mark = tlv_open(&request, TAG_EUICC_DATA);
    tlv_put(&request, TAG_TAG_LIST, BYTES_OF(wanted));
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_EUICC_DATA, &raw, &value);
    if (err != ERR_OK) {
        goto out;
    }
    err = tlv_find(value, TAG_EID, &field);
    if (err == ERR_OK) {
        err = eid_from_bytes(field.value, eid);
    }
    if (err != ERR_OK) {
        memset(eid, 0, sizeof(*eid));
        err = es10_malformed(isdr, function, err);
    }
out:
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}

/* Length of the UTF-8 character at the front of text (RFC 3629), 0 when it is
 * none or a control character: a name from a chip goes to a terminal and into
 * reports. */
static size_t printable_len(struct bytes text)
{
    uint8_t first = text.data[0];
    size_t len, i;
    uint32_t rune;

    if (first < 0x80) {
        return first >= 0x20 && first != 0x7F ? 1 : 0;
    }
    len = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || len > text.len) {
        return 0;
    }
    rune = first & (0x7Fu >> len);
    for (i = 1; i < len; i++) {
        if ((text.data[i] & 0xC0) != 0x80) {
            return 0;
        }
        rune = rune << 6 | (text.data[i] & 0x3Fu);
    }
    if (rune < 0xA0 || (len == 3 && rune < 0x800) || (len == 4 && rune < 0x10000) ||
        (rune >= 0xD800 && rune <= 0xDFFF) || rune > 0x10FFFF) {
        return 0;
    }
    return len;
}

/* Text as zero-terminated UTF-8, '?' for what is not printable. */
static enum err take_text(struct bytes value, char text[PROFILE_TEXT_SIZE])
{
    size_t at = 0;

    if (value.len >= PROFILE_TEXT_SIZE) {
        return ERR_RANGE;
    }
    while (at < value.len) {
        size_t len = printable_len(bytes_make(value.data + at, value.len - at));

        if (len == 0) {
            text[at++] = '?';
        } else {
            memcpy(text + at, value.data + at, len);
        }
        at += len;
    }
    text[at] = '\0';
    return ERR_OK;
}

static enum err take_small_uint(struct bytes value, int *out)
{
    uint64_t number;
    enum err err = tlv_get_uint(value, &number);

    if (err == ERR_OK && number > 255) {
        err = ERR_RANGE;
    }
    *out = err == ERR_OK ? (int)number : -1;
    return err;
}

/* One E3: only the ICCID is mandatory. */
static enum err take_profile(struct bytes value, struct profile_info *profile)
{
    bool has_iccid = false;
    struct tlv_reader reader;
    struct tlv field;
    enum err err = ERR_OK;
    int state;

    profile->profile_class = -1;
    tlv_reader_init(&reader, value);
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = tlv_reader_next(&reader, &field);
        if (err != ERR_OK) {
            break;
        }
        switch (field.tag) {
        case TAG_ICCID:
            err = iccid_from_bytes(field.value, &profile->iccid);
            has_iccid = true;
            break;
        case TAG_PROFILE_STATE:
            err = take_small_uint(field.value, &state);
            profile->enabled = state == PROFILE_STATE_ENABLED;
            break;
        case TAG_SERVICE_PROVIDER_NAME:
            err = take_text(field.value, profile->service_provider);
            break;
        case TAG_PROFILE_NAME:
            err = take_text(field.value, profile->name);
            break;
        case TAG_PROFILE_CLASS:
            err = take_small_uint(field.value, &profile->profile_class);
            break;
        default:
            break;
        }
    }
    if (err == ERR_OK && !has_iccid) {
        err = ERR_MALFORMED;
    }
    return err;
}

static enum err take_profiles(struct bytes value, struct profile_list *list)
{
    struct tlv_reader reader;
    struct tlv item;
    enum err err;

    tlv_reader_init(&reader, value);
    while (!tlv_reader_end(&reader)) {
        err = tlv_reader_expect(&reader, TAG_PROFILE_INFO, &item);
        if (err == ERR_OK && list->count == PROFILE_LIST_MAX) {
            err = ERR_RANGE;
        }
        if (err == ERR_OK) {
            err = take_profile(item.value, &list->item[list->count]);
        }
        if (err != ERR_OK) {
            return err;
        }
        list->count++;
    }
    return ERR_OK;
}

enum err es10c_get_profiles_info(struct isdr *isdr, struct profile_list *list)
{
    static const char function[] = "GetProfilesInfo";
    struct bytes value, ok;
    struct buf request, raw;
    size_t mark;
    enum err err;

    memset(list, 0, sizeof(*list));
    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, ES10_RESPONSE_MAX);
    mark = tlv_open(&request, TAG_PROFILES_INFO);
    tlv_put(&request, TAG_TAG_LIST, BYTES_OF(profile_tags));
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_PROFILES_INFO, &raw, &value);
    if (err == ERR_OK) {
        err = es10_choice(isdr, function, value, profiles_codes, &ok);
    }
    if (err != ERR_OK) {
        goto out;
    }
    err = take_profiles(ok, list);
    if (err != ERR_OK) {
        memset(list, 0, sizeof(*list));
        err = es10_malformed(isdr, function, err);
    }
out:
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}

/* An eUICC that does not evaluate the search criterion lists more than was asked
 * for: the answer is compared, not counted. */
static enum err find_iccid(struct bytes list, const struct iccid *iccid, bool *present)
{
    struct tlv_reader reader;
    struct tlv item, field;
    enum err err = ERR_OK;

    tlv_reader_init(&reader, list);
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = tlv_reader_expect(&reader, TAG_PROFILE_INFO, &item);
        if (err == ERR_OK) {
            err = tlv_find(item.value, TAG_ICCID, &field);
        }
        if (err == ERR_OK && bytes_equal(field.value, iccid_bytes(iccid))) {
            *present = true;
        }
    }
    return err;
}

enum err es10c_has_profile(struct isdr *isdr, const struct iccid *iccid, bool *present)
{
    static const char function[] = "GetProfilesInfo";
    static const uint8_t wanted[] = {TAG_ICCID};
    struct bytes value, ok;
    struct buf request, raw;
    size_t mark, criterion;
    enum err err;

    *present = false;
    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, ES10_RESPONSE_MAX);
    mark = tlv_open(&request, TAG_PROFILES_INFO);
    criterion = tlv_open(&request, TAG_SEARCH_CRITERIA);
    tlv_put(&request, TAG_ICCID, iccid_bytes(iccid));
    tlv_close(&request, criterion);
    tlv_put(&request, TAG_TAG_LIST, BYTES_OF(wanted));
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_PROFILES_INFO, &raw, &value);
    if (err == ERR_OK) {
        err = es10_choice(isdr, function, value, profiles_codes, &ok);
    }
    if (err != ERR_OK) {
        goto out;
    }
    err = find_iccid(ok, iccid, present);
    if (err != ERR_OK) {
        *present = false;
        err = es10_malformed(isdr, function, err);
    }
out:
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}

enum err es10c_enable_profile(struct isdr *isdr, const struct iccid *iccid, bool refresh)
{
    static const char function[] = "EnableProfile";
    uint8_t flag[] = {refresh ? BOOLEAN_TRUE : 0};
    struct bytes value;
    struct buf request, raw;
    size_t mark, identifier;
    enum err err;

    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, ES10_RESPONSE_MAX);
    mark = tlv_open(&request, TAG_ENABLE_PROFILE);
    identifier = tlv_open(&request, TAG_PROFILE_IDENTIFIER);
    tlv_put(&request, TAG_ICCID, iccid_bytes(iccid));
    tlv_close(&request, identifier);
    tlv_put(&request, TAG_REFRESH_FLAG, BYTES_OF(flag));
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_ENABLE_PROFILE, &raw, &value);
    if (err == ERR_OK) {
        err = es10_result(isdr, function, value, enable_codes);
    }
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}
