/* Slots and tokens: what they say of themselves, and that an engine that comes
 * and goes is a token pulled and plugged. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "module/fixture.h"
#include "module/session.h"

static void no_engine(void)
{
    fixture_begin();
    fake.running = false;
    CK_ULONG count = 9;
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    CKR(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    CU_ASSERT_EQUAL(count, 0);
    CKR(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    CU_ASSERT_EQUAL(count, 1);
    CKR(C_GetSlotInfo(0, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.flags & CKF_TOKEN_PRESENT, 0);
    CKR(C_GetSlotInfo(1, &info), CKR_SLOT_ID_INVALID);
    CKR(C_GetTokenInfo(0, &token), CKR_TOKEN_NOT_PRESENT);
    CKR(C_GetMechanismList(0, NULL, &count), CKR_TOKEN_NOT_PRESENT);
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_PRESENT);
    fixture_end();
}

static void slot_list_convention(void)
{
    fixture_begin();
    CK_SLOT_ID slots[2] = {77, 77};
    CK_ULONG count = 0;
    CKR(C_GetSlotList(CK_TRUE, slots, &count), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(count, 1);
    count = 2;
    CKR(C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(slots[0], 0);
    CU_ASSERT_EQUAL(slots[1], 77);
    CKR(C_GetSlotList(CK_TRUE, slots, NULL), CKR_ARGUMENTS_BAD);
    fixture_end();
}

static void token_info(void)
{
    fixture_begin();
    CK_TOKEN_INFO token;
    CKR(C_GetTokenInfo(0, &token), CKR_OK);
    CU_ASSERT_NSTRING_EQUAL(token.label, "Fake token                      ", 32);
    CU_ASSERT_NSTRING_EQUAL(token.model, "USBKey line     ", 16);
    CU_ASSERT_NSTRING_EQUAL(token.serialNumber, "FEDCBA9876543210", 16);
    CU_ASSERT_EQUAL(token.flags, CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED |
                                     CKF_TOKEN_INITIALIZED);
    CU_ASSERT_EQUAL(token.ulMaxSessionCount, MODULE_SESSIONS_MAX);
    CU_ASSERT_EQUAL(token.ulMaxRwSessionCount, MODULE_SESSIONS_MAX);
    CU_ASSERT_EQUAL(token.firmwareVersion.major, 3);
    CU_ASSERT_EQUAL(token.firmwareVersion.minor, 14);
    fake.more_flags = TOKWIRE_FLAG_DEVELOPMENT | TOKWIRE_FLAG_SO_LOCKED;
    fake.user_tries = 1;
    CKR(C_GetTokenInfo(0, &token), CKR_OK);
    CU_ASSERT_NSTRING_EQUAL(token.model, "USBKey line dev ", 16);
    CU_ASSERT_TRUE((token.flags & CKF_USER_PIN_COUNT_LOW) != 0);
    CU_ASSERT_TRUE((token.flags & CKF_USER_PIN_FINAL_TRY) != 0);
    CU_ASSERT_TRUE((token.flags & CKF_SO_PIN_LOCKED) != 0);
    CU_ASSERT_TRUE((token.flags & CKF_USER_PIN_LOCKED) == 0);
    fake.more_flags = TOKWIRE_FLAG_USER_LOCKED;
    fake.user_tries = 0;
    CKR(C_GetTokenInfo(0, &token), CKR_OK);
    CU_ASSERT_TRUE((token.flags & CKF_USER_PIN_LOCKED) != 0);
    CU_ASSERT_TRUE((token.flags & CKF_USER_PIN_FINAL_TRY) == 0);
    CU_ASSERT_TRUE((token.flags & CKF_ERROR_STATE) == 0);
    fake.more_flags = TOKWIRE_FLAG_TAMPERED;
    CKR(C_GetTokenInfo(0, &token), CKR_OK);
    CU_ASSERT_TRUE((token.flags & CKF_ERROR_STATE) != 0);
    fixture_end();
}

static void blank_token(void)
{
    fixture_begin();
    fake.blank = true;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    unsigned char pin[] = FAKE_SO_PIN, label[32], blanks[32];
    memset(label, ' ', sizeof(label));
    memset(blanks, ' ', sizeof(blanks));
    memcpy(label, "New one", 7);
    CKR(C_GetTokenInfo(0, &token), CKR_OK);
    CU_ASSERT_EQUAL(token.flags, CKF_RNG | CKF_LOGIN_REQUIRED);
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_RECOGNIZED);
    CKR(C_InitToken(0, pin, 0, label), CKR_PIN_LEN_RANGE);
    CKR(C_InitToken(0, pin, 8, blanks), CKR_ARGUMENTS_BAD);
    CKR(C_InitToken(0, pin, 8, label), CKR_OK);
    CU_ASSERT_STRING_EQUAL(fake.label, "New one");
    session = open_session(0);
    CKR(login(session, CKU_USER, FAKE_USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
    CKR(C_InitToken(0, pin, 8, label), CKR_SESSION_EXISTS);
    CKR(C_CloseSession(session), CKR_OK);
    /* Another process is logged in: its session counts as well. */
    fake.refuse_ins = TOKWIRE_INITIALISE;
    fake.refuse_sw = TOKWIRE_SW_STATE;
    CKR(C_InitToken(0, pin, 8, label), CKR_SESSION_EXISTS);
    /* A label that is no text. */
    fake.refuse_sw = TOKWIRE_SW_DATA;
    CKR(C_InitToken(0, pin, 8, label), CKR_ARGUMENTS_BAD);
    fixture_end();
}

