/* A whole transaction with a chip of our own, and every way to cheat in one. */
#include <string.h>

#include <openssl/x509v3.h>

#include "base/file.h"
#include "chip.h"
#include "engine/internal.h"

#define ROOT_HEX "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static uint16_t encrypt(struct token *token, uint32_t handle, struct bytes data)
{
    struct buf request;
    buf_init(&request, TOKWIRE_FRAME_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, handle, 4);
    tlv_put(&request, TOKWIRE_F_DATA, data);
    return token_call(token, TOKWIRE_BSP_ENCRYPT, 0, 0, &request);
}

static uint16_t mac(struct token *token, uint32_t handle, struct bytes data)
{
    struct buf request;
    buf_init(&request, 4096);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, handle, 4);
    tlv_put(&request, TOKWIRE_F_DATA, data);
    return token_call(token, TOKWIRE_BSP_MAC, 0, 0, &request);
}

static uint16_t sign_channel(struct chip *chip, struct token *token)
{
    struct buf message;
    uint8_t signature[64];
    buf_init(&message, 1024);
    chip_channel(chip, &message);
    uint16_t sw = token_sign(token, TOKWIRE_KEY_DPPB, buf_bytes(&message), signature);
    buf_clear(&message);
    return sw;
}

/* The PPK set the chip must end up with, from the root key itself. */
static void expected_ppk(const char *eid, const char *iccid, struct secret *ppk)
{
    struct secret enc_key = {0};
    TEST_OK(crypto_kbkdf(test_hex(ROOT_HEX), "EncKey", test_hex(eid), 32, &enc_key));
    TEST_OK(crypto_kbkdf(secret_bytes(&enc_key), "PPK", test_hex(iccid), 48, ppk));
}

/* Every segment equals what the chip's own keys make of it. */
static void test_whole(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    struct bsp own;
    struct secret ppk = {0};
    struct buf expected, plaintext;
    uint8_t expected_mac[8];
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    TEST_BYTES(token_field(&token, TOKWIRE_F_EID), test_hex(PKI_EID));
    TEST_BYTES(token_field(&token, TOKWIRE_F_TRANSACTION_ID), BYTES_OF(chip.transaction_id));
    CU_ASSERT_EQUAL(sign_channel(&chip, &token), TOKWIRE_SW_OK);
    chip_keys(&chip, PKI_EID, &own);
    buf_init(&expected, 4096);
    buf_init(&plaintext, 64);
    CU_ASSERT_EQUAL(encrypt(&token, session, test_hex("BF2400")), TOKWIRE_SW_OK);
    TEST_OK(bsp_encrypt(&own, BSP_TAG_COMMAND, test_hex("BF2400"), &expected));
    TEST_BYTES(token_field(&token, TOKWIRE_F_DATA), buf_bytes(&expected));
    CU_ASSERT_EQUAL(mac(&token, session, bytes_make("metadata", 8)), TOKWIRE_SW_OK);
    TEST_OK(bsp_mac(&own, bytes_make("metadata", 8), expected_mac));
    TEST_BYTES(token_field(&token, TOKWIRE_F_MAC), BYTES_OF(expected_mac));
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_replace(&token, session, token_uint(&token, TOKWIRE_F_HANDLE)),
                    TOKWIRE_SW_OK);
    expected_ppk(PKI_EID, ICCID_SWAPPED, &ppk);
    bsp_put_replace_session_keys(&plaintext, secret_bytes(&ppk));
    buf_reset(&expected);
    TEST_OK(bsp_encrypt(&own, BSP_TAG_COMMAND, buf_bytes(&plaintext), &expected));
    TEST_BYTES(token_field(&token, TOKWIRE_F_DATA), buf_bytes(&expected));
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"evidence\",\"eid\":\"" PKI_EID), 1);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"release\",\"eid\":\"" PKI_EID
                                                "\",\"iccid\":\"89019990001234567893\""),
                    1);
    buf_clear(&expected);
    buf_clear(&plaintext);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* Session keys are used up by the wrap, and the channel is signed once. */
