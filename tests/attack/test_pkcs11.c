/* A hostile program with the PIN against the PKCS#11 interface: no call, mechanism
 * or template extracts a key (invariants 1, 2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "p11.h"

enum { VALUE_MAX = 8192, SECRETS_MAX = 24, SECRET_MIN = 16 };

static struct test_pki pki;
static struct stand line_stand, dp_stand;

/* Slot 0 is a line token, slot 1 a dp token; the user is logged in on both. */
static void open_both(struct p11 *line, struct p11 *dp)
{
    if (line_stand.engine == 0) {
        test_pki_make(NULL, &pki);
        stand_new_token(&line_stand, &pki, TOKWIRE_ROLE_LINE);
        stand_new_token(&dp_stand, &pki, TOKWIRE_ROLE_DP);
    }
    CK_FUNCTION_LIST *f = p11_load(&line_stand, &dp_stand);
    p11_open(line, f, 0, TOKWIRE_ROLE_LINE, &pki);
    if (dp != NULL) {
        p11_open(dp, f, 1, TOKWIRE_ROLE_DP, &pki);
    }
}

static const char *name_of(const char *what, enum p11_kind kind)
{
    static char text[128];
    snprintf(text, sizeof(text), "%s: %s", what, p11_kind_names[kind]);
    return text;
}

/* --- C_GetAttributeValue -------------------------------------------------------------- */

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
    open_both(&line, &dp);
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

/* The value itself is sensitive, and says so in Cryptoki's way, with nothing
 * written, whatever stands beside it in the template. */
static void check_value_sensitive(const struct p11 *p11, enum p11_kind kind)
{
    uint8_t value[256], label[64], untouched[sizeof(value)];
    memset(value, 0xA5, sizeof(value));
    memset(untouched, 0xA5, sizeof(untouched));
    CK_ATTRIBUTE asked[] = {{CKA_LABEL, label, sizeof(label)},
                            {CKA_VALUE, value, sizeof(value)},
                            {CKA_PRIVATE_EXPONENT, value, sizeof(value)},
                            {CKA_VALUE, NULL, 0}};
    CK_RV rv = p11->f->C_GetAttributeValue(p11->session, p11->object[kind], asked, 4);
    CU_ASSERT_TRUE(rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID);
    CU_ASSERT_NOT_EQUAL(asked[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    for (size_t i = 1; i < 4; i++) {
        CU_ASSERT_EQUAL(asked[i].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    }
    CU_ASSERT_EQUAL(memcmp(value, untouched, sizeof(value)), 0);
    expect_rv(name_of("CKA_VALUE", kind),
              p11->f->C_GetAttributeValue(p11->session, p11->object[kind], &asked[1], 1),
              CKR_ATTRIBUTE_SENSITIVE);
}

/* A flag its class does not have (CKA_WRAP of a private key) is not set. */
static bool read_bool(const struct p11 *p11, enum p11_kind kind, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL value = 0x55;
    CK_ATTRIBUTE asked = {type, &value, sizeof(value)};
    CK_RV rv = p11->f->C_GetAttributeValue(p11->session, p11->object[kind], &asked, 1);
    if (rv != CKR_OK) {
        expect_rv(name_of("a flag", kind), rv, CKR_ATTRIBUTE_TYPE_INVALID);
        CU_ASSERT_TRUE(type == CKA_WRAP);
    }
    return rv == CKR_OK && value == CK_TRUE;
}

static void check_flags(const struct p11 *p11, enum p11_kind kind)
{
    CU_ASSERT_TRUE(read_bool(p11, kind, CKA_SENSITIVE));
    CU_ASSERT_TRUE(read_bool(p11, kind, CKA_PRIVATE));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_MODIFIABLE) &&
                    read_bool(p11, kind, CKA_TOKEN)); /* a session object's label is free */
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_COPYABLE));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_DECRYPT));
    CU_ASSERT_FALSE(read_bool(p11, kind, CKA_UNWRAP));
    bool is_ppk = kind == P11_PPK || kind == P11_PPK_OTHER;
    CU_ASSERT_TRUE(is_ppk || !read_bool(p11, kind, CKA_EXTRACTABLE));
    /* What may wrap is session keys alone; what may derive, root and one-time keys. */
    CU_ASSERT_EQUAL(read_bool(p11, kind, CKA_WRAP), kind == P11_SESSION_KEYS);
    CU_ASSERT_EQUAL(read_bool(p11, kind, CKA_DERIVE), kind == P11_ROOT || kind == P11_ONE_TIME_KEY);
}

