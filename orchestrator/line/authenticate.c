#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "line/download.h"

enum { SIGNED1_MAX = 512, IMEI_SIZE = 8, TAC_SIZE = 4, IMEI_DIGITS = 15 };

/* TAC of a device whose modem gives no IMEI: a test device's (TS.06). */
static const uint8_t tac_unknown[TAC_SIZE] = {0x35, 0x29, 0x06, 0x11};

/* deviceInfo of ctxParams1 (SGP.22 5.7.13). */
struct device_info {
    uint8_t tac[TAC_SIZE];
    uint8_t imei[IMEI_SIZE];
    bool has_imei;
};

static bool in_list(const struct ci_key_list *list, const uint8_t id[CERT_KEY_ID_SIZE])
{
    for (size_t i = 0; i < list->count; i++) {
        if (memcmp(list->id[i], id, CERT_KEY_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* SGP.22 3.0.1: the CI must be one the eUICC verifies with, DPauth's own and
 * one the eUICC signs under; one key serves both directions here. */
static bool choose_ci(struct download *download, const struct cert *dpauth)
{
    struct euicc_info1 info;
    enum err err = es10b_get_euicc_info1(&download->device.isdr, &info);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_EUICC_ANSWER);
    }
    if (in_list(&info.for_verification, dpauth->authority_key_id) &&
        in_list(&info.for_signing, dpauth->authority_key_id)) {
        return true;
    }
    char id[2 * CERT_KEY_ID_SIZE + 1];
    return failure_set(&download->failure, FAILURE_CI_UNKNOWN,
                       "the eUICC does not list CI key %s of the USBKey's DPauth certificate",
                       hex_encode(BYTES_OF(dpauth->authority_key_id), id));
}

/* IMEI of TS 24.008 10.5.1.4 as in SGP.22: digits low nibble first, F fills. */
static void read_device_info(struct download *download, struct device_info *device)
{
    char imei[IMEI_DIGITS + 1];
    memcpy(device->tac, tac_unknown, TAC_SIZE);
    device->has_imei = modem_imei(download->device.modem, imei) == ERR_OK;
    if (!device->has_imei) {
        return;
    }
    for (size_t i = 0; i < IMEI_SIZE; i++) {
        unsigned low = (unsigned)(imei[2 * i] - '0');
        unsigned high = 2 * i + 1 < IMEI_DIGITS ? (unsigned)(imei[2 * i + 1] - '0') : 0xF;
        device->imei[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(device->tac, device->imei, TAC_SIZE);
}

/* serverSigned1 with serverSignature1, sent; the answer decoded. */
static bool ask(struct download *download, const struct server_signed1 *signed1,
                const struct device_info *device)
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
        .imei = device->has_imei ? BYTES_OF(device->imei) : BYTES_NONE,
    };
    memcpy(request.tac, device->tac, TAC_SIZE);
    err = es10b_authenticate_server(&download->device.isdr, &request, &download->authenticate_raw,
                                    &download->authenticated);
    buf_clear(&message);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_AUTHENTICATE_REFUSED);
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
    struct device_info device = {0};
    download->failure.stage = STAGE_AUTHENTICATE;
    if (!choose_ci(download, line->dpauth)) {
        return false;
    }
    read_device_info(download, &device);
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
    return ask(download, &signed1, &device) && verify_certificates(download) &&
           verify_signed1(download, &signed1);
}