static void test_once(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(sign_channel(&chip, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(sign_channel(&chip, &token), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(encrypt(&token, session, test_hex("BF2400")), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(mac(&token, session, test_hex("00")), TOKWIRE_SW_STATE);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* Invariant 3: a one-time key serves one session. */
static void test_one_time_key_once(void)
{
    struct token token;
    struct pki pki;
    struct chip first, second;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&first, &pki, 1);
    chip_new(&second, &pki, 2);
    chip_session(&first, &token);
    CU_ASSERT_EQUAL(chip_server_signed1(&second, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_smdp_signed2(&second, &token), TOKWIRE_SW_OK);
    second.one_time_key = first.one_time_key;
    struct chip_evidence evidence = chip_evidence(&second, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_KEY_USED);
    chip_free(&first);
    chip_free(&second);
    pki_free(&pki);
    token_free(&token);
}

/* The same evidence again, with a fresh one-time key: its transaction is over. */
static void test_replay(void)
{
    struct token token;
    struct pki pki;
    struct chip chip, other;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    chip_session(&chip, &token);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, &token), TOKWIRE_SW_OK);
    struct chip_evidence evidence = chip_evidence(&chip, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_STATE);
    /* Evidence over the smdpSignature2 of a former run of the same id. */
    CU_ASSERT_EQUAL(chip_server_signed1(&chip, &token), TOKWIRE_SW_OK);
    uint8_t former[64];
    memcpy(former, chip.smdp_signature2, sizeof(former));
    CU_ASSERT_EQUAL(chip_smdp_signed2(&chip, &token), TOKWIRE_SW_OK);
    memcpy(chip.smdp_signature2, former, sizeof(former));
    evidence = chip_evidence(&chip, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_SIGNATURE);
    /* Evidence of a transaction this login never saw. */
    chip_new(&other, &pki, 9);
    CU_ASSERT_EQUAL(chip_one_time_key(&other, &token), TOKWIRE_SW_OK);
    evidence = chip_evidence(&other, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_TRANSACTION);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"evidence refused\""), 3);
    chip_free(&chip);
    chip_free(&other);
    pki_free(&pki);
    token_free(&token);
}

/* Forged evidence: each case changes one thing of what is honest. */
struct forgery {
    const char *name;
    uint16_t sw;
    void (*forge)(struct chip *chip, struct pki *pki, struct chip_evidence *evidence);
};

static void honest(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    (void)pki;
    (void)evidence;
}

static void signed_by_another(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    *evidence = chip_evidence(chip, pki->eum_key, BYTES_NONE);
}

static void zero_signature(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    static const uint8_t zero[64];
    (void)chip;
    (void)pki;
    evidence->signature = BYTES_OF(zero);
}

static void confirmation_code(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    static const uint8_t hash[32];
    *evidence = chip_evidence(chip, pki->euicc_key, BYTES_OF(hash));
}

static void foreign_otpk(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    static uint8_t changed[512];
    (void)pki;
    struct bytes was = evidence->signed2;
    memcpy(changed, was.data, was.len);
    uint8_t *at = memmem(changed, was.len, chip->otpk, sizeof(chip->otpk));
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memcpy(at, chip->dp_otpk, sizeof(chip->dp_otpk));
    evidence->signed2 = bytes_make(changed, was.len);
}

/* Genuinely signed, but no point of the curve. */
static void off_curve(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    uint8_t was = chip->otpk[64];
    chip->otpk[64] ^= 1;
    *evidence = chip_evidence(chip, pki->euicc_key, BYTES_NONE);
    chip->otpk[64] = was;
}

static void use_euicc(struct chip_evidence *evidence, struct pki_spec *spec)
{
    X509 *cert = pki_certificate(spec);
    evidence->euicc = pki_der(cert);
    X509_free(cert);
}

static void euicc_by_itself(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.issuer_key = pki->euicc_key;
    use_euicc(evidence, &spec);
}

static void euicc_by_ci(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.issuer = pki->ci;
    spec.issuer_key = pki->ci_key;
    use_euicc(evidence, &spec);
}

static void euicc_expired(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.not_after = token_now - 1;
    use_euicc(evidence, &spec);
}

static void euicc_of_dp_role(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.policy = "2.23.146.1.2.1.4";
    use_euicc(evidence, &spec);
}

static void euicc_outside_prefix(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.serial_number = "89033023123451234512345678901224";
    use_euicc(evidence, &spec);
}

static void euicc_no_eid(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.serial_number = NULL;
    use_euicc(evidence, &spec);
}

static void euicc_other_organisation(struct chip *chip, struct pki *pki,
                                     struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_euicc(pki);
    spec.organisation = "Somebody Else";
    use_euicc(evidence, &spec);
}

static void foreign_eum(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    EVP_PKEY *foreign_ci = pki_key();
    struct pki_spec spec = pki_spec_eum(pki);
    spec.issuer_key = foreign_ci;
    X509 *cert = pki_certificate(&spec);
    evidence->eum = pki_der(cert);
    X509_free(cert);
    EVP_PKEY_free(foreign_ci);
}

static void eum_no_constraint(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_eum(pki);
    spec.eid_prefix = NULL;
    X509 *cert = pki_certificate(&spec);
    evidence->eum = pki_der(cert);
    X509_free(cert);
}

static void eum_expired(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    struct pki_spec spec = pki_spec_eum(pki);
    spec.not_after = token_now - 1;
    X509 *cert = pki_certificate(&spec);
    evidence->eum = pki_der(cert);
    X509_free(cert);
}

static void swapped(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    (void)pki;
    struct bytes euicc = evidence->euicc;
    evidence->euicc = evidence->eum;
    evidence->eum = euicc;
}

static void no_certificate(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    (void)pki;
    evidence->euicc = bytes_make("\x30\x03\x02\x01\x00", 5);
}

static void stale_handle(struct chip *chip, struct pki *pki, struct chip_evidence *evidence)
{
    (void)chip;
    (void)pki;
    evidence->one_time_key ^= 0x100;
}

static const struct forgery forgeries[] = {
    {"honest", TOKWIRE_SW_OK, honest},
    {"signed by another key", TOKWIRE_SW_SIGNATURE, signed_by_another},
    {"a signature of zeros", TOKWIRE_SW_SIGNATURE, zero_signature},
    {"a confirmation code", TOKWIRE_SW_UNSUPPORTED, confirmation_code},
    {"another otPK than was signed", TOKWIRE_SW_SIGNATURE, foreign_otpk},
    {"an otPK off the curve", TOKWIRE_SW_DATA, off_curve},
    {"eUICC signed by itself", TOKWIRE_SW_CERT_CHAIN, euicc_by_itself},
    {"eUICC signed by the CI", TOKWIRE_SW_CERT_CHAIN, euicc_by_ci},
    {"eUICC expired", TOKWIRE_SW_CERT_DATE, euicc_expired},
    {"eUICC certificate of DPauth's role", TOKWIRE_SW_CERT_ROLE, euicc_of_dp_role},
    {"EID outside the EUM's prefix", TOKWIRE_SW_CERT_EID, euicc_outside_prefix},
    {"no EID", TOKWIRE_SW_CERT_EID, euicc_no_eid},
    {"another organisation", TOKWIRE_SW_CERT_EID, euicc_other_organisation},
    {"EUM of a foreign CI", TOKWIRE_SW_CERT_CHAIN, foreign_eum},
    {"EUM without a constraint", TOKWIRE_SW_CERT_EID, eum_no_constraint},
    {"EUM expired", TOKWIRE_SW_CERT_DATE, eum_expired},
    {"eUICC and EUM exchanged", TOKWIRE_SW_CERT_ROLE, swapped},
    {"no certificate", TOKWIRE_SW_DATA, no_certificate},
    {"a stale handle", TOKWIRE_SW_NOT_FOUND, stale_handle},
};

static void test_forgeries(void)
{
    struct token token;
    struct pki pki;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        struct chip chip;
        chip_new(&chip, &pki, (uint8_t)i);
        CU_ASSERT_EQUAL(chip_server_signed1(&chip, &token), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(chip_smdp_signed2(&chip, &token), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(chip_one_time_key(&chip, &token), TOKWIRE_SW_OK);
        struct chip_evidence evidence = chip_evidence(&chip, pki.euicc_key, BYTES_NONE);
        forgeries[i].forge(&chip, &pki, &evidence);
        uint16_t sw = chip_derive(&token, &evidence);
        if (sw != forgeries[i].sw) {
            test_note("%s: %04X", forgeries[i].name, sw);
        }
        CU_ASSERT_EQUAL(sw, forgeries[i].sw);
        chip_free(&chip);
    }
    pki_free(&pki);
    token_free(&token);
}

/* Invariant 2: EncKey of one chip is not wrapped for another. */
static void test_other_eid(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_OTHER_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_EID_MISMATCH);
    /* Nor with handles of the wrong kind. */
    CU_ASSERT_EQUAL(chip_replace(&token, ppk, ppk), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(chip_replace(&token, session, session), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(chip_replace(&token, session, chip.one_time_key), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"release\""), 0);
    CU_ASSERT_EQUAL(
        token_journal_count(&token, "\"event\":\"release refused\",\"reason\":\"eid_mismatch\""),
        1);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* '86' is the DP+'s; ECKA and the wrap are the line's. */
static void test_roles(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    CU_ASSERT_EQUAL(encrypt(&token, ppk, bytes_make("profile", 7)), TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(mac(&token, ppk, bytes_make("profile", 7)), TOKWIRE_SW_NOT_FOUND);
    token_free(&token);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_DP);
    chip_new(&chip, &pki, 1);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, &token), TOKWIRE_SW_ROLE);
    struct chip_evidence evidence = chip_evidence(&chip, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(chip_replace(&token, 1, 2), TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(mac(&token, 1, bytes_make("x", 1)), TOKWIRE_SW_ROLE);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* The DP+ token's '86' segments, in chunks, are one stream under the PPK set. */
static void test_profile_chunks(void)
{
    struct token token;
    struct pki pki;
    struct secret keys = {0};
    struct bsp own;
    struct buf expected, answer;
    static uint8_t profile[TOKWIRE_BSP_CHUNK + 5000];
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_DP);
    for (size_t i = 0; i < sizeof(profile); i++) {
        profile[i] = (uint8_t)(i * 7);
    }
    expected_ppk(PKI_EID, ICCID_SWAPPED, &keys);
    TEST_OK(bsp_init(&own, secret_bytes(&keys)));
    buf_init(&expected, 128 * 1024);
    buf_init(&answer, 128 * 1024);
    TEST_OK(bsp_encrypt(&own, BSP_TAG_PROFILE_ELEMENTS, BYTES_OF(profile), &expected));
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    CU_ASSERT_EQUAL(encrypt(&token, ppk, bytes_make(profile, TOKWIRE_BSP_CHUNK)), TOKWIRE_SW_OK);
    buf_put_bytes(&answer, token_field(&token, TOKWIRE_F_DATA));
    CU_ASSERT_EQUAL(encrypt(&token, ppk, bytes_make(profile + TOKWIRE_BSP_CHUNK, 5000)),
                    TOKWIRE_SW_OK);
    buf_put_bytes(&answer, token_field(&token, TOKWIRE_F_DATA));
    TEST_BYTES(buf_bytes(&answer), buf_bytes(&expected));
    CU_ASSERT_EQUAL(encrypt(&token, ppk, bytes_make(profile, 10)), TOKWIRE_SW_STATE);
    buf_clear(&expected);
    buf_clear(&answer);
    pki_free(&pki);
    token_free(&token);
}

/* The batch key signs messages and digests; keys that are not there sign nothing. */
static void test_batch_signature(void)
{
    struct token token;
    uint8_t digest[32] = {1}, signature[64];
    EVP_PKEY *key = NULL;
    token_new(&token);
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_DP, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_BATCH, 0, NULL),
                    TOKWIRE_SW_OK);
    TEST_OK(ec_public_from_point(EC_CURVE_P256, token_field(&token, TOKWIRE_F_PUBLIC_KEY), &key));
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_sign(&token, TOKWIRE_KEY_BATCH, bytes_make("manifest", 8), signature),
                    TOKWIRE_SW_OK);
    TEST_OK(ec_verify(key, bytes_make("manifest", 8), BYTES_OF(signature)));
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_SIGN, TOKWIRE_KEY_BATCH, TOKWIRE_SIGN_DIGEST,
                                     TOKWIRE_F_DATA, BYTES_OF(digest)),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_sign(&token, TOKWIRE_KEY_DPAUTH, bytes_make("x", 1), signature),
                    TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"batch signed\""), 2);
    EVP_PKEY_free(key);
    token_free(&token);
}

