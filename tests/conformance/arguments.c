/* A NULL where something must be is CKR_ARGUMENTS_BAD, in each function that
 * takes one; and functions a library need not have say so in one of few ways. */
#include "conformance.h"

static CK_BYTE byte;
static CK_ULONG len;
static CK_OBJECT_HANDLE object;
static CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_ATTRIBUTE template = {CKA_CLASS, &data_class, sizeof(data_class)};

/* One argument at a time is missing. */
#define WITHOUT_ARGUMENT(CALL)                                                                     \
    CALL(C_GetSessionInfo, NULL)                                                                   \
    CALL(C_Login, CKU_USER, NULL, 6)                                                               \
    CALL(C_CreateObject, NULL, 1, &object)                                                         \
    CALL(C_CreateObject, &template, 1, NULL)                                                       \
    CALL(C_CopyObject, 1, NULL, 1, &object)                                                        \
    CALL(C_CopyObject, 1, &template, 1, NULL)                                                      \
    CALL(C_GetObjectSize, 1, NULL)                                                                 \
    CALL(C_GetAttributeValue, 1, NULL, 1)                                                          \
    CALL(C_SetAttributeValue, 1, NULL, 1)                                                          \
    CALL(C_FindObjectsInit, NULL, 1)                                                               \
    CALL(C_FindObjects, NULL, 1, &len)                                                             \
    CALL(C_FindObjects, &object, 1, NULL)                                                          \
    CALL(C_EncryptInit, NULL, 1)                                                                   \
    CALL(C_DecryptInit, NULL, 1)                                                                   \
    CALL(C_DigestInit, NULL)                                                                       \
    CALL(C_SignInit, NULL, 1)                                                                      \
    CALL(C_VerifyInit, NULL, 1)                                                                    \
    CALL(C_GenerateKey, NULL, &template, 1, &object)                                               \
    CALL(C_GenerateKey, &mechanism, NULL, 1, &object)                                              \
    CALL(C_GenerateKey, &mechanism, &template, 1, NULL)                                            \
    CALL(C_GenerateKeyPair, NULL, &template, 1, &template, 1, &object, &object)                    \
    CALL(C_GenerateKeyPair, &mechanism, NULL, 1, &template, 1, &object, &object)                   \
    CALL(C_GenerateKeyPair, &mechanism, &template, 1, NULL, 1, &object, &object)                   \
    CALL(C_GenerateKeyPair, &mechanism, &template, 1, &template, 1, NULL, &object)                 \
    CALL(C_GenerateKeyPair, &mechanism, &template, 1, &template, 1, &object, NULL)                 \
    CALL(C_WrapKey, NULL, 1, 1, &byte, &len)                                                       \
    CALL(C_WrapKey, &mechanism, 1, 1, &byte, NULL)                                                 \
    CALL(C_UnwrapKey, NULL, 1, &byte, 1, &template, 1, &object)                                    \
    CALL(C_UnwrapKey, &mechanism, 1, NULL, 1, &template, 1, &object)                               \
    CALL(C_UnwrapKey, &mechanism, 1, &byte, 1, &template, 1, NULL)                                 \
    CALL(C_DeriveKey, NULL, 1, &template, 1, &object)                                              \
    CALL(C_DeriveKey, &mechanism, 1, NULL, 1, &object)                                             \
    CALL(C_SeedRandom, NULL, 1)                                                                    \
    CALL(C_GenerateRandom, NULL, 1)

/* The same with no operation under way, which may be found first. */
#define WITHOUT_OPERATION(CALL)                                                                    \
    CALL(C_Encrypt, NULL, 1, &byte, &len)                                                          \
    CALL(C_Encrypt, &byte, 1, &byte, NULL)                                                         \
    CALL(C_EncryptUpdate, NULL, 1, &byte, &len)                                                    \
    CALL(C_EncryptFinal, &byte, NULL)                                                              \
    CALL(C_Decrypt, NULL, 1, &byte, &len)                                                          \
    CALL(C_DecryptUpdate, &byte, 1, &byte, NULL)                                                   \
    CALL(C_DecryptFinal, &byte, NULL)                                                              \
    CALL(C_Digest, NULL, 1, &byte, &len)                                                           \
    CALL(C_Digest, &byte, 1, &byte, NULL)                                                          \
    CALL(C_DigestUpdate, NULL, 1)                                                                  \
    CALL(C_DigestFinal, &byte, NULL)                                                               \
    CALL(C_Sign, &byte, 1, &byte, NULL)                                                            \
    CALL(C_SignUpdate, NULL, 1)                                                                    \
    CALL(C_SignFinal, &byte, NULL)                                                                 \
    CALL(C_Verify, &byte, 1, NULL, 1)                                                              \
    CALL(C_VerifyUpdate, NULL, 1)                                                                  \
    CALL(C_VerifyFinal, NULL, 1)

