/* Operations: their states, the output convention, and above all that a length
 * query or a short buffer never reaches the engine, whose segment counter every
 * command moves on (SGP.22 2.6.4). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "module/fixture.h"

static CK_SESSION_HANDLE session;

static void begin(void)
{
    fixture_begin();
    session = open_session(0);
    login_user(session);
}

static CK_MECHANISM mechanism_of(CK_MECHANISM_TYPE type)
{
    return (CK_MECHANISM){type, NULL, 0};
}

static void sign_and_verify(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_ECDSA_SHA256);
    CK_OBJECT_HANDLE key = find_one(session, CKO_PRIVATE_KEY, "batch");
    CK_OBJECT_HANDLE public_key = find_one(session, CKO_PUBLIC_KEY, "batch");
    unsigned char data[] = "message", signature[64];
    CK_ULONG len = 0;
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, data, 7, NULL, &len), CKR_OK);
    CU_ASSERT_EQUAL(len, 64);
    len = 63;
    CKR(C_Sign(session, data, 7, signature, &len), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(len, 64);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_SIGN], 0);
    CKR(C_Sign(session, data, 7, signature, &len), CKR_OK);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_SIGN], 1);
    CKR(C_Sign(session, data, 7, signature, &len), CKR_OPERATION_NOT_INITIALIZED);

    CKR(C_VerifyInit(session, &mechanism, public_key), CKR_OK);
    CKR(C_Verify(session, data, 7, signature, 64), CKR_OK);
    CKR(C_VerifyInit(session, &mechanism, public_key), CKR_OK);
    CKR(C_VerifyUpdate(session, data, 3), CKR_OK);
    CKR(C_VerifyUpdate(session, data + 3, 4), CKR_OK);
    CKR(C_VerifyFinal(session, signature, 64), CKR_OK);
    CKR(C_VerifyInit(session, &mechanism, public_key), CKR_OK);
    CKR(C_Verify(session, data, 6, signature, 64), CKR_SIGNATURE_INVALID);
    CKR(C_VerifyInit(session, &mechanism, public_key), CKR_OK);
    CKR(C_Verify(session, data, 7, signature, 63), CKR_SIGNATURE_LEN_RANGE);
    CKR(C_Verify(session, data, 7, signature, 64), CKR_OPERATION_NOT_INITIALIZED);

    /* In parts the engine still sees the message whole. */
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_SignUpdate(session, data, 3), CKR_OK);
    CKR(C_SignUpdate(session, data + 3, 4), CKR_OK);
    CKR(C_SignFinal(session, NULL, &len), CKR_OK);
    CKR(C_SignFinal(session, signature, &len), CKR_OK);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_SIGN], 2);
    CKR(C_VerifyInit(session, &mechanism, public_key), CKR_OK);
    CKR(C_Verify(session, data, 7, signature, 64), CKR_OK);
    fixture_end();
}

/* A bare digest is for the batch key alone (design.md 2: no signing oracle). */
static void bare_digest(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_ECDSA);
    unsigned char digest[65], signature[64];
    CK_ULONG len = sizeof(signature);
    memset(digest, 0x11, sizeof(digest));
    CKR(C_SignInit(session, &mechanism, find_one(session, CKO_PRIVATE_KEY, "dpauth")),
        CKR_KEY_FUNCTION_NOT_PERMITTED);
    CK_OBJECT_HANDLE key = find_one(session, CKO_PRIVATE_KEY, "batch");
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, digest, 65, signature, &len), CKR_DATA_LEN_RANGE);
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, digest, 0, signature, &len), CKR_DATA_LEN_RANGE);
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_SignUpdate(session, digest, 32), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, digest, 32, signature, &len), CKR_OK);
    /* Of a longer one the leftmost bits count, a shorter one is the number it is
     * (current mechanisms 2.3.1). */
    memset(digest + 32, 0x22, 32);
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, digest, 64, signature, &len), CKR_OK);
    TEST_BYTES(BYTES_OF(fake.digest), bytes_make(digest, 32));
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_Sign(session, digest, 20, signature, &len), CKR_OK);
    TEST_BYTES(bytes_make(fake.digest, 13), test_hex("00000000000000000000000011"));
    CU_ASSERT_EQUAL(fake.digest[31], 0x11);
    fixture_end();
}

