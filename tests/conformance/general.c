/* Initialisation, the function list, and every call's first checks
 * (Cryptoki 2.40 5.1, 5.4). */
#include <dlfcn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"

static CK_BYTE byte;
static CK_ULONG len;
static CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
static CK_OBJECT_HANDLE object;
static CK_SESSION_INFO session_info;

/* One call of each function that takes a session, arguments in order. */
#define SESSION_CALLS(CALL)                                                                        \
    CALL(C_CloseSession)                                                                           \
    CALL(C_GetSessionInfo, &session_info)                                                          \
    CALL(C_Logout)                                                                                 \
    CALL(C_Login, CKU_USER, under_test.pin, under_test.pin_len)                                    \
    CALL(C_InitPIN, under_test.pin, under_test.pin_len)                                            \
    CALL(C_SetPIN, under_test.pin, under_test.pin_len, under_test.pin, under_test.pin_len)         \
    CALL(C_CreateObject, &no_class, 1, &object)                                                    \
    CALL(C_CopyObject, 1, &no_class, 1, &object)                                                   \
    CALL(C_DestroyObject, 1)                                                                       \
    CALL(C_GetObjectSize, 1, &len)                                                                 \
    CALL(C_GetAttributeValue, 1, &no_class, 1)                                                     \
    CALL(C_SetAttributeValue, 1, &no_class, 1)                                                     \
    CALL(C_FindObjectsInit, &no_class, 1)                                                          \
    CALL(C_FindObjects, &object, 1, &len)                                                          \
    CALL(C_FindObjectsFinal)                                                                       \
    CALL(C_EncryptInit, &mechanism, 1)                                                             \
    CALL(C_Encrypt, &byte, 1, &byte, &len)                                                         \
    CALL(C_EncryptUpdate, &byte, 1, &byte, &len)                                                   \
    CALL(C_EncryptFinal, &byte, &len)                                                              \
    CALL(C_DigestInit, &mechanism)                                                                 \
    CALL(C_Digest, &byte, 1, &byte, &len)                                                          \
    CALL(C_DigestUpdate, &byte, 1)                                                                 \
    CALL(C_DigestFinal, &byte, &len)                                                               \
    CALL(C_SignInit, &mechanism, 1)                                                                \
    CALL(C_Sign, &byte, 1, &byte, &len)                                                            \
    CALL(C_SignUpdate, &byte, 1)                                                                   \
    CALL(C_SignFinal, &byte, &len)                                                                 \
    CALL(C_VerifyInit, &mechanism, 1)                                                              \
    CALL(C_Verify, &byte, 1, &byte, 1)                                                             \
    CALL(C_VerifyUpdate, &byte, 1)                                                                 \
    CALL(C_VerifyFinal, &byte, 1)                                                                  \
    CALL(C_DecryptInit, &mechanism, 1)                                                             \
    CALL(C_Decrypt, &byte, 1, &byte, &len)                                                         \
    CALL(C_GenerateKeyPair, &mechanism, &no_class, 1, &no_class, 1, &object, &object)              \
    CALL(C_WrapKey, &mechanism, 1, 1, &byte, &len)                                                 \
    CALL(C_UnwrapKey, &mechanism, 1, &byte, 1, &no_class, 1, &object)                              \
    CALL(C_DeriveKey, &mechanism, 1, &no_class, 1, &object)                                        \
    CALL(C_SeedRandom, &byte, 1)                                                                   \
    CALL(C_GenerateRandom, &byte, 1)

/* Those that take none, and those few libraries do much with: names alone. */
#define SESSIONLESS_CALLS(CALL)                                                                    \
    CALL(C_Initialize)                                                                             \
    CALL(C_Finalize)                                                                               \
    CALL(C_GetInfo)                                                                                \
    CALL(C_GetSlotList)                                                                            \
    CALL(C_GetSlotInfo)                                                                            \
    CALL(C_GetTokenInfo)                                                                           \
    CALL(C_GetMechanismList)                                                                       \
    CALL(C_GetMechanismInfo)                                                                       \
    CALL(C_InitToken)                                                                              \
    CALL(C_OpenSession)                                                                            \
    CALL(C_CloseAllSessions)                                                                       \
    CALL(C_WaitForSlotEvent)