/* What few tokens do. */
#define OPTIONAL_CALLS(CALL)                                                                       \
    CALL(C_GetOperationState, NULL, &len)                                                          \
    CALL(C_SetOperationState, &byte, 1, 0, 0)                                                      \
    CALL(C_SignRecoverInit, &mechanism, 1)                                                         \
    CALL(C_SignRecover, &byte, 1, &byte, &len)                                                     \
    CALL(C_VerifyRecoverInit, &mechanism, 1)                                                       \
    CALL(C_VerifyRecover, &byte, 1, &byte, &len)                                                   \
    CALL(C_DigestEncryptUpdate, &byte, 1, &byte, &len)                                             \
    CALL(C_DecryptDigestUpdate, &byte, 1, &byte, &len)                                             \
    CALL(C_SignEncryptUpdate, &byte, 1, &byte, &len)                                               \
    CALL(C_DecryptVerifyUpdate, &byte, 1, &byte, &len)

static void missing_arguments(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
#define CALL(function, ...) CKR(P11->function(session, ##__VA_ARGS__), CKR_ARGUMENTS_BAD);
    WITHOUT_ARGUMENT(CALL)
#undef CALL
#define CALL(function, ...)                                                                        \
    CKR_EITHER(P11->function(session, ##__VA_ARGS__), CKR_ARGUMENTS_BAD,                           \
               CKR_OPERATION_NOT_INITIALIZED);
    WITHOUT_OPERATION(CALL)
#undef CALL
    CKR(P11->C_SetPIN(session, NULL, 6, under_test.pin, under_test.pin_len), CKR_ARGUMENTS_BAD);
    CKR(P11->C_SetPIN(session, under_test.pin, under_test.pin_len, NULL, 6), CKR_ARGUMENTS_BAD);
    teardown();
}

static void optional_functions(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
#define CALL(function, ...)                                                                        \
    do {                                                                                           \
        CK_RV rv = P11->function(session, ##__VA_ARGS__);                                          \
        CU_ASSERT_TRUE(rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_OPERATION_NOT_INITIALIZED ||  \
                       rv == CKR_MECHANISM_INVALID);                                               \
    } while (0);
    OPTIONAL_CALLS(CALL)
#undef CALL
#define CALL(function, ...)                                                                        \
    CKR_EITHER(P11->function(CK_INVALID_HANDLE, ##__VA_ARGS__), CKR_SESSION_HANDLE_INVALID,        \
               CKR_FUNCTION_NOT_SUPPORTED);
    OPTIONAL_CALLS(CALL)
#undef CALL
    teardown();
#define CALL(function, ...)                                                                        \
    CKR_EITHER(P11->function(1, ##__VA_ARGS__), CKR_CRYPTOKI_NOT_INITIALIZED,                      \
               CKR_FUNCTION_NOT_SUPPORTED);
    OPTIONAL_CALLS(CALL)
#undef CALL
}

/* A mechanism the token does not have, wherever one can be asked for. */
static void unknown_mechanism(void)
{
    CK_MECHANISM unknown = {CKM_VENDOR_DEFINED | 0x00ABCDEF, NULL, 0};
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    CK_OBJECT_HANDLE private_key = find_key(session, CKO_PRIVATE_KEY);
    CK_OBJECT_HANDLE public_key = find_key(session, CKO_PUBLIC_KEY);
    CKR(P11->C_DigestInit(session, &unknown), CKR_MECHANISM_INVALID);
    CKR(P11->C_SignInit(session, &unknown, private_key), CKR_MECHANISM_INVALID);
    CKR(P11->C_VerifyInit(session, &unknown, public_key), CKR_MECHANISM_INVALID);
    CKR(P11->C_EncryptInit(session, &unknown, public_key), CKR_MECHANISM_INVALID);
    CKR(P11->C_DecryptInit(session, &unknown, private_key), CKR_MECHANISM_INVALID);
    CKR(P11->C_GenerateKey(session, &unknown, &template, 0, &object), CKR_MECHANISM_INVALID);
    CKR(P11->C_GenerateKeyPair(session, &unknown, &template, 0, &template, 0, &object, &object),
        CKR_MECHANISM_INVALID);
    CKR(P11->C_DeriveKey(session, &unknown, private_key, &template, 0, &object),
        CKR_MECHANISM_INVALID);
    CKR(P11->C_WrapKey(session, &unknown, public_key, private_key, &byte, &len),
        CKR_MECHANISM_INVALID);
    CKR(P11->C_UnwrapKey(session, &unknown, private_key, &byte, 1, &template, 0, &object),
        CKR_MECHANISM_INVALID);
    teardown();
}

static const struct test_case cases[] = {
    {"missing_arguments", missing_arguments},
    {"optional_functions", optional_functions},
    {"unknown_mechanism", unknown_mechanism},
};
TEST_GROUP(arguments_group, cases, NO_MECHANISM);