/* Objects end with their login, and handles are never used again. */
static void test_handles(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    uint8_t handle[4];
    set_u32(handle, session);
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_DESTROY, 0, 0, TOKWIRE_F_HANDLE, BYTES_OF(handle)),
        TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_DESTROY, 0, 0, TOKWIRE_F_HANDLE, BYTES_OF(handle)),
        TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    CU_ASSERT_EQUAL(encrypt(&token, session, test_hex("00")), TOKWIRE_SW_NOT_FOUND);
    set_u32(handle, token_handle(TOKWIRE_CLASS_ROOT, 1));
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_DESTROY, 0, 0, TOKWIRE_F_HANDLE, BYTES_OF(handle)),
        TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    set_u32(handle, ppk);
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_DESTROY, 0, 0, TOKWIRE_F_HANDLE, BYTES_OF(handle)),
        TOKWIRE_SW_NOT_FOUND);
    /* Another connection does not see them either. */
    struct engine_connection *second = NULL;
    struct buf request;
    TEST_OK(engine_connection_open(token.engine, "second", &second));
    buf_init(&request, 64);
    tlv_put_str(&request, TOKWIRE_F_PIN, USER_PIN);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_USER, &request),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, token_uint(&token, TOKWIRE_F_HANDLE), 4);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_DESTROY, 0, 0, &request),
                    TOKWIRE_SW_NOT_FOUND);
    engine_connection_close(&second);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