#define RARE_CALLS(CALL)                                                                           \
    CALL(C_GetOperationState)                                                                      \
    CALL(C_SetOperationState)                                                                      \
    CALL(C_DigestKey)                                                                              \
    CALL(C_DecryptUpdate)                                                                          \
    CALL(C_DecryptFinal)                                                                           \
    CALL(C_SignRecoverInit)                                                                        \
    CALL(C_SignRecover)                                                                            \
    CALL(C_VerifyRecoverInit)                                                                      \
    CALL(C_VerifyRecover)                                                                          \
    CALL(C_DigestEncryptUpdate)                                                                    \
    CALL(C_DecryptDigestUpdate)                                                                    \
    CALL(C_SignEncryptUpdate)                                                                      \
    CALL(C_DecryptVerifyUpdate)                                                                    \
    CALL(C_GenerateKey)                                                                            \
    CALL(C_GetFunctionStatus)                                                                      \
    CALL(C_CancelFunction)

static bool exports(const char *name, void (*function)(void))
{
    void *symbol = dlsym(under_test.library, name), *listed = NULL;
    /* ISO C has no conversion between the two kinds of pointers. */
    memcpy(&listed, &function, sizeof(listed));
    return symbol != NULL && symbol == listed;
}

static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_ATTRIBUTE no_class = {CKA_CLASS, &data_class, sizeof(data_class)};

