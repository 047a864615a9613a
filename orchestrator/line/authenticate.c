#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "line/download.h"

enum { SIGNED1_MAX = 512, CODE_INVALID_CERTIFICATE = 1, CODE_CI_UNKNOWN = 7 };

/* deviceInfo is for the eligibility check of an on-line DP+ (SGP.22 3.1.2); there
 * is none here, so the modem is not asked and the TAC is a test device's. */
static const uint8_t tac[] = {0x35, 0x29, 0x06, 0x11};

static bool in_list(const struct ci_key_list *list, const uint8_t id[CERT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < list->count; i++) {
        if (memcmp(list->id[i], id, CERT_KEY_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* The eUICC refused the certificate or the CI: its own lists tell the operator
 * more than the code does. SGP.22 3.0.1 wants a CI that the eUICC verifies with
 * and signs under; the USBKey has certificates of one CI only, so the lists could
 * not have changed the request and are not asked for before it. */
static bool explain_refusal(struct download *download, const struct cert *dpauth)
{
    const struct failure refusal = download->failure;
    struct euicc_info1 info;
    char id[2 * CERT_KEY_ID_SIZE + 1];
    if (es10b_get_euicc_info1(&download->device.isdr, &info) != ERR_OK ||
        (in_list(&info.for_verification, dpauth->authority_key_id) &&
         in_list(&info.for_signing, dpauth->authority_key_id))) {
        download->failure = refusal;
        return false;
    }
    return failure_set(&download->failure, FAILURE_CI_UNKNOWN,
                       "%.80s; it does not list CI key %s of the USBKey's DPauth certificate",
                       refusal.detail, hex_encode(BYTES_OF(dpauth->authority_key_id), id));
}

/* serverSigned1 with serverSignature1, sent; the answer decoded. */
static bool ask(struct download *download, const struct server_signed1 *signed1)
{
    const struct line *line = download->station->line;
    uint8_t signature1[EC_SIGNATURE_SIZE];
    struct buf message;
    buf_init(&message, SIGNED1_MAX);
    server_signed1_encode(signed1, &message);
    enum err err = buf_err(&message);
    if (err == ERR_OK) {
        err = p11_sign(download->station->session, "dpauth", buf_bytes(&message), signature1);
    }
    if (err != ERR_OK) {
        buf_clear(&message);
        return download_token_failure(download, err);
    }
    struct authenticate_server_request request = {
        .server_signed1 = buf_bytes(&message),
        .server_signature1 = BYTES_OF(signature1),
        .ci_key_id = BYTES_OF(line->dpauth->authority_key_id),
        .dpauth_certificate = buf_bytes(&line->dpauth->der),
    };
    memcpy(request.tac, tac, sizeof(request.tac));
    err = es10b_authenticate_server(&download->device.isdr, &request, &download->authenticate_raw,
                                    &download->authenticated);
    buf_clear(&message);
    if (err != ERR_OK) {
        download_euicc_failure(download, err, FAILURE_AUTHENTICATE_REFUSED);
        int code = download->failure.result_code;
        return code == CODE_CI_UNKNOWN || code == CODE_INVALID_CERTIFICATE
                   ? explain_refusal(download, line->dpauth)
                   : false;
    }
    download->session_open = true;
    return true;
}

/* Both certificates and the chain to a CI the USBKey trusts. */
static bool verify_certificates(struct download *download)
{
    const struct line *line = download->station->line;
    struct failure *failure = &download->failure;
    struct eid proven;
    char stated[EID_TEXT_SIZE];
    char certified[EID_TEXT_SIZE];
    if (cert_parse(download->authenticated.euicc_certificate, &download->euicc) != ERR_OK ||
        cert_parse(download->authenticated.eum_certificate, &download->eum) != ERR_OK) {
        return failure_set(failure, FAILURE_EUICC_CERTIFICATE,
                           "the eUICC's certificates are malformed");
    }
    enum err err = cert_verify_euicc(download->euicc, download->eum, line_cis(line), line->ci_count,
                                     time(NULL), &proven, NULL);
    if (err == ERR_CERT_DATE) {
        return failure_set(failure, FAILURE_EUICC_CERTIFICATE_DATE,
                           "a certificate of the eUICC's chain is not valid today");
    }
    if (err != ERR_OK) {
        return failure_set(failure, FAILURE_EUICC_CERTIFICATE, "the eUICC's certificate: %s",
                           err == ERR_CERT_EID    ? "its EID is not one its EUM may certify"
                           : err == ERR_CERT_ROLE ? "a certificate of another role"
                                                  : "it does not chain to a trusted CI");
    }
    if (!bytes_equal(eid_bytes(&proven), eid_bytes(&download->device.eid))) {
        return failure_set(failure, FAILURE_EID_MISMATCH,
                           "GetEID gave %s, the certificate is of %s",
                           eid_text(&download->device.eid, stated), eid_text(&proven, certified));
    }
    return true;
}

/* euiccSigned1 answers this challenge in this transaction and is signed. */
static bool verify_signed1(struct download *download, const struct server_signed1 *asked)
{
    const struct authenticate_server_response *answer = &download->authenticated;
    struct failure *failure = &download->failure;
    if (ec_verify(download->euicc->key, answer->signed1.whole, answer->signature1) != ERR_OK) {
        return failure_set(failure, FAILURE_EUICC_SIGNATURE, "euiccSignature1 does not verify");
    }
    if (!bytes_equal(answer->signed1.transaction_id, asked->transaction_id)) {
        return failure_set(failure, FAILURE_TRANSACTION, "euiccSigned1 is of another transaction");
    }
    if (!bytes_equal(answer->signed1.server_challenge, asked->server_challenge)) {
        return failure_set(failure, FAILURE_CHALLENGE, "euiccSigned1 answers another challenge");
    }
    if (!bytes_equal(answer->signed1.server_address, asked->server_address)) {
        return failure_set(failure, FAILURE_CHALLENGE, "euiccSigned1 names another server");
    }
    return true;
}

static bool get_challenge(struct download *download, uint8_t challenge[CHALLENGE_SIZE])
{
    enum err err = es10b_get_euicc_challenge(&download->device.isdr, challenge);
    return err == ERR_OK ? true : download_euicc_failure(download, err, FAILURE_EUICC_ANSWER);
}

bool download_authenticate(struct download *download)
{
    const struct line *line = download->station->line;
    uint8_t euicc_challenge[CHALLENGE_SIZE];
    uint8_t server_challenge[CHALLENGE_SIZE];
    download->failure.stage = STAGE_AUTHENTICATE;
    if (!get_challenge(download, euicc_challenge)) {
        return false;
    }
    if (crypto_random(server_challenge, sizeof(server_challenge)) != ERR_OK ||
        crypto_random(download->transaction_id, sizeof(download->transaction_id)) != ERR_OK) {
        return failure_set(&download->failure, FAILURE_INTERNAL, "no random numbers");
    }
    const struct server_signed1 signed1 = {
        .transaction_id = BYTES_OF(download->transaction_id),
        .euicc_challenge = BYTES_OF(euicc_challenge),
        .server_address =
            bytes_make(line->config.server_address, strlen(line->config.server_address)),
        .server_challenge = BYTES_OF(server_challenge),
    };
    return ask(download, &signed1) && verify_certificates(download) &&
           verify_signed1(download, &signed1);
}