static void events(void)
{
    fixture_begin();
    CK_SLOT_ID slot = 9;
    CKR(C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    fake_stop();
    CKR(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    CU_ASSERT_EQUAL(slot, 0);
    CKR(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    fake.running = true;
    CKR(C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
    CKR(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    fixture_end();
}

static void *wait_for_event(void *result)
{
    CK_SLOT_ID slot;
    *(CK_RV *)result = C_WaitForSlotEvent(0, &slot, NULL);
    return NULL;
}

/* C_Finalize ends a blocked wait (Cryptoki 2.40 5.5). */
static void finalize_ends_wait(void)
{
    pthread_t thread;
    CK_RV rv = CKR_OK;
    fixture_begin();
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, wait_for_event, &rv), 0);
    usleep(50000);
    fixture_end();
    pthread_join(thread, NULL);
    CKR(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Pulled in mid session: CKR_DEVICE_REMOVED once, then the sessions are gone;
 * plugged again, a new session works without C_Finalize. */
static void pulled_and_plugged(void)
{
    fixture_begin();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CK_SESSION_INFO info;
    unsigned char out[4];
    login_user(first);
    fake_stop();
    CKR(C_GenerateRandom(first, out, sizeof(out)), CKR_DEVICE_REMOVED);
    CKR(C_GetSessionInfo(first, &info), CKR_SESSION_HANDLE_INVALID);
    CKR(C_GetSessionInfo(second, &info), CKR_SESSION_HANDLE_INVALID);
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &first), CKR_TOKEN_NOT_PRESENT);
    fake.running = true;
    first = open_session(0);
    CKR(C_GetSessionInfo(first, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.state, CKS_RO_PUBLIC_SESSION);
    login_user(first);
    CKR(C_GenerateRandom(first, out, sizeof(out)), CKR_OK);
    CU_ASSERT_EQUAL(fake.connections, 2);
    fixture_end();
}

/* Invariant 7: nonsense from the engine ends the connection, nothing else. */
static void nonsense(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_SESSION_INFO info;
    unsigned char out[4];
    fake.talks_nonsense = true;
    CKR(C_GenerateRandom(session, out, sizeof(out)), CKR_DEVICE_ERROR);
    CKR(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_TOKEN_NOT_PRESENT);
    fake.talks_nonsense = false;
    session = open_session(0);
    CKR(C_GenerateRandom(session, out, sizeof(out)), CKR_OK);
    fixture_end();
}

static void mechanisms(void)
{
    fixture_begin();
    CK_MECHANISM_TYPE list[16];
    CK_MECHANISM_INFO info;
    CK_ULONG line_count = 0, count = 1;
    CKR(C_GetMechanismList(0, NULL, &line_count), CKR_OK);
    CKR(C_GetMechanismList(0, list, &count), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(count, line_count);
    count = 16;
    CKR(C_GetMechanismList(0, list, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        CKR(C_GetMechanismInfo(0, list[i], &info), CKR_OK);
    }
    CKR(C_GetMechanismInfo(0, CKM_SGP22_ECKA, &info), CKR_OK);
    CKR(C_GetMechanismInfo(0, CKM_AES_CMAC, &info), CKR_MECHANISM_INVALID);
    fixture_end();
    /* A dp token has neither one-time keys nor ECKA (design.md 4). */
    fixture_begin();
    fake.role = TOKWIRE_ROLE_DP;
    CKR(C_GetMechanismInfo(0, CKM_SGP22_ECKA, &info), CKR_MECHANISM_INVALID);
    CKR(C_GetMechanismInfo(0, CKM_EC_KEY_PAIR_GEN, &info), CKR_MECHANISM_INVALID);
    CKR(C_GetMechanismInfo(0, CKM_SGP22_BSP, &info), CKR_OK);
    fixture_end();
}

static const struct test_case cases[] = {
    {"no_engine", no_engine},
    {"slot_list_convention", slot_list_convention},
    {"token_info", token_info},
    {"blank_token", blank_token},
    {"events", events},
    {"finalize_ends_wait", finalize_ends_wait},
    {"pulled_and_plugged", pulled_and_plugged},
    {"nonsense", nonsense},
    {"mechanisms", mechanisms},
};
TEST_MAIN("token/module slot", cases)
