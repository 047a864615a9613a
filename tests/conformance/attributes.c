/* C_GetAttributeValue and C_SetAttributeValue (Cryptoki 2.40 5.7). */
#include <string.h>

#include "conformance.h"

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE object;

static void begin(void)
{
    setup();
    session = open_session(0);
    CKR(create_data(session, "data", CK_FALSE, CK_FALSE, &object), CKR_OK);
}

static void lengths(void)
{
    char value[16];
    CK_ATTRIBUTE got = {CKA_VALUE, NULL, 0};
    begin();
    CKR(P11->C_GetAttributeValue(session, object, &got, 1), CKR_OK);
    CU_ASSERT_EQUAL(got.ulValueLen, 5);
    got = (CK_ATTRIBUTE){CKA_VALUE, value, 5};
    CKR(P11->C_GetAttributeValue(session, object, &got, 1), CKR_OK);
    CU_ASSERT_EQUAL(got.ulValueLen, 5);
    CU_ASSERT_NSTRING_EQUAL(value, "value", 5);
    got = (CK_ATTRIBUTE){CKA_VALUE, value, 4};
    CKR(P11->C_GetAttributeValue(session, object, &got, 1), CKR_BUFFER_TOO_SMALL);
    CU_ASSERT_EQUAL(got.ulValueLen, CK_UNAVAILABLE_INFORMATION);
    teardown();
}

/* One failure does not keep the others from being answered. */
static void all_are_processed(void)
{
    char label[16];
    CK_OBJECT_CLASS class = 99;
    CK_ATTRIBUTE got[] = {
        {CKA_MODULUS, label, sizeof(label)},
        {CKA_LABEL, label, sizeof(label)},
        {CKA_CLASS, &class, sizeof(class)},
    };
    begin();
    CKR(P11->C_GetAttributeValue(session, object, got, 3), CKR_ATTRIBUTE_TYPE_INVALID);
    CU_ASSERT_EQUAL(got[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_EQUAL(got[1].ulValueLen, 4);
    CU_ASSERT_EQUAL(class, CKO_DATA);
    teardown();
}

static void arguments(void)
{
    CK_ATTRIBUTE got = {CKA_LABEL, NULL, 0};
    begin();
    CKR(P11->C_GetAttributeValue(session, object, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(P11->C_GetAttributeValue(session, CK_INVALID_HANDLE, &got, 1), CKR_OBJECT_HANDLE_INVALID);
    CKR(P11->C_SetAttributeValue(session, object, NULL, 1), CKR_ARGUMENTS_BAD);
    CKR(P11->C_SetAttributeValue(session, CK_INVALID_HANDLE, &got, 1), CKR_OBJECT_HANDLE_INVALID);
    teardown();
}

static void setting(void)
{
    char label[] = "changed", got_label[16];
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE new_label = {CKA_LABEL, label, 7}, got = {CKA_LABEL, got_label, 16},
                 token = {CKA_TOKEN, &yes, 1}, new_class = {CKA_CLASS, &class, sizeof(class)};
    begin();
    CKR(P11->C_SetAttributeValue(session, object, &new_label, 1), CKR_OK);
    CKR(P11->C_GetAttributeValue(session, object, &got, 1), CKR_OK);
    CU_ASSERT_EQUAL(got.ulValueLen, 7);
    CU_ASSERT_NSTRING_EQUAL(got_label, "changed", 7);
    CKR(P11->C_SetAttributeValue(session, object, &token, 1), CKR_ATTRIBUTE_READ_ONLY);
    CKR(P11->C_SetAttributeValue(session, object, &new_class, 1), CKR_ATTRIBUTE_READ_ONLY);
    teardown();
}

static void private_key_is_sensitive(void)
{
    CK_BYTE value[64];
    CK_BBOOL sensitive = 2, extractable = 2;
    CK_ATTRIBUTE got[] = {
        {CKA_VALUE, value, sizeof(value)},
        {CKA_SENSITIVE, &sensitive, 1},
        {CKA_EXTRACTABLE, &extractable, 1},
    };
    begin();
    CKR(login(session, CKU_USER), CKR_OK);
    memset(value, 0x77, sizeof(value));
    CKR(P11->C_GetAttributeValue(session, find_key(session, CKO_PRIVATE_KEY), got, 3),
        CKR_ATTRIBUTE_SENSITIVE);
    CU_ASSERT_EQUAL(got[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    CU_ASSERT_EQUAL(value[0], 0x77);
    CU_ASSERT_EQUAL(sensitive, CK_TRUE);
    CU_ASSERT_EQUAL(extractable, CK_FALSE);
    teardown();
}

static void public_key(void)
{
    CK_BYTE params[16], point[80];
    CK_KEY_TYPE type = 99;
    CK_ATTRIBUTE got[] = {
        {CKA_KEY_TYPE, &type, sizeof(type)},
        {CKA_EC_PARAMS, params, sizeof(params)},
        {CKA_EC_POINT, point, sizeof(point)},
    };
    begin();
    CKR(P11->C_GetAttributeValue(session, find_key(session, CKO_PUBLIC_KEY), got, 3), CKR_OK);
    CU_ASSERT_EQUAL(type, CKK_EC);
    CU_ASSERT_EQUAL(got[1].ulValueLen, 10); /* OID of P-256 */
    CU_ASSERT_EQUAL(got[2].ulValueLen, 67); /* OCTET STRING of 04 || X || Y */
    CU_ASSERT_EQUAL(point[0], 0x04);
    CU_ASSERT_EQUAL(point[1], 65);
    CU_ASSERT_EQUAL(point[2], 0x04);
    teardown();
}

static const struct test_case cases[] = {
    {"lengths", lengths},
    {"all_are_processed", all_are_processed},
    {"arguments", arguments},
    {"setting", setting},
    {"private_key_is_sensitive", private_key_is_sensitive},
    {"public_key", public_key},
};
TEST_GROUP(attributes_group, cases, NO_MECHANISM);