static void test_values(void)
{
    struct p11 line, dp;
    open_both(&line, &dp);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (p11_is_secret(kind) && line.object[kind] != 0) {
            check_value_sensitive(&line, kind);
            check_flags(&line, kind);
        }
        if (p11_is_secret(kind) && dp.object[kind] != 0) {
            check_value_sensitive(&dp, kind);
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
    open_both(&line, NULL);
    CU_ASSERT_EQUAL(line.f->C_Logout(line.session), CKR_OK);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (p11_is_secret(kind) && line.object[kind] != 0) {
            expect_rv(name_of("after the logout", kind),
                      line.f->C_GetAttributeValue(line.session, line.object[kind], &asked, 1),
                      CKR_OBJECT_HANDLE_INVALID);
        }
    }
    p11_close(&line);
}

/* --- templates ------------------------------------------------------------------------- */

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_ULONG sixteen = 16;
static CK_MECHANISM_TYPE any_mechanisms[] = {CKM_AES_ECB, CKM_ECDH1_DERIVE};
static uint8_t zero_value[48];
static CK_ATTRIBUTE decrypt_all[] = {{CKA_DECRYPT, &yes, 1}};

/* What would make a key more than it is. */
static CK_ATTRIBUTE tricks[] = {
    {CKA_SENSITIVE, &no, 1},
    {CKA_ALWAYS_SENSITIVE, &no, 1},
    {CKA_NEVER_EXTRACTABLE, &no, 1},
    {CKA_DECRYPT, &yes, 1},
    {CKA_UNWRAP, &yes, 1},
    {CKA_SIGN_RECOVER, &yes, 1},
    {CKA_TOKEN, &yes, 1},
    {CKA_PRIVATE, &no, 1},
    {CKA_LOCAL, &no, 1},
    {CKA_TRUSTED, &yes, 1},
    {CKA_WRAP_WITH_TRUSTED, &yes, 1},
    {CKA_COPYABLE, &yes, 1},
    {CKA_CLASS, &data_class, sizeof(data_class)},
    {CKA_KEY_TYPE, &generic, sizeof(generic)},
    {CKA_VALUE, zero_value, sizeof(zero_value)},
    {CKA_VALUE_LEN, &sixteen, sizeof(sixteen)},
    {CKA_ALLOWED_MECHANISMS, any_mechanisms, sizeof(any_mechanisms)},
    {CKA_WRAP_TEMPLATE, decrypt_all, sizeof(decrypt_all)},
    {CKA_UNWRAP_TEMPLATE, decrypt_all, sizeof(decrypt_all)},
    {CKA_SGP22_EID, zero_value, 16},
    {CKA_SGP22_ICCID, zero_value, 10},
    {CKA_SGP22_TRANSACTION_ID, zero_value, 16},
    {CKA_VENDOR_DEFINED | 1, zero_value, 16},
};
enum { TRICKS = sizeof(tricks) / sizeof(tricks[0]) };

static bool is_template_refusal(CK_RV rv)
{
    return rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ATTRIBUTE_READ_ONLY ||
           rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID;
}

static void check_refused_template(const char *what, size_t trick, CK_RV rv)
{
    if (!is_template_refusal(rv)) {
        test_note("%s with attribute %08lX: CKR %08lX", what, tricks[trick].type, rv);
        CU_FAIL("a trick was taken");
    }
}

/* C_GenerateKeyPair and C_DeriveKey: a key with a trick is not made, and a one-time
 * key not used up for it. */
