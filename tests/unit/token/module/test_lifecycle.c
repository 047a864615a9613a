/* C_Initialize and C_Finalize (Cryptoki 2.40 5.4), configuration, fork. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module/config.h"
#include "module/fixture.h"
#include "module/slot.h"

static size_t made, destroyed, locked, unlocked;

static CK_RV make_mutex(void **mutex)
{
    made++;
    *mutex = &made;
    return CKR_OK;
}

static CK_RV destroy_mutex(void *mutex)
{
    (void)mutex;
    destroyed++;
    return CKR_OK;
}

static CK_RV lock_mutex(void *mutex)
{
    (void)mutex;
    locked++;
    return CKR_OK;
}

static CK_RV unlock_mutex(void *mutex)
{
    (void)mutex;
    unlocked++;
    return CKR_OK;
}

static void prepare(void)
{
    setenv("USBKEY_SOCKETS", "/nonexistent/fake.sock", 1);
    module_slot_connect = fake_connect;
    fake_reset();
}

static void again_and_again(void)
{
    prepare();
    CK_INFO info;
    for (int i = 0; i < 3; i++) {
        CKR(C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
        CKR(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
        CKR(C_Initialize(NULL), CKR_OK);
        CKR(C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
        CKR(C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
        CKR(C_GetInfo(&info), CKR_OK);
        CU_ASSERT_EQUAL(info.cryptokiVersion.minor, 40);
        CU_ASSERT_NSTRING_EQUAL(info.manufacturerID, "euicc-line                      ", 32);
        CKR(C_Finalize(&info), CKR_ARGUMENTS_BAD);
        CKR(C_Finalize(NULL), CKR_OK);
    }
}

/* What one life gave out is nothing in the next, also when that has gone as far. */
static void handles_of_another_life(void)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    CK_SESSION_HANDLE session[2] = {0};
    CK_OBJECT_HANDLE object[2] = {0};
    CK_SESSION_INFO info;
    CK_ULONG size;
    prepare();
    for (int i = 0; i < 2; i++) {
        CKR(C_Initialize(NULL), CKR_OK);
        CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session[i]), CKR_OK);
        CKR(C_CreateObject(session[i], &template, 1, &object[i]), CKR_OK);
        if (i > 0) {
            CKR(C_GetSessionInfo(session[0], &info), CKR_SESSION_HANDLE_INVALID);
            CKR(C_GetObjectSize(session[1], object[0], &size), CKR_OBJECT_HANDLE_INVALID);
        }
        CKR(C_Finalize(NULL), CKR_OK);
    }
}

static void locking_arguments(void)
{
    prepare();
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CKR(C_Initialize(&args), CKR_OK);
    CKR(C_Finalize(NULL), CKR_OK);
    args.CreateMutex = make_mutex;
    CKR(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.DestroyMutex = destroy_mutex;
    args.LockMutex = lock_mutex;
    CKR(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.UnlockMutex = unlock_mutex;
    CKR(C_Initialize(&args), CKR_OK); /* the system's are allowed, and used */
    CU_ASSERT_EQUAL(made, 0);
    CKR(C_Finalize(NULL), CKR_OK);
    args.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    CKR(C_Initialize(&args), CKR_OK);
    CK_SLOT_INFO info;
    CKR(C_GetSlotInfo(0, &info), CKR_OK);
    CKR(C_Finalize(NULL), CKR_OK);
    CU_ASSERT_EQUAL(made, 1);
    CU_ASSERT_EQUAL(destroyed, 1);
    CU_ASSERT_TRUE(locked > 0);
    CU_ASSERT_EQUAL(locked, unlocked);
}

/* pReserved is p11-kit's x-init-reserved, or nothing we may even look at. */
static void reserved(void)
{
    prepare();
    char sockets[] = "sockets=/nonexistent/a.sock:/nonexistent/b.sock";
    char empty[] = "", other[] = "configdir=/tmp", none[] = "sockets=";
    CK_ULONG count = 0;
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK, .pReserved = sockets};
    CKR(C_Initialize(&args), CKR_OK);
    CKR(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    CU_ASSERT_EQUAL(count, 2);
    CKR(C_Finalize(NULL), CKR_OK);
    args.pReserved = empty;
    CKR(C_Initialize(&args), CKR_OK);
    CKR(C_Finalize(NULL), CKR_OK);
    args.pReserved = other;
    CKR(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.pReserved = none;
    CKR(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.pReserved = (void *)1;
    CKR(C_Initialize(&args), CKR_ARGUMENTS_BAD);
    CK_INFO info;
    CKR(C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void configuration(void)
{
    struct module_config config;
    char many[MODULE_SLOTS_MAX * 4 + 8] = "", long_path[200];
    TEST_OK(module_config_parse(" /a \n\n# no\n/b\r\n", "\n", &config));
    CU_ASSERT_EQUAL(config.count, 2);
    CU_ASSERT_STRING_EQUAL(config.paths[0], "/a");
    CU_ASSERT_STRING_EQUAL(config.paths[1], "/b");
    TEST_ERR(module_config_parse("", ":", &config), ERR_MALFORMED);
    TEST_ERR(module_config_parse("::", ":", &config), ERR_MALFORMED);
    for (int i = 0; i <= MODULE_SLOTS_MAX; i++) {
        strcat(many, "/x:");
    }
    TEST_ERR(module_config_parse(many, ":", &config), ERR_RANGE);
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    TEST_ERR(module_config_parse(long_path, ":", &config), ERR_RANGE);
    TEST_OK(module_config_load("sockets=/c", &config));
    CU_ASSERT_STRING_EQUAL(config.paths[0], "/c");
}

/* The child has nothing of its parent's: neither sessions nor connection. */
static void fork_safety(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    login_user(session);
    pid_t child = fork();
    if (child == 0) {
        CK_SESSION_INFO info;
        bool right = C_GetSessionInfo(session, &info) == CKR_CRYPTOKI_NOT_INITIALIZED &&
                     C_Initialize(NULL) == CKR_OK &&
                     C_GetSessionInfo(session, &info) == CKR_SESSION_HANDLE_INVALID &&
                     C_Finalize(NULL) == CKR_OK;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CK_SESSION_INFO info;
    CKR(C_GetSessionInfo(session, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.state, CKS_RO_USER_FUNCTIONS);
    fixture_end();
}

static const struct test_case cases[] = {
    {"again_and_again", again_and_again},     {"handles_of_another_life", handles_of_another_life},
    {"locking_arguments", locking_arguments}, {"reserved", reserved},
    {"configuration", configuration},         {"fork_safety", fork_safety},
};
TEST_MAIN("token/module lifecycle", cases)