static void init_checks(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_ECDSA_SHA256), digest = mechanism_of(CKM_SHA256);
    CK_OBJECT_HANDLE key = find_one(session, CKO_PRIVATE_KEY, "batch");
    CKR(C_SignInit(session, NULL, key), CKR_ARGUMENTS_BAD);
    CKR(C_SignInit(0, &mechanism, key), CKR_SESSION_HANDLE_INVALID);
    CKR(C_SignInit(session, &digest, key), CKR_MECHANISM_INVALID);
    CKR(C_SignInit(session, &mechanism, 4711), CKR_KEY_HANDLE_INVALID);
    CKR(C_SignInit(session, &mechanism, find_one(session, CKO_SECRET_KEY, "root-1")),
        CKR_KEY_TYPE_INCONSISTENT);
    CKR(C_SignInit(session, &mechanism, find_one(session, CKO_PUBLIC_KEY, "batch")),
        CKR_KEY_FUNCTION_NOT_PERMITTED);
    mechanism.pParameter = &key;
    mechanism.ulParameterLen = 1;
    CKR(C_SignInit(session, &mechanism, key), CKR_MECHANISM_PARAM_INVALID);
    mechanism = mechanism_of(CKM_ECDSA_SHA256);
    CKR(C_SignInit(session, &mechanism, key), CKR_OK);
    CKR(C_SignInit(session, &mechanism, key), CKR_OPERATION_ACTIVE);
    CKR(C_DigestInit(session, &digest), CKR_OPERATION_ACTIVE);
    /* Wrong arguments end an operation, as every error does. */
    CKR(C_Sign(session, NULL, 1, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(C_DigestInit(session, &digest), CKR_OK);
    fixture_end();
}

/* A key that went away is not used. */
static void key_gone(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE keys = derive_session_keys(session);
    unsigned char out[64];
    CK_ULONG len = sizeof(out);
    CKR(C_SignInit(session, &mechanism, keys), CKR_OK);
    CKR(C_DestroyObject(session, keys), CKR_OK);
    CU_ASSERT_EQUAL(fake.destroyed, fake.last_handle);
    CKR(C_Sign(session, out, 4, out, &len), CKR_KEY_HANDLE_INVALID);
    fixture_end();
}

static void digest(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SHA256);
    unsigned char data[] = "abc", out[32];
    CK_ULONG len = 0;
    struct bytes expected =
        test_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    CKR(C_DigestInit(session, &mechanism), CKR_OK);
    CKR(C_Digest(session, data, 3, NULL, &len), CKR_OK);
    CKR(C_Digest(session, data, 3, out, &len), CKR_OK);
    TEST_BYTES(BYTES_OF(out), expected);
    CKR(C_DigestInit(session, &mechanism), CKR_OK);
    CKR(C_DigestUpdate(session, data, 1), CKR_OK);
    CKR(C_DigestUpdate(session, data + 1, 2), CKR_OK);
    len = 1;
    CKR(C_DigestFinal(session, out, &len), CKR_BUFFER_TOO_SMALL);
    CKR(C_DigestFinal(session, out, &len), CKR_OK);
    TEST_BYTES(BYTES_OF(out), expected);
    CKR(C_DigestInit(session, &mechanism), CKR_OK);
    CKR(C_DigestUpdate(session, data, 1), CKR_OK);
    CKR(C_Digest(session, data, 3, out, &len), CKR_OPERATION_ACTIVE);
    CKR(C_DigestFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    /* A length asked for does not keep parts from following. */
    CKR(C_DigestInit(session, &mechanism), CKR_OK);
    CKR(C_Digest(session, data, 3, NULL, &len), CKR_OK);
    CKR(C_DigestUpdate(session, data, 3), CKR_OK);
    CKR(C_DigestFinal(session, out, &len), CKR_OK);
    TEST_BYTES(BYTES_OF(out), expected);
    CKR(C_DigestInit(session, &mechanism), CKR_OK);
    CKR(C_DigestKey(session, find_one(session, CKO_SECRET_KEY, "root-1")), CKR_KEY_INDIGESTIBLE);
    CKR(C_DigestKey(session, 4711), CKR_KEY_HANDLE_INVALID);
    fixture_end();
}

/* Lengths nobody has the bytes for: refused before one of them is read or
 * written, and without keeping the slot busy. */
static void absurd_lengths(void)
{
    static const CK_ULONG lengths[] = {0x100000008, LONG_MAX, ULONG_MAX};
    CK_MECHANISM sha256 = mechanism_of(CKM_SHA256), ecdsa = mechanism_of(CKM_ECDSA_SHA256);
    unsigned char data[64] = {0}, out[64];
    begin();
    CK_OBJECT_HANDLE key = find_one(session, CKO_PRIVATE_KEY, "batch");
    CK_OBJECT_HANDLE public_key = find_one(session, CKO_PUBLIC_KEY, "batch");
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CK_ULONG len = sizeof(out);
        CKR(C_GenerateRandom(session, data, lengths[i]), CKR_ARGUMENTS_BAD);
        CKR(C_SeedRandom(session, data, lengths[i]), CKR_ARGUMENTS_BAD);
        CKR(C_DigestInit(session, &sha256), CKR_OK);
        CKR(C_Digest(session, data, lengths[i], out, &len), CKR_DATA_LEN_RANGE);
        CKR(C_DigestInit(session, &sha256), CKR_OK);
        CKR(C_DigestUpdate(session, data, lengths[i]), CKR_DATA_LEN_RANGE);
        CKR(C_SignInit(session, &ecdsa, key), CKR_OK);
        CKR(C_Sign(session, data, lengths[i], out, &len), CKR_DATA_LEN_RANGE);
        CKR(C_SignInit(session, &ecdsa, key), CKR_OK);
        CKR(C_SignUpdate(session, data, lengths[i]), CKR_DATA_LEN_RANGE);
        CKR(C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
        CKR(C_Verify(session, data, lengths[i], out, 64), CKR_DATA_LEN_RANGE);
        CKR(C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
        CKR(C_Verify(session, data, 1, out, lengths[i]), CKR_SIGNATURE_LEN_RANGE);
        CKR(C_VerifyInit(session, &ecdsa, public_key), CKR_OK);
        CKR(C_VerifyUpdate(session, data, lengths[i]), CKR_DATA_LEN_RANGE);
    }
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_GET_RANDOM], 0);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_SIGN], 0);
    fixture_end();
}

