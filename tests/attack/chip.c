#include "chip.h"

#include <string.h>

#include "crypto/kdf.h"
#include "sgp22/tags.h"
#include "stand.h"

enum { MESSAGE_MAX = 2048, ENC_KEY_SIZE = 32 };

void chip_new(struct chip *chip, const struct test_pki_identity *euicc,
              const struct test_pki_identity *eum)
{
    enum ec_curve curve;
    *chip = (struct chip){.euicc = euicc, .eum = eum};
    CU_ASSERT_EQUAL_FATAL(crypto_random(chip->transaction_id, sizeof(chip->transaction_id)),
                          ERR_OK);
    CU_ASSERT_EQUAL_FATAL(ec_generate(EC_CURVE_P256, &chip->otsk), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(ec_point(chip->otsk, chip->otpk, &curve), ERR_OK);
}

void chip_clear(struct chip *chip)
{
    EVP_PKEY_free(chip->otsk);
    *chip = (struct chip){0};
}

void chip_issue(const struct test_pki *pki, const char *eid, struct test_pki_identity *euicc)
{
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_EUICC);
    spec.serial_number = eid;
    spec.key_seed = 0x31;
    test_pki_issue(&spec, &pki->eum, euicc);
}

void chip_put_server_signed1(const struct chip *chip, struct buf *message)
{
    static const uint8_t challenge[CHALLENGE_SIZE] = {1, 2, 3};
    const struct server_signed1 in = {.transaction_id = BYTES_OF(chip->transaction_id),
                                      .euicc_challenge = BYTES_OF(challenge),
                                      .server_address = bytes_make("line.example.com", 16),
                                      .server_challenge = BYTES_OF(challenge)};
    buf_init(message, MESSAGE_MAX);
    server_signed1_encode(&in, message);
}

void chip_put_smdp_signed2(const struct chip *chip, struct buf *message)
{
    static const uint8_t euicc_signature1[EC_SIGNATURE_SIZE] = {7};
    const struct smdp_signed2 in = {.transaction_id = BYTES_OF(chip->transaction_id)};
    buf_init(message, MESSAGE_MAX);
    smdp_signed2_encode(&in, message);
    rsp_put_signature(message, BYTES_OF(euicc_signature1));
}

void chip_put_channel(const struct chip *chip, struct buf *message)
{
    const struct initialise_secure_channel in = {
        .transaction_id = BYTES_OF(chip->transaction_id),
        .host_id = bytes_make(HOST_ID, strlen(HOST_ID)),
        .dp_otpk = BYTES_OF(chip->dp_otpk),
        .euicc_otpk = BYTES_OF(chip->otpk),
    };
    buf_init(message, MESSAGE_MAX);
    initialise_secure_channel_encode_signed(&in, message);
}

uint16_t chip_authenticate(struct chip *chip, struct wire *wire)
{
    struct buf message;
    uint8_t signature[EC_SIGNATURE_SIZE];
    chip_put_server_signed1(chip, &message);
    uint16_t sw = wire_sign(wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message), signature);
    buf_clear(&message);
    return sw;
}

uint16_t chip_prepare(struct chip *chip, struct wire *wire)
{
    struct buf message;
    chip_put_smdp_signed2(chip, &message);
    uint16_t sw = wire_sign(wire, TOKWIRE_KEY_DPPB, buf_bytes(&message), chip->smdp_signature2);
    buf_clear(&message);
    return sw;
}

uint16_t chip_one_time_key(struct chip *chip, struct wire *wire)
{
    const uint8_t curve = EC_CURVE_P256;
    uint16_t sw = wire_call_field(wire, TOKWIRE_GENERATE_ONE_TIME_KEY, 0, 0, TOKWIRE_F_CURVE,
                                  bytes_make(&curve, 1));
    struct bytes point = wire_field(wire, TOKWIRE_F_PUBLIC_KEY);
    if (sw == TOKWIRE_SW_OK && point.len == sizeof(chip->dp_otpk)) {
        chip->one_time_key = wire_uint(wire, TOKWIRE_F_HANDLE);
        memcpy(chip->dp_otpk, point.data, point.len);
    }
    return sw;
}

static void put(struct buf *buf, struct bytes content)
{
    buf_init(buf, MESSAGE_MAX);
    buf_put_bytes(buf, content);
}

