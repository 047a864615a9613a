/* Data objects in the session: what a template may say, what each attribute
 * protects, and copies (Cryptoki 2.40 4.4, 4.5, 5.7). */
#include <string.h>

#include "conformance.h"

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE, two = 2;
static CK_OBJECT_CLASS data_class = CKO_DATA, vendor_class = CKO_VENDOR_DEFINED | 0x1234;
static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_BYTE value[] = "value";

/* Who may make what, and in which kind of session. */
static const struct {
    CK_FLAGS session;
    int user; /* -1: nobody */
    CK_BBOOL token, is_private;
    CK_RV expected;
} creations[] = {
    {0, -1, CK_FALSE, CK_FALSE, CKR_OK},
    {0, -1, CK_FALSE, CK_TRUE, CKR_USER_NOT_LOGGED_IN},
    {0, -1, CK_TRUE, CK_FALSE, CKR_SESSION_READ_ONLY},
    {0, CKU_USER, CK_FALSE, CK_FALSE, CKR_OK},
    {0, CKU_USER, CK_FALSE, CK_TRUE, CKR_OK},
    {0, CKU_USER, CK_TRUE, CK_FALSE, CKR_SESSION_READ_ONLY},
    {0, CKU_USER, CK_TRUE, CK_TRUE, CKR_SESSION_READ_ONLY},
    {CKF_RW_SESSION, -1, CK_FALSE, CK_FALSE, CKR_OK},
    {CKF_RW_SESSION, -1, CK_FALSE, CK_TRUE, CKR_USER_NOT_LOGGED_IN},
    {CKF_RW_SESSION, CKU_USER, CK_FALSE, CK_TRUE, CKR_OK},
    {CKF_RW_SESSION, CKU_SO, CK_FALSE, CK_FALSE, CKR_OK},
    {CKF_RW_SESSION, CKU_SO, CK_FALSE, CK_TRUE, CKR_USER_NOT_LOGGED_IN},
};

static void creation(void)
{
    for (size_t i = 0; i < sizeof(creations) / sizeof(creations[0]); i++) {
        CK_OBJECT_HANDLE object = 99;
        setup();
        CK_SESSION_HANDLE session = open_session(creations[i].session);
        if (creations[i].user >= 0) {
            CKR(login(session, (CK_USER_TYPE)creations[i].user), CKR_OK);
        }
        CK_RV rv =
            create_data(session, "created", creations[i].token, creations[i].is_private, &object);
        CKR(rv, creations[i].expected);
        CU_ASSERT_EQUAL(rv == CKR_OK, object != 99 && object != CK_INVALID_HANDLE);
        teardown();
    }
}

/* Templates that no token takes; where Cryptoki leaves the code open, two. */
static struct {
    CK_ATTRIBUTE template[3];
    CK_ULONG count;
    CK_RV expected, or_else;
} wrong_templates[] = {
    {{{CKA_VALUE, value, 5}}, 1, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCOMPLETE},
    {{{CKA_CLASS, &data_class, 1}}, 1, CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCOMPLETE},
    {{{CKA_CLASS, &vendor_class, sizeof(vendor_class)}},
     1,
     CKR_TEMPLATE_INCONSISTENT,
     CKR_ATTRIBUTE_VALUE_INVALID},
    /* A key without a type: the class is looked at before the rest. */
    {{{CKA_VALUE_LEN, &secret_class, sizeof(secret_class)},
      {CKA_CLASS, &secret_class, sizeof(secret_class)}},
     2,
     CKR_TEMPLATE_INCONSISTENT,
     CKR_TEMPLATE_INCOMPLETE},
    {{{CKA_CLASS, &data_class, sizeof(data_class)}, {0x7FFF, value, 1}},
     2,
     CKR_ATTRIBUTE_TYPE_INVALID,
     CKR_TEMPLATE_INCONSISTENT},
    {{{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_MODULUS, value, 1}},
     2,
     CKR_ATTRIBUTE_TYPE_INVALID,
     CKR_TEMPLATE_INCONSISTENT},
    {{{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_MODIFIABLE, value, 2}},
     2,
     CKR_ATTRIBUTE_VALUE_INVALID,
     CKR_ATTRIBUTE_VALUE_INVALID},
    {{{CKA_CLASS, &data_class, sizeof(data_class)}, {CKA_COPYABLE, value, 0}},
     2,
     CKR_ATTRIBUTE_VALUE_INVALID,
     CKR_ATTRIBUTE_VALUE_INVALID},
};

static void refused_templates(void)
{
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    for (size_t i = 0; i < sizeof(wrong_templates) / sizeof(wrong_templates[0]); i++) {
        CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
        CK_RV rv = P11->C_CreateObject(session, wrong_templates[i].template,
                                       wrong_templates[i].count, &object);
        if (rv != wrong_templates[i].expected) {
            CKR(rv, wrong_templates[i].or_else);
        }
    }
    teardown();
}