static void test_making_with_tricks(void)
{
    struct p11 line;
    struct chip chip;
    struct evidence evidence;
    CK_OBJECT_HANDLE public_key, private_key, key;
    CK_ATTRIBUTE extractable = {CKA_EXTRACTABLE, &yes, 1};
    CK_ATTRIBUTE label = {CKA_LABEL, zero_value, 4};
    open_both(&line, NULL);
    p11_prepare(&line, &pki, &chip);
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < TRICKS; i++) {
        check_refused_template("C_GenerateKeyPair", i,
                               p11_generate(&line, &tricks[i], 1, &public_key, &private_key));
        check_refused_template(
            "CKM_SGP22_PPK", i,
            p11_derive_ppk(&line, line.object[P11_ROOT], TEST_PKI_EID, &tricks[i], 1, &key));
        check_refused_template("CKM_SGP22_ECKA", i,
                               p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence,
                                                  &tricks[i], 1, &key));
    }
    CU_ASSERT_TRUE(
        is_template_refusal(p11_generate(&line, &extractable, 1, &public_key, &private_key)));
    CU_ASSERT_TRUE(is_template_refusal(p11_derive_session(&line, line.object[P11_ONE_TIME_KEY],
                                                          &evidence, &extractable, 1, &key)));
    expect_rv("an honest template",
              p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence, &label, 1, &key),
              CKR_OK);
    expect_rv("the one-time key again",
              p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence, NULL, 0, &key),
              CKR_KEY_FUNCTION_NOT_PERMITTED);
    evidence_clear(&evidence);
    chip_clear(&chip);
    p11_close(&line);
}

/* C_SetAttributeValue on everything. */
static void test_changing(void)
{
    struct p11 line;
    open_both(&line, NULL);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        bool session_object = kind >= P11_ONE_TIME_KEY;
        for (size_t i = 0; i < TRICKS && line.object[kind] != 0 && kind != P11_DATA; i++) {
            CK_RV rv = line.f->C_SetAttributeValue(line.session, line.object[kind], &tricks[i], 1);
            if (rv != CKR_ACTION_PROHIBITED && !(session_object && is_template_refusal(rv))) {
                test_note("%s, attribute %08lX: CKR %08lX", p11_kind_names[kind], tricks[i].type,
                          rv);
                CU_FAIL("changed, or another refusal");
            }
        }
    }
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (p11_is_secret(kind) && line.object[kind] != 0) {
            check_flags(&line, kind);
            check_value_sensitive(&line, kind);
        }
    }
    p11_close(&line);
}

/* C_CopyObject on everything: plain, and with every trick. */
static void test_copying(void)
{
    struct p11 line;
    CK_OBJECT_HANDLE copy;
    open_both(&line, NULL);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0 || kind == P11_DATA) {
            continue;
        }
        expect_rv(name_of("C_CopyObject", kind),
                  line.f->C_CopyObject(line.session, line.object[kind], NULL, 0, &copy),
                  CKR_ACTION_PROHIBITED);
        for (size_t i = 0; i < TRICKS; i++) {
            expect_rv(name_of("C_CopyObject", kind),
                      line.f->C_CopyObject(line.session, line.object[kind], &tricks[i], 1, &copy),
                      CKR_ACTION_PROHIBITED);
        }
    }
    /* A copy can be made of what may be copied. */
    expect_rv("a data object",
              line.f->C_CopyObject(line.session, line.object[P11_DATA], NULL, 0, &copy), CKR_OK);
    p11_close(&line);
}

/* C_CreateObject: no key, no certificate of one's own to trust; C_DestroyObject: not
 * what is the officer's. */
static void test_creating_and_destroying(void)
{
    static CK_OBJECT_CLASS classes[] = {CKO_SECRET_KEY,  CKO_PRIVATE_KEY,   CKO_PUBLIC_KEY,
                                        CKO_CERTIFICATE, CKO_HW_FEATURE,    CKO_DOMAIN_PARAMETERS,
                                        CKO_MECHANISM,   CKO_VENDOR_DEFINED};
    struct p11 line;
    CK_OBJECT_HANDLE object;
    open_both(&line, NULL);
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        CK_ATTRIBUTE template[] = {{CKA_CLASS, &classes[i], sizeof(classes[i])},
                                   {CKA_KEY_TYPE, &generic, sizeof(generic)},
                                   {CKA_VALUE, zero_value, 32},
                                   {CKA_TRUSTED, &yes, 1}};
        for (CK_ULONG count = 1; count <= 4; count++) {
            CU_ASSERT_TRUE(is_template_refusal(
                line.f->C_CreateObject(line.session, template, count, &object)));
        }
    }
    for (enum p11_kind kind = 0; kind < P11_ONE_TIME_KEY; kind++) {
        if (line.object[kind] != 0) {
            expect_rv(name_of("C_DestroyObject", kind),
                      line.f->C_DestroyObject(line.session, line.object[kind]),
                      CKR_ACTION_PROHIBITED);
        }
    }
    p11_close(&line);
}

