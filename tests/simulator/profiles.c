/* GetProfilesInfo, EnableProfile, DisableProfile, DeleteProfile, SetNickname
 * (SGP.22 5.7.15 - 5.7.18, 5.7.21). */
#include <string.h>

#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "simulator/install.h"
#include "simulator/metadata_check.h"

enum profiles_tag {
    TAG_PROFILE_LIST = 0xA0,
    TAG_SEARCH = 0xA0,
    TAG_PROFILE_IDENTIFIER = 0xA0,
    TAG_REFRESH_FLAG = 0x81,
    TAG_RESULT = 0x80,
};

enum profiles_result {
    RESULT_OK = 0,
    RESULT_NOT_FOUND = 1,
    RESULT_WRONG_STATE = 2,
    RESULT_UNDEFINED = 127,
};

enum { DEFAULT_CLASS = PROFILE_CLASS_OPERATIONAL };

/* ProfileInfo in its order; the first nine are given when no tagList asks. */
static const struct {
    uint32_t tag;
    bool by_default;
} info_tags[] = {
    {TAG_ICCID, true},
    {TAG_ISDP_AID, true},
    {TAG_PROFILE_STATE, true},
    {TAG_PROFILE_NICKNAME, true},
    {TAG_SERVICE_PROVIDER_NAME, true},
    {TAG_PROFILE_NAME, true},
    {TAG_ICON_TYPE, true},
    {TAG_ICON, true},
    {TAG_PROFILE_CLASS, true},
    {TAG_NOTIFICATION_CONFIGURATION, false},
    {TAG_PROFILE_OWNER, false},
    {TAG_PROFILE_POLICY_RULES, false},
};

static struct bytes metadata_value(const struct profile *profile)
{
    struct tlv whole;
    return tlv_single(buf_bytes(&profile->metadata), TAG_STORE_METADATA, &whole) == ERR_OK
               ? whole.value
               : BYTES_NONE;
}

static void put_info_field(const struct profile *profile, uint32_t tag, struct buf *out)
{
    struct tlv field;

    switch (tag) {
    case TAG_ICCID:
        tlv_put(out, tag, iccid_bytes(&profile->iccid));
        break;
    case TAG_ISDP_AID:
        tlv_put(out, tag, BYTES_OF(profile->aid));
        break;
    case TAG_PROFILE_STATE:
        tlv_put_uint(out, tag, profile->enabled);
        break;
    case TAG_PROFILE_NICKNAME:
        if (profile->nickname[0]) {
            tlv_put_str(out, tag, profile->nickname);
        }
        break;
    default:
        if (tlv_find(metadata_value(profile), tag, &field) == ERR_OK) {
            buf_put_bytes(out, field.whole);
        } else if (tag == TAG_PROFILE_CLASS) {
            tlv_put_uint(out, tag, DEFAULT_CLASS);
        }
    }
}

/* Tags of a tagList stand side by side without lengths. */
static bool next_tag(struct bytes *list, uint32_t *tag)
{
    size_t len = 1;
    if (list->len == 0) {
        return false;
    }
    if ((list->data[0] & 0x1F) == 0x1F) {
        while (len < list->len && (list->data[len] & 0x80) != 0) {
            len++;
        }
        len++;
    }
    if (len > list->len || len > TLV_TAG_BYTES_MAX) {
        list->len = 0;
        return false;
    }
    *tag = 0;
    for (size_t i = 0; i < len; i++) {
        *tag = *tag << 8 | list->data[i];
    }
    *list = bytes_make(list->data + len, list->len - len);
    return true;
}

static bool is_listed(struct bytes list, uint32_t wanted)
{
    uint32_t tag = 0;
    while (next_tag(&list, &tag)) {
        if (tag == wanted) {
            return true;
        }
    }
    return false;
}

static bool search_matches(const struct profile *profile, const struct tlv *choice)
{
    struct buf field;
    if (choice->tag == 0) {
        return true;
    }
    buf_init(&field, METADATA_MAX);
    put_info_field(profile, choice->tag, &field);
    bool same = bytes_equal(buf_bytes(&field), choice->whole);
    buf_clear(&field);
    return same;
}

static bool parse_info_request(struct bytes value, struct tlv *choice, struct tlv *list)
{
    struct tlv_reader reader, inner;
    struct tlv search;

    memset(choice, 0, sizeof(*choice));
    tlv_reader_init(&reader, value);
    if (tlv_reader_optional(&reader, TAG_SEARCH, &search) != ERR_OK ||
        tlv_reader_optional(&reader, TAG_TAG_LIST, list) != ERR_OK || !tlv_reader_end(&reader)) {
        return false;
    }
    if (search.tag == 0) {
        return true;
    }
    tlv_reader_init(&inner, search.value);
    return tlv_reader_next(&inner, choice) == ERR_OK && tlv_reader_end(&inner) &&
           (choice->tag == TAG_ISDP_AID || choice->tag == TAG_ICCID ||
            choice->tag == TAG_PROFILE_CLASS);
}

