/* Operations of several sessions, and random bytes. What one operation does
 * next is in scripts.c. */
#include <string.h>

#include "conformance.h"

enum { SHA256_LEN = 32 };

static CK_SESSION_HANDLE session;
static CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};
static CK_BYTE abc[] = "abc";

static void begin(void)
{
    setup();
    session = open_session(0);
}

static struct bytes expected(void)
{
    return test_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}

static void not_started(void)
{
    CK_BYTE out[64];
    CK_ULONG len = sizeof(out);
    begin();
    CKR(P11->C_Digest(session, abc, 3, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_DigestUpdate(session, abc, 3), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_DigestFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_Sign(session, abc, 3, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_SignUpdate(session, abc, 3), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_SignFinal(session, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_Verify(session, abc, 3, out, 64), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_VerifyUpdate(session, abc, 3), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_VerifyFinal(session, out, 64), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_Encrypt(session, abc, 3, out, &len), CKR_OPERATION_NOT_INITIALIZED);
    CKR_EITHER(P11->C_Decrypt(session, abc, 3, out, &len), CKR_OPERATION_NOT_INITIALIZED,
               CKR_FUNCTION_NOT_SUPPORTED);
    teardown();
}

static void sessions_are_apart(void)
{
    CK_BYTE out[SHA256_LEN];
    CK_ULONG len = sizeof(out);
    begin();
    CK_SESSION_HANDLE other = open_session(0);
    CKR(P11->C_DigestInit(session, &sha256), CKR_OK);
    CKR(P11->C_DigestInit(other, &sha256), CKR_OK);
    CKR(P11->C_DigestUpdate(other, out, sizeof(out)), CKR_OK);
    CKR(P11->C_Digest(session, abc, 3, out, &len), CKR_OK);
    TEST_BYTES(BYTES_OF(out), expected());
    CKR(P11->C_CloseSession(session), CKR_OK);
    CKR(P11->C_DigestFinal(other, out, &len), CKR_OK);
    teardown();
}

static void random_bytes(void)
{
    CK_BYTE first[64] = {0}, second[64] = {0};
    begin();
    CKR(P11->C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GenerateRandom(session, first, sizeof(first)), CKR_OK);
    CKR(P11->C_GenerateRandom(session, second, sizeof(second)), CKR_OK);
    CU_ASSERT_TRUE(memcmp(first, second, sizeof(first)) != 0);
    CKR(P11->C_GenerateRandom(session, first, 0), CKR_OK);
    teardown();
}

/* A token that says it has a generator takes a seed, and the same one twice
 * does not make it repeat itself. */
static void seeded_random(void)
{
    CK_BYTE seed[] = "seed", first[5000] = {0}, second[5000] = {0};
    begin();
    CKR(P11->C_SeedRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(P11->C_SeedRandom(session, seed, sizeof(seed)), CKR_OK);
    CKR(P11->C_GenerateRandom(session, first, sizeof(first)), CKR_OK);
    CKR(P11->C_SeedRandom(session, seed, sizeof(seed)), CKR_OK);
    CKR(P11->C_GenerateRandom(session, second, sizeof(second)), CKR_OK);
    CU_ASSERT_TRUE(memcmp(first, second, sizeof(first)) != 0);
    CU_ASSERT_TRUE(memcmp(first, first + 4096, sizeof(first) - 4096) != 0);
    teardown();
}

static void parallel_functions(void)
{
    begin();
    CKR(P11->C_GetFunctionStatus(session), CKR_FUNCTION_NOT_PARALLEL);
    CKR(P11->C_CancelFunction(session), CKR_FUNCTION_NOT_PARALLEL);
    /* Legacy functions that simply return this (Cryptoki 2.40 5.16), before or
     * after they look at the handle. */
    CKR_EITHER(P11->C_GetFunctionStatus(CK_INVALID_HANDLE), CKR_FUNCTION_NOT_PARALLEL,
               CKR_SESSION_HANDLE_INVALID);
    CKR_EITHER(P11->C_CancelFunction(CK_INVALID_HANDLE), CKR_FUNCTION_NOT_PARALLEL,
               CKR_SESSION_HANDLE_INVALID);
    teardown();
    CKR(P11->C_GetFunctionStatus(session), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_CancelFunction(session), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static const struct test_case cases[] = {
    {"not_started", not_started},
    {"sessions_are_apart", sessions_are_apart},
    {"random_bytes", random_bytes},
    {"seeded_random", seeded_random},
    {"parallel_functions", parallel_functions},
};
TEST_GROUP(operations_group, cases, NO_MECHANISM);