/* --- mechanisms ------------------------------------------------------------------------- */

/* A function for which the token has no mechanism: Cryptoki has more than one way to
 * say so, and none is CKR_OK. */
static void expect_absent(const char *what, CK_RV rv)
{
    if (rv != CKR_FUNCTION_NOT_SUPPORTED && rv != CKR_MECHANISM_INVALID &&
        rv != CKR_OPERATION_NOT_INITIALIZED) {
        test_note("%s: CKR %08lX", what, rv);
        CU_FAIL("there after all, or another refusal");
    }
}

static const CK_MECHANISM_TYPE foreign[] = {
    CKM_AES_ECB,
    CKM_AES_CBC,
    CKM_AES_CBC_PAD,
    CKM_AES_CTR,
    CKM_AES_GCM,
    CKM_AES_CMAC,
    CKM_AES_KEY_WRAP,
    CKM_AES_KEY_WRAP_PAD,
    CKM_AES_ECB_ENCRYPT_DATA,
    CKM_AES_CBC_ENCRYPT_DATA,
    CKM_DES3_ECB,
    CKM_RSA_PKCS,
    CKM_RSA_PKCS_OAEP,
    CKM_RSA_X_509,
    CKM_ECDH1_DERIVE,
    CKM_ECDH1_COFACTOR_DERIVE,
    CKM_ECMQV_DERIVE,
    CKM_CONCATENATE_BASE_AND_KEY,
    CKM_CONCATENATE_BASE_AND_DATA,
    CKM_XOR_BASE_AND_DATA,
    CKM_EXTRACT_KEY_FROM_KEY,
    CKM_SHA1_KEY_DERIVATION,
    CKM_SHA256_KEY_DERIVATION,
    CKM_GENERIC_SECRET_KEY_GEN,
    CKM_AES_KEY_GEN,
    CKM_SHA256_HMAC,
    CKM_ECDSA_SHA1,
    CKM_SGP22_BASE,
    CKM_SGP22_BSP + 1,
    CKM_VENDOR_DEFINED + 1,
};
enum { FOREIGN = sizeof(foreign) / sizeof(foreign[0]) };

/* A mechanism the token does not have, at every key and in every function. */
static void try_foreign(const struct p11 *p11, enum p11_kind kind, CK_MECHANISM_TYPE type)
{
    uint8_t out[512];
    CK_ULONG len = sizeof(out);
    CK_OBJECT_HANDLE made;
    CK_OBJECT_HANDLE key = p11->object[kind];
    CK_MECHANISM mechanism = {type, zero_value, 16};
    const char *what = name_of("a foreign mechanism", kind);
    expect_rv(what, p11->f->C_EncryptInit(p11->session, &mechanism, key), CKR_MECHANISM_INVALID);
    expect_rv(what, p11->f->C_SignInit(p11->session, &mechanism, key), CKR_MECHANISM_INVALID);
    expect_absent(what, p11->f->C_DecryptInit(p11->session, &mechanism, key));
    expect_rv(what, p11->f->C_DeriveKey(p11->session, &mechanism, key, NULL, 0, &made),
              CKR_MECHANISM_INVALID);
    expect_rv(what,
              p11->f->C_WrapKey(p11->session, &mechanism, key, p11->object[P11_PPK], out, &len),
              CKR_MECHANISM_INVALID);
    expect_rv(
        what,
        p11->f->C_WrapKey(p11->session, &mechanism, p11->object[P11_SESSION_KEYS], key, out, &len),
        CKR_MECHANISM_INVALID);
    expect_absent(
        what, p11->f->C_UnwrapKey(p11->session, &mechanism, key, zero_value, 48, NULL, 0, &made));
}