uint16_t profiles_get_info(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv choice, list;

    if (!parse_info_request(value, &choice, &list)) {
        return SW_WRONG_DATA;
    }
    size_t outer = tlv_open(response, TAG_PROFILES_INFO);
    size_t inner = tlv_open(response, TAG_PROFILE_LIST);
    for (size_t i = 0; i < isdr->state->profile_count; i++) {
        const struct profile *profile = &isdr->state->profile[i];
        if (!search_matches(profile, &choice)) {
            continue;
        }
        size_t mark = tlv_open(response, TAG_PROFILE_INFO);
        for (size_t j = 0; j < sizeof(info_tags) / sizeof(info_tags[0]); j++) {
            uint32_t tag = info_tags[j].tag;
            if (list.tag ? is_listed(list.value, tag) : info_tags[j].by_default) {
                put_info_field(profile, tag, response);
            }
        }
        tlv_close(response, mark);
    }
    tlv_close(response, inner);
    tlv_close(response, outer);
    return SW_OK;
}

/* OtherSignedNotification: 30{BF2F, 5F37 over BF2F, CERT.EUICC, CERT.EUM} */
static enum err notify(struct isdr *isdr, const struct iccid *iccid, struct bytes address,
                       enum notification_event event)
{
    struct buf whole, metadata;
    buf_init(&whole, STATE_NOTIFICATION_SIZE_MAX);
    buf_init(&metadata, 512);
    size_t mark = tlv_open(&metadata, TAG_NOTIFICATION_METADATA);
    tlv_put_uint(&metadata, TAG_SEQ_NUMBER, isdr->state->next_seq_number);
    install_put_event(&metadata, TAG_NOTIFICATION_OPERATION, event);
    tlv_put(&metadata, TAG_UTF8_STRING, address);
    tlv_put(&metadata, TAG_ICCID, iccid_bytes(iccid));
    tlv_close(&metadata, mark);
    enum err err = buf_err(&metadata);

    mark = tlv_open(&whole, TAG_SEQUENCE);
    buf_put_bytes(&whole, buf_bytes(&metadata));
    if (err == ERR_OK) {
        err = isdr_put_signature(isdr, buf_bytes(&metadata), FAULT_NONE, &whole);
    }
    buf_put_bytes(&whole, buf_bytes(&isdr->identity->euicc->der));
    buf_put_bytes(&whole, buf_bytes(&isdr->identity->eum->der));
    tlv_close(&whole, mark);
    if (err == ERR_OK) {
        err = buf_err(&whole);
    }
    if (err == ERR_OK) {
        err = state_notification_add(isdr->state, event, buf_bytes(&whole));
    }
    buf_clear(&metadata);
    buf_clear(&whole);
    return err;
}

/* One for each address the profile's notificationConfigurationInfo names. */
static enum err notify_all(struct isdr *isdr, const struct profile *profile,
                           enum notification_event event)
{
    struct tlv configuration, entry, events, address;
    struct tlv_reader reader, inner;
    enum err err = ERR_OK;

    if (tlv_find(metadata_value(profile), TAG_NOTIFICATION_CONFIGURATION, &configuration) !=
        ERR_OK) {
        return ERR_OK;
    }
    tlv_reader_init(&reader, configuration.value);
    while (err == ERR_OK && tlv_reader_next(&reader, &entry) == ERR_OK) {
        tlv_reader_init(&inner, entry.value);
        if (tlv_reader_expect(&inner, TAG_NOTIFICATION_CONFIGURATION_OPERATION, &events) ==
                ERR_OK &&
            tlv_reader_expect(&inner, TAG_NOTIFICATION_CONFIGURATION_ADDRESS, &address) == ERR_OK &&
            events.value.len == 2 && (events.value.data[1] & (0x80 >> event)) != 0) {
            err = notify(isdr, &profile->iccid, address.value, event);
        }
    }
    return err;
}

/* The profile an ICCID or ISD-P AID names. */
static struct profile *find_identified(struct isdr *isdr, const struct tlv *identifier)
{
    for (size_t i = 0; i < isdr->state->profile_count; i++) {
        if (search_matches(&isdr->state->profile[i], identifier)) {
            return &isdr->state->profile[i];
        }
    }
    return NULL;
}