static void test_full_table(void)
{
    struct token token;
    struct pki pki;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    for (unsigned i = 0; i < OBJECTS_MAX; i++) {
        CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    }
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_FULL);
    pki_free(&pki);
    token_free(&token);
}

/* One profile to one chip; the transaction's number makes it a new session. */
static uint16_t release_one(struct token *token, struct pki *pki, const char *iccid, uint8_t number)
{
    struct chip chip;
    chip_new(&chip, pki, number);
    uint32_t session = chip_session(&chip, token);
    CU_ASSERT_EQUAL(chip_ppk(token, PKI_EID, iccid), TOKWIRE_SW_OK);
    uint16_t sw = chip_replace(token, session, token_uint(token, TOKWIRE_F_HANDLE));
    chip_free(&chip);
    return sw;
}

static void set_policy(struct token *token, uint32_t quota, uint64_t not_after)
{
    struct buf request;
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_QUOTA, quota, 4);
    tokwire_put_uint(&request, TOKWIRE_F_NOT_AFTER, not_after, 8);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_SET_POLICY, 0, 0, &request), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
}

/* The quota counts distinct profiles and comes back from the journal. */
static void test_quota(void)
{
    struct token token;
    struct pki pki;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    set_policy(&token, 2, 0);
    CU_ASSERT_EQUAL(release_one(&token, &pki, "98109909002143658739", 1), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release_one(&token, &pki, "98109909002143658739", 2), TOKWIRE_SW_OK);
    token_restart(&token);
    CU_ASSERT_EQUAL(token.engine->history.releases.distinct, 1);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->history.releases.total, 2);
    CU_ASSERT_EQUAL(release_one(&token, &pki, "98109909002143658749", 3), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release_one(&token, &pki, "98109909002143658759", 4), TOKWIRE_SW_QUOTA);
    CU_ASSERT_EQUAL(release_one(&token, &pki, "98109909002143658739", 5), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_COUNT), 2);
    pki_free(&pki);
    token_free(&token);
}

