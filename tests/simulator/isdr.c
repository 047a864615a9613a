#include "simulator/isdr.h"

#include <string.h>

#include "sgp22/rsp.h"
#include "sgp22/tags.h"
#include "simulator/bpp.h"

static const struct isdr_function functions[] = {
    {TAG_EUICC_DATA, "GetEID", info_get_eid},
    {TAG_EUICC_INFO1, "GetEUICCInfo1", info_get_info1},
    {TAG_EUICC_INFO2, "GetEUICCInfo2", info_get_info2},
    {TAG_EUICC_CONFIGURED_ADDRESSES, "GetEuiccConfiguredAddresses", info_get_addresses},
    {TAG_EUICC_CHALLENGE, "GetEUICCChallenge", authenticate_get_challenge},
    {TAG_AUTHENTICATE_SERVER, "AuthenticateServer", authenticate_server},
    {TAG_PREPARE_DOWNLOAD, "PrepareDownload", prepare_download},
    {TAG_CANCEL_SESSION, "CancelSession", cancel_session},
    {TAG_LIST_NOTIFICATION, "ListNotification", notifications_list},
    {TAG_RETRIEVE_NOTIFICATIONS_LIST, "RetrieveNotificationsList", notifications_retrieve},
    {TAG_NOTIFICATION_SENT, "NotificationSent", notifications_sent},
    {TAG_PROFILES_INFO, "GetProfilesInfo", profiles_get_info},
    {TAG_ENABLE_PROFILE, "EnableProfile", profiles_enable},
    {TAG_DISABLE_PROFILE, "DisableProfile", profiles_disable},
    {TAG_DELETE_PROFILE, "DeleteProfile", profiles_delete},
    {TAG_SET_NICKNAME, "SetNickname", profiles_set_nickname},
};

static const struct isdr_function *function_find(uint32_t tag)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (functions[i].tag == tag) {
            return &functions[i];
        }
    }
    return NULL;
}

/* Segments of a package have one-byte tags; functions all have BFxx. */
static bool is_segment_tag(uint32_t tag)
{
    return tag <= 0xFF;
}

const char *isdr_function_name(const struct isdr *isdr, struct bytes command)
{
    uint32_t tag = 0;
    size_t header_len = 0, value_len = 0;

    if (tlv_peek_header(command, &tag, &header_len, &value_len) != ERR_OK) {
        return isdr->session.phase == SESSION_LOADING ? "LoadBoundProfilePackage" : "unknown";
    }
    if (tag == TAG_BOUND_PROFILE_PACKAGE || is_segment_tag(tag)) {
        return "LoadBoundProfilePackage";
    }
    const struct isdr_function *function = function_find(tag);
    return function ? function->name : "unknown";
}

uint16_t isdr_run(struct isdr *isdr, struct bytes command, struct buf *response)
{
    uint32_t tag = 0;
    size_t header_len = 0, value_len = 0;
    struct tlv whole;
    enum err err = tlv_peek_header(command, &tag, &header_len, &value_len);

    if (isdr->session.phase == SESSION_LOADING && (err != ERR_OK || is_segment_tag(tag))) {
        return bpp_script(isdr, command, response);
    }
    if (err != ERR_OK) {
        return SW_WRONG_DATA;
    }
    if (tag == TAG_BOUND_PROFILE_PACKAGE) {
        return bpp_begin(isdr, command, response);
    }
    const struct isdr_function *function = function_find(tag);
    if (!function) {
        return SW_DATA_NOT_FOUND; /* also what is left of a package that has ended */
    }
    if (tlv_single(command, tag, &whole) != ERR_OK) {
        return SW_WRONG_DATA;
    }
    uint16_t sw = function->run(isdr, whole.value, response);
    if (buf_err(response) != ERR_OK) {
        sw = SW_NO_DIAGNOSIS;
    }
    if (sw != SW_OK) {
        buf_reset(response);
    }
    return sw;
}

void isdr_reset(struct isdr *isdr)
{
    session_clear(&isdr->session);
}

time_t isdr_now(const struct isdr *isdr)
{
    return isdr->now ? isdr->now : time(NULL);
}

enum err isdr_put_signature(struct isdr *isdr, struct bytes message, enum fault_id fault,
                            struct buf *out)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    enum err err = ec_sign(isdr->identity->key, message, signature);
    if (err != ERR_OK) {
        return err;
    }
    if (faults_has(isdr->faults, fault)) {
        signature[EC_SIGNATURE_SIZE - 1] ^= 0x01;
    }
    tlv_put(out, TAG_SIGNATURE, BYTES_OF(signature));
    return buf_err(out);
}

void isdr_put_transaction_id(struct isdr *isdr, struct bytes transaction_id, const char *where,
                             struct buf *out)
{
    uint8_t other[TRANSACTION_ID_MAX];
    if (faults_has_word(isdr->faults, FAULT_WRONG_TRANSACTION, where) && transaction_id.len > 0 &&
        transaction_id.len <= sizeof(other)) {
        memcpy(other, transaction_id.data, transaction_id.len);
        other[transaction_id.len - 1] ^= 0x01;
        transaction_id = bytes_make(other, transaction_id.len);
    }
    tlv_put(out, TAG_TRANSACTION_ID, transaction_id);
}
