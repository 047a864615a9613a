#include "chip.h"

#include <string.h>

#include "engine/internal.h"

enum { MESSAGE_MAX = 1024, REQUEST_MAX = 20000 };

void chip_new(struct chip *chip, struct pki *pki, uint8_t transaction)
{
    enum ec_curve curve;
    *chip = (struct chip){.pki = pki, .otsk = pki_key()};
    CU_ASSERT_FATAL(ec_point(chip->otsk, chip->otpk, &curve) == ERR_OK);
    memset(chip->transaction_id, transaction, sizeof(chip->transaction_id));
}

void chip_free(struct chip *chip)
{
    EVP_PKEY_free(chip->otsk);
}

/* Generates a key pair in the token and certifies it. */
static void certify(struct token *token, struct pki *pki, enum tokwire_key name, const char *policy)
{
    EVP_PKEY *key = NULL;
    CU_ASSERT_EQUAL_FATAL(token_call(token, TOKWIRE_GENERATE_KEY, name, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_FATAL(ec_public_from_point(EC_CURVE_P256, token_field(token, TOKWIRE_F_PUBLIC_KEY),
                                         &key) == ERR_OK);
    struct pki_spec spec = pki_spec_dp(pki, key, policy);
    X509 *cert = pki_certificate(&spec);
    CU_ASSERT_EQUAL(token_call_field(token, TOKWIRE_PUT_CERTIFICATE, name, 0, TOKWIRE_F_CERTIFICATE,
                                     pki_der(cert)),
                    TOKWIRE_SW_OK);
    X509_free(cert);
    EVP_PKEY_free(key);
}

void chip_prepare_token(struct token *token, struct pki *pki, enum tokwire_role role)
{
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, role, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    token_load_root(token);
    CU_ASSERT_EQUAL(token_call_field(token, TOKWIRE_PUT_CERTIFICATE, TOKWIRE_KEY_CI, 0,
                                     TOKWIRE_F_CERTIFICATE, pki_der(pki->ci)),
                    TOKWIRE_SW_OK);
    certify(token, pki, TOKWIRE_KEY_DPAUTH, "2.23.146.1.2.1.4");
    certify(token, pki, TOKWIRE_KEY_DPPB, "2.23.146.1.2.1.5");
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
}

uint16_t chip_server_signed1(struct chip *chip, struct token *token)
{
    static const uint8_t challenge[16] = {1, 2, 3};
    uint8_t signature[64];
    const struct server_signed1 in = {.transaction_id = BYTES_OF(chip->transaction_id),
                                      .euicc_challenge = BYTES_OF(challenge),
                                      .server_address = bytes_make("line.example.com", 16),
                                      .server_challenge = BYTES_OF(challenge)};
    struct buf message;
    buf_init(&message, MESSAGE_MAX);
    server_signed1_encode(&in, &message);
    uint16_t sw = token_sign(token, TOKWIRE_KEY_DPAUTH, buf_bytes(&message), signature);
    buf_clear(&message);
    return sw;
}

uint16_t chip_smdp_signed2(struct chip *chip, struct token *token)
{
    static const uint8_t euicc_signature1[64] = {7};
    const struct smdp_signed2 in = {.transaction_id = BYTES_OF(chip->transaction_id)};
    struct buf message;
    buf_init(&message, MESSAGE_MAX);
    smdp_signed2_encode(&in, &message);
    rsp_put_signature(&message, BYTES_OF(euicc_signature1));
    uint16_t sw = token_sign(token, TOKWIRE_KEY_DPPB, buf_bytes(&message), chip->smdp_signature2);
    buf_clear(&message);
    return sw;
}

uint16_t chip_one_time_key(struct chip *chip, struct token *token)
{
    const uint8_t curve = EC_CURVE_P256;
    uint16_t sw = token_call_field(token, TOKWIRE_GENERATE_ONE_TIME_KEY, 0, 0, TOKWIRE_F_CURVE,
                                   bytes_make(&curve, 1));
    if (sw == TOKWIRE_SW_OK) {
        chip->one_time_key = token_uint(token, TOKWIRE_F_HANDLE);
        memcpy(chip->dp_otpk, token_field(token, TOKWIRE_F_PUBLIC_KEY).data, sizeof(chip->dp_otpk));
    }
    return sw;
}

/* Views into static memory: one evidence at a time. */
struct chip_evidence chip_evidence(struct chip *chip, EVP_PKEY *key, struct bytes hash_cc)
{
    static struct buf signed2, covered;
    static uint8_t storage[MESSAGE_MAX], signature[64];
    buf_init(&signed2, MESSAGE_MAX);
    buf_init(&covered, MESSAGE_MAX);
    size_t mark = tlv_open(&signed2, 0x30);
    tlv_put(&signed2, 0x80, BYTES_OF(chip->transaction_id));
    tlv_put(&signed2, 0x5F49, BYTES_OF(chip->otpk));
    if (hash_cc.len > 0) {
        tlv_put(&signed2, 0x04, hash_cc);
    }
    tlv_close(&signed2, mark);
    buf_put_bytes(&covered, buf_bytes(&signed2));
    rsp_put_signature(&covered, BYTES_OF(chip->smdp_signature2));
    CU_ASSERT_FATAL(ec_sign(key, buf_bytes(&covered), signature) == ERR_OK);
    size_t len = signed2.len;
    memcpy(storage, signed2.data, len);
    buf_clear(&signed2);
    buf_clear(&covered);
    return (struct chip_evidence){.euicc = pki_der(chip->pki->euicc),
                                  .eum = pki_der(chip->pki->eum),
                                  .signed2 = bytes_make(storage, len),
                                  .signature = BYTES_OF(signature),
                                  .host_id = bytes_make(HOST_ID, strlen(HOST_ID)),
                                  .one_time_key = chip->one_time_key};
}

uint16_t chip_derive(struct token *token, const struct chip_evidence *evidence)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, evidence->one_time_key, 4);
    tlv_put(&request, TOKWIRE_F_CERTIFICATE, evidence->euicc);
    tlv_put(&request, TOKWIRE_F_EUM_CERTIFICATE, evidence->eum);
    tlv_put(&request, TOKWIRE_F_EUICC_SIGNED2, evidence->signed2);
    tlv_put(&request, TOKWIRE_F_SIGNATURE, evidence->signature);
    tlv_put(&request, TOKWIRE_F_HOST_ID, evidence->host_id);
    return token_call(token, TOKWIRE_DERIVE_SESSION_KEYS, 0, 0, &request);
}

