/* Objects: what is seen by whom, how attributes are read, and what a template
 * cannot do (design.md 9, 1; Cryptoki 2.40 5.7). */
#include <string.h>
#include <unistd.h>

#include "module/fixture.h"
#include "module/template.h"
#include "module/object.h"

static void visibility(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    /* Two public keys; private keys and the root are the user's. */
    CU_ASSERT_EQUAL(count_all(session), 2);
    login_user(session);
    CU_ASSERT_EQUAL(count_all(session), 5);
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
    CU_ASSERT_NOT_EQUAL(root, CK_INVALID_HANDLE);
    /* Looked for again, it is the same object. */
    usleep(1100000);
    CU_ASSERT_EQUAL(find_one(session, CKO_SECRET_KEY, "root-1"), root);
    CKR(C_Logout(session), CKR_OK);
    CU_ASSERT_EQUAL(bool_attribute(session, root, CKA_SENSITIVE), 2);
    login_user(session);
    fake.no_root = true;
    CKR(C_Logout(session), CKR_OK);
    login_user(session);
    CU_ASSERT_EQUAL(find_one(session, CKO_SECRET_KEY, "root-1"), CK_INVALID_HANDLE);
    CU_ASSERT_EQUAL(bool_attribute(session, root, CKA_SENSITIVE), 2);
    fixture_end();
}

static void root_key(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    login_user(session);
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
    const CK_ATTRIBUTE_TYPE yes[] = {CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_DERIVE};
    const CK_ATTRIBUTE_TYPE no[] = {CKA_EXTRACTABLE, CKA_ENCRYPT, CKA_DECRYPT,    CKA_SIGN,
                                    CKA_VERIFY,      CKA_WRAP,    CKA_UNWRAP,     CKA_MODIFIABLE,
                                    CKA_COPYABLE,    CKA_TRUSTED, CKA_DESTROYABLE};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        CU_ASSERT_EQUAL(bool_attribute(session, root, yes[i]), 1);
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        CU_ASSERT_EQUAL(bool_attribute(session, root, no[i]), 0);
    }
    unsigned char id[4], check[5];
    CK_MECHANISM_TYPE allowed[2];
    CK_ATTRIBUTE template[] = {{CKA_ID, id, sizeof(id)},
                               {CKA_CHECK_VALUE, check, sizeof(check)},
                               {CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)}};
    CKR(C_GetAttributeValue(session, root, template, 3), CKR_OK);
    CU_ASSERT_EQUAL(template[0].ulValueLen, 1);
    CU_ASSERT_EQUAL(id[0], 1);
    TEST_BYTES(BYTES_OF(check), test_hex("0102030405"));
    CU_ASSERT_EQUAL(template[2].ulValueLen, sizeof(allowed[0]));
    CU_ASSERT_EQUAL(allowed[0], CKM_SGP22_PPK);
    fixture_end();
}

/* Cryptoki 2.40, 5.7: of a key that came in from outside it cannot be said that it
 * was always sensitive or never extractable, and it is not local. */
static void origin_of_keys(void)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
                                              CKA_NEVER_EXTRACTABLE};
    static const struct {
        uint8_t origin;
        int said;
    } rows[] = {{TOKWIRE_ORIGIN_GENERATED, 1}, {TOKWIRE_ORIGIN_IMPORTED, 0}, {0, 0}};
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        fixture_begin();
        fake.origin = rows[row].origin;
        CK_SESSION_HANDLE session = open_session(0);
        login_user(session);
        CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
        CK_OBJECT_HANDLE dpauth = find_one(session, CKO_PRIVATE_KEY, "dpauth");
        CK_MECHANISM_TYPE made[2] = {0, 0};
        CK_ATTRIBUTE how = {CKA_KEY_GEN_MECHANISM, made, sizeof(made[0])};
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
            CU_ASSERT_EQUAL(bool_attribute(session, root, types[i]), rows[row].said);
            CU_ASSERT_EQUAL(bool_attribute(session, dpauth, types[i]), rows[row].said);
        }
        CKR(C_GetAttributeValue(session, root, &how, 1), CKR_OK);
        CU_ASSERT_EQUAL(made[0],
                        rows[row].said == 1 ? CKM_AES_KEY_GEN : CK_UNAVAILABLE_INFORMATION);
        fixture_end();
    }
}

