/* PrepareDownload (SGP.22 5.7.5). */
#include <string.h>

#include "euicc/es10.h"
#include "euicc/es10b.h"

static const char function[] = "PrepareDownload";

/* DownloadErrorCode */
static const struct es10_code download_codes[] = {
    {1, "invalidCertificate"},
    {2, "invalidSignature"},
    {3, "unsupportedCurve"},
    {4, "noSessionContext"},
    {5, "invalidTransactionId"},
    {127, "undefinedError"},
    {0, NULL},
};

static void put_request(const struct prepare_download_request *request, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_PREPARE_DOWNLOAD);

    buf_put_bytes(out, request->smdp_signed2);
    rsp_put_signature(out, request->smdp_signature2);
    buf_put_bytes(out, request->dppb_certificate);
    tlv_close(out, mark);
}

/* PrepareDownloadResponseOk: euiccSigned2, euiccSignature2. */
static enum err take_response(struct bytes ok, struct prepare_download_response *response)
{
    struct tlv_reader reader;
    struct tlv signed2;
    struct bytes signature;
    enum err err;

    tlv_reader_init(&reader, ok);
    err = tlv_reader_expect(&reader, TAG_SEQUENCE, &signed2);
    if (err == ERR_OK) {
        err = euicc_signed2_decode(signed2.whole, &response->signed2);
    }
    if (err == ERR_OK) {
        err = es10_take_signature(&reader, &signature);
    }
    if (err == ERR_OK) {
        response->signature2 = signature;
    }
    return err;
}

enum err es10b_prepare_download(struct isdr *isdr, const struct prepare_download_request *request,
                                struct buf *raw, struct prepare_download_response *response)
{
    struct bytes ok;
    struct buf encoded;
    enum err err;

    memset(response, 0, sizeof(*response));
    buf_init(&encoded, ES10_REQUEST_MAX);
    put_request(request, &encoded);
    err =
        es10_call_choice(isdr, function, &encoded, TAG_PREPARE_DOWNLOAD, download_codes, raw, &ok);
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