uint32_t chip_session(struct chip *chip, struct token *token)
{
    CU_ASSERT_EQUAL_FATAL(chip_server_signed1(chip, token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_smdp_signed2(chip, token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_one_time_key(chip, token), TOKWIRE_SW_OK);
    struct chip_evidence evidence = chip_evidence(chip, chip->pki->euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL_FATAL(chip_derive(token, &evidence), TOKWIRE_SW_OK);
    return token_uint(token, TOKWIRE_F_HANDLE);
}

void chip_channel(const struct chip *chip, struct buf *out)
{
    const struct initialise_secure_channel in = {
        .transaction_id = BYTES_OF(chip->transaction_id),
        .host_id = bytes_make(HOST_ID, strlen(HOST_ID)),
        .dp_otpk = BYTES_OF(chip->dp_otpk),
        .euicc_otpk = BYTES_OF(chip->otpk),
    };
    initialise_secure_channel_encode_signed(&in, out);
}

uint16_t chip_ppk(struct token *token, const char *eid, const char *iccid)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, token_handle(TOKWIRE_CLASS_ROOT, 1), 4);
    tlv_put(&request, TOKWIRE_F_EID, test_hex(eid));
    tlv_put(&request, TOKWIRE_F_ICCID, test_hex(iccid));
    tlv_put(&request, TOKWIRE_F_BATCH_ID, test_hex("000102030405060708090A0B0C0D0E0F"));
    return token_call(token, TOKWIRE_DERIVE_PPK, 0, 0, &request);
}

uint16_t chip_replace(struct token *token, uint32_t session, uint32_t ppk)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, session, 4);
    tokwire_put_uint(&request, TOKWIRE_F_KEY_HANDLE, ppk, 4);
    return token_call(token, TOKWIRE_REPLACE_SESSION_KEYS, 0, 0, &request);
}

void chip_keys(const struct chip *chip, const char *eid_digits, struct bsp *bsp)
{
    struct secret shared = {0}, keys = {0};
    struct eid eid;
    EVP_PKEY *dp = NULL;
    TEST_OK(eid_parse(eid_digits, &eid));
    TEST_OK(ec_public_from_point(EC_CURVE_P256, BYTES_OF(chip->dp_otpk), &dp));
    TEST_OK(ec_agree(chip->otsk, dp, &shared));
    TEST_OK(bsp_derive_session_keys(secret_bytes(&shared), bytes_make(HOST_ID, strlen(HOST_ID)),
                                    &eid, &keys));
    TEST_OK(bsp_init(bsp, secret_bytes(&keys)));
    EVP_PKEY_free(dp);
}
