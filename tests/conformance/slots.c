/* Slots, tokens and mechanisms (Cryptoki 2.40 5.5). */
#include <string.h>

#include "conformance.h"

enum { LIST_MAX = 512 };

static void slot_list(void)
{
    CK_SLOT_ID slots[LIST_MAX];
    CK_ULONG count = 0, room = 0;
    setup();
    CKR(P11->C_GetSlotList(CK_FALSE, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    CU_ASSERT_TRUE(count >= 1 && count <= LIST_MAX);
    CKR(P11->C_GetSlotList(CK_FALSE, slots, &room), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(room, count);
    CKR(P11->C_GetSlotList(CK_FALSE, slots, &room), CKR_OK);
    CU_ASSERT_EQUAL(room, count);
    teardown();
}

static CK_SLOT_ID no_slot(void)
{
    CK_SLOT_ID slots[LIST_MAX], candidate = 0;
    CK_ULONG count = LIST_MAX;
    CKR(P11->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        candidate = slots[i] >= candidate ? slots[i] + 1 : candidate;
    }
    return candidate;
}

static void invalid_slot(void)
{
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_MECHANISM_INFO mechanism_info;
    CK_SESSION_HANDLE session;
    CK_ULONG count = 0;
    CK_BYTE label[32];
    memset(label, ' ', sizeof(label));
    setup();
    CK_SLOT_ID slot = no_slot();
    CKR(P11->C_GetSlotInfo(slot, &slot_info), CKR_SLOT_ID_INVALID);
    CKR(P11->C_GetTokenInfo(slot, &token_info), CKR_SLOT_ID_INVALID);
    CKR(P11->C_GetMechanismList(slot, NULL, &count), CKR_SLOT_ID_INVALID);
    CKR(P11->C_GetMechanismInfo(slot, CKM_SHA256, &mechanism_info), CKR_SLOT_ID_INVALID);
    CKR(P11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_SLOT_ID_INVALID);
    CKR(P11->C_CloseAllSessions(slot), CKR_SLOT_ID_INVALID);
    CKR(P11->C_InitToken(slot, under_test.so_pin, under_test.so_pin_len, label),
        CKR_SLOT_ID_INVALID);
    teardown();
}

static void slot_info(void)
{
    CK_SLOT_INFO info;
    setup();
    CKR(P11->C_GetSlotInfo(under_test.slot, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetSlotInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_TRUE((info.flags & CKF_TOKEN_PRESENT) != 0);
    CU_ASSERT_TRUE(is_padded(info.slotDescription, sizeof(info.slotDescription)));
    CU_ASSERT_TRUE(is_padded(info.manufacturerID, sizeof(info.manufacturerID)));
    teardown();
}

static void token_info(void)
{
    CK_TOKEN_INFO info;
    setup();
    CKR(P11->C_GetTokenInfo(under_test.slot, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_TRUE(is_padded(info.label, sizeof(info.label)));
    CU_ASSERT_TRUE(is_padded(info.manufacturerID, sizeof(info.manufacturerID)));
    CU_ASSERT_TRUE(is_padded(info.model, sizeof(info.model)));
    CU_ASSERT_TRUE(is_padded(info.serialNumber, sizeof(info.serialNumber)));
    const CK_FLAGS wanted =
        CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED;
    CU_ASSERT_EQUAL(info.flags & wanted, wanted);
    CU_ASSERT_EQUAL(info.flags & (CKF_USER_PIN_LOCKED | CKF_SO_PIN_LOCKED), 0);
    CU_ASSERT_TRUE(info.ulMinPinLen <= under_test.pin_len);
    CU_ASSERT_TRUE(info.ulMaxPinLen >= under_test.pin_len);
    teardown();
}

/* The counts are of this application. */
static void session_counts(void)
{
    CK_TOKEN_INFO info;
    setup();
    open_session(0);
    open_session(CKF_RW_SESSION);
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    CU_ASSERT_TRUE(info.ulSessionCount == 2 || info.ulSessionCount == CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_TRUE(info.ulRwSessionCount == 1 ||
                   info.ulRwSessionCount == CK_UNAVAILABLE_INFORMATION);
    teardown();
}

static void mechanisms(void)
{
    static CK_MECHANISM_TYPE list[LIST_MAX];
    CK_MECHANISM_INFO info;
    CK_ULONG count = 0, room = 0;
    setup();
    CKR(P11->C_GetMechanismList(under_test.slot, NULL, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetMechanismList(under_test.slot, NULL, &count), CKR_OK);
    CKR(P11->C_GetMechanismList(under_test.slot, list, &room), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(room, count);
    CKR(P11->C_GetMechanismList(under_test.slot, list, &room), CKR_OK);
    for (CK_ULONG i = 0; i < room; i++) {
        CKR(P11->C_GetMechanismInfo(under_test.slot, list[i], &info), CKR_OK);
        CU_ASSERT_TRUE(info.ulMinKeySize <= info.ulMaxKeySize);
    }
    CKR(P11->C_GetMechanismInfo(under_test.slot, list[0], NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetMechanismInfo(under_test.slot, CKM_SKIPJACK_KEY_GEN, &info),
        CKR_MECHANISM_INVALID);
    teardown();
}

static void room_to_spare(void)
{
    CK_SLOT_ID slots[LIST_MAX];
    CK_MECHANISM_TYPE mechanisms[LIST_MAX];
    CK_ULONG slot_count = 0, mechanism_count = 0, room = LIST_MAX;
    setup();
    CKR(P11->C_GetSlotList(CK_TRUE, NULL, &slot_count), CKR_OK);
    CKR(P11->C_GetSlotList(CK_TRUE, slots, &room), CKR_OK);
    CU_ASSERT_EQUAL(room, slot_count);
    room = LIST_MAX;
    CKR(P11->C_GetMechanismList(under_test.slot, NULL, &mechanism_count), CKR_OK);
    CKR(P11->C_GetMechanismList(under_test.slot, mechanisms, &room), CKR_OK);
    CU_ASSERT_EQUAL(room, mechanism_count);
    room = mechanism_count - 1;
    CKR(P11->C_GetMechanismList(under_test.slot, mechanisms, &room), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(room, mechanism_count);
    teardown();
}

/* No more sessions than C_GetTokenInfo promises; all of them go at once. */
static void many_sessions(void)
{
    enum { SESSIONS = 2000 };
    CK_TOKEN_INFO info;
    CK_ULONG open = 0;
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_RV rv = CKR_OK;
    setup();
    CKR(P11->C_GetTokenInfo(under_test.slot, &info), CKR_OK);
    bool no_limit = info.ulMaxSessionCount == CK_EFFECTIVELY_INFINITE ||
                    info.ulMaxSessionCount == CK_UNAVAILABLE_INFORMATION;
    while (open < SESSIONS && rv == CKR_OK) {
        rv = P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
        open += rv == CKR_OK ? 1 : 0;
    }
    if (no_limit || info.ulMaxSessionCount > SESSIONS) {
        CKR(rv, CKR_OK);
    } else {
        CKR(rv, CKR_SESSION_COUNT);
        CU_ASSERT_EQUAL(open, info.ulMaxSessionCount);
    }
    CKR(P11->C_CloseAllSessions(under_test.slot), CKR_OK);
    open_session(0);
    teardown();
}

static void event_arguments(void)
{
    CK_SLOT_ID slot;
    setup();
    CKR_EITHER(P11->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL), CKR_ARGUMENTS_BAD,
               CKR_FUNCTION_NOT_SUPPORTED);
    CKR_EITHER(P11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &slot), CKR_ARGUMENTS_BAD,
               CKR_FUNCTION_NOT_SUPPORTED);
    teardown();
}

static void no_event(void)
{
    CK_SLOT_ID slot;
    setup();
    CKR_EITHER(P11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT,
               CKR_FUNCTION_NOT_SUPPORTED);
    teardown();
}

static const struct test_case cases[] = {
    {"slot_list", slot_list},           {"invalid_slot", invalid_slot},
    {"slot_info", slot_info},           {"token_info", token_info},
    {"mechanisms", mechanisms},         {"no_event", no_event},
    {"session_counts", session_counts}, {"room_to_spare", room_to_spare},
    {"many_sessions", many_sessions},   {"event_arguments", event_arguments},
};
TEST_GROUP(slots_group, cases, NO_MECHANISM);
