/* The line role of the real token, as far as it can be driven without a chip:
 * what must be there is there, what must be refused is refused with words. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "p11/p11.h"
#include "tokwire/status.h"

static struct p11_token *token;
static struct p11_session *session;

static const char *said(void)
{
    return p11_session_failure(session)->detail;
}

static void certificates_and_trust(void)
{
    struct cert *cert = NULL, *cis[P11_CI_MAX];
    size_t count;

    CU_ASSERT_STRING_EQUAL(p11_token_label(token), "line");
    TEST_OK(p11_certificate(session, "dpauth", &cert));
    CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
    CU_ASSERT_EQUAL(cert->role, CERT_ROLE_DPAUTH);
    cert_free(&cert);
    TEST_OK(p11_certificate(session, "dppb", &cert));
    CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
    CU_ASSERT_EQUAL(cert->role, CERT_ROLE_DPPB);
    cert_free(&cert);
    TEST_ERR(p11_certificate(session, "batch", &cert), ERR_NOT_FOUND);
    TEST_OK(p11_trusted(session, cis, &count));
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_EQUAL(cis[0]->role, CERT_ROLE_CI);
    cert_free(&cis[0]);
}

/* AES-CMAC(000102..1F with its first byte 01, 16 zero bytes): computed here. */
static void root_key_check_value(void)
{
    uint8_t root[32], mac[AES_BLOCK], check_value[P11_CHECK_VALUE_SIZE];
    static const uint8_t zero[AES_BLOCK];
    unsigned version;
    unsigned long key;

    for (size_t i = 0; i < sizeof(root); i++) {
        root[i] = (uint8_t)i;
    }
    root[0] = 0x01;
    TEST_OK(crypto_cmac(BYTES_OF(root), BYTES_OF(zero), mac));
    for (unsigned asked = 0; asked <= 1; asked++) {
        TEST_OK(p11_root_key(session, asked, &key, &version, check_value));
        CU_ASSERT_EQUAL(version, 1);
        CU_ASSERT_NOT_EQUAL(key, 0);
        CU_ASSERT_EQUAL(memcmp(mac, check_value, sizeof(check_value)), 0);
    }
    TEST_ERR(p11_root_key(session, 2, &key, &version, check_value), ERR_NOT_FOUND);
}

/* Section 2: no signing oracle. */
static void arbitrary_messages_are_not_signed(void)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    static const char message[] = "please sign this";
    static const char *const keys[] = {"dpauth", "dppb"};

    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_NOT_EQUAL(
            p11_sign(session, keys[i], bytes_make(message, sizeof(message)), signature), ERR_OK);
        /* the engine's own reason is kept (tokwire/status.h) */
        CU_ASSERT_PTR_NOT_NULL(strstr(said(), "C_Sign: CKR_DATA_INVALID"));
        CU_ASSERT_EQUAL(p11_session_failure(session)->sw, TOKWIRE_SW_SIGN_REFUSED);
    }
    TEST_ERR(p11_sign(session, "batch", BYTES_OF(signature), signature), ERR_NOT_FOUND);
}

/* Invariant 2: evidence that proves nothing yields no session keys. */
static void no_session_keys_without_a_chip(void)
{
    uint8_t point[EC_POINT_SIZE], junk[200] = {0x30, 0x81, 0xC5};
    unsigned long private_key, public_key, keys;
    struct p11_evidence evidence = {
        .euicc_certificate = BYTES_OF(junk),
        .eum_certificate = BYTES_OF(junk),
        .euicc_signed2 = BYTES_OF(junk),
        .euicc_signature2 = bytes_make(junk, EC_SIGNATURE_SIZE),
        .host_id = bytes_make(junk, 8),
    };

    TEST_OK(p11_one_time_key(session, EC_CURVE_P256, &private_key, &public_key, point));
    CU_ASSERT_EQUAL(point[0], 0x04);
    CU_ASSERT_NOT_EQUAL(p11_session_keys(session, private_key, &evidence, &keys), ERR_OK);
    CU_ASSERT_EQUAL(keys, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said(), "C_DeriveKey (session keys): CKR_"));
    p11_destroy(session, private_key);
    p11_destroy(session, public_key);
    TEST_OK(p11_one_time_key(session, EC_CURVE_BRAINPOOL_P256R1, &private_key, &public_key, point));
    p11_destroy(session, private_key);
    p11_destroy(session, public_key);
}

/* Section 4: a line token refuses '86'. */
static void no_profile_encryption_on_a_line_token(void)
{
    uint8_t check_value[P11_CHECK_VALUE_SIZE], mac[8];
    const uint8_t data[] = {1, 2, 3};
    unsigned long root, ppk = 0;
    struct iccid iccid;
    struct eid eid;
    struct buf out;
    unsigned version;

    TEST_OK(eid_parse("89049032123451234512345678901235", &eid));
    TEST_OK(iccid_parse("89019990001234567893", &iccid));
    TEST_OK(p11_root_key(session, 0, &root, &version, check_value));
    TEST_OK(p11_ppk(session, root, &eid, &iccid, BYTES_NONE, &ppk));
    buf_init(&out, 4096);
    CU_ASSERT_NOT_EQUAL(p11_bsp_encrypt(session, ppk, BYTES_OF(data), &out), ERR_OK);
    CU_ASSERT_EQUAL(out.len, 0);
    /* refused by the module: the engine's last word is of another refusal */
    CU_ASSERT_PTR_NOT_NULL(strstr(said(), "CKR_KEY_FUNCTION_NOT_PERMITTED"));
    CU_ASSERT_EQUAL(p11_session_failure(session)->sw, 0);
    CU_ASSERT_NOT_EQUAL(p11_bsp_mac(session, ppk, BYTES_OF(data), mac), ERR_OK);
    CU_ASSERT_NOT_EQUAL(p11_replace_session_keys(session, ppk, ppk, &out), ERR_OK);
    CU_ASSERT_EQUAL(out.len, 0);
    buf_clear(&out);
    p11_destroy(session, ppk);
    CU_ASSERT_NOT_EQUAL(p11_bsp_mac(session, ppk, BYTES_OF(data), mac), ERR_OK);
}

static void many_keys_come_and_go(void)
{
    uint8_t point[EC_POINT_SIZE];
    unsigned long private_key, public_key;

    for (int i = 0; i < 200; i++) {
        TEST_OK(p11_one_time_key(session, EC_CURVE_P256, &private_key, &public_key, point));
        p11_destroy(session, private_key);
        p11_destroy(session, public_key);
    }
}

static const struct test_case cases[] = {
    {"certificates and trust", certificates_and_trust},
    {"root key check value", root_key_check_value},
    {"arbitrary messages are not signed", arbitrary_messages_are_not_signed},
    {"invariant 2: no session keys without a chip", no_session_keys_without_a_chip},
    {"no profile encryption on a line token", no_profile_encryption_on_a_line_token},
    {"many keys come and go", many_keys_come_and_go},
};

int main(void)
{
    const struct p11_config config = {.module = getenv("P11_MODULE"),
                                      .token_uri = "pkcs11:token=line",
                                      .pin_file = getenv("P11_PIN_FILE")};
    struct p11_failure failure = {0};
    int result;

    if (p11_open(&config, &token, &failure) != ERR_OK ||
        p11_session_open(token, &session, &failure) != ERR_OK) {
        fprintf(stderr, "%s\n", failure.detail);
        return 1;
    }
    result = test_main("orchestrator/p11/usbkey", cases, sizeof(cases) / sizeof(cases[0]));
    p11_session_close(&session);
    p11_close(&token);
    return result;
}
