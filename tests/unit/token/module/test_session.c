/* Sessions and logins: the rules of Cryptoki 2.40 5.6. */
#include <pthread.h>
#include <string.h>

#include "module/fixture.h"

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info = {.state = 99};
    CKR(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static void opening(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = 1;
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(C_OpenSession(0, 0, NULL, NULL, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    CKR(C_OpenSession(5, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_SLOT_ID_INVALID);
    CKR(C_CloseSession(0), CKR_SESSION_HANDLE_INVALID);
    session = open_session(0);
    CU_ASSERT_EQUAL(state_of(session), CKS_RO_PUBLIC_SESSION);
    CKR(C_GetSessionInfo(session, NULL), CKR_ARGUMENTS_BAD);
    CKR(C_CloseSession(session), CKR_OK);
    CKR(C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    CU_ASSERT_NOT_EQUAL(open_session(0), session);
    fixture_end();
}

static void login_is_shared(void)
{
    fixture_begin();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(CKF_RW_SESSION);
    login_user(first);
    CU_ASSERT_EQUAL(state_of(second), CKS_RW_USER_FUNCTIONS);
    CKR(login(second, CKU_USER, FAKE_USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
    CKR(login(second, CKU_SO, FAKE_SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    CU_ASSERT_EQUAL(state_of(open_session(0)), CKS_RO_USER_FUNCTIONS);
    CKR(C_Logout(second), CKR_OK);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_PUBLIC_SESSION);
    CKR(C_Logout(first), CKR_USER_NOT_LOGGED_IN);
    CU_ASSERT_EQUAL(fake.login, 0);
    fixture_end();
}

static void last_session_ends_login(void)
{
    fixture_begin();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    login_user(first);
    CKR(C_CloseSession(first), CKR_OK);
    CU_ASSERT_EQUAL(fake.login, TOKWIRE_USER);
    CKR(C_CloseSession(second), CKR_OK);
    CU_ASSERT_EQUAL(fake.login, 0);
    first = open_session(0);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_PUBLIC_SESSION);
    login_user(first);
    CKR(C_CloseAllSessions(0), CKR_OK);
    CU_ASSERT_EQUAL(fake.login, 0);
    CKR(C_CloseAllSessions(0), CKR_OK);
    CKR(C_CloseAllSessions(3), CKR_SLOT_ID_INVALID);
    fixture_end();
}

static void officer(void)
{
    fixture_begin();
    CK_SESSION_HANDLE read_only = open_session(0), session = open_session(CKF_RW_SESSION);
    CKR(login(session, CKU_SO, FAKE_SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
    CKR(C_CloseSession(read_only), CKR_OK);
    CKR(login(session, CKU_SO, FAKE_SO_PIN), CKR_OK);
    CU_ASSERT_EQUAL(state_of(session), CKS_RW_SO_FUNCTIONS);
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &read_only),
        CKR_SESSION_READ_WRITE_SO_EXISTS);
    /* The officer does not see the user's objects. */
    CU_ASSERT_EQUAL(find_one(session, CKO_SECRET_KEY, "root-1"), CK_INVALID_HANDLE);
    unsigned char pin[40] = "newpin";
    CKR(C_InitPIN(session, NULL, 6), CKR_ARGUMENTS_BAD);
    CKR(C_InitPIN(session, pin, 33), CKR_PIN_LEN_RANGE);
    CKR(C_InitPIN(session, pin, 6), CKR_OK);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_SET_USER_PIN], 1);
    fixture_end();
}

static void wrong_logins(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    unsigned char pin[40] = "wrong!";
    CKR(C_Login(session, CKU_USER, NULL, 6), CKR_ARGUMENTS_BAD);
    CKR(C_Login(session, 7, pin, 6), CKR_USER_TYPE_INVALID);
    CKR(C_Login(session, CKU_CONTEXT_SPECIFIC, pin, 6), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_Login(session, CKU_USER, pin, 6), CKR_PIN_INCORRECT);
    /* What cannot be a PIN costs no try. */
    CKR(C_Login(session, CKU_USER, pin, 0), CKR_PIN_INCORRECT);
    CKR(C_Login(session, CKU_USER, pin, sizeof(pin)), CKR_PIN_INCORRECT);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_VERIFY_PIN], 1);
    fake.refuse_ins = TOKWIRE_VERIFY_PIN;
    fake.refuse_sw = TOKWIRE_SW_PIN_LOCKED;
    CKR(C_Login(session, CKU_USER, pin, 6), CKR_PIN_LOCKED);
    CK_SESSION_INFO info;
    CKR(C_GetSessionInfo(session, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.ulDeviceError, TOKWIRE_SW_PIN_LOCKED);
    fixture_end();
}

static void pin_changes(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    unsigned char pin[40] = "123456";
    CKR(C_SetPIN(session, pin, 6, NULL, 6), CKR_ARGUMENTS_BAD);
    CKR(C_SetPIN(session, pin, 6, pin, 6), CKR_SESSION_READ_ONLY);
    CKR(C_InitPIN(session, pin, 6), CKR_USER_NOT_LOGGED_IN);
    session = open_session(CKF_RW_SESSION);
    CKR(C_SetPIN(session, pin, 6, pin, 40), CKR_PIN_LEN_RANGE);
    CKR(C_SetPIN(session, pin, 6, pin, 6), CKR_OK);
    fake.refuse_ins = TOKWIRE_CHANGE_PIN;
    fake.refuse_sw = TOKWIRE_SW_PIN_LENGTH;
    CKR(C_SetPIN(session, pin, 6, pin, 3), CKR_PIN_LEN_RANGE);
    /* The officer took the user's PIN away while nobody was looking. */
    fake.refuse_sw = TOKWIRE_SW_NOT_FOUND;
    CKR(C_SetPIN(session, pin, 6, pin, 6), CKR_USER_PIN_NOT_INITIALIZED);
    fake.refuse_ins = TOKWIRE_VERIFY_PIN;
    CKR(C_Login(session, CKU_USER, pin, 6), CKR_USER_PIN_NOT_INITIALIZED);
    fixture_end();
}

/* A session's objects go with it, at the engine too; all private ones go with
 * the login. */
static void objects_end_with_session(void)
{
    fixture_begin();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;
    login_user(first);
    CKR(generate_pair(first, NULL, 0, &public_key, &private_key), CKR_OK);
    CU_ASSERT_EQUAL(bool_attribute(second, private_key, CKA_DERIVE), 1);
    CKR(C_CloseSession(first), CKR_OK);
    CU_ASSERT_EQUAL(fake.destroyed, fake.last_handle);
    CU_ASSERT_EQUAL(bool_attribute(second, private_key, CKA_DERIVE), 2);
    CU_ASSERT_EQUAL(bool_attribute(second, public_key, CKA_DERIVE), 2);
    CKR(generate_pair(second, NULL, 0, &public_key, &private_key), CKR_OK);
    CKR(C_Logout(second), CKR_OK);
    login_user(second);
    CU_ASSERT_EQUAL(bool_attribute(second, private_key, CKA_DERIVE), 2);
    CU_ASSERT_EQUAL(bool_attribute(second, public_key, CKA_DERIVE), 0);
    fixture_end();
}

enum { THREADS = 4, ROUNDS = 50 };

static void *work(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session = 0;
        unsigned char out[8];
        CK_ULONG len = sizeof(out);
        if (C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK ||
            C_GenerateRandom(session, out, len) != CKR_OK || C_CloseSession(session) != CKR_OK) {
            return context;
        }
    }
    return NULL;
}

static void threads(void)
{
    pthread_t thread[THREADS];
    int failed = 1;
    fixture_begin();
    for (int i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, work, &failed), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        pthread_join(thread[i], &result);
        CU_ASSERT_PTR_NULL(result);
    }
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_GET_RANDOM], THREADS * ROUNDS);
    CU_ASSERT_EQUAL(fake.connections, 1);
    fixture_end();
}

static const struct test_case cases[] = {
    {"opening", opening},
    {"login_is_shared", login_is_shared},
    {"last_session_ends_login", last_session_ends_login},
    {"officer", officer},
    {"wrong_logins", wrong_logins},
    {"pin_changes", pin_changes},
    {"objects_end_with_session", objects_end_with_session},
    {"threads", threads},
};
TEST_MAIN("token/module session", cases)