static void test_foreign_mechanisms(void)
{
    struct p11 line, dp;
    open_both(&line, &dp);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        for (size_t i = 0; i < FOREIGN; i++) {
            if (line.object[kind] != 0) {
                try_foreign(&line, kind, foreign[i]);
            }
            if (dp.object[kind] != 0) {
                try_foreign(&dp, kind, foreign[i]);
            }
        }
    }
    p11_close(&line);
    p11_close(&dp);
}

/* The functions that could turn a key into bytes and are not there. */
static void test_absent_functions(void)
{
    struct p11 line;
    uint8_t out[512];
    CK_ULONG len = sizeof(out);
    CK_OBJECT_HANDLE made;
    CK_MECHANISM bsp = {CKM_SGP22_BSP, NULL, 0}, digest = {CKM_SHA256, NULL, 0};
    open_both(&line, NULL);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0) {
            continue;
        }
        const char *what = name_of("an absent function", kind);
        expect_absent(what, line.f->C_DecryptInit(line.session, &bsp, line.object[kind]));
        expect_absent(what, line.f->C_SignRecoverInit(line.session, &bsp, line.object[kind]));
        expect_absent(what, line.f->C_UnwrapKey(line.session, &bsp, line.object[kind], zero_value,
                                                48, NULL, 0, &made));
        /* The digest of a key is a guess to be checked. */
        CU_ASSERT_EQUAL(line.f->C_DigestInit(line.session, &digest), CKR_OK);
        CU_ASSERT_NOT_EQUAL(line.f->C_DigestKey(line.session, line.object[kind]), CKR_OK);
        line.f->C_DigestFinal(line.session, out, &len);
        len = sizeof(out);
    }
    expect_absent("C_Decrypt", line.f->C_Decrypt(line.session, zero_value, 48, out, &len));
    expect_absent("C_GenerateKey", line.f->C_GenerateKey(line.session, &bsp, NULL, 0, &made));
    expect_absent("C_GetOperationState", line.f->C_GetOperationState(line.session, out, &len));
    p11_close(&line);
}

/* C_WrapKey with the one mechanism there is, of everything under everything: session
 * keys wrap the PPK set of their EID, and that is all. */
static CK_RV expected_wrap(enum p11_kind under, enum p11_kind what)
{
    bool under_is_key =
        under != P11_CERTIFICATE && under != P11_CI && under != P11_COUNTER && under != P11_DATA;
    bool what_is_key =
        what != P11_CERTIFICATE && what != P11_CI && what != P11_COUNTER && what != P11_DATA;
    if (!under_is_key) {
        return CKR_WRAPPING_KEY_HANDLE_INVALID;
    }
    if (under != P11_SESSION_KEYS && under != P11_PPK && under != P11_PPK_OTHER) {
        return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    }
    if (under != P11_SESSION_KEYS) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    if (!what_is_key) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (what == P11_PPK_OTHER) {
        return CKR_KEY_NOT_WRAPPABLE;
    }
    return what == P11_PPK ? CKR_OK : CKR_KEY_UNEXTRACTABLE;
}

static void test_wrapping(void)
{
    struct p11 line;
    uint8_t out[512];
    char name[128];
    CK_MECHANISM bsp = {CKM_SGP22_BSP, NULL, 0};
    open_both(&line, NULL);
    /* The one that succeeds comes last, since it uses the session keys up. */
    for (int pass = 0; pass < 2; pass++) {
        for (enum p11_kind under = 0; under < P11_KINDS; under++) {
            for (enum p11_kind what = 0; what < P11_KINDS; what++) {
                CK_ULONG len = sizeof(out);
                CK_RV expected = expected_wrap(under, what);
                if (line.object[under] == 0 || line.object[what] == 0 ||
                    (expected == CKR_OK) != (pass == 1)) {
                    continue;
                }
                snprintf(name, sizeof(name), "%s under %s", p11_kind_names[what],
                         p11_kind_names[under]);
                expect_rv(name,
                          line.f->C_WrapKey(line.session, &bsp, line.object[under],
                                            line.object[what], out, &len),
                          expected);
            }
        }
    }
    CK_ULONG len = sizeof(out);
    expect_rv("a second time",
              line.f->C_WrapKey(line.session, &bsp, line.object[P11_SESSION_KEYS],
                                line.object[P11_PPK], out, &len),
              CKR_KEY_FUNCTION_NOT_PERMITTED);
    p11_close(&line);
}

