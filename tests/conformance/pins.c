/* PINs: wrong ones, changes, the officer's right to set the user's
 * (Cryptoki 2.40 5.5, 5.6). Each test leaves the PINs as they were. */
#include <string.h>

#include "conformance.h"

static void wrong_pin(void)
{
    CK_TOKEN_INFO info;
    CK_BYTE wrong[] = "wrong-pin";
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_Login(session, CKU_USER, NULL, 4), CKR_ARGUMENTS_BAD);
    CKR(P11->C_Login(session, 9, wrong, 9), CKR_USER_TYPE_INVALID);
    CKR(P11->C_Login(session, CKU_USER, wrong, 9), CKR_PIN_INCORRECT);
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_TRUE((info.flags & CKF_USER_PIN_COUNT_LOW) != 0);
    CKR(login(session, CKU_USER), CKR_OK);
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY), 0);
    teardown();
}

/* No operation waits for it. */
static void context_specific(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_CONTEXT_SPECIFIC), CKR_OPERATION_NOT_INITIALIZED);
    teardown();
}

static CK_RV set_pin(CK_SESSION_HANDLE session, CK_BYTE *old_pin, CK_ULONG old_len,
                     CK_BYTE *new_pin, CK_ULONG new_len)
{
    return P11->C_SetPIN(session, old_pin, old_len, new_pin, new_len);
}

static void change_pin(void)
{
    CK_BYTE other[] = "another-pin";
    CK_ULONG other_len = sizeof(other) - 1;
    setup();
    CK_SESSION_HANDLE read_only = open_session(0);
    CKR(set_pin(read_only, under_test.pin, under_test.pin_len, other, other_len),
        CKR_SESSION_READ_ONLY);
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(set_pin(session, under_test.pin, under_test.pin_len, other, 1), CKR_PIN_LEN_RANGE);
    CKR(set_pin(session, other, other_len, other, other_len), CKR_PIN_INCORRECT);
    CKR(set_pin(session, under_test.pin, under_test.pin_len, other, other_len), CKR_OK);
    CKR(login(session, CKU_USER), CKR_PIN_INCORRECT);
    CKR(P11->C_Login(session, CKU_USER, other, other_len), CKR_OK);
    CKR(set_pin(session, other, other_len, under_test.pin, under_test.pin_len), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_USER), CKR_OK);
    teardown();
}

static void officer_sets_pin(void)
{
    CK_BYTE other[] = "another-pin";
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(P11->C_InitPIN(session, other, sizeof(other) - 1), CKR_USER_NOT_LOGGED_IN);
    CKR(login(session, CKU_SO), CKR_OK);
    CKR(P11->C_InitPIN(session, other, 1), CKR_PIN_LEN_RANGE);
    CKR(P11->C_InitPIN(session, other, sizeof(other) - 1), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(P11->C_Login(session, CKU_USER, other, sizeof(other) - 1), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_SO), CKR_OK);
    CKR(P11->C_InitPIN(session, under_test.pin, under_test.pin_len), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_USER), CKR_OK);
    teardown();
}

/* C_SetPIN and C_InitPIN by who is logged in and in which kind of session: none
 * of these changes anything. */
static const struct {
    CK_FLAGS session;
    int user; /* -1: nobody */
    CK_RV init_pin, set_pin;
} pin_states[] = {
    {0, -1, CKR_USER_NOT_LOGGED_IN, CKR_SESSION_READ_ONLY},
    {0, CKU_USER, CKR_USER_NOT_LOGGED_IN, CKR_SESSION_READ_ONLY},
    {CKF_RW_SESSION, -1, CKR_USER_NOT_LOGGED_IN, CKR_PIN_INCORRECT},
    {CKF_RW_SESSION, CKU_USER, CKR_USER_NOT_LOGGED_IN, CKR_PIN_INCORRECT},
    {CKF_RW_SESSION, CKU_SO, CKR_PIN_LEN_RANGE, CKR_PIN_INCORRECT},
};

