/* A hostile program with the PIN against the PKCS#11 interface: every key at every
 * mechanism there is serves the one purpose it was made for (invariants 1, 2). */
#include <stdio.h>

#include "crypto/kdf.h"
#include "p11.h"

static struct test_pki pki;

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
    p11_open_both(&pki, &line, NULL);
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
    p11_open_both(&pki, &line, &dp);
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
    p11_open_both(&pki, &line, NULL);
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

static void test_signing(void)
{
    static const uint8_t hash[SHA256_SIZE];
    struct p11 line;
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct chip chip;
    struct buf message;
    p11_open_both(&pki, &line, NULL);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_put_server_signed1(&chip, &message);
    for (enum p11_kind kind = 0; kind < P11_KINDS; kind++) {
        if (line.object[kind] == 0) {
            continue;
        }
        bool signs = kind == P11_DPAUTH || kind == P11_DPPB;
        CK_RV rv = p11_sign(&line, CKM_ECDSA, line.object[kind], BYTES_OF(hash), signature);
        CU_ASSERT_NOT_EQUAL(rv, CKR_OK);
        CU_ASSERT_TRUE(!signs || rv == CKR_KEY_FUNCTION_NOT_PERMITTED);
        rv = p11_sign(&line, CKM_ECDSA_SHA256, line.object[kind], BYTES_OF(hash), signature);
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
    p11_open_both(&pki, &line, &dp);
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

static const struct test_case cases[] = {
    {"C_WrapKey of everything under everything", test_wrapping},
    {"C_DeriveKey from everything", test_deriving},
    {"forged evidence", test_evidence},
    {"C_Sign", test_signing},
    {"C_Encrypt", test_encrypting},
};

TEST_MAIN("attack: PKCS#11, use of keys", cases)
