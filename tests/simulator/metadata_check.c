#include "simulator/metadata_check.h"

#include <string.h>

#include "sgp22/metadata.h"
#include "sgp22/tags.h"

enum { ICON_MAX = 1024, VALUE_MAX = 2048 };

/* StoreMetadataRequest in its order. */
static const struct {
    uint32_t tag;
    bool required;
    size_t min, max;
} fields[] = {
    {TAG_ICCID, true, ICCID_SIZE, ICCID_SIZE},
    {TAG_SERVICE_PROVIDER_NAME, true, 0, SERVICE_PROVIDER_NAME_MAX},
    {TAG_PROFILE_NAME, true, 0, PROFILE_NAME_MAX},
    {TAG_ICON_TYPE, false, 1, 1},
    {TAG_ICON, false, 0, ICON_MAX},
    {TAG_PROFILE_CLASS, false, 1, 1},
    {TAG_NOTIFICATION_CONFIGURATION, false, 0, VALUE_MAX},
    {TAG_PROFILE_OWNER, false, 0, VALUE_MAX},
    {TAG_DP_PROPRIETARY_DATA, false, 0, VALUE_MAX},
    {TAG_PROFILE_POLICY_RULES, false, 1, 3},
};

enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

static bool read_fields(struct bytes value, struct tlv out[FIELD_COUNT])
{
    struct tlv_reader reader;
    struct tlv other;

    tlv_reader_init(&reader, value);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (tlv_reader_optional(&reader, fields[i].tag, &out[i]) != ERR_OK) {
            return false;
        }
        if (out[i].tag == 0) {
            if (fields[i].required) {
                return false;
            }
            continue;
        }
        if (out[i].value.len < fields[i].min || out[i].value.len > fields[i].max) {
            return false;
        }
    }
    while (!tlv_reader_end(&reader)) {
        if (tlv_reader_next(&reader, &other) != ERR_OK) {
            return false;
        }
        for (size_t i = 0; i < FIELD_COUNT; i++) {
            if (fields[i].tag == other.tag) {
                return false; /* twice, or out of order */
            }
        }
    }
    return true;
}

static const struct tlv *field(const struct tlv *all, uint32_t tag)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].tag == tag) {
            return &all[i];
        }
    }
    return NULL;
}

/* B6{30{80 events, 81 address}..} */
static bool check_notification_configuration(struct bytes value)
{
    struct tlv_reader reader;
    tlv_reader_init(&reader, value);
    while (!tlv_reader_end(&reader)) {
        struct tlv entry, events, address;
        struct tlv_reader inner;
        if (tlv_reader_expect(&reader, TAG_SEQUENCE, &entry) != ERR_OK) {
            return false;
        }
        tlv_reader_init(&inner, entry.value);
        if (tlv_reader_expect(&inner, TAG_NOTIFICATION_CONFIGURATION_OPERATION, &events) !=
                ERR_OK ||
            events.value.len != 2 ||
            tlv_reader_expect(&inner, TAG_NOTIFICATION_CONFIGURATION_ADDRESS, &address) != ERR_OK ||
            address.value.len == 0) {
            return false;
        }
    }
    return true;
}

static bool any_policy_rule(struct bytes bit_string)
{
    for (size_t i = 1; i < bit_string.len; i++) {
        if (bit_string.data[i] != 0) {
            return true;
        }
    }
    return false;
}

enum error_reason metadata_check(struct isdr *isdr, struct bytes metadata, struct iccid *iccid)
{
    struct tlv whole, all[FIELD_COUNT];

    memset(iccid, 0, sizeof(*iccid));
    if (tlv_single(metadata, TAG_STORE_METADATA, &whole) != ERR_OK ||
        !read_fields(whole.value, all) ||
        iccid_from_bytes(field(all, TAG_ICCID)->value, iccid) != ERR_OK ||
        !check_notification_configuration(field(all, TAG_NOTIFICATION_CONFIGURATION)->value)) {
        return REASON_INCORRECT_INPUT;
    }
    const struct tlv *class = field(all, TAG_PROFILE_CLASS);
    if (class->tag != 0 && class->value.data[0] > PROFILE_CLASS_OPERATIONAL) {
        return REASON_UNSUPPORTED_CLASS;
    }
    /* Its Rules Authorisation Table is empty: no policy rule is allowed. */
    if (any_policy_rule(field(all, TAG_PROFILE_POLICY_RULES)->value)) {
        return REASON_PPR;
    }
    return state_profile_find(isdr->state, iccid) ? REASON_ICCID_EXISTS : REASON_NONE;
}
