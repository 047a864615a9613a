/* GetEUICCChallenge and AuthenticateServer (SGP.22 5.7.7, 5.7.13). */
#include <string.h>

#include "crypto/kdf.h"
#include "sgp22/tags.h"
#include "simulator/dp_cert.h"
#include "simulator/isdr.h"

/* AuthenticateErrorCode */
enum authenticate_error {
    AUTHENTICATE_OK = 0,
    AUTHENTICATE_INVALID_CERTIFICATE = 1,
    AUTHENTICATE_INVALID_SIGNATURE = 2,
    AUTHENTICATE_UNSUPPORTED_CURVE = 3,
    AUTHENTICATE_NO_SESSION_CONTEXT = 4,
    AUTHENTICATE_INVALID_OID = 5,
    AUTHENTICATE_CHALLENGE_MISMATCH = 6,
    AUTHENTICATE_CI_PK_UNKNOWN = 7,
    AUTHENTICATE_UNDEFINED = 127,
};

enum { TAC_SIZE = 4, IMEI_SIZE = 8 };

/* AuthenticateServerRequest, views into the command. */
struct authenticate_request {
    struct bytes server_signed1; /* whole */
    struct bytes transaction_id, challenge, address, server_challenge;
    struct bytes signature, ci_key_id, certificate;
    struct bytes ctx_params1; /* whole */
};

uint16_t authenticate_get_challenge(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct session *session = &isdr->session;

    if (value.len != 0) {
        return SW_WRONG_DATA;
    }
    /* "a previous RSP session is discarded" (5.7.7) */
    session_clear(session);
    if (crypto_random(session->challenge, sizeof(session->challenge)) != ERR_OK) {
        return SW_NO_DIAGNOSIS;
    }
    session->phase = SESSION_CHALLENGE;
    size_t mark = tlv_open(response, TAG_EUICC_CHALLENGE);
    tlv_put(response, TAG_CHALLENGE, BYTES_OF(session->challenge));
    tlv_close(response, mark);
    return SW_OK;
}

/* The next element, with its length within bounds. */
static bool take(struct tlv_reader *reader, uint32_t tag, size_t min, size_t max,
                 struct bytes *value)
{
    struct tlv tlv;
    if (tlv_reader_expect(reader, tag, &tlv) != ERR_OK || tlv.value.len < min ||
        tlv.value.len > max) {
        return false;
    }
    *value = tlv.value;
    return true;
}

/* What nobody reads must still be whole elements. */
static bool skip_rest(struct tlv_reader *reader)
{
    struct tlv tlv;
    while (!tlv_reader_end(reader)) {
        if (tlv_reader_next(reader, &tlv) != ERR_OK) {
            return false;
        }
    }
    return true;
}

static bool parse_server_signed1(struct bytes value, struct authenticate_request *out)
{
    struct tlv_reader reader;
    tlv_reader_init(&reader, value);
    return take(&reader, TAG_TRANSACTION_ID, TRANSACTION_ID_MIN, TRANSACTION_ID_MAX,
                &out->transaction_id) &&
           take(&reader, TAG_EUICC_CHALLENGE_FIELD, CHALLENGE_SIZE, CHALLENGE_SIZE,
                &out->challenge) &&
           take(&reader, TAG_SERVER_ADDRESS, 1, SERVER_ADDRESS_MAX, &out->address) &&
           take(&reader, TAG_SERVER_CHALLENGE, CHALLENGE_SIZE, CHALLENGE_SIZE,
                &out->server_challenge) &&
           skip_rest(&reader);
}

/* ctxParamsForCommonAuthentication: [80 matchingId], A1 deviceInfo{80 tac,
 * A1 deviceCapabilities, [82 imei]} */
static bool check_ctx_params1(struct bytes value)
{
    struct tlv_reader reader, device;
    struct tlv matching_id, imei;
    struct bytes info, tac, capabilities;

    tlv_reader_init(&reader, value);
    if (tlv_reader_optional(&reader, TAG_MATCHING_ID, &matching_id) != ERR_OK ||
        !take(&reader, TAG_DEVICE_INFO, 0, SIZE_MAX, &info) || !skip_rest(&reader)) {
        return false;
    }
    tlv_reader_init(&device, info);
    return take(&device, TAG_TAC, TAC_SIZE, TAC_SIZE, &tac) &&
           take(&device, TAG_DEVICE_CAPABILITIES, 0, SIZE_MAX, &capabilities) &&
           tlv_reader_optional(&device, TAG_IMEI, &imei) == ERR_OK &&
           (imei.tag == 0 || imei.value.len == IMEI_SIZE) && skip_rest(&device);
}

static bool parse_request(struct bytes value, struct authenticate_request *out)
{
    struct tlv_reader reader;
    struct tlv signed1, certificate, ctx;

    memset(out, 0, sizeof(*out));
    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_SEQUENCE, &signed1) != ERR_OK ||
        !take(&reader, TAG_SIGNATURE, EC_SIGNATURE_SIZE, EC_SIGNATURE_SIZE, &out->signature) ||
        !take(&reader, TAG_OCTET_STRING, 1, CERT_KEY_ID_SIZE, &out->ci_key_id) ||
        tlv_reader_expect(&reader, TAG_SEQUENCE, &certificate) != ERR_OK ||
        tlv_reader_expect(&reader, TAG_CTX_PARAMS1, &ctx) != ERR_OK || !skip_rest(&reader)) {
        return false;
    }
    out->server_signed1 = signed1.whole;
    out->certificate = certificate.whole;
    out->ctx_params1 = ctx.whole;
    return parse_server_signed1(signed1.value, out) && check_ctx_params1(ctx.value);
}

