#include "sgp22/result.h"

#include "crypto/ec.h"
#include "sgp22/rsp.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum { OID_MAX = 32, AID_MAX = 16 };

/* NotificationEvent is a BIT STRING: a byte of unused bits, then the bits from
 * the top. Exactly one stands for the operation. */
static enum notification_event event_of(struct bytes bits)
{
    if (bits.len < 2 || bits.data[0] > 7) {
        return NOTIFICATION_UNKNOWN;
    }
    switch (bits.data[1]) {
    case 0x80:
        return NOTIFICATION_INSTALL;
    case 0x40:
        return NOTIFICATION_ENABLE;
    case 0x20:
        return NOTIFICATION_DISABLE;
    case 0x10:
        return NOTIFICATION_DELETE;
    default:
        return NOTIFICATION_UNKNOWN;
    }
}

static enum err expect_uint(struct tlv_reader *reader, uint32_t tag, uint64_t *value)
{
    struct tlv element;
    enum err err = tlv_reader_require(reader, tag, &element);
    return err == ERR_OK ? tlv_get_uint(element.value, value) : err;
}

/* The one element that input is. */
static enum err open_single(struct bytes input, uint32_t tag, struct tlv *element)
{
    enum err err = tlv_single(input, tag, element);
    return err == ERR_NOT_FOUND ? ERR_TAG : err;
}

enum err notification_metadata_decode(struct bytes input, struct notification_metadata *out)
{
    struct notification_metadata in = {0};
    struct tlv element;
    struct tlv_reader reader;
    *out = in;
    enum err err = open_single(input, TAG_NOTIFICATION_METADATA, &element);
    if (err != ERR_OK) {
        return err;
    }
    in.whole = element.whole;
    tlv_reader_init(&reader, element.value);
    err = expect_uint(&reader, TAG_SEQ_NUMBER, &in.seq_number);
    if (err == ERR_OK) {
        err = tlv_reader_require(&reader, TAG_NOTIFICATION_OPERATION, &element);
    }
    if (err == ERR_OK) {
        in.event = event_of(element.value);
        err = tlv_reader_require(&reader, TAG_UTF8_STRING, &element);
    }
    if (err == ERR_OK) {
        in.address = element.value;
        err = tlv_reader_optional(&reader, TAG_ICCID, &element);
    }
    if (err == ERR_OK && element.tag == TAG_ICCID) {
        in.has_iccid = true;
        err = iccid_from_bytes(element.value, &in.iccid);
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

/* A2{A0 success{4F aid, 04 response} or A1 error{80 id, 81 reason, [04 ..]}} */
static enum err decode_final_result(struct bytes value, struct profile_installation_result *out)
{
    struct tlv_reader reader;
    struct tlv choice;
    struct tlv element;
    tlv_reader_init(&reader, value);
    enum err err = tlv_reader_next(&reader, &choice);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_TAG : err;
    }
    if (!tlv_reader_end(&reader)) {
        return ERR_MALFORMED;
    }
    tlv_reader_init(&reader, choice.value);
    if (choice.tag == TAG_SUCCESS_RESULT) {
        out->success = true;
        err = tlv_reader_require(&reader, TAG_ISDP_AID, &element);
        if (err == ERR_OK) {
            out->isdp_aid = element.value;
            err = element.value.len <= AID_MAX ? ERR_OK : ERR_RANGE;
        }
    } else if (choice.tag == TAG_ERROR_RESULT) {
        err = expect_uint(&reader, TAG_BPP_COMMAND_ID, &out->bpp_command_id);
        if (err == ERR_OK) {
            err = expect_uint(&reader, TAG_ERROR_REASON, &out->error_reason);
        }
    } else {
        return ERR_TAG;
    }
    if (err == ERR_OK) {
        err = tlv_reader_optional(&reader, TAG_SIMA_RESPONSE, &element);
        out->sima_response = element.value;
    }
    return err;
}

static enum err decode_data(struct bytes value, struct profile_installation_result *out)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, value);
    enum err err = tlv_reader_require(&reader, TAG_TRANSACTION_ID, &element);
    if (err == ERR_OK) {
        out->transaction_id = element.value;
        err = element.value.len >= TRANSACTION_ID_MIN && element.value.len <= TRANSACTION_ID_MAX
                  ? tlv_reader_require(&reader, TAG_NOTIFICATION_METADATA, &element)
                  : ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = notification_metadata_decode(element.whole, &out->notification);
    }
    if (err == ERR_OK) {
        err = tlv_reader_optional(&reader, TAG_OBJECT_IDENTIFIER, &element);
    }
    if (err == ERR_OK) {
        out->smdp_oid = element.value;
        err = element.value.len <= OID_MAX ? tlv_reader_require(&reader, TAG_FINAL_RESULT, &element)
                                           : ERR_RANGE;
    }
    return err == ERR_OK ? decode_final_result(element.value, out) : err;
}

enum err profile_installation_result_decode(struct bytes input,
                                            struct profile_installation_result *out)
{
    struct profile_installation_result in = {0};
    struct tlv element;
    struct tlv_reader reader;
    *out = in;
    enum err err = open_single(input, TAG_PROFILE_INSTALLATION_RESULT, &element);
    if (err != ERR_OK) {
        return err;
    }
    in.whole = element.whole;
    tlv_reader_init(&reader, element.value);
    err = tlv_reader_require(&reader, TAG_PROFILE_INSTALLATION_RESULT_DATA, &element);
    if (err == ERR_OK) {
        in.data = element.whole;
        err = decode_data(element.value, &in);
    }
    if (err == ERR_OK) {
        err = tlv_reader_require(&reader, TAG_SIGNATURE, &element);
    }
    if (err == ERR_OK) {
        in.signature = element.value;
        err = element.value.len == EC_SIGNATURE_SIZE ? ERR_OK : ERR_RANGE;
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

enum err profile_installation_result_verify(const struct profile_installation_result *result,
                                            const struct cert *euicc)
{
    return ec_verify(euicc->key, result->data, result->signature);
}

static const char *const bpp_command_ids[] = {
    "initialiseSecureChannel", "configureISDP",      "storeMetadata",
    "storeMetadata2",          "replaceSessionKeys", "loadProfileElements",
};

const char *bpp_command_id_name(uint64_t id)
{
    return id < sizeof(bpp_command_ids) / sizeof(bpp_command_ids[0]) ? bpp_command_ids[id]
                                                                     : "unknown";
}

/* ErrorReason of 2.5.6; zero is not used. */
static const char *const error_reasons[] = {
    "unknown",
    "incorrectInputValues",
    "invalidSignature",
    "invalidTransactionId",
    "unsupportedCrtValues",
    "unsupportedRemoteOperationType",
    "unsupportedProfileClass",
    "scp03tStructureError",
    "scp03tSecurityError",
    "installFailedDueToIccidAlreadyExistsOnEuicc",
    "installFailedDueToInsufficientMemoryForProfile",
    "installFailedDueToInterruption",
    "installFailedDueToPEProcessingError",
    "installFailedDueToIccidMismatch",
    "testProfileInstallFailedDueToInvalidNaaKey",
    "pprNotAllowed",
};

const char *error_reason_name(uint64_t reason)
{
    if (reason == 127) {
        return "installFailedDueToUnknownError";
    }
    return reason < sizeof(error_reasons) / sizeof(error_reasons[0]) ? error_reasons[reason]
                                                                     : "unknown";
}
