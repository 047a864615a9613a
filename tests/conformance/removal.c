/* removal MODULE PIN_FILE ENGINE [ARGUMENTS ..]: starts the engine itself, kills
 * it in mid session, and starts it again. A real token pulled and plugged. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "support/test.h"

static CK_FUNCTION_LIST *p11;
static CK_BYTE pin[64];
static CK_ULONG pin_len;
static char **engine_argv;
static pid_t engine;

#define CKR(expression, expected) CU_ASSERT_EQUAL((expression), (CK_RV)(expected))

static void start_engine(void)
{
    engine = fork();
    if (engine == 0) {
        execv(engine_argv[0], engine_argv);
        _exit(127);
    }
}

static void kill_engine(int signal)
{
    kill(engine, signal);
    waitpid(engine, NULL, 0);
}

/* C_WaitForSlotEvent blocks until the engine listens, or has gone. */
static void wait_for_event(void)
{
    CK_SLOT_ID slot = 99;
    CKR(p11->C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
    CU_ASSERT_EQUAL(slot, 0);
}

static CK_SESSION_HANDLE login(void)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CKR(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    CKR(p11->C_Login(session, CKU_USER, pin, pin_len), CKR_OK);
    return session;
}

static void pulled_and_plugged(void)
{
    CK_SLOT_ID slot;
    CK_SLOT_INFO slot_info;
    CK_SESSION_INFO info;
    CK_BYTE random[8];
    CKR(p11->C_Initialize(NULL), CKR_OK);
    CKR(p11->C_GetSlotInfo(0, &slot_info), CKR_OK);
    CU_ASSERT_EQUAL(slot_info.flags & CKF_TOKEN_PRESENT, 0);
    start_engine();
    wait_for_event();
    for (int i = 0; i < 3; i++) {
        CK_SESSION_HANDLE session = login();
        CKR(p11->C_GenerateRandom(session, random, sizeof(random)), CKR_OK);
        kill_engine(SIGKILL);
        CKR(p11->C_GenerateRandom(session, random, sizeof(random)), CKR_DEVICE_REMOVED);
        CKR(p11->C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
        CKR(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_PRESENT);
        CKR(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
        CKR(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
        start_engine();
        wait_for_event();
    }
    CKR(p11->C_CloseSession(login()), CKR_OK);
    kill_engine(SIGTERM);
    CKR(p11->C_GetSlotInfo(0, &slot_info), CKR_OK);
    CU_ASSERT_EQUAL(slot_info.flags & CKF_TOKEN_PRESENT, 0);
    CKR(p11->C_Finalize(NULL), CKR_OK);
}

static const struct test_case cases[] = {
    {"pulled_and_plugged", pulled_and_plugged},
};

int main(int argc, char **argv)
{
    CK_C_GetFunctionList get_list = NULL;
    char line[64] = "";
    if (argc < 4) {
        fprintf(stderr, "usage: removal MODULE PIN_FILE ENGINE [ARGUMENTS ..]\n");
        return 1;
    }
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    FILE *file = fopen(argv[2], "r");
    memcpy(&get_list, &symbol, sizeof(get_list));
    if (symbol == NULL || get_list(&p11) != CKR_OK || file == NULL ||
        fgets(line, sizeof(line), file) == NULL) {
        fprintf(stderr, "removal: %s or %s cannot be used\n", argv[1], argv[2]);
        return 1;
    }
    fclose(file);
    pin_len = strcspn(line, "\r\n");
    memcpy(pin, line, pin_len);
    engine_argv = argv + 3;
    return test_main("removal", cases, 1);
}
