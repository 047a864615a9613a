/* GetEUICCInfo1, GetEUICCInfo2, GetEUICCChallenge (SGP.22 5.7.7, 5.7.8). */
#include "euicc/es10b.h"

#include <string.h>

#include "euicc/es10.h"

enum {
    VERSION_SIZE = 3,
    INFO2_RAW_MAX = 4096,

    /* euiccInfo2 alone; SVN and the CI lists are in tags.h */
    TAG_PROFILE_VERSION = 0x81,
    TAG_FIRMWARE_VERSION = 0x83,
};

static enum err take_version(const struct tlv *element, uint8_t version[VERSION_SIZE])
{
    if (element->value.len != VERSION_SIZE) {
        return ERR_MALFORMED;
    }
    memcpy(version, element->value.data, VERSION_SIZE);
    return ERR_OK;
}

/* SEQUENCE OF SubjectKeyIdentifier. An identifier of another length than a
 * SHA-1 names no CI this project could hold, and is passed over. */
static enum err take_ci_list(const struct tlv *element, struct ci_key_list *list)
{
    struct tlv_reader reader;
    struct tlv id;
    enum err err;

    list->count = 0;
    tlv_reader_init(&reader, element->value);
    while (!tlv_reader_end(&reader)) {
        err = tlv_reader_expect(&reader, TAG_OCTET_STRING, &id);
        if (err != ERR_OK) {
            return err;
        }
        if (id.value.len != CERT_KEY_ID_SIZE) {
            continue;
        }
        if (list->count == CI_LIST_MAX) {
            return ERR_RANGE;
        }
        memcpy(list->id[list->count++], id.value.data, CERT_KEY_ID_SIZE);
    }
    return ERR_OK;
}

/* The fields this tool reads; both infos code them alike, and what is unknown
 * is skipped. svn and both lists must be there. */
static enum err take_info(struct bytes value, struct euicc_info2 *info)
{
    bool svn = false, verification = false, signing = false;
    struct tlv_reader reader;
    struct tlv element;
    enum err err = ERR_OK;

    tlv_reader_init(&reader, value);
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = tlv_reader_next(&reader, &element);
        if (err != ERR_OK) {
            break;
        }
        switch (element.tag) {
        case TAG_PROFILE_VERSION:
            err = take_version(&element, info->profile_version);
            break;
        case TAG_SVN:
            err = take_version(&element, info->svn);
            svn = true;
            break;
        case TAG_FIRMWARE_VERSION:
            err = take_version(&element, info->firmware);
            break;
        case TAG_CI_FOR_VERIFICATION:
            err = take_ci_list(&element, &info->for_verification);
            verification = true;
            break;
        case TAG_CI_FOR_SIGNING:
            err = take_ci_list(&element, &info->for_signing);
            signing = true;
            break;
        default:
            break;
        }
    }
    if (err == ERR_OK && !(svn && verification && signing)) {
        err = ERR_MALFORMED;
    }
    return err;
}

enum err es10b_get_euicc_info1(struct isdr *isdr, struct euicc_info1 *info)
{
    static const char function[] = "GetEUICCInfo1";
    struct euicc_info2 fields = {0};
    struct bytes value;
    struct buf raw;
    enum err err;

    memset(info, 0, sizeof(*info));
    buf_init(&raw, INFO2_RAW_MAX);
    err = es10_call_empty(isdr, function, TAG_EUICC_INFO1, &raw, &value);
    if (err != ERR_OK) {
        goto out;
    }
    err = take_info(value, &fields);
    if (err != ERR_OK) {
        err = es10_malformed(isdr, function, err);
        goto out;
    }
    memcpy(info->svn, fields.svn, sizeof(info->svn));
    info->for_verification = fields.for_verification;
    info->for_signing = fields.for_signing;
out:
    buf_clear(&raw);
    return err;
}

enum err euicc_info2_decode(struct bytes bf22, struct euicc_info2 *info)
{
    struct tlv whole;
    enum err err;

    memset(info, 0, sizeof(*info));
    err = tlv_single(bf22, TAG_EUICC_INFO2, &whole);
    if (err == ERR_OK) {
        err = take_info(whole.value, info);
    }
    if (err != ERR_OK) {
        memset(info, 0, sizeof(*info));
    }
    return err;
}

enum err es10b_get_euicc_info2(struct isdr *isdr, struct euicc_info2 *info, struct buf *raw)
{
    static const char function[] = "GetEUICCInfo2";
    struct bytes value;
    enum err err;

    memset(info, 0, sizeof(*info));
    err = es10_call_empty(isdr, function, TAG_EUICC_INFO2, raw, &value);
    if (err != ERR_OK) {
        return err;
    }
    err = euicc_info2_decode(buf_bytes(raw), info);
    if (err != ERR_OK) {
        return es10_malformed(isdr, function, err);
    }
    return ERR_OK;
}

enum err es10b_get_euicc_challenge(struct isdr *isdr, uint8_t challenge[CHALLENGE_SIZE])
{
    static const char function[] = "GetEUICCChallenge";
    struct bytes value;
    struct tlv field;
    struct buf raw;
    enum err err;

    memset(challenge, 0, CHALLENGE_SIZE);
    buf_init(&raw, INFO2_RAW_MAX);
    err = es10_call_empty(isdr, function, TAG_EUICC_CHALLENGE, &raw, &value);
    if (err != ERR_OK) {
        goto out;
    }
    err = tlv_find(value, TAG_CHALLENGE, &field);
    if (err == ERR_OK && field.value.len != CHALLENGE_SIZE) {
        err = ERR_MALFORMED;
    }
    if (err != ERR_OK) {
        err = es10_malformed(isdr, function, err);
        goto out;
    }
    memcpy(challenge, field.value.data, CHALLENGE_SIZE);
out:
    buf_clear(&raw);
    return err;
}