/* All attributes are processed, whatever happens to one of them. */
static void reading_rules(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    login_user(session);
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
    unsigned char label[16], value[64], one[1];
    CK_ATTRIBUTE template[] = {
        {CKA_VALUE, value, sizeof(value)},
        {CKA_MODULUS, value, sizeof(value)},
        {CKA_LABEL, one, sizeof(one)},
        {CKA_LABEL, label, sizeof(label)},
        {CKA_LABEL, NULL, 0},
    };
    memset(value, 0x5A, sizeof(value));
    CKR(C_GetAttributeValue(session, root, template, 5), CKR_ATTRIBUTE_SENSITIVE);
    CU_ASSERT_EQUAL(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_EQUAL(template[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_EQUAL(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_EQUAL(template[3].ulValueLen, 6);
    CU_ASSERT_EQUAL(template[4].ulValueLen, 6);
    CU_ASSERT_EQUAL(value[0], 0x5A);
    CKR(C_GetAttributeValue(session, root, &template[1], 1), CKR_ATTRIBUTE_TYPE_INVALID);
    template[2].ulValueLen = sizeof(one);
    CKR(C_GetAttributeValue(session, root, &template[2], 1), CKR_BUFFER_TOO_SMALL);
    CKR(C_GetAttributeValue(session, root, NULL, 1), CKR_ARGUMENTS_BAD);
    /* More than anyone means: a count that is none, from which nothing is read. */
    CKR(C_GetAttributeValue(session, root, template, MODULE_TEMPLATE_MAX + 1), CKR_ARGUMENTS_BAD);
    CKR(C_GetAttributeValue(session, root, template, CK_UNAVAILABLE_INFORMATION),
        CKR_ARGUMENTS_BAD);
    CKR(C_GetAttributeValue(session, 4711, template, 1), CKR_OBJECT_HANDLE_INVALID);
    fixture_end();
}

static void token_objects_stay(void)
{
    fixture_begin();
    CK_SESSION_HANDLE read_only = open_session(0), session = open_session(CKF_RW_SESSION);
    login_user(session);
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1"), copy = 0;
    char name[] = "mine";
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE label = {CKA_LABEL, name, 4}, extractable = {CKA_EXTRACTABLE, &yes, 1};
    CKR(C_DestroyObject(read_only, root), CKR_SESSION_READ_ONLY);
    CKR(C_DestroyObject(session, root), CKR_ACTION_PROHIBITED);
    CKR(C_SetAttributeValue(read_only, root, &label, 1), CKR_SESSION_READ_ONLY);
    CKR(C_SetAttributeValue(session, root, &label, 1), CKR_ACTION_PROHIBITED);
    CKR(C_CopyObject(session, root, &extractable, 1, &copy), CKR_ACTION_PROHIBITED);
    CU_ASSERT_EQUAL(copy, CK_INVALID_HANDLE);
    fixture_end();
}

/* Hardware features are found only by who asks for them; a counter is read as
 * it stands. */
static void counter(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_OBJECT_HANDLE handle = find_one(session, CKO_HW_FEATURE, "releases");
    unsigned char before[8], after[8];
    CK_ATTRIBUTE first = {CKA_VALUE, before, 8}, second = {CKA_VALUE, after, 8};
    CKR(C_GetAttributeValue(session, handle, &first, 1), CKR_OK);
    CKR(C_GetAttributeValue(session, handle, &second, 1), CKR_OK);
    CU_ASSERT_EQUAL(get_u64(after), get_u64(before) + 1);
    CU_ASSERT_EQUAL(bool_attribute(session, handle, CKA_HAS_RESET), 0);
    fixture_end();
}

static CK_RV create_data(CK_SESSION_HANDLE session, bool token, bool private,
                         CK_OBJECT_HANDLE *object)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_BBOOL is_token = token, is_private = private;
    char label[] = "note", value[] = "text";
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_TOKEN, &is_token, 1},
        {CKA_PRIVATE, &is_private, 1},
        {CKA_LABEL, label, 4},
        {CKA_VALUE, value, 4},
    };
    return C_CreateObject(session, template, 5, object);
}

static void data_objects(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0), rw = open_session(CKF_RW_SESSION);
    CK_OBJECT_HANDLE object = 0, copy = 0;
    CK_ULONG size = 0;
    char other[] = "other", value[8];
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE label = {CKA_LABEL, other, 5}, got = {CKA_VALUE, value, 8},
                 private = {CKA_PRIVATE, &yes, 1}, both[] = {label, private};
    CKR(create_data(session, true, false, &object), CKR_SESSION_READ_ONLY);
    CKR(create_data(rw, true, false, &object), CKR_TEMPLATE_INCONSISTENT);
    CKR(create_data(session, false, true, &object), CKR_USER_NOT_LOGGED_IN);
    CKR(create_data(session, false, false, &object), CKR_OK);
    CU_ASSERT_EQUAL(find_one(rw, CKO_DATA, "note"), object);
    CKR(C_GetObjectSize(rw, object, &size), CKR_OK);
    CU_ASSERT_TRUE(size > 8);
    CKR(C_SetAttributeValue(session, object, both, 2), CKR_ATTRIBUTE_READ_ONLY);
    CU_ASSERT_EQUAL(find_one(rw, CKO_DATA, "note"), object); /* nothing was done */
    CKR(C_SetAttributeValue(session, object, &label, 1), CKR_OK);
    CU_ASSERT_EQUAL(find_one(rw, CKO_DATA, "other"), object);
    CKR(C_CopyObject(rw, object, NULL, 0, &copy), CKR_OK);
    CKR(C_DestroyObject(session, object), CKR_OK);
    CKR(C_DestroyObject(session, object), CKR_OBJECT_HANDLE_INVALID);
    CKR(C_GetAttributeValue(session, copy, &got, 1), CKR_OK);
    CU_ASSERT_EQUAL(got.ulValueLen, 4);
    CKR(C_CopyObject(session, copy, &private, 1, &object), CKR_USER_NOT_LOGGED_IN);
    login_user(session);
    CKR(C_CopyObject(session, copy, &private, 1, &object), CKR_OK);
    CU_ASSERT_EQUAL(bool_attribute(session, object, CKA_PRIVATE), 1);
    CKR(C_CopyObject(rw, object, &label, 1, &object), CKR_OK);
    CU_ASSERT_EQUAL(bool_attribute(session, object, CKA_PRIVATE), 1);
    CKR(C_CloseSession(rw), CKR_OK);
    CKR(C_GetAttributeValue(session, copy, &got, 1), CKR_OBJECT_HANDLE_INVALID);
    fixture_end();
}