static void ambiguous_templates(void)
{
    CK_ATTRIBUTE twice[] = {{CKA_CLASS, &data_class, sizeof(data_class)},
                            {CKA_LABEL, value, 5},
                            {CKA_LABEL, value, 4}},
                 neither[] = {{CKA_CLASS, &data_class, sizeof(data_class)},
                              {CKA_MODIFIABLE, &two, sizeof(two)}},
                 endless[] = {{CKA_CLASS, &data_class, sizeof(data_class)},
                              {CKA_LABEL, value, CK_UNAVAILABLE_INFORMATION}};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    CKR(P11->C_CreateObject(session, twice, 3, &object), CKR_TEMPLATE_INCONSISTENT);
    CKR(P11->C_CreateObject(session, neither, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    CKR(P11->C_CreateObject(session, endless, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    teardown();
}

/* A number stands wherever its caller put it: no value need be aligned. */
static void unaligned_values(void)
{
    CK_BYTE place[sizeof(CK_OBJECT_CLASS) + 1] = {0}; /* CKO_DATA */
    CK_OBJECT_CLASS got = 99;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, place + 1, sizeof(CK_OBJECT_CLASS)},
                               {CKA_PRIVATE, &no, 1},
                               {CKA_LABEL, value, 5}};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_CreateObject(session, template, 3, &object), CKR_OK);
    CU_ASSERT_EQUAL(find_first(session, template, 3), object);
    CKR(P11->C_GetAttributeValue(session, object, template, 1), CKR_OK);
    memcpy(&got, place + 1, sizeof(got));
    CU_ASSERT_EQUAL(got, CKO_DATA);
    teardown();
}

static CK_RV create(CK_SESSION_HANDLE session, CK_ATTRIBUTE more, CK_OBJECT_HANDLE *object)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &data_class, sizeof(data_class)},
                               {CKA_PRIVATE, &no, 1},
                               {CKA_VALUE, value, 5},
                               more};
    return P11->C_CreateObject(session, template, 4, object);
}

/* All that a data object has, read back; what it has not. */
static void attributes(void)
{
    CK_BYTE application[] = "application", id[] = {0x06, 0x03, 0x2A, 0x03, 0x04}, got[64];
    CK_ATTRIBUTE all[] = {
        {CKA_CLASS, &data_class, sizeof(data_class)},
        {CKA_TOKEN, &no, 1},
        {CKA_PRIVATE, &no, 1},
        {CKA_MODIFIABLE, &yes, 1},
        {CKA_APPLICATION, application, 11},
        {CKA_OBJECT_ID, id, sizeof(id)},
        {CKA_VALUE, value, 5},
        {CKA_LABEL, value, 0},
    };
    const CK_ULONG count = sizeof(all) / sizeof(all[0]);
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_CreateObject(session, all, count, &object), CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ATTRIBUTE one = {all[i].type, got, sizeof(got)};
        CKR(P11->C_GetAttributeValue(session, object, &one, 1), CKR_OK);
        TEST_BYTES(bytes_make(got, one.ulValueLen), bytes_make(all[i].pValue, all[i].ulValueLen));
        CU_ASSERT_EQUAL(find_first(session, &all[i], 1) != CK_INVALID_HANDLE, true);
    }
    CU_ASSERT_EQUAL(find_first(session, all, count), object);
    CK_ATTRIBUTE none = {CKA_CERTIFICATE_TYPE, got, sizeof(got)};
    CKR(P11->C_GetAttributeValue(session, object, &none, 1), CKR_ATTRIBUTE_TYPE_INVALID);
    CU_ASSERT_EQUAL(none.ulValueLen, CK_UNAVAILABLE_INFORMATION);
    /* One that differs is enough not to be found. */
    all[6].ulValueLen = 4;
    CU_ASSERT_EQUAL(find_first(session, all, count), CK_INVALID_HANDLE);
    teardown();
}

/* CKA_MODIFIABLE, CKA_COPYABLE and CKA_DESTROYABLE each forbid one call. */
static void protections(void)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        CK_OBJECT_HANDLE object = CK_INVALID_HANDLE, copied = CK_INVALID_HANDLE;
        CK_ATTRIBUTE label = {CKA_LABEL, value, 5};
        setup();
        CK_SESSION_HANDLE session = open_session(0);
        CKR(create(session, (CK_ATTRIBUTE){types[i], &no, 1}, &object), CKR_OK);
        CKR(P11->C_SetAttributeValue(session, object, &label, 1),
            i == 0 ? CKR_ACTION_PROHIBITED : CKR_OK);
        CKR(P11->C_CopyObject(session, object, &label, 0, &copied),
            i == 1 ? CKR_ACTION_PROHIBITED : CKR_OK);
        CKR(P11->C_DestroyObject(session, object), i == 2 ? CKR_ACTION_PROHIBITED : CKR_OK);
        teardown();
    }
}