static void test_not_after(void)
{
    struct token token;
    struct pki pki;
    time_t before = token_now;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    set_policy(&token, POLICY_QUOTA_NONE, (uint64_t)token_now + 60);
    CU_ASSERT_EQUAL(release_one(&token, &pki, ICCID_SWAPPED, 1), TOKWIRE_SW_OK);
    token_now += 61;
    CU_ASSERT_EQUAL(release_one(&token, &pki, ICCID_SWAPPED, 2), TOKWIRE_SW_EXPIRED);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_TRUE((token_uint(&token, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_EXPIRED) != 0);
    token_now = before;
    pki_free(&pki);
    token_free(&token);
}

/* Invariant 5: no entry, no key. A journal that cannot grow releases nothing. */
static void test_no_entry_no_release(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    token.engine->journal.broken = true;
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_TAMPERED);
    CU_ASSERT_EQUAL(token.response.len, 2);
    CU_ASSERT_EQUAL(token.engine->history.releases.total, 0);
    token.engine->journal.broken = false;
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* A flood of refused requests does not fill the disk. */
static void test_refusals_are_bounded(void)
{
    struct token token;
    struct pki pki;
    uint8_t signature[64];
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    for (int i = 0; i < REFUSALS_MAX + 50; i++) {
        CU_ASSERT_EQUAL(token_sign(&token, TOKWIRE_KEY_DPPB, bytes_make("x", 1), signature),
                        TOKWIRE_SW_SIGN_REFUSED);
    }
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"sign refused\""), REFUSALS_MAX);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"refusals_not_listed\":50"), 1);
    pki_free(&pki);
    token_free(&token);
}

static const struct test_case cases[] = {
    {"a whole transaction", test_whole},
    {"what happens once", test_once},
    {"invariant 3: a one-time key serves one session", test_one_time_key_once},
    {"replayed evidence", test_replay},
    {"forged evidence", test_forgeries},
    {"invariant 2: wrapped for its own chip only", test_other_eid},
    {"roles", test_roles},
    {"profile in chunks", test_profile_chunks},
    {"batch signatures", test_batch_signature},
    {"handles", test_handles},
    {"a full object table", test_full_table},
    {"quota of distinct profiles", test_quota},
    {"not-after date", test_not_after},
    {"invariant 5: no entry, no release", test_no_entry_no_release},
    {"refusals in the journal are bounded", test_refusals_are_bounded},
};
TEST_MAIN("engine/transaction", cases)
