/* A hostile program with the PIN against the PKCS#11 interface: mechanisms and
 * functions the token does not have, and those it has for the officer alone
 * (invariants 1, 2). */
#include <string.h>

#include "p11.h"

static struct test_pki pki;

static uint8_t zero_value[48];

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
    const char *what = p11_attempt("a foreign mechanism", kind);
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
    p11_open_both(&pki, &line, &dp);
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
    p11_open_both(&pki, &line, NULL);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0) {
            continue;
        }
        const char *what = p11_attempt("an absent function", kind);
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

static void test_officers_calls(void)
{
    struct p11 line;
    unsigned char pin[] = "123456", label[32], random[32];
    unsigned char so_guess[] = "guess-1";
    memset(label, ' ', sizeof(label));
    memcpy(label, "mine now", 8);
    p11_open_both(&pki, &line, NULL);
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
    p11_open_both(&pki, &line, NULL);
    p11_close(&line);
}

static const struct test_case cases[] = {
    {"mechanisms that are not there", test_foreign_mechanisms},
    {"functions that are not there", test_absent_functions},
    {"the officer's calls", test_officers_calls},
};

TEST_MAIN("attack: PKCS#11, calls", cases)
