/* C_InitToken done in earnest, and the way back to a token one can use (Cryptoki
 * 2.40 5.5). The last group: the keys are gone afterwards. */
#include <string.h>

#include "conformance.h"

static CK_FLAGS token_flags(void)
{
    CK_TOKEN_INFO info = {.flags = 0};
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    return info.flags;
}

static void renew(void)
{
    CK_BYTE label[32];
    memset(label, ' ', sizeof(label));
    memcpy(label, under_test.token_label, strlen(under_test.token_label));
    setup();
    CKR(P11->C_InitToken(under_test.slot, under_test.so_pin, under_test.so_pin_len, label), CKR_OK);
    CU_ASSERT_TRUE((token_flags() & CKF_TOKEN_INITIALIZED) != 0);
    CU_ASSERT_EQUAL(token_flags() & CKF_USER_PIN_INITIALIZED, 0);
    teardown();
}

/* The user has no PIN until the officer sets one. */
static void first_pin(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CKR(login(session, CKU_USER), CKR_USER_PIN_NOT_INITIALIZED);
    CKR_EITHER(P11->C_SetPIN(session, under_test.pin, under_test.pin_len, under_test.pin,
                             under_test.pin_len),
               CKR_USER_PIN_NOT_INITIALIZED, CKR_PIN_INCORRECT);
    CKR(login(session, CKU_SO), CKR_OK);
    CKR(P11->C_InitPIN(session, under_test.pin, under_test.pin_len), CKR_OK);
    CU_ASSERT_TRUE((token_flags() & CKF_USER_PIN_INITIALIZED) != 0);
    CKR(P11->C_Logout(session), CKR_OK);
    CKR(login(session, CKU_USER), CKR_OK);
    teardown();
}

/* What was on the token is no more, for the user either. */
static void empty(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CU_ASSERT_EQUAL(find_key(session, CKO_PUBLIC_KEY), CK_INVALID_HANDLE);
    CKR(login(session, CKU_USER), CKR_OK);
    CU_ASSERT_EQUAL(find_first(session, NULL, 0), CK_INVALID_HANDLE);
    teardown();
}

static const struct test_case cases[] = {
    {"renew", renew},
    {"renewed_first_pin", first_pin},
    {"renewed_is_empty", empty},
};
TEST_GROUP(renewal_group, cases, NO_MECHANISM);