static void random_bytes(void)
{
    begin();
    static unsigned char out[TOKWIRE_RANDOM_MAX * 2 + 1];
    CKR(C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(C_GenerateRandom(session, NULL, 0), CKR_OK);
    CKR(C_GenerateRandom(session, out, sizeof(out)), CKR_OK);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_GET_RANDOM], 3);
    CU_ASSERT_EQUAL(out[sizeof(out) - 1], 0xA5);
    fixture_end();
}

/* A seed is mixed into what the engine gives: the fake one always gives the
 * same, so what changes is the seed's doing. */
static void seed(void)
{
    begin();
    static unsigned char out[TOKWIRE_RANDOM_MAX + 64], again[64];
    unsigned char material[] = "a seed";
    CKR(C_SeedRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(C_SeedRandom(session, material, sizeof(material)), CKR_OK);
    CKR(C_GenerateRandom(session, out, sizeof(out)), CKR_OK);
    CU_ASSERT_TRUE(memcmp(out, out + TOKWIRE_RANDOM_MAX, 64) != 0);
    CKR(C_GenerateRandom(session, again, sizeof(again)), CKR_OK);
    CU_ASSERT_TRUE(memcmp(out, again, sizeof(again)) != 0);
    /* It goes with the library, and the same seed does the same again. */
    CKR(C_CloseSession(session), CKR_OK);
    fixture_end();
    begin();
    CKR(C_GenerateRandom(session, again, sizeof(again)), CKR_OK);
    CU_ASSERT_EQUAL(again[0], 0xA5);
    CKR(C_SeedRandom(session, material, sizeof(material)), CKR_OK);
    CKR(C_GenerateRandom(session, again, sizeof(again)), CKR_OK);
    TEST_BYTES(BYTES_OF(again), bytes_make(out, sizeof(again)));
    fixture_end();
}

static void check_chunks(size_t total)
{
    CU_ASSERT_EQUAL(fake.chunk_count, total == 0 ? 1 : (total - 1) / TOKWIRE_BSP_CHUNK + 1);
    for (size_t i = 0; i < fake.chunk_count; i++) {
        bool last = i + 1 == fake.chunk_count;
        CU_ASSERT_EQUAL(fake.chunks[i],
                        last ? total - i * TOKWIRE_BSP_CHUNK : (size_t)TOKWIRE_BSP_CHUNK);
    }
    fake.chunk_count = 0;
}

static void encrypt_lengths(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE keys = derive_session_keys(session);
    const size_t chunk = TOKWIRE_BSP_CHUNK;
    const size_t lengths[] = {0,     1,         1007,      1008,         chunk - 1,
                              chunk, chunk + 1, 2 * chunk, 3 * chunk + 5};
    unsigned char *data = calloc(1, 4 * chunk), *out = malloc(5 * chunk);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        CK_ULONG len = 0;
        CKR(C_EncryptInit(session, &mechanism, keys), CKR_OK);
        CKR(C_Encrypt(session, data, lengths[i], NULL, &len), CKR_OK);
        CU_ASSERT_EQUAL(len, bsp_encrypted_len(lengths[i]));
        len--;
        CKR(C_Encrypt(session, data, lengths[i], out, &len), CKR_BUFFER_TOO_SMALL);
        CU_ASSERT_EQUAL(fake.chunk_count, 0);
        CKR(C_Encrypt(session, data, lengths[i], out, &len), CKR_OK);
        CU_ASSERT_EQUAL(len, bsp_encrypted_len(lengths[i]));
        check_chunks(lengths[i]);
    }
    free(data);
    free(out);
    fixture_end();
}

