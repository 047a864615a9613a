/* PrepareDownload (SGP.22 5.7.5). */
#include <string.h>

#include "sgp22/tags.h"
#include "simulator/dp_cert.h"
#include "simulator/isdr.h"

/* DownloadErrorCode */
enum download_error {
    DOWNLOAD_OK = 0,
    DOWNLOAD_INVALID_CERTIFICATE = 1,
    DOWNLOAD_INVALID_SIGNATURE = 2,
    DOWNLOAD_UNSUPPORTED_CURVE = 3,
    DOWNLOAD_NO_SESSION_CONTEXT = 4,
    DOWNLOAD_INVALID_TRANSACTION_ID = 5,
    DOWNLOAD_UNDEFINED = 127,
};

enum { HASH_CC_SIZE = 32 };

/* PrepareDownloadRequest, views into the command. */
struct prepare_request {
    struct bytes smdp_signed2; /* whole */
    struct bytes transaction_id;
    bool cc_required;
    struct bytes signature; /* value */
    struct bytes signature_object;
    struct bytes hash_cc; /* empty when absent */
    struct bytes certificate;
};

static bool parse_smdp_signed2(struct bytes value, struct prepare_request *out)
{
    struct tlv_reader reader;
    struct tlv transaction_id, cc_required, otpk, other;

    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_TRANSACTION_ID, &transaction_id) != ERR_OK ||
        transaction_id.value.len < TRANSACTION_ID_MIN ||
        transaction_id.value.len > TRANSACTION_ID_MAX ||
        tlv_reader_expect(&reader, TAG_CC_REQUIRED, &cc_required) != ERR_OK ||
        cc_required.value.len != 1 ||
        (cc_required.value.data[0] != 0x00 && cc_required.value.data[0] != 0xFF) ||
        tlv_reader_optional(&reader, TAG_OTPK, &otpk) != ERR_OK) {
        return false;
    }
    /* bppEuiccOtpk offers to use an earlier key again; this chip always makes a
     * new one (2.6.4 leaves it the choice). */
    if (otpk.tag != 0 && otpk.value.len != EC_POINT_SIZE) {
        return false;
    }
    while (!tlv_reader_end(&reader)) {
        if (tlv_reader_next(&reader, &other) != ERR_OK) {
            return false;
        }
    }
    out->transaction_id = transaction_id.value;
    out->cc_required = cc_required.value.data[0] != 0;
    return true;
}

static bool parse_request(struct bytes value, struct prepare_request *out)
{
    struct tlv_reader reader;
    struct tlv signed2, signature, hash_cc, certificate, other;

    memset(out, 0, sizeof(*out));
    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_SEQUENCE, &signed2) != ERR_OK ||
        tlv_reader_expect(&reader, TAG_SIGNATURE, &signature) != ERR_OK ||
        signature.value.len != EC_SIGNATURE_SIZE ||
        tlv_reader_optional(&reader, TAG_OCTET_STRING, &hash_cc) != ERR_OK ||
        (hash_cc.tag != 0 && hash_cc.value.len != HASH_CC_SIZE) ||
        tlv_reader_expect(&reader, TAG_SEQUENCE, &certificate) != ERR_OK) {
        return false;
    }
    while (!tlv_reader_end(&reader)) {
        if (tlv_reader_next(&reader, &other) != ERR_OK) {
            return false;
        }
    }
    out->smdp_signed2 = signed2.whole;
    out->signature = signature.value;
    out->signature_object = signature.whole;
    out->hash_cc = hash_cc.value;
    out->certificate = certificate.whole;
    return parse_smdp_signed2(signed2.value, out);
}

/* smdpSignature2 covers smdpSigned2 || 5F37 40 euiccSignature1. */
static enum err verify_signature(const struct session *session, EVP_PKEY *key,
                                 const struct prepare_request *request)
{
    struct buf object;
    buf_init(&object, 80);
    tlv_put(&object, TAG_SIGNATURE, BYTES_OF(session->euicc_signature1));
    struct bytes pieces[] = {request->smdp_signed2, buf_bytes(&object)};
    enum err err = ec_verify_pieces(key, pieces, 2, request->signature);
    buf_clear(&object);
    return err;
}

