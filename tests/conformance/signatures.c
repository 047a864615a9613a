/* Signing a digest with the token's key, and verifying it: with the token's
 * public key and with OpenSSL alone. */
#include <openssl/evp.h>
#include <string.h>

#include "conformance.h"
#include "crypto/ec.h"

enum { DIGEST_LEN = 32, SIGNATURE_LEN = 64 };

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE private_key, public_key;
static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
static CK_BYTE message[] = "abc", digest[DIGEST_LEN], signature[SIGNATURE_LEN];

static void begin(void)
{
    struct bytes sha = test_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    memcpy(digest, sha.data, sizeof(digest));
    setup();
    session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    private_key = find_key(session, CKO_PRIVATE_KEY);
    public_key = find_key(session, CKO_PUBLIC_KEY);
}

static void sign(void)
{
    CK_ULONG len = sizeof(signature);
    CKR(P11->C_SignInit(session, &ecdsa, private_key), CKR_OK);
    CKR(P11->C_Sign(session, digest, sizeof(digest), signature, &len), CKR_OK);
    CU_ASSERT_EQUAL(len, SIGNATURE_LEN);
}

static void output_convention(void)
{
    CK_ULONG len = 0;
    begin();
    CKR(P11->C_SignInit(session, &ecdsa, private_key), CKR_OK);
    CKR(P11->C_Sign(session, digest, sizeof(digest), NULL, &len), CKR_OK);
    CU_ASSERT_EQUAL(len, SIGNATURE_LEN);
    len = SIGNATURE_LEN - 1;
    CKR(P11->C_Sign(session, digest, sizeof(digest), signature, &len), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(len, SIGNATURE_LEN);
    CKR(P11->C_Sign(session, digest, sizeof(digest), signature, &len), CKR_OK);
    CKR(P11->C_Sign(session, digest, sizeof(digest), signature, &len),
        CKR_OPERATION_NOT_INITIALIZED);
    teardown();
}

static void key_checks(void)
{
    CK_OBJECT_HANDLE data = CK_INVALID_HANDLE;
    CK_MECHANISM wrong = {CKM_SHA256, NULL, 0};
    begin();
    CKR(P11->C_SignInit(session, &wrong, private_key), CKR_MECHANISM_INVALID);
    CKR_EITHER(P11->C_SignInit(session, &ecdsa, CK_INVALID_HANDLE), CKR_KEY_HANDLE_INVALID,
               CKR_OBJECT_HANDLE_INVALID);
    CKR(P11->C_SignInit(session, &ecdsa, public_key), CKR_KEY_FUNCTION_NOT_PERMITTED);
    CKR(create_data(session, "no key", CK_FALSE, CK_FALSE, &data), CKR_OK);
    CKR_EITHER(P11->C_SignInit(session, &ecdsa, data), CKR_KEY_HANDLE_INVALID,
               CKR_KEY_FUNCTION_NOT_PERMITTED);
    CKR(P11->C_SignInit(session, &ecdsa, private_key), CKR_OK);
    CKR(P11->C_SignInit(session, &ecdsa, private_key), CKR_OPERATION_ACTIVE);
    teardown();
}

/* A private key's handle is worth nothing without the login. */
static void after_logout(void)
{
    begin();
    CKR(P11->C_Logout(session), CKR_OK);
    CK_RV rv = P11->C_SignInit(session, &ecdsa, private_key);
    CU_ASSERT_TRUE(rv == CKR_KEY_HANDLE_INVALID || rv == CKR_OBJECT_HANDLE_INVALID ||
                   rv == CKR_USER_NOT_LOGGED_IN);
    teardown();
}

static void verify(void)
{
    begin();
    sign();
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)), CKR_OK);
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, SIGNATURE_LEN - 1),
        CKR_SIGNATURE_LEN_RANGE);
    signature[7] ^= 1;
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)),
        CKR_SIGNATURE_INVALID);
    teardown();
}