static void nothing_else_is_created(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_OBJECT_HANDLE object = 0;
    unsigned char value[32] = {0};
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_VALUE, value, sizeof(value)}};
    login_user(session);
    CKR(C_CreateObject(session, &template[1], 1, &object), CKR_TEMPLATE_INCOMPLETE);
    CKR(C_CreateObject(session, template, 2, &object), CKR_TEMPLATE_INCONSISTENT);
    template[1].type = CKA_VALUE_LEN; /* no attribute of a data object */
    CKR(C_CreateObject(session, template, 2, &object), CKR_TEMPLATE_INCONSISTENT);
    class = CKO_OTP_KEY + 1; /* a class that Cryptoki does not know */
    CKR(C_CreateObject(session, template, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    class = CKO_VENDOR_DEFINED | 0x5EADBEEF;
    CKR(C_CreateObject(session, template, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    class = CKO_DATA;
    CKR(C_CreateObject(session, template, 2, &object), CKR_ATTRIBUTE_TYPE_INVALID);
    template[1].type = CKA_VALUE;
    template[1].ulValueLen = MODULE_DATA_OBJECT_MAX + 1;
    CKR(C_CreateObject(session, template, 2, &object), CKR_DEVICE_MEMORY);
    template[1].ulValueLen = CK_UNAVAILABLE_INFORMATION;
    CKR(C_CreateObject(session, template, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    template[0].ulValueLen = 1;
    CKR(C_CreateObject(session, template, 2, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    template[0].pValue = NULL;
    CKR(C_CreateObject(session, template, 2, &object), CKR_ARGUMENTS_BAD);
    fixture_end();
}

/* What the engine makes must have a place here: asked first. */
static void no_room(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_OBJECT_HANDLE object = 0, public_key = 99, private_key = 99;
    login_user(session);
    for (int i = 0; i < MODULE_SESSION_OBJECTS_MAX - 1; i++) {
        CKR(create_data(session, false, false, &object), CKR_OK);
    }
    CKR(generate_pair(session, NULL, 0, &public_key, &private_key), CKR_DEVICE_MEMORY);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_GENERATE_ONE_TIME_KEY], 0);
    CU_ASSERT_EQUAL(private_key, CK_INVALID_HANDLE);
    CKR(create_data(session, false, false, &object), CKR_OK);
    CKR(create_data(session, false, false, &object), CKR_DEVICE_MEMORY);
    CKR(derive_ppk(session, NULL, 0, &object), CKR_DEVICE_MEMORY);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_DERIVE_PPK], 0);
    fixture_end();
}

static void search_states(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_OBJECT_HANDLE found[1];
    CK_ULONG count = 9;
    CKR(C_FindObjects(session, found, 1, &count), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    CKR(C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    CKR(C_FindObjectsInit(session, NULL, 0), CKR_OPERATION_ACTIVE);
    CKR(C_FindObjects(session, found, 1, NULL), CKR_ARGUMENTS_BAD);
    for (CK_ULONG expected = 1, i = 0; i < 3; i++) {
        expected = i < 2 ? 1 : 0;
        CKR(C_FindObjects(session, found, 1, &count), CKR_OK);
        CU_ASSERT_EQUAL(count, expected);
    }
    CKR(C_FindObjectsFinal(session), CKR_OK);
    fixture_end();
}

static const struct test_case cases[] = {
    {"visibility", visibility},
    {"root_key", root_key},
    {"origin_of_keys", origin_of_keys},
    {"reading_rules", reading_rules},
    {"token_objects_stay", token_objects_stay},
    {"counter", counter},
    {"data_objects", data_objects},
    {"nothing_else_is_created", nothing_else_is_created},
    {"no_room", no_room},
    {"search_states", search_states},
};
TEST_MAIN("token/module object", cases)