/* The checks of 5.7.5 in their order. */
static enum download_error verify(struct isdr *isdr, const struct prepare_request *request,
                                  struct cert **dppb)
{
    struct session *session = &isdr->session;
    char oid[CERT_OID_TEXT_SIZE];

    if (session->phase != SESSION_AUTHENTICATED) {
        return DOWNLOAD_NO_SESSION_CONTEXT;
    }
    enum err err = dp_cert_check(isdr->identity, request->certificate, CERT_ROLE_DPPB,
                                 isdr_now(isdr), dppb, oid);
    if (err == ERR_UNSUPPORTED) {
        return DOWNLOAD_UNSUPPORTED_CURVE;
    }
    /* CERT.DPauth and CERT.DPpb belong to one SM-DP+: same OID. */
    if (err != ERR_OK || strcmp(oid, session->dp_oid) != 0) {
        return DOWNLOAD_INVALID_CERTIFICATE;
    }
    if (verify_signature(session, (*dppb)->key, request) != ERR_OK) {
        return DOWNLOAD_INVALID_SIGNATURE;
    }
    if (!bytes_equal(request->transaction_id, session_transaction_id(session))) {
        return DOWNLOAD_INVALID_TRANSACTION_ID;
    }
    return request->cc_required && request->hash_cc.len == 0 ? DOWNLOAD_UNDEFINED : DOWNLOAD_OK;
}

static enum err new_one_time_key(struct session *session, enum ec_curve curve)
{
    enum err err = ec_generate(curve, &session->one_time_key);
    if (err == ERR_OK) {
        err = ec_point(session->one_time_key, session->euicc_otpk, &session->curve);
    }
    return err;
}

static enum err accept(struct isdr *isdr, const struct prepare_request *request,
                       const struct cert *dppb, struct buf *response)
{
    struct session *session = &isdr->session;
    struct buf message;
    size_t outer, inner, mark;
    enum err err = new_one_time_key(session, dppb->curve);

    if (err != ERR_OK) {
        return err;
    }
    buf_init(&message, 512);
    mark = tlv_open(&message, TAG_SEQUENCE);
    isdr_put_transaction_id(isdr, request->transaction_id, "2", &message);
    tlv_put(&message, TAG_OTPK, BYTES_OF(session->euicc_otpk));
    if (request->cc_required) {
        tlv_put(&message, TAG_OCTET_STRING, request->hash_cc);
    }
    tlv_close(&message, mark);

    outer = tlv_open(response, TAG_PREPARE_DOWNLOAD);
    inner = tlv_open(response, TAG_RESPONSE_OK);
    buf_put_bytes(response, buf_bytes(&message));
    /* euiccSignature2 covers euiccSigned2 || the smdpSignature2 data object. */
    buf_put_bytes(&message, request->signature_object);
    err = buf_err(&message);
    if (err == ERR_OK) {
        err = isdr_put_signature(isdr, buf_bytes(&message), FAULT_BAD_SIGNATURE2, response);
    }
    tlv_close(response, inner);
    tlv_close(response, outer);
    buf_clear(&message);
    if (err != ERR_OK) {
        return err;
    }
    EVP_PKEY_up_ref(dppb->key);
    session->dppb_key = dppb->key;
    session->phase = SESSION_PREPARED;
    return ERR_OK;
}

uint16_t prepare_download(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct prepare_request request;
    struct cert *dppb = NULL;

    if (!parse_request(value, &request)) {
        return SW_WRONG_DATA;
    }
    enum download_error error = verify(isdr, &request, &dppb);
    if (error == DOWNLOAD_OK && accept(isdr, &request, dppb, response) != ERR_OK) {
        buf_reset(response);
        error = DOWNLOAD_UNDEFINED;
    }
    cert_free(&dppb);
    if (error == DOWNLOAD_OK) {
        return SW_OK;
    }
    /* A session out of turn is not this command's to end. */
    if (error != DOWNLOAD_NO_SESSION_CONTEXT) {
        session_clear(&isdr->session);
    }
    size_t outer = tlv_open(response, TAG_PREPARE_DOWNLOAD);
    size_t inner = tlv_open(response, TAG_RESPONSE_ERROR);
    tlv_put(response, TAG_TRANSACTION_ID, request.transaction_id);
    tlv_put_uint(response, TAG_INTEGER, error);
    tlv_close(response, inner);
    tlv_close(response, outer);
    return SW_OK;
}
