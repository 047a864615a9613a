/* AuthenticateServer (SGP.22 5.7.13). */
#include <string.h>

#include "euicc/es10.h"
#include "euicc/es10b.h"

static const char function[] = "AuthenticateServer";

/* AuthenticateErrorCode */
static const struct es10_code authenticate_codes[] = {
    {1, "invalidCertificate"}, {2, "invalidSignature"}, {3, "unsupportedCurve"},
    {4, "noSessionContext"},   {5, "invalidOid"},       {6, "euiccChallengeMismatch"},
    {7, "ciPKUnknown"},        {127, "undefinedError"}, {0, NULL},
};

/* CtxParams1: A0{[80 matchingId], A1{80 tac, A1{}, [82 imei]}}. No capability is
 * claimed: nothing in a factory depends on one. */
static void put_ctx_params1(const struct authenticate_server_request *request, struct buf *out)
{
    size_t params = tlv_open(out, TAG_CTX_PARAMS1);
    size_t device;

    if (request->matching_id.len > 0) {
        tlv_put(out, TAG_MATCHING_ID, request->matching_id);
    }
    device = tlv_open(out, TAG_DEVICE_INFO);
    tlv_put(out, TAG_TAC, BYTES_OF(request->tac));
    tlv_put(out, TAG_DEVICE_CAPABILITIES, BYTES_NONE);
    if (request->imei.len > 0) {
        tlv_put(out, TAG_IMEI, request->imei);
    }
    tlv_close(out, device);
    tlv_close(out, params);
}

static void put_request(const struct authenticate_server_request *request, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_AUTHENTICATE_SERVER);

    buf_put_bytes(out, request->server_signed1);
    rsp_put_signature(out, request->server_signature1);
    tlv_put(out, TAG_OCTET_STRING, request->ci_key_id);
    buf_put_bytes(out, request->dpauth_certificate);
    put_ctx_params1(request, out);
    tlv_close(out, mark);
}

/* AuthenticateResponseOk: euiccSigned1, euiccSignature1, CERT.EUICC, CERT.EUM. */
static enum err take_response(struct bytes ok, struct authenticate_server_response *response)
{
    struct tlv_reader reader;
    struct tlv signed1, euicc, eum;
    struct bytes signature;
    enum err err;

    tlv_reader_init(&reader, ok);
    err = tlv_reader_expect(&reader, TAG_SEQUENCE, &signed1);
    if (err == ERR_OK) {
        err = euicc_signed1_decode(signed1.whole, &response->signed1);
    }
    if (err == ERR_OK) {
        err = es10_take_signature(&reader, &signature);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_SEQUENCE, &euicc);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_SEQUENCE, &eum);
    }
    if (err != ERR_OK) {
        return err;
    }
    response->signature1 = signature;
    response->euicc_certificate = euicc.whole;
    response->eum_certificate = eum.whole;
    return ERR_OK;
}

enum err es10b_authenticate_server(struct isdr *isdr,
                                   const struct authenticate_server_request *request,
                                   struct buf *raw, struct authenticate_server_response *response)
{
    struct bytes ok;
    struct buf encoded;
    enum err err;

    memset(response, 0, sizeof(*response));
    buf_init(&encoded, ES10_REQUEST_MAX);
    put_request(request, &encoded);
    err = es10_call_choice(isdr, function, &encoded, TAG_AUTHENTICATE_SERVER, authenticate_codes,
                           raw, &ok);
    buf_clear(&encoded);
    if (err != ERR_OK) {
        return err;
    }
    err = take_response(ok, response);
    if (err != ERR_OK) {
        memset(response, 0, sizeof(*response));
        err = es10_malformed(isdr, function, err);
    }
    return err;
}