/* CKM_ECDSA_SHA256 where the token has it says the same of the message. */
static void whole_message(void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA_SHA256, NULL, 0};
    CK_MECHANISM_INFO info;
    CK_ULONG len = sizeof(signature);
    begin();
    if (P11->C_GetMechanismInfo(under_test.slot, CKM_ECDSA_SHA256, &info) == CKR_OK) {
        CKR(P11->C_SignInit(session, &mechanism, private_key), CKR_OK);
        CKR(P11->C_SignUpdate(session, message, 1), CKR_OK);
        CKR(P11->C_SignUpdate(session, message + 1, 2), CKR_OK);
        CKR(P11->C_SignFinal(session, signature, &len), CKR_OK);
    } else {
        CKR(P11->C_SignInit(session, &mechanism, private_key), CKR_MECHANISM_INVALID);
        sign();
    }
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)), CKR_OK);
    teardown();
}

/* CKM_ECDSA takes a digest of any length: a longer one counts with its leftmost
 * bits, a shorter one as the number it is (current mechanisms 2.3.1). */
static void digests_of_all_lengths(void)
{
    static const CK_ULONG lengths[] = {20, 28, 32, 48, 64};
    CK_BYTE long_digest[64], point[67];
    CK_ATTRIBUTE got = {CKA_EC_POINT, point, sizeof(point)};
    EVP_PKEY *openssl_key = NULL;
    memset(long_digest, 0xD1, sizeof(long_digest));
    begin();
    CKR(P11->C_GetAttributeValue(session, public_key, &got, 1), CKR_OK);
    TEST_OK(ec_public_from_point(EC_CURVE_P256, bytes_make(point + 2, 65), &openssl_key));
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CK_ULONG len = sizeof(signature);
        struct buf der;
        CKR(P11->C_SignInit(session, &ecdsa, private_key), CKR_OK);
        CKR(P11->C_Sign(session, long_digest, lengths[i], signature, &len), CKR_OK);
        CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
        CKR(P11->C_Verify(session, long_digest, lengths[i], signature, len), CKR_OK);
        buf_init(&der, sizeof(signature) * 2);
        TEST_OK(ec_signature_to_der(BYTES_OF(signature), &der));
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(openssl_key, NULL);
        CU_ASSERT_EQUAL(EVP_PKEY_verify_init(context), 1);
        CU_ASSERT_EQUAL(
            EVP_PKEY_verify(context, der.data, der.len, long_digest, (size_t)lengths[i]), 1);
        EVP_PKEY_CTX_free(context);
        buf_clear(&der);
    }
    EVP_PKEY_free(openssl_key);
    teardown();
}

/* The answers of C_Verify's own states; its calls give no output. */
static void verify_states(void)
{
    begin();
    sign();
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OPERATION_ACTIVE);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)),
        CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_VerifyInit(session, &ecdsa, private_key), CKR_KEY_FUNCTION_NOT_PERMITTED);
    /* CKM_ECDSA is of whole digests: it has no parts. */
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CK_RV rv = P11->C_VerifyUpdate(session, digest, sizeof(digest));
    CU_ASSERT_TRUE(rv == CKR_OPERATION_NOT_INITIALIZED || rv == CKR_FUNCTION_NOT_SUPPORTED);
    teardown();
}

static void verify_bad_argument_ends(void)
{
    begin();
    sign();
    CKR(P11->C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
    CKR(P11->C_Verify(session, digest, sizeof(digest), NULL, sizeof(signature)), CKR_ARGUMENTS_BAD);
    CKR(P11->C_Verify(session, digest, sizeof(digest), signature, sizeof(signature)),
        CKR_OPERATION_NOT_INITIALIZED);
    teardown();
}

static void openssl_agrees(void)
{
    CK_BYTE point[67];
    CK_ATTRIBUTE got = {CKA_EC_POINT, point, sizeof(point)};
    EVP_PKEY *key = NULL;
    begin();
    sign();
    CKR(P11->C_GetAttributeValue(session, public_key, &got, 1), CKR_OK);
    TEST_OK(ec_public_from_point(EC_CURVE_P256, bytes_make(point + 2, 65), &key));
    TEST_OK(ec_verify(key, bytes_make(message, 3), BYTES_OF(signature)));
    EVP_PKEY_free(key);
    teardown();
}

static const struct test_case cases[] = {
    {"output_convention", output_convention},
    {"key_checks", key_checks},
    {"after_logout", after_logout},
    {"verify", verify},
    {"verify_states", verify_states},
    {"verify_bad_argument_ends", verify_bad_argument_ends},
    {"digests_of_all_lengths", digests_of_all_lengths},
    {"whole_message", whole_message},
    {"openssl_agrees", openssl_agrees},
};
TEST_GROUP(signatures_group, cases, NO_MECHANISM);