static enum authenticate_error certificate_error(enum err err)
{
    switch (err) {
    case ERR_OK:
        return AUTHENTICATE_OK;
    case ERR_UNSUPPORTED:
        return AUTHENTICATE_UNSUPPORTED_CURVE;
    case ERR_NOT_FOUND:
        return AUTHENTICATE_INVALID_OID;
    default:
        return AUTHENTICATE_INVALID_CERTIFICATE;
    }
}

/* The checks of 5.7.13 in their order. */
static enum authenticate_error verify(struct isdr *isdr, const struct authenticate_request *request,
                                      char oid[CERT_OID_TEXT_SIZE])
{
    struct session *session = &isdr->session;
    struct cert *dpauth = NULL;
    enum authenticate_error error;

    if (session->phase != SESSION_CHALLENGE) {
        return AUTHENTICATE_NO_SESSION_CONTEXT;
    }
    /* A challenge serves one attempt. */
    session->phase = SESSION_NONE;
    error = certificate_error(dp_cert_check(isdr->identity, request->certificate, CERT_ROLE_DPAUTH,
                                            isdr_now(isdr), &dpauth, oid));
    if (error != AUTHENTICATE_OK) {
        return error;
    }
    if (!info_signs_under(isdr, request->ci_key_id)) {
        error = AUTHENTICATE_CI_PK_UNKNOWN;
    } else if (ec_verify(dpauth->key, request->server_signed1, request->signature) != ERR_OK) {
        error = AUTHENTICATE_INVALID_SIGNATURE;
    } else if (!bytes_equal(request->challenge, BYTES_OF(session->challenge))) {
        error = AUTHENTICATE_CHALLENGE_MISMATCH;
    }
    cert_free(&dpauth);
    return error;
}

static void put_euicc_signed1(struct isdr *isdr, const struct authenticate_request *request,
                              struct buf *out)
{
    uint8_t challenge[CHALLENGE_SIZE];
    memcpy(challenge, request->server_challenge.data, sizeof(challenge));
    if (faults_has(isdr->faults, FAULT_WRONG_CHALLENGE)) {
        challenge[0] ^= 0x01;
    }
    size_t mark = tlv_open(out, TAG_SEQUENCE);
    isdr_put_transaction_id(isdr, request->transaction_id, "1", out);
    tlv_put(out, TAG_SERVER_ADDRESS, request->address);
    tlv_put(out, TAG_SERVER_CHALLENGE, BYTES_OF(challenge));
    info_put_info2(isdr, out);
    buf_put_bytes(out, request->ctx_params1);
    tlv_close(out, mark);
}

/* AuthenticateResponseOk; keeps what the next steps are checked against. */
static enum err accept(struct isdr *isdr, const struct authenticate_request *request,
                       const char *oid, struct buf *response)
{
    struct session *session = &isdr->session;
    struct buf signed1, signature;
    size_t outer, inner;

    buf_init(&signed1, ISDR_COMMAND_MAX);
    buf_init(&signature, 80);
    put_euicc_signed1(isdr, request, &signed1);
    enum err err = buf_err(&signed1);
    if (err == ERR_OK) {
        err = isdr_put_signature(isdr, buf_bytes(&signed1), FAULT_BAD_SIGNATURE1, &signature);
    }
    if (err != ERR_OK) {
        goto out;
    }
    outer = tlv_open(response, TAG_AUTHENTICATE_SERVER);
    inner = tlv_open(response, TAG_RESPONSE_OK);
    buf_put_bytes(response, buf_bytes(&signed1));
    buf_put_bytes(response, buf_bytes(&signature));
    buf_put_bytes(response, buf_bytes(&isdr->identity->euicc->der));
    buf_put_bytes(response, buf_bytes(&isdr->identity->eum->der));
    tlv_close(response, inner);
    tlv_close(response, outer);

    memcpy(session->euicc_signature1, signature.data + signature.len - EC_SIGNATURE_SIZE,
           EC_SIGNATURE_SIZE);
    memcpy(session->transaction_id, request->transaction_id.data, request->transaction_id.len);
    session->transaction_id_len = request->transaction_id.len;
    memcpy(session->address, request->address.data, request->address.len);
    session->address_len = request->address.len;
    memcpy(session->dp_oid, oid, CERT_OID_TEXT_SIZE);
    session->phase = SESSION_AUTHENTICATED;
out:
    buf_clear(&signed1);
    buf_clear(&signature);
    return err;
}

uint16_t authenticate_server(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct authenticate_request request;
    char oid[CERT_OID_TEXT_SIZE];

    if (!parse_request(value, &request)) {
        return SW_WRONG_DATA;
    }
    enum authenticate_error error = verify(isdr, &request, oid);
    if (error == AUTHENTICATE_OK && accept(isdr, &request, oid, response) != ERR_OK) {
        buf_reset(response);
        error = AUTHENTICATE_UNDEFINED;
    }
    if (error == AUTHENTICATE_OK) {
        return SW_OK;
    }
    size_t outer = tlv_open(response, TAG_AUTHENTICATE_SERVER);
    size_t inner = tlv_open(response, TAG_RESPONSE_ERROR);
    tlv_put(response, TAG_TRANSACTION_ID, request.transaction_id);
    tlv_put_uint(response, TAG_INTEGER, error);
    tlv_close(response, inner);
    tlv_close(response, outer);
    return SW_OK;
}
