/* Objects: their life, who sees them, and searches (Cryptoki 2.40 5.7). */
#include <string.h>

#include "conformance.h"

static CK_OBJECT_HANDLE find_data(CK_SESSION_HANDLE session, const char *label)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    char name[64];
    strncpy(name, label, sizeof(name) - 1);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_LABEL, name, strlen(label)}};
    return find_first(session, template, 2);
}

static void life_of_data(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG size = 0;
    setup();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CKR(create_data(first, "one", CK_FALSE, CK_FALSE, &object), CKR_OK);
    /* All sessions of the application see it ... */
    CU_ASSERT_EQUAL(find_data(second, "one"), object);
    CKR(P11->C_GetObjectSize(second, object, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetObjectSize(second, object, &size), CKR_OK);
    /* ... and it goes with the session that made it. */
    CKR(P11->C_CloseSession(first), CKR_OK);
    CU_ASSERT_EQUAL(find_data(second, "one"), CK_INVALID_HANDLE);
    CKR(P11->C_GetObjectSize(second, object, &size), CKR_OBJECT_HANDLE_INVALID);
    teardown();
}

static void destroy(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_DestroyObject(session, CK_INVALID_HANDLE), CKR_OBJECT_HANDLE_INVALID);
    CKR(create_data(session, "gone", CK_FALSE, CK_FALSE, &object), CKR_OK);
    CKR(P11->C_DestroyObject(session, object), CKR_OK);
    CKR(P11->C_DestroyObject(session, object), CKR_OBJECT_HANDLE_INVALID);
    CU_ASSERT_EQUAL(find_data(session, "gone"), CK_INVALID_HANDLE);
    teardown();
}

static void private_data(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG size = 0;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(create_data(session, "mine", CK_FALSE, CK_TRUE, &object), CKR_USER_NOT_LOGGED_IN);
    CKR(login(session, CKU_USER), CKR_OK);
    CKR(create_data(session, "mine", CK_FALSE, CK_TRUE, &object), CKR_OK);
    CU_ASSERT_EQUAL(find_data(session, "mine"), object);
    /* Private session objects end with the login. */
    CKR(P11->C_Logout(session), CKR_OK);
    CU_ASSERT_EQUAL(find_data(session, "mine"), CK_INVALID_HANDLE);
    CKR(P11->C_GetObjectSize(session, object, &size), CKR_OBJECT_HANDLE_INVALID);
    CKR(login(session, CKU_USER), CKR_OK);
    CU_ASSERT_EQUAL(find_data(session, "mine"), CK_INVALID_HANDLE);
    teardown();
}

static void private_key_visibility(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CU_ASSERT_EQUAL(find_key(session, CKO_PRIVATE_KEY), CK_INVALID_HANDLE);
    CU_ASSERT_NOT_EQUAL(find_key(session, CKO_PUBLIC_KEY), CK_INVALID_HANDLE);
    CKR(login(session, CKU_USER), CKR_OK);
    CU_ASSERT_NOT_EQUAL(find_key(session, CKO_PRIVATE_KEY), CK_INVALID_HANDLE);
    teardown();
}

static void read_only_session(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    CKR(create_data(session, "token", CK_TRUE, CK_FALSE, &object), CKR_SESSION_READ_ONLY);
    CKR(P11->C_DestroyObject(session, find_key(session, CKO_PUBLIC_KEY)), CKR_SESSION_READ_ONLY);
    teardown();
}

static void copy(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE, other = CK_INVALID_HANDLE;
    char label[] = "copy", value[8];
    CK_ATTRIBUTE changed = {CKA_LABEL, label, 4}, got = {CKA_VALUE, value, sizeof(value)};
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(create_data(session, "original", CK_FALSE, CK_FALSE, &object), CKR_OK);
    CKR(P11->C_CopyObject(session, CK_INVALID_HANDLE, &changed, 1, &other),
        CKR_OBJECT_HANDLE_INVALID);
    CKR(P11->C_CopyObject(session, object, &changed, 1, &other), CKR_OK);
    CU_ASSERT_NOT_EQUAL(object, other);
    CU_ASSERT_EQUAL(find_data(session, "copy"), other);
    CKR(P11->C_GetAttributeValue(session, other, &got, 1), CKR_OK);
    CU_ASSERT_EQUAL(got.ulValueLen, 5);
    CU_ASSERT_NSTRING_EQUAL(value, "value", 5);
    teardown();
}

static void templates(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE no_class = {CKA_TOKEN, &no, sizeof(no)};
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_CreateObject(session, NULL, 1, &object), CKR_ARGUMENTS_BAD);
    CKR(P11->C_CreateObject(session, &no_class, 1, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_CreateObject(session, &no_class, 1, &object), CKR_TEMPLATE_INCOMPLETE);
    teardown();
}

static void search_states(void)
{
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_FindObjects(session, found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    CKR(P11->C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(P11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    CKR(P11->C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    CKR(P11->C_FindObjects(session, NULL, 1, &count), CKR_ARGUMENTS_BAD);
    CKR(P11->C_FindObjects(session, found, 1, NULL), CKR_ARGUMENTS_BAD);
    CKR(P11->C_FindObjectsFinal(session), CKR_OK);
    CKR(P11->C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    teardown();
}

/* One by one or all at once, each is found once; then none is left. */
static void search_in_pieces(void)
{
    enum { OBJECTS = 5 };
    CK_OBJECT_HANDLE made[OBJECTS], found[OBJECTS + 1];
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    CK_ULONG count = 0, total = 0;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    for (int i = 0; i < OBJECTS; i++) {
        CKR(create_data(session, "many", CK_FALSE, CK_FALSE, &made[i]), CKR_OK);
    }
    CKR(P11->C_FindObjectsInit(session, &template, 1), CKR_OK);
    do {
        CKR(P11->C_FindObjects(session, found, 2, &count), CKR_OK);
        total += count;
    } while (count > 0 && total <= OBJECTS);
    CU_ASSERT_EQUAL(total, OBJECTS);
    CKR(P11->C_FindObjectsFinal(session), CKR_OK);
    CKR(P11->C_FindObjectsInit(session, &template, 1), CKR_OK);
    CKR(P11->C_FindObjects(session, found, OBJECTS + 1, &count), CKR_OK);
    CU_ASSERT_EQUAL(count, OBJECTS);
    CKR(P11->C_FindObjectsFinal(session), CKR_OK);
    teardown();
}

static const struct test_case cases[] = {
    {"life_of_data", life_of_data},
    {"destroy", destroy},
    {"private_data", private_data},
    {"private_key_visibility", private_key_visibility},
    {"read_only_session", read_only_session},
    {"copy", copy},
    {"templates", templates},
    {"search_states", search_states},
    {"search_in_pieces", search_in_pieces},
};
TEST_GROUP(objects_group, cases, NO_MECHANISM);
