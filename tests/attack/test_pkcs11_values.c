/* A hostile program with the PIN against the PKCS#11 interface: no attribute of any
 * object gives a secret away (invariants 1, 2). */
#include <string.h>

#include "crypto/kdf.h"
#include "p11_checks.h"

enum { VALUE_MAX = 8192, SECRETS_MAX = 24, SECRET_MIN = 16 };

static struct test_pki pki;

/* What this test knows and the PC may not: it made the root key and is the chip. */
struct secrets {
    struct secret value[SECRETS_MAX];
    size_t count;
};

static void add_pieces(struct secrets *secrets, struct bytes whole)
{
    for (size_t at = 0; at + SECRET_MIN <= whole.len; at += SECRET_MIN) {
        TEST_OK(secret_set(&secrets->value[secrets->count++], whole.data + at, SECRET_MIN));
    }
}

static void know_secrets(const struct p11 *line, struct secrets *secrets)
{
    struct secret ppk = {0}, enc_key = {0};
    struct bsp bsp;
    struct eid eid;
    *secrets = (struct secrets){.count = 0};
    add_pieces(secrets, test_hex(ROOT_KEY_HEX));
    TEST_OK(eid_parse(TEST_PKI_EID, &eid));
    TEST_OK(crypto_kbkdf(test_hex(ROOT_KEY_HEX), "EncKey", eid_bytes(&eid), 32, &enc_key));
    add_pieces(secrets, secret_bytes(&enc_key));
    chip_expected_ppk(TEST_PKI_EID, ICCID, &ppk);
    add_pieces(secrets, secret_bytes(&ppk));
    chip_keys(&line->chip, TEST_PKI_EID, &bsp);
    add_pieces(secrets, BYTES_OF(bsp.enc));
    add_pieces(secrets, BYTES_OF(bsp.mac));
    add_pieces(secrets, BYTES_OF(bsp.chaining_value));
}

static bool holds_secret(const struct secrets *secrets, struct bytes value)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (memmem(value.data, value.len, secrets->value[i].data, secrets->value[i].len) != NULL) {
            return true;
        }
    }
    return false;
}

/* Attribute types worth asking for: all of Cryptoki's, array ones, vendor's. */
static const struct {
    CK_ATTRIBUTE_TYPE first, last;
} type_ranges[] = {
    {0, 0x900},
    {CKF_ARRAY_ATTRIBUTE, CKF_ARRAY_ATTRIBUTE + 0x700},
    {CKA_VENDOR_DEFINED, CKA_VENDOR_DEFINED + 0x100},
    {CKA_SGP22_EID - 1, CKA_SGP22_EID + 0x40},
    {CK_UNAVAILABLE_INFORMATION - 4, CK_UNAVAILABLE_INFORMATION - 1},
};

/* Every attribute there is of one object; how many had a value. */
static size_t search_object(const struct p11 *p11, enum p11_kind kind,
                            const struct secrets *secrets)
{
    static uint8_t value[VALUE_MAX];
    size_t read = 0;
    for (size_t i = 0; i < sizeof(type_ranges) / sizeof(type_ranges[0]); i++) {
        for (CK_ATTRIBUTE_TYPE type = type_ranges[i].first; type <= type_ranges[i].last; type++) {
            memset(value, 0xA5, sizeof(value));
            CK_ATTRIBUTE asked = {type, value, sizeof(value)};
            CK_RV rv = p11->f->C_GetAttributeValue(p11->session, p11->object[kind], &asked, 1);
            if (rv == CKR_OK) {
                read++;
                CU_ASSERT_TRUE(asked.ulValueLen <= sizeof(value));
            }
            if (holds_secret(secrets, BYTES_OF(value))) {
                test_note("%s gives a secret away in attribute %08lX", p11_kind_names[kind], type);
                CU_FAIL("secret");
            }
        }
    }
    return read;
}

static void test_every_attribute(void)
{
    struct p11 line, dp;
    struct secrets secrets;
    p11_open_both(&pki, &line, &dp);
    know_secrets(&line, &secrets);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        CU_ASSERT_TRUE(line.object[kind] == 0 || search_object(&line, kind, &secrets) > 0);
        CU_ASSERT_TRUE(dp.object[kind] == 0 || search_object(&dp, kind, &secrets) > 0);
    }
    /* That the search finds: an object that holds one, made by ourselves. */
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE planted[] = {{CKA_CLASS, &class, sizeof(class)},
                              {CKA_VALUE, secrets.value[0].data, secrets.value[0].len}};
    uint8_t value[64];
    CK_ATTRIBUTE asked = {CKA_VALUE, value, sizeof(value)};
    CK_OBJECT_HANDLE object;
    CU_ASSERT_EQUAL(line.f->C_CreateObject(line.session, planted, 2, &object), CKR_OK);
    CU_ASSERT_EQUAL(line.f->C_GetAttributeValue(line.session, object, &asked, 1), CKR_OK);
    CU_ASSERT_TRUE(holds_secret(&secrets, bytes_make(value, asked.ulValueLen)));
    p11_close(&line);
    p11_close(&dp);
}

static void test_values(void)
{
    struct p11 line, dp;
    p11_open_both(&pki, &line, &dp);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (p11_is_secret(kind) && line.object[kind] != 0) {
            p11_check_sensitive(&line, kind);
            p11_check_flags(&line, kind);
        }
        if (p11_is_secret(kind) && dp.object[kind] != 0) {
            p11_check_sensitive(&dp, kind);
        }
    }
    p11_close(&line);
    p11_close(&dp);
}

/* Without the login, keys are not there at all. */
static void test_logged_out(void)
{
    struct p11 line;
    uint8_t value[256];
    CK_ATTRIBUTE asked = {CKA_VALUE, value, sizeof(value)};
    p11_open_both(&pki, &line, NULL);
    CU_ASSERT_EQUAL(line.f->C_Logout(line.session), CKR_OK);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (p11_is_secret(kind) && line.object[kind] != 0) {
            expect_rv(p11_attempt("after the logout", kind),
                      line.f->C_GetAttributeValue(line.session, line.object[kind], &asked, 1),
                      CKR_OBJECT_HANDLE_INVALID);
        }
    }
    p11_close(&line);
}

static const struct test_case cases[] = {
    {"every attribute of every object", test_every_attribute},
    {"CKA_VALUE and the flags of keys", test_values},
    {"handles after the logout", test_logged_out},
};

TEST_MAIN("attack: PKCS#11, values", cases)
