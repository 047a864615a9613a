/* Sessions, their states and the login they share (Cryptoki 2.40 5.6). */
#include "conformance.h"

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info = {.state = 99};
    CKR(P11->C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static void opening(void)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    setup();
    CKR(P11->C_OpenSession(under_test.slot, CKF_RW_SESSION, NULL, NULL, &session),
        CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    CKR(P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION, NULL, NULL, NULL),
        CKR_ARGUMENTS_BAD);
    session = open_session(0);
    CU_ASSERT_NOT_EQUAL(session, CK_INVALID_HANDLE);
    CU_ASSERT_NOT_EQUAL(open_session(0), session);
    teardown();
}

static void session_info(void)
{
    CK_SESSION_INFO info;
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(P11->C_GetSessionInfo(session, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetSessionInfo(session, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.slotID, under_test.slot);
    CU_ASSERT_EQUAL(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    CU_ASSERT_EQUAL(info.state, CKS_RW_PUBLIC_SESSION);
    teardown();
}

static void finalize_closes(void)
{
    CK_SESSION_INFO info;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    teardown();
    setup();
    CKR(P11->C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    CU_ASSERT_EQUAL(state_of(open_session(0)), CKS_RO_PUBLIC_SESSION);
    teardown();
}

static void shared_login(void)
{
    setup();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(CKF_RW_SESSION);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_PUBLIC_SESSION);
    CKR(login(first, CKU_USER), CKR_OK);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_USER_FUNCTIONS);
    CU_ASSERT_EQUAL(state_of(second), CKS_RW_USER_FUNCTIONS);
    CU_ASSERT_EQUAL(state_of(open_session(0)), CKS_RO_USER_FUNCTIONS);
    CKR(login(second, CKU_USER), CKR_USER_ALREADY_LOGGED_IN);
    CKR_EITHER(login(second, CKU_SO), CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
               CKR_SESSION_READ_ONLY_EXISTS);
    CKR(P11->C_Logout(second), CKR_OK);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_PUBLIC_SESSION);
    teardown();
}

static void logout_without_login(void)
{
    setup();
    CKR(P11->C_Logout(open_session(0)), CKR_USER_NOT_LOGGED_IN);
    teardown();
}

static void last_session(void)
{
    setup();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CKR(login(first, CKU_USER), CKR_OK);
    CKR(P11->C_CloseSession(first), CKR_OK);
    CU_ASSERT_EQUAL(state_of(second), CKS_RO_USER_FUNCTIONS);
    CKR(P11->C_CloseSession(second), CKR_OK);
    first = open_session(0);
    CU_ASSERT_EQUAL(state_of(first), CKS_RO_PUBLIC_SESSION);
    CKR(login(first, CKU_USER), CKR_OK);
    CKR(P11->C_CloseAllSessions(under_test.slot), CKR_OK);
    CU_ASSERT_EQUAL(state_of(open_session(0)), CKS_RO_PUBLIC_SESSION);
    teardown();
}

static void officer(void)
{
    CK_SESSION_HANDLE other = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE read_only = open_session(0), session = open_session(CKF_RW_SESSION);
    CKR(login(session, CKU_SO), CKR_SESSION_READ_ONLY_EXISTS);
    CKR(P11->C_CloseSession(read_only), CKR_OK);
    CKR(login(session, CKU_SO), CKR_OK);
    CU_ASSERT_EQUAL(state_of(session), CKS_RW_SO_FUNCTIONS);
    CKR(P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION, NULL, NULL, &other),
        CKR_SESSION_READ_WRITE_SO_EXISTS);
    CKR(login(session, CKU_SO), CKR_USER_ALREADY_LOGGED_IN);
    CKR(login(session, CKU_USER), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    /* Private objects are the user's. */
    CU_ASSERT_EQUAL(find_key(session, CKO_PRIVATE_KEY), CK_INVALID_HANDLE);
    CKR(P11->C_Logout(session), CKR_OK);
    CU_ASSERT_EQUAL(state_of(session), CKS_RW_PUBLIC_SESSION);
    teardown();
}

static const struct test_case cases[] = {
    {"opening", opening},
    {"session_info", session_info},
    {"shared_login", shared_login},
    {"last_session", last_session},
    {"officer", officer},
    {"logout_without_login", logout_without_login},
    {"finalize_closes", finalize_closes},
};
TEST_GROUP(sessions_group, cases, NO_MECHANISM);