/* In parts of whatever size: the same commands as in one. */
static void encrypt_parts(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE keys = derive_session_keys(session);
    const size_t chunk = TOKWIRE_BSP_CHUNK;
    const size_t totals[] = {0, 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 9};
    const size_t parts[] = {1000, chunk - 1, chunk, chunk + 1, 4 * chunk};
    unsigned char *data = calloc(1, 4 * chunk), *out = malloc(5 * chunk);
    for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]) * 5; i++) {
        size_t total = totals[i / 5], part = parts[i % 5], made = 0;
        CKR(C_EncryptInit(session, &mechanism, keys), CKR_OK);
        for (size_t at = 0; at < total; at += part) {
            size_t len = total - at < part ? total - at : part, before = fake.chunk_count;
            CK_ULONG needed = 0, room = 0;
            CKR(C_EncryptUpdate(session, data + at, len, NULL, &needed), CKR_OK);
            if (needed > 0) {
                room = needed - 1;
                CKR(C_EncryptUpdate(session, data + at, len, out, &room), CKR_BUFFER_TOO_SMALL);
            }
            CU_ASSERT_EQUAL(fake.chunk_count, before);
            room = needed;
            CKR(C_EncryptUpdate(session, data + at, len, out, &room), CKR_OK);
            made += room;
        }
        CK_ULONG last = 0;
        CKR(C_EncryptFinal(session, NULL, &last), CKR_OK);
        CKR(C_EncryptFinal(session, out, &last), CKR_OK);
        CU_ASSERT_EQUAL(made + last, bsp_encrypted_len(total));
        check_chunks(total);
    }
    free(data);
    free(out);
    fixture_end();
}

static void mac(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE keys = derive_session_keys(session);
    unsigned char data[1009] = {0}, out[8];
    CK_ULONG len = sizeof(out);
    CKR(C_SignInit(session, &mechanism, keys), CKR_OK);
    CKR(C_Sign(session, data, 1008, out, &len), CKR_OK);
    CKR(C_SignInit(session, &mechanism, keys), CKR_OK);
    CKR(C_Sign(session, data, 1009, out, &len), CKR_DATA_LEN_RANGE);
    CKR(C_SignInit(session, &mechanism, keys), CKR_OK);
    CKR(C_SignUpdate(session, data, 1000), CKR_OK);
    CKR(C_SignUpdate(session, data, 9), CKR_DATA_LEN_RANGE);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_BSP_MAC], 1);
    fixture_end();
}

