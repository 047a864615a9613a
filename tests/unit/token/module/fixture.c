#include "module/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "module/slot.h"

void fixture_begin(void)
{
    setenv("USBKEY_SOCKETS", "/nonexistent/fake.sock", 1);
    module_slot_connect = fake_connect;
    fake_reset();
    CKR(C_Initialize(NULL), CKR_OK);
}

void fixture_end(void)
{
    CKR(C_Finalize(NULL), CKR_OK);
}

CK_SESSION_HANDLE open_session(CK_FLAGS more_flags)
{
    CK_SESSION_HANDLE session = 0;
    CKR(C_OpenSession(0, CKF_SERIAL_SESSION | more_flags, NULL, NULL, &session), CKR_OK);
    return session;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin)
{
    unsigned char copy[64];
    size_t len = strlen(pin);
    memcpy(copy, pin, len);
    return C_Login(session, user, copy, len);
}

void login_user(CK_SESSION_HANDLE session)
{
    CKR(login(session, CKU_USER, FAKE_USER_PIN), CKR_OK);
}

CK_OBJECT_HANDLE find_one(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label)
{
    char copy[TOKWIRE_LABEL_MAX + 1];
    strncpy(copy, label, sizeof(copy) - 1);
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_LABEL, copy, strlen(label)},
    };
    CK_OBJECT_HANDLE found[2] = {0};
    CK_ULONG count = 0;
    CKR(C_FindObjectsInit(session, template, 2), CKR_OK);
    CKR(C_FindObjects(session, found, 2, &count), CKR_OK);
    CKR(C_FindObjectsFinal(session), CKR_OK);
    CU_ASSERT_TRUE(count <= 1);
    return count == 1 ? found[0] : CK_INVALID_HANDLE;
}

CK_ULONG count_all(CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    CKR(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    CKR(C_FindObjects(session, found, 64, &count), CKR_OK);
    CKR(C_FindObjectsFinal(session), CKR_OK);
    return count;
}

unsigned bool_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL value = 0;
    CK_ATTRIBUTE template = {type, &value, sizeof(value)};
    return C_GetAttributeValue(session, object, &template, 1) == CKR_OK ? value : 2;
}

static unsigned char p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

CK_RV generate_pair(CK_SESSION_HANDLE session, CK_ATTRIBUTE *more_private, CK_ULONG count,
                    CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE public_template[] = {{CKA_EC_PARAMS, p256, sizeof(p256)}};
    return C_GenerateKeyPair(session, &mechanism, public_template, 1, more_private, count,
                             public_key, private_key);
}

CK_OBJECT_HANDLE derive_session_keys(CK_SESSION_HANDLE session)
{
    static unsigned char bytes[64];
    struct ck_sgp22_ecka_params params = {bytes, 1, bytes, 1, bytes, 1, bytes, 64, bytes, 16};
    CK_MECHANISM mechanism = {CKM_SGP22_ECKA, &params, sizeof(params)};
    CK_OBJECT_HANDLE public_key = 0, private_key = 0, keys = 0;
    CKR(generate_pair(session, NULL, 0, &public_key, &private_key), CKR_OK);
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_OK);
    return keys;
}

CK_RV derive_ppk(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
                 CK_OBJECT_HANDLE *key)
{
    struct ck_sgp22_ppk_params params = {.batch_id = NULL};
    CK_MECHANISM mechanism = {CKM_SGP22_PPK, &params, sizeof(params)};
    struct bytes eid = test_hex(FAKE_EID);
    memcpy(params.eid, eid.data, eid.len);
    CK_OBJECT_HANDLE root = find_one(session, CKO_SECRET_KEY, "root-1");
    return C_DeriveKey(session, &mechanism, root, template, count, key);
}