/* A0{4F aid | 5A iccid}, 81 refreshFlag */
static bool parse_switch(struct bytes value, struct tlv *identifier)
{
    struct tlv_reader reader, inner;
    struct tlv choice, refresh;
    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_PROFILE_IDENTIFIER, &choice) != ERR_OK ||
        tlv_reader_expect(&reader, TAG_REFRESH_FLAG, &refresh) != ERR_OK ||
        refresh.value.len != 1 || !tlv_reader_end(&reader)) {
        return false;
    }
    tlv_reader_init(&inner, choice.value);
    return tlv_reader_next(&inner, identifier) == ERR_OK && tlv_reader_end(&inner) &&
           (identifier->tag == TAG_ISDP_AID || identifier->tag == TAG_ICCID);
}

static uint16_t answer(struct isdr *isdr, uint32_t tag, enum profiles_result result,
                       struct buf *response)
{
    if (result == RESULT_OK && state_commit(isdr->state) != ERR_OK) {
        return SW_NO_DIAGNOSIS;
    }
    size_t mark = tlv_open(response, tag);
    tlv_put_uint(response, TAG_RESULT, result);
    tlv_close(response, mark);
    return SW_OK;
}

static enum profiles_result set_enabled(struct isdr *isdr, struct profile *profile, bool enabled)
{
    profile->enabled = enabled;
    return notify_all(isdr, profile, enabled ? NOTIFICATION_ENABLE : NOTIFICATION_DISABLE) == ERR_OK
               ? RESULT_OK
               : RESULT_UNDEFINED;
}

static enum profiles_result enable(struct isdr *isdr, struct profile *profile)
{
    enum profiles_result result = RESULT_OK;
    if (!profile) {
        return RESULT_NOT_FOUND;
    }
    if (profile->enabled) {
        return RESULT_WRONG_STATE;
    }
    /* One at a time: the other one is disabled and says so (5.7.16). */
    for (size_t i = 0; i < isdr->state->profile_count && result == RESULT_OK; i++) {
        if (isdr->state->profile[i].enabled) {
            result = set_enabled(isdr, &isdr->state->profile[i], false);
        }
    }
    return result == RESULT_OK ? set_enabled(isdr, profile, true) : result;
}

uint16_t profiles_enable(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv identifier;
    if (!parse_switch(value, &identifier)) {
        return SW_WRONG_DATA;
    }
    return answer(isdr, TAG_ENABLE_PROFILE, enable(isdr, find_identified(isdr, &identifier)),
                  response);
}

uint16_t profiles_disable(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv identifier;
    enum profiles_result result = RESULT_NOT_FOUND;
    if (!parse_switch(value, &identifier)) {
        return SW_WRONG_DATA;
    }
    struct profile *profile = find_identified(isdr, &identifier);
    if (profile) {
        result = profile->enabled ? set_enabled(isdr, profile, false) : RESULT_WRONG_STATE;
    }
    return answer(isdr, TAG_DISABLE_PROFILE, result, response);
}

uint16_t profiles_delete(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv_reader reader;
    struct tlv identifier;
    enum profiles_result result = RESULT_NOT_FOUND;

    tlv_reader_init(&reader, value);
    if (tlv_reader_next(&reader, &identifier) != ERR_OK || !tlv_reader_end(&reader) ||
        (identifier.tag != TAG_ISDP_AID && identifier.tag != TAG_ICCID)) {
        return SW_WRONG_DATA;
    }
    struct profile *profile = find_identified(isdr, &identifier);
    if (profile) {
        result = profile->enabled ? RESULT_WRONG_STATE : RESULT_OK;
    }
    if (result != RESULT_OK) {
        return answer(isdr, TAG_DELETE_PROFILE, result, response);
    }
    struct iccid iccid = profile->iccid;
    if (notify_all(isdr, profile, NOTIFICATION_DELETE) != ERR_OK) {
        return answer(isdr, TAG_DELETE_PROFILE, RESULT_UNDEFINED, response);
    }
    state_profile_remove(isdr->state, profile);
    uint16_t sw = answer(isdr, TAG_DELETE_PROFILE, RESULT_OK, response);
    if (sw == SW_OK) {
        state_drop_upp(isdr->state, &iccid);
    }
    return sw;
}

uint16_t profiles_set_nickname(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv_reader reader;
    struct tlv iccid, nickname;

    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_ICCID, &iccid) != ERR_OK ||
        tlv_reader_expect(&reader, TAG_PROFILE_NICKNAME, &nickname) != ERR_OK ||
        !tlv_reader_end(&reader) || nickname.value.len > STATE_NICKNAME_MAX) {
        return SW_WRONG_DATA;
    }
    struct profile *profile = find_identified(isdr, &iccid);
    if (profile) {
        memset(profile->nickname, 0, sizeof(profile->nickname));
        if (nickname.value.len > 0) {
            memcpy(profile->nickname, nickname.value.data, nickname.value.len);
        }
    }
    return answer(isdr, TAG_SET_NICKNAME, profile ? RESULT_OK : RESULT_NOT_FOUND, response);
}