/* What a copy may change that C_SetAttributeValue may not. */
static void changes_in_copy(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE, copied = CK_INVALID_HANDLE;
    CK_BBOOL got = 2;
    CK_ATTRIBUTE fixed = {CKA_MODIFIABLE, &no, 1}, hidden = {CKA_PRIVATE, &yes, 1},
                 shown = {CKA_PRIVATE, &no, 1}, class = {CKA_CLASS, &secret_class, 8},
                 kept = {CKA_TOKEN, &yes, 1}, label = {CKA_LABEL, value, 5},
                 get = {CKA_PRIVATE, &got, 1};
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(create(session, (CK_ATTRIBUTE){CKA_LABEL, value, 5}, &object), CKR_OK);
    CKR(P11->C_SetAttributeValue(session, object, &fixed, 1), CKR_ATTRIBUTE_READ_ONLY);
    CKR(P11->C_SetAttributeValue(session, object, &hidden, 1), CKR_ATTRIBUTE_READ_ONLY);
    CKR(P11->C_CopyObject(session, object, &class, 1, &copied), CKR_ATTRIBUTE_READ_ONLY);
    CKR(P11->C_CopyObject(session, object, &kept, 1, &copied), CKR_SESSION_READ_ONLY);
    CKR(P11->C_CopyObject(session, object, &hidden, 1, &copied), CKR_USER_NOT_LOGGED_IN);
    CKR(P11->C_CopyObject(session, object, &fixed, 1, &copied), CKR_OK);
    CKR(P11->C_SetAttributeValue(session, copied, &label, 1), CKR_ACTION_PROHIBITED);
    CKR(P11->C_SetAttributeValue(session, object, &label, 1), CKR_OK);
    CKR(login(session, CKU_USER), CKR_OK);
    CKR(P11->C_CopyObject(session, object, &hidden, 1, &copied), CKR_OK);
    CKR(P11->C_GetAttributeValue(session, copied, &get, 1), CKR_OK);
    CU_ASSERT_EQUAL(got, CK_TRUE);
    /* What is private stays so. */
    CKR(P11->C_CopyObject(session, copied, &shown, 1, &object), CKR_TEMPLATE_INCONSISTENT);
    teardown();
}

/* A copy is of the session that makes it, and lives on without the original. */
static void copies_live_apart(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE, copied = CK_INVALID_HANDLE;
    CK_ATTRIBUTE label = {CKA_LABEL, value, 5};
    CK_ULONG size = 0;
    setup();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CKR(create_data(first, "original", CK_FALSE, CK_FALSE, &object), CKR_OK);
    CKR(P11->C_CopyObject(second, object, &label, 0, &copied), CKR_OK);
    CKR(P11->C_CloseSession(first), CKR_OK);
    CKR(P11->C_GetObjectSize(second, object, &size), CKR_OBJECT_HANDLE_INVALID);
    CKR(P11->C_GetObjectSize(second, copied, &size), CKR_OK);
    CKR(P11->C_DestroyObject(second, copied), CKR_OK);
    teardown();
}

/* Any session may destroy another's object; what a search under way still shows
 * of it is no object. */
static void destroyed_by_another(void)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE, found = CK_INVALID_HANDLE;
    CK_ATTRIBUTE class = {CKA_CLASS, &data_class, sizeof(data_class)};
    CK_ULONG count = 99, size = 0;
    setup();
    CK_SESSION_HANDLE first = open_session(0), second = open_session(0);
    CKR(create_data(first, "shared", CK_FALSE, CK_FALSE, &object), CKR_OK);
    CKR(P11->C_FindObjectsInit(first, &class, 1), CKR_OK);
    CKR(P11->C_DestroyObject(second, object), CKR_OK);
    CKR(P11->C_FindObjects(first, &found, 1, &count), CKR_OK);
    CU_ASSERT_TRUE(count == 0 ||
                   P11->C_GetObjectSize(first, found, &size) == CKR_OBJECT_HANDLE_INVALID);
    CKR(P11->C_FindObjectsFinal(first), CKR_OK);
    CKR(P11->C_DestroyObject(first, object), CKR_OBJECT_HANDLE_INVALID);
    teardown();
}

static const struct test_case cases[] = {
    {"data_creation", creation},
    {"data_refused_templates", refused_templates},
    {"data_ambiguous_templates", ambiguous_templates},
    {"data_unaligned_values", unaligned_values},
    {"data_attributes", attributes},
    {"data_protections", protections},
    {"data_changes_in_copy", changes_in_copy},
    {"data_copies_live_apart", copies_live_apart},
    {"data_destroyed_by_another", destroyed_by_another},
};
TEST_GROUP(data_group, cases, NO_MECHANISM);