static void wrap(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE keys = derive_session_keys(session), ppk = 0;
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
    unsigned char out[128];
    CK_ULONG len = 0;
    CKR(derive_ppk(session, NULL, 0, &ppk), CKR_OK);
    CKR(C_WrapKey(session, &mechanism, keys, ppk, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(C_WrapKey(session, &mechanism, keys, ppk, NULL, &len), CKR_OK);
    CU_ASSERT_EQUAL(len, 74);
    len = 73;
    CKR(C_WrapKey(session, &mechanism, keys, ppk, out, &len), CKR_BUFFER_TOO_SMALL);
    /* Nothing but a PPK set, and under nothing but session keys (invariant 1). */
    CKR(C_WrapKey(session, &mechanism, keys, root, out, &len), CKR_KEY_UNEXTRACTABLE);
    CKR(C_WrapKey(session, &mechanism, keys, keys, out, &len), CKR_KEY_UNEXTRACTABLE);
    CKR(C_WrapKey(session, &mechanism, keys, 4711, out, &len), CKR_KEY_HANDLE_INVALID);
    CKR(C_WrapKey(session, &mechanism, root, ppk, out, &len), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    CKR(C_WrapKey(session, &mechanism, 4711, ppk, out, &len), CKR_WRAPPING_KEY_HANDLE_INVALID);
    CKR(C_WrapKey(session, &mechanism, ppk, ppk, out, &len), CKR_KEY_FUNCTION_NOT_PERMITTED);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_REPLACE_SESSION_KEYS], 0);
    len = sizeof(out);
    CKR(C_WrapKey(session, &mechanism, keys, ppk, out, &len), CKR_OK);
    CU_ASSERT_EQUAL(len, 74);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_REPLACE_SESSION_KEYS], 1);
    /* The set itself encrypts nothing on the line. */
    CKR(C_EncryptInit(session, &mechanism, ppk), CKR_KEY_FUNCTION_NOT_PERMITTED);
    fixture_end();
}

static void unsupported(void)
{
    begin();
    CK_MECHANISM mechanism = mechanism_of(CKM_SGP22_BSP);
    CK_OBJECT_HANDLE key = 0;
    unsigned char out[8];
    CK_ULONG len = sizeof(out);
    CKR(C_DecryptInit(session, &mechanism, 1), CKR_MECHANISM_INVALID);
    CKR(C_Decrypt(session, out, 8, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_DecryptUpdate(session, out, 8, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_DecryptFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_DecryptInit(0, &mechanism, 1), CKR_SESSION_HANDLE_INVALID);
    CKR(C_UnwrapKey(session, &mechanism, 1, out, 8, NULL, 0, &key), CKR_MECHANISM_INVALID);
    CKR(C_GenerateKey(session, &mechanism, NULL, 0, &key), CKR_MECHANISM_INVALID);
    CKR(C_GetOperationState(session, out, &len), CKR_FUNCTION_NOT_SUPPORTED);
    CKR(C_GetFunctionStatus(session), CKR_FUNCTION_NOT_PARALLEL);
    CKR(C_CancelFunction(session), CKR_FUNCTION_NOT_PARALLEL);
    CKR(C_GetFunctionStatus(0), CKR_FUNCTION_NOT_PARALLEL);
    CKR(C_CancelFunction(0), CKR_FUNCTION_NOT_PARALLEL);
    fixture_end();
    CKR(C_Decrypt(session, out, 8, out, &len), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static const struct test_case cases[] = {
    {"sign_and_verify", sign_and_verify},
    {"bare_digest", bare_digest},
    {"init_checks", init_checks},
    {"key_gone", key_gone},
    {"digest", digest},
    {"absurd_lengths", absurd_lengths},
    {"random_bytes", random_bytes},
    {"seed", seed},
    {"encrypt_lengths", encrypt_lengths},
    {"encrypt_parts", encrypt_parts},
    {"mac", mac},
    {"wrap", wrap},
    {"unsupported", unsupported},
};
TEST_MAIN("token/module operation", cases)