static void states(void)
{
    CK_BYTE wrong[] = "wrong-pin", other[] = "another-pin";
    for (size_t i = 0; i < sizeof(pin_states) / sizeof(pin_states[0]); i++) {
        setup();
        CK_SESSION_HANDLE session = open_session(pin_states[i].session);
        if (pin_states[i].user >= 0) {
            CKR(login(session, (CK_USER_TYPE)pin_states[i].user), CKR_OK);
        }
        CKR(P11->C_InitPIN(session, other, 1), pin_states[i].init_pin);
        CKR(set_pin(session, wrong, sizeof(wrong) - 1, other, sizeof(other) - 1),
            pin_states[i].set_pin);
        if (pin_states[i].user >= 0) {
            CKR(P11->C_Logout(session), CKR_OK);
        }
        /* A right PIN makes good for the wrong ones. */
        CKR(login(session, CKU_USER), CKR_OK);
        teardown();
    }
    setup();
    CKR(login(open_session(CKF_RW_SESSION), CKU_SO), CKR_OK);
    teardown();
}

static void lengths(void)
{
    static CK_BYTE long_pin[300];
    CK_TOKEN_INFO info;
    memset(long_pin, 'p', sizeof(long_pin));
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_TRUE_FATAL(info.ulMaxPinLen < sizeof(long_pin));
    CKR(set_pin(session, under_test.pin, under_test.pin_len, long_pin, info.ulMaxPinLen + 1),
        CKR_PIN_LEN_RANGE);
    CKR(set_pin(session, under_test.pin, under_test.pin_len, long_pin, info.ulMinPinLen - 1),
        CKR_PIN_LEN_RANGE);
    CKR_EITHER(P11->C_Login(session, CKU_USER, long_pin, info.ulMaxPinLen + 1), CKR_PIN_INCORRECT,
               CKR_PIN_LEN_RANGE);
    CKR(login(session, CKU_SO), CKR_OK);
    CKR(P11->C_InitPIN(session, long_pin, info.ulMaxPinLen + 1), CKR_PIN_LEN_RANGE);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_USER), CKR_OK);
    teardown();
}

static void officer_changes_pin(void)
{
    CK_BYTE other[] = "another-so-pin";
    CK_ULONG other_len = sizeof(other) - 1;
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(login(session, CKU_SO), CKR_OK);
    CKR(set_pin(session, under_test.so_pin, under_test.so_pin_len, other, other_len), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_SO), CKR_PIN_INCORRECT);
    CKR(P11->C_Login(session, CKU_SO, other, other_len), CKR_OK);
    CKR(set_pin(session, other, other_len, under_test.so_pin, under_test.so_pin_len), CKR_OK);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_SO), CKR_OK);
    teardown();
}

static void init_token_refused(void)
{
    CK_BYTE label[32], wrong[] = "wrong-pin";
    memset(label, ' ', sizeof(label));
    label[0] = 'x';
    setup();
    CKR_EITHER(P11->C_InitToken(under_test.slot, under_test.so_pin, under_test.so_pin_len, NULL),
               CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT);
    CKR(P11->C_InitToken(under_test.slot, wrong, sizeof(wrong) - 1, label), CKR_PIN_INCORRECT);
    open_session(0);
    CKR(P11->C_InitToken(under_test.slot, under_test.so_pin, under_test.so_pin_len, label),
        CKR_SESSION_EXISTS);
    /* Nothing was done: the officer still gets in. */
    CKR(P11->C_CloseAllSessions(under_test.slot), CKR_OK);
    CKR(login(open_session(CKF_RW_SESSION), CKU_SO), CKR_OK);
    teardown();
}

static const struct test_case cases[] = {
    {"wrong_pin", wrong_pin},
    {"context_specific", context_specific},
    {"change_pin", change_pin},
    {"officer_sets_pin", officer_sets_pin},
    {"init_token_refused", init_token_refused},
    {"pin_states", states},
    {"pin_lengths", lengths},
    {"officer_changes_pin", officer_changes_pin},
};
TEST_GROUP(pins_group, cases, NO_MECHANISM);