/* C_DeriveKey with the two mechanisms there are, from every other key. */
static void test_deriving(void)
{
    struct p11 line, dp;
    struct chip chip;
    struct evidence evidence;
    CK_OBJECT_HANDLE key;
    open_both(&line, &dp);
    p11_prepare(&line, &pki, &chip);
    chip_evidence(&chip, &evidence);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0) {
            continue;
        }
        CK_RV rv = p11_derive_ppk(&line, line.object[kind], TEST_PKI_EID, NULL, 0, &key);
        CU_ASSERT_EQUAL(rv == CKR_OK, kind == P11_ROOT);
        CU_ASSERT_TRUE(rv == CKR_OK || rv == CKR_KEY_TYPE_INCONSISTENT ||
                       rv == CKR_KEY_HANDLE_INVALID || rv == CKR_KEY_FUNCTION_NOT_PERMITTED);
        if (kind == P11_ONE_TIME_KEY) {
            continue;
        }
        rv = p11_derive_session(&line, line.object[kind], &evidence, NULL, 0, &key);
        CU_ASSERT_TRUE(rv == CKR_KEY_TYPE_INCONSISTENT || rv == CKR_KEY_HANDLE_INVALID ||
                       rv == CKR_KEY_FUNCTION_NOT_PERMITTED);
    }
    expect_rv("ECKA on a dp token",
              p11_derive_session(&dp, dp.object[P11_BATCH], &evidence, NULL, 0, &key),
              CKR_MECHANISM_INVALID);
    CK_OBJECT_HANDLE public_key, private_key;
    expect_rv("a one-time key on a dp token", p11_generate(&dp, NULL, 0, &public_key, &private_key),
              CKR_MECHANISM_INVALID);
    evidence_clear(&evidence);
    chip_clear(&chip);
    p11_close(&line);
    p11_close(&dp);
}

/* Evidence that does not hold, and parameters that point nowhere. */
static void test_evidence(void)
{
    struct p11 line;
    struct chip chip;
    struct evidence evidence;
    struct buf *const fields[] = {&evidence.euicc, &evidence.eum, &evidence.signed2,
                                  &evidence.signature};
    CK_OBJECT_HANDLE key;
    open_both(&line, NULL);
    p11_prepare(&line, &pki, &chip);
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint8_t *last = &fields[i]->data[fields[i]->len - 1];
        *last ^= 1;
        CK_RV rv =
            p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence, NULL, 0, &key);
        CU_ASSERT_TRUE(rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_DATA_INVALID);
        *last ^= 1;
        size_t len = fields[i]->len;
        const size_t lengths[] = {0, len + 1, (size_t)1 << 20, SIZE_MAX / 2, SIZE_MAX};
        for (size_t j = 0; j < 5; j++) {
            if (j == 1 && fields[i] != &evidence.signature) {
                continue; /* would be read: a byte behind is the wire's case */
            }
            fields[i]->len = lengths[j];
            expect_rv(
                "a length no evidence has",
                p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence, NULL, 0, &key),
                CKR_MECHANISM_PARAM_INVALID);
        }
        fields[i]->len = len;
    }
    expect_rv("the evidence itself",
              p11_derive_session(&line, line.object[P11_ONE_TIME_KEY], &evidence, NULL, 0, &key),
              CKR_OK);
    evidence_clear(&evidence);
    chip_clear(&chip);
    p11_close(&line);
}

/* --- signatures and segments ---------------------------------------------------------- */

static void test_signing(void)
{
    struct p11 line;
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct chip chip;
    struct buf message;
    open_both(&line, NULL);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_put_server_signed1(&chip, &message);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0) {
            continue;
        }
        bool signs = kind == P11_DPAUTH || kind == P11_DPPB;
        CK_RV rv =
            p11_sign(&line, CKM_ECDSA, line.object[kind], bytes_make(zero_value, 32), signature);
        CU_ASSERT_NOT_EQUAL(rv, CKR_OK);
        CU_ASSERT_TRUE(!signs || rv == CKR_KEY_FUNCTION_NOT_PERMITTED);
        rv = p11_sign(&line, CKM_ECDSA_SHA256, line.object[kind], bytes_make(zero_value, 32),
                      signature);
        CU_ASSERT_TRUE(rv != CKR_OK && (!signs || rv == CKR_DATA_INVALID));
    }
    expect_rv(
        "dppb signs no serverSigned1",
        p11_sign(&line, CKM_ECDSA_SHA256, line.object[P11_DPPB], buf_bytes(&message), signature),
        CKR_DATA_INVALID);
    expect_rv(
        "dpauth does",
        p11_sign(&line, CKM_ECDSA_SHA256, line.object[P11_DPAUTH], buf_bytes(&message), signature),
        CKR_OK);
    buf_clear(&message);
    chip_clear(&chip);
    p11_close(&line);
}