static void not_initialised(void)
{
    CK_INFO info;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
#define CALL(function, ...) CKR(P11->function(1, ##__VA_ARGS__), CKR_CRYPTOKI_NOT_INITIALIZED);
#define NAME(function, ...) CU_ASSERT_PTR_NOT_NULL_FATAL(P11->function);
    SESSION_CALLS(NAME)
    SESSION_CALLS(CALL)
    CKR(P11->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_GetSlotList(CK_FALSE, NULL, &len), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_GetSlotInfo(0, &slot_info), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_GetTokenInfo(0, &token_info), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_GetMechanismList(0, NULL, &len), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session),
        CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_CloseAllSessions(0), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    CKR(P11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
#undef CALL
}

static void invalid_session(void)
{
    setup();
    const CK_SESSION_HANDLE stale = open_session(0);
    CKR(P11->C_CloseSession(stale), CKR_OK);
    const CK_SESSION_HANDLE handles[] = {CK_INVALID_HANDLE, stale, (CK_SESSION_HANDLE)-1};
    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
#define CALL(function, ...)                                                                        \
    CKR(P11->function(handles[i], ##__VA_ARGS__), CKR_SESSION_HANDLE_INVALID);
        SESSION_CALLS(CALL)
#undef CALL
    }
    teardown();
}

static void initialise_again(void)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    for (int i = 0; i < 3; i++) {
        CKR(P11->C_Initialize(i == 1 ? NULL : &args), CKR_OK);
        CKR(P11->C_Initialize(&args), CKR_CRYPTOKI_ALREADY_INITIALIZED);
        CKR(P11->C_Finalize(&args), CKR_ARGUMENTS_BAD);
        CKR(P11->C_Finalize(NULL), CKR_OK);
        CKR(P11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    }
}

static CK_RV one_mutex_function(void **mutex)
{
    *mutex = &byte;
    return CKR_OK;
}

static void initialise_arguments(void)
{
    CK_C_INITIALIZE_ARGS args = {.CreateMutex = one_mutex_function};
    CKR(P11->C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args = (CK_C_INITIALIZE_ARGS){.pReserved = &byte + 1, .flags = CKF_OS_LOCKING_OK};
    static CK_BYTE garbage[16] = "garbage";
    args.pReserved = garbage;
    CKR(P11->C_Initialize(&args), CKR_ARGUMENTS_BAD);
    CKR(P11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Counts what a library does with an application's own mutexes. */
static struct {
    int made, destroyed, locked, unlocked;
} mutexes;

static CK_RV create_mutex(void **mutex)
{
    mutexes.made++;
    *mutex = &mutexes;
    return CKR_OK;
}

static CK_RV destroy_mutex(void *mutex)
{
    mutexes.destroyed++;
    return mutex == &mutexes ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV lock_mutex(void *mutex)
{
    mutexes.locked++;
    return mutex == &mutexes ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV unlock_mutex(void *mutex)
{
    mutexes.unlocked++;
    return mutex == &mutexes ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

/* Each kind of locking an application can ask for (Cryptoki 2.40 3.7). */
static void kinds_of_locking(void)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    CKR(P11->C_Initialize(&args), CKR_OK);
    CKR(P11->C_Finalize(NULL), CKR_OK);
    for (int i = 0; i < 2; i++) {
        memset(&mutexes, 0, sizeof(mutexes));
        args = (CK_C_INITIALIZE_ARGS){
            create_mutex, destroy_mutex, lock_mutex, unlock_mutex, i == 0 ? 0 : CKF_OS_LOCKING_OK,
            NULL};
        CKR(P11->C_Initialize(&args), CKR_OK);
        CKR(P11->C_GetSlotList(CK_TRUE, NULL, &len), CKR_OK);
        CKR(P11->C_Finalize(NULL), CKR_OK);
        CU_ASSERT_EQUAL(mutexes.made, mutexes.destroyed);
        CU_ASSERT_EQUAL(mutexes.locked, mutexes.unlocked);
        CU_ASSERT_TRUE(i > 0 || mutexes.locked > 0);
    }
    args = (CK_C_INITIALIZE_ARGS){create_mutex, destroy_mutex, lock_mutex, NULL, 0, NULL};
    CKR(P11->C_Initialize(&args), CKR_ARGUMENTS_BAD);
}

/* A thousand lives, a session in each; what one forgets would add up. */
static void many_lives(void)
{
    enum { LIVES = 1000 };
    setup();
    teardown();
    for (int i = 0; i < LIVES; i++) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        CKR(P11->C_Initialize(NULL), CKR_OK);
        CKR(P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
        CKR(P11->C_DigestInit(session, &mechanism), CKR_OK);
        CKR(P11->C_Finalize(NULL), CKR_OK);
    }
}

static void info(void)
{
    CK_INFO found;
    setup();
    CKR(P11->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetInfo(&found), CKR_OK);
    CU_ASSERT_EQUAL(found.cryptokiVersion.major, 2);
    CU_ASSERT_EQUAL(found.flags, 0);
    CU_ASSERT_TRUE(is_padded(found.manufacturerID, sizeof(found.manufacturerID)));
    CU_ASSERT_TRUE(is_padded(found.libraryDescription, sizeof(found.libraryDescription)));
    CU_ASSERT_EQUAL(P11->version.major, 2);
    CU_ASSERT_EQUAL(P11->C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
    teardown();
}

/* Each function by its own name, for clients that ask for it so and not for the
 * list: the same function. */
static void exported_functions(void)
{
#define CALL(function, ...) CU_ASSERT_TRUE(exports(#function, (void (*)(void))P11->function));
    SESSION_CALLS(CALL)
    SESSIONLESS_CALLS(CALL)
    RARE_CALLS(CALL)
#undef CALL
    CU_ASSERT_PTR_NOT_NULL(dlsym(under_test.library, "C_GetFunctionList"));
}

/* A child may start anew whatever its parent had (Cryptoki 2.40 5.4). */
static void forked_child(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    pid_t child = fork();
    if (child == 0) {
        CK_RV rv = P11->C_Initialize(NULL);
        bool right = rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
        right = right && P11->C_Finalize(NULL) == CKR_OK;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* And what it does is nothing to the parent. */
    CKR(P11->C_GetSessionInfo(session, &session_info), CKR_OK);
    CU_ASSERT_EQUAL(session_info.state, CKS_RO_USER_FUNCTIONS);
    CKR(P11->C_GenerateRandom(session, &byte, 1), CKR_OK);
    teardown();
}

static const struct test_case cases[] = {
    {"not_initialised", not_initialised},           {"initialise_again", initialise_again},
    {"initialise_arguments", initialise_arguments}, {"info", info},
    {"kinds_of_locking", kinds_of_locking},         {"many_lives", many_lives},
    {"invalid_session", invalid_session},           {"forked_child", forked_child},
    {"exported_functions", exported_functions},
};
TEST_GROUP(general_group, cases, NO_MECHANISM);
