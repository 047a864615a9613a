/* A hostile program with the PIN against the PKCS#11 interface: no template makes a
 * key more than it is, no object changes, is copied or made (invariants 1, 2). */
#include "p11_checks.h"

static struct test_pki pki;

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
    p11_open_both(&pki, &line, NULL);
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
    p11_open_both(&pki, &line, NULL);
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
            p11_check_flags(&line, kind);
            p11_check_sensitive(&line, kind);
        }
    }
    p11_close(&line);
}

/* C_CopyObject on everything: plain, and with every trick. */
static void test_copying(void)
{
    struct p11 line;
    CK_OBJECT_HANDLE copy;
    p11_open_both(&pki, &line, NULL);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0 || kind == P11_DATA) {
            continue;
        }
        expect_rv(p11_attempt("C_CopyObject", kind),
                  line.f->C_CopyObject(line.session, line.object[kind], NULL, 0, &copy),
                  CKR_ACTION_PROHIBITED);
        for (size_t i = 0; i < TRICKS; i++) {
            expect_rv(p11_attempt("C_CopyObject", kind),
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
    p11_open_both(&pki, &line, NULL);
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
            expect_rv(p11_attempt("C_DestroyObject", kind),
                      line.f->C_DestroyObject(line.session, line.object[kind]),
                      CKR_ACTION_PROHIBITED);
        }
    }
    p11_close(&line);
}

static const struct test_case cases[] = {
    {"keys made with a trick in the template", test_making_with_tricks},
    {"C_SetAttributeValue", test_changing},
    {"C_CopyObject", test_copying},
    {"C_CreateObject, C_DestroyObject", test_creating_and_destroying},
};

TEST_MAIN("attack: PKCS#11, templates", cases)