/* C_Encrypt: '87' under session keys; '86' not on a line token; nothing else. */
static void test_encrypting(void)
{
    struct p11 line, dp;
    uint8_t in[16] = {0}, out[256];
    CK_MECHANISM bsp = {CKM_SGP22_BSP, NULL, 0};
    open_both(&line, &dp);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        CK_ULONG len = sizeof(out);
        if (line.object[kind] == 0) {
            continue;
        }
        CK_RV rv = line.f->C_EncryptInit(line.session, &bsp, line.object[kind]);
        if (rv == CKR_OK) {
            rv = line.f->C_Encrypt(line.session, in, sizeof(in), out, &len);
        }
        CU_ASSERT_EQUAL(rv == CKR_OK, kind == P11_SESSION_KEYS);
        if (kind == P11_PPK) {
            expect_rv("'86' on a line token", rv, CKR_KEY_FUNCTION_NOT_PERMITTED);
        }
    }
    CK_ULONG len = sizeof(out);
    CU_ASSERT_EQUAL(dp.f->C_EncryptInit(dp.session, &bsp, dp.object[P11_PPK]), CKR_OK);
    expect_rv("'86' on a dp token", dp.f->C_Encrypt(dp.session, in, sizeof(in), out, &len), CKR_OK);
    p11_close(&line);
    p11_close(&dp);
}

/* --- PINs and the token ----------------------------------------------------------------- */

static void test_officers_calls(void)
{
    struct p11 line;
    unsigned char pin[] = "123456", label[32], random[32];
    unsigned char so_guess[] = "guess-1";
    memset(label, ' ', sizeof(label));
    memcpy(label, "mine now", 8);
    open_both(&line, NULL);
    expect_rv("C_InitPIN", line.f->C_InitPIN(line.session, pin, 6), CKR_USER_NOT_LOGGED_IN);
    expect_rv("C_InitToken with a session open", line.f->C_InitToken(line.slot, so_guess, 7, label),
              CKR_SESSION_EXISTS);
    expect_rv("C_Login of the SO beside the user",
              line.f->C_Login(line.session, CKU_SO, so_guess, 7),
              CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    expect_rv("C_SetPIN without knowing it", line.f->C_SetPIN(line.session, so_guess, 7, pin, 6),
              CKR_PIN_INCORRECT);
    expect_rv("C_GenerateRandom still works", line.f->C_GenerateRandom(line.session, random, 32),
              CKR_OK);
    p11_close(&line);
    expect_rv("C_InitToken without knowing the SO PIN",
              line.f->C_InitToken(line.slot, so_guess, 7, label), CKR_PIN_INCORRECT);
    /* The user's try comes back with the right PIN. */
    open_both(&line, NULL);
    p11_close(&line);
}

static const struct test_case cases[] = {
    {"every attribute of every object", test_every_attribute},
    {"CKA_VALUE and the flags of keys", test_values},
    {"handles after the logout", test_logged_out},
    {"keys made with a trick in the template", test_making_with_tricks},
    {"C_SetAttributeValue", test_changing},
    {"C_CopyObject", test_copying},
    {"C_CreateObject, C_DestroyObject", test_creating_and_destroying},
    {"mechanisms that are not there", test_foreign_mechanisms},
    {"functions that are not there", test_absent_functions},
    {"C_WrapKey of everything under everything", test_wrapping},
    {"C_DeriveKey from everything", test_deriving},
    {"forged evidence", test_evidence},
    {"C_Sign", test_signing},
    {"C_Encrypt", test_encrypting},
    {"the officer's calls", test_officers_calls},
};

TEST_MAIN("attack: PKCS#11", cases)
