#include "line/download.h"
#include "sgp22/tags.h"

enum { SIGNED2_MAX = 256, SIGNATURE_OBJECT_MAX = 80 };

/* The message of smdpSignature2: smdpSigned2 || 5F37 40 euiccSignature1. */
static enum err sign(struct download *download, struct buf *message)
{
    rsp_put_signature(message, download->authenticated.signature1);
    enum err err = buf_err(message);
    return err == ERR_OK ? p11_sign(download->station->session, "dppb", buf_bytes(message),
                                    download->smdp_signature2)
                         : err;
}

static bool ask(struct download *download, struct bytes signed2)
{
    const struct prepare_download_request request = {
        .smdp_signed2 = signed2,
        .smdp_signature2 = BYTES_OF(download->smdp_signature2),
        .dppb_certificate = buf_bytes(&download->station->line->dppb->der),
    };
    enum err err = es10b_prepare_download(&download->device.isdr, &request, &download->prepare_raw,
                                          &download->prepared);
    return err == ERR_OK ? true : download_euicc_failure(download, err, FAILURE_PREPARE_REFUSED);
}

/* euiccSignature2 covers euiccSigned2 and the smdpSignature2 it answers. */
static bool verify(struct download *download)
{
    struct buf object;
    const struct prepare_download_response *answer = &download->prepared;
    buf_init(&object, SIGNATURE_OBJECT_MAX);
    rsp_put_signature(&object, BYTES_OF(download->smdp_signature2));
    const struct bytes pieces[] = {answer->signed2.whole, buf_bytes(&object)};
    enum err err = buf_err(&object) != ERR_OK
                       ? buf_err(&object)
                       : ec_verify_pieces(download->euicc->key, pieces, 2, answer->signature2);
    buf_clear(&object);
    if (err != ERR_OK) {
        return failure_set(&download->failure, FAILURE_EUICC_SIGNATURE,
                           "euiccSignature2 does not verify");
    }
    if (!bytes_equal(answer->signed2.transaction_id, BYTES_OF(download->transaction_id))) {
        return failure_set(&download->failure, FAILURE_TRANSACTION,
                           "euiccSigned2 is of another transaction");
    }
    return true;
}

bool download_prepare(struct download *download)
{
    struct buf message;
    const struct smdp_signed2 signed2 = {
        .transaction_id = BYTES_OF(download->transaction_id),
        .cc_required = false,
    };
    download->failure.stage = STAGE_PREPARE;
    buf_init(&message, SIGNED2_MAX);
    smdp_signed2_encode(&signed2, &message);
    size_t signed2_len = message.len;
    enum err err = sign(download, &message);
    bool good = err == ERR_OK
                    ? ask(download, bytes_make(message.data, signed2_len)) && verify(download)
                    : download_token_failure(download, err);
    buf_clear(&message);
    return good;
}