void chip_sign_evidence(const struct chip *chip, EVP_PKEY *key, struct evidence *evidence)
{
    struct buf covered;
    uint8_t signature[EC_SIGNATURE_SIZE];
    put(&covered, buf_bytes(&evidence->signed2));
    rsp_put_signature(&covered, BYTES_OF(chip->smdp_signature2));
    CU_ASSERT_EQUAL_FATAL(buf_err(&covered), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(ec_sign(key, buf_bytes(&covered), signature), ERR_OK);
    buf_clear(&covered);
    buf_clear(&evidence->signature);
    buf_put_bytes(&evidence->signature, BYTES_OF(signature));
}

void chip_evidence(const struct chip *chip, struct evidence *evidence)
{
    *evidence = (struct evidence){.one_time_key = chip->one_time_key};
    put(&evidence->euicc, buf_bytes(&chip->euicc->der));
    put(&evidence->eum, buf_bytes(&chip->eum->der));
    put(&evidence->host_id, bytes_make(HOST_ID, strlen(HOST_ID)));
    put(&evidence->signature, BYTES_NONE);
    buf_init(&evidence->signed2, MESSAGE_MAX);
    size_t mark = tlv_open(&evidence->signed2, TAG_SEQUENCE);
    tlv_put(&evidence->signed2, TAG_TRANSACTION_ID, BYTES_OF(chip->transaction_id));
    tlv_put(&evidence->signed2, TAG_OTPK, BYTES_OF(chip->otpk));
    tlv_close(&evidence->signed2, mark);
    chip_sign_evidence(chip, chip->euicc->key, evidence);
}

void evidence_clear(struct evidence *evidence)
{
    buf_clear(&evidence->euicc);
    buf_clear(&evidence->eum);
    buf_clear(&evidence->signed2);
    buf_clear(&evidence->signature);
    buf_clear(&evidence->host_id);
}

uint16_t evidence_derive(const struct evidence *evidence, struct wire *wire, uint32_t *handle)
{
    struct buf request;
    buf_init(&request, TOKWIRE_FRAME_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, evidence->one_time_key, 4);
    tlv_put(&request, TOKWIRE_F_CERTIFICATE, buf_bytes(&evidence->euicc));
    tlv_put(&request, TOKWIRE_F_EUM_CERTIFICATE, buf_bytes(&evidence->eum));
    tlv_put(&request, TOKWIRE_F_EUICC_SIGNED2, buf_bytes(&evidence->signed2));
    tlv_put(&request, TOKWIRE_F_SIGNATURE, buf_bytes(&evidence->signature));
    tlv_put(&request, TOKWIRE_F_HOST_ID, buf_bytes(&evidence->host_id));
    uint16_t sw = wire_call(wire, TOKWIRE_DERIVE_SESSION_KEYS, 0, 0, &request);
    *handle = wire_uint(wire, TOKWIRE_F_HANDLE);
    return sw;
}

uint32_t chip_session(struct chip *chip, struct wire *wire)
{
    struct evidence evidence;
    uint32_t handle = 0;
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_prepare(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_one_time_key(chip, wire), TOKWIRE_SW_OK);
    chip_evidence(chip, &evidence);
    CU_ASSERT_EQUAL_FATAL(evidence_derive(&evidence, wire, &handle), TOKWIRE_SW_OK);
    evidence_clear(&evidence);
    return handle;
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

void chip_expected_ppk(const char *eid_digits, const char *iccid_digits, struct secret *ppk)
{
    struct secret enc_key = {0};
    struct eid eid;
    struct iccid iccid;
    TEST_OK(eid_parse(eid_digits, &eid));
    TEST_OK(iccid_parse(iccid_digits, &iccid));
    TEST_OK(
        crypto_kbkdf(test_hex(ROOT_KEY_HEX), "EncKey", eid_bytes(&eid), ENC_KEY_SIZE, &enc_key));
    TEST_OK(crypto_kbkdf(secret_bytes(&enc_key), "PPK", iccid_bytes(&iccid), BSP_KEYS_SIZE, ppk));
}

/* The wrapped set is what the chip can open, and holds what it must. */
static void check_wrapped(const struct chip *chip, const char *eid, const char *iccid,
                          struct bytes wrapped)
{
    struct bsp bsp;
    struct secret ppk = {0};
    struct buf plaintext, expected;
    buf_init(&plaintext, MESSAGE_MAX);
    buf_init(&expected, MESSAGE_MAX);
    chip_keys(chip, eid, &bsp);
    chip_expected_ppk(eid, iccid, &ppk);
    bsp_put_replace_session_keys(&plaintext, secret_bytes(&ppk));
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_COMMAND, buf_bytes(&plaintext), &expected));
    TEST_BYTES(wrapped, buf_bytes(&expected));
    buf_clear(&plaintext);
    buf_clear(&expected);
}

uint16_t chip_release(struct wire *wire, const struct test_pki *pki, const char *eid,
                      const char *iccid)
{
    struct test_pki_identity euicc;
    struct chip chip;
    uint32_t ppk = 0;
    chip_issue(pki, eid, &euicc);
    chip_new(&chip, &euicc, &pki->eum);
    uint32_t session = chip_session(&chip, wire);
    CU_ASSERT_EQUAL(wire_derive_ppk(wire, ROOT_HANDLE, eid, iccid, &ppk), TOKWIRE_SW_OK);
    uint16_t sw = wire_replace(wire, session, ppk);
    if (sw == TOKWIRE_SW_OK) {
        check_wrapped(&chip, eid, iccid, wire_field(wire, TOKWIRE_F_DATA));
    }
    wire_destroy(wire, chip.one_time_key);
    wire_destroy(wire, session);
    wire_destroy(wire, ppk);
    chip_clear(&chip);
    test_pki_identity_clear(&euicc);
    return sw;
}
