/* A few bytes in the store, under a label. A CKO_DATA object; where the token
 * keeps none, the CKA_ID of a key that can do nothing. */
#include <string.h>

#include "keystore/pkcs11_store.h"

enum { CARRIER_KEY_SIZE = 16 };

static bool has_data_objects(const struct pkcs11_store *store)
{
    return (store->config.quirks & KEYSTORE_NO_DATA_OBJECTS) == 0;
}

enum err pkcs11_get_data(struct keystore *base, const char *label, struct buf *value)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    bool data = has_data_objects(store);
    uint8_t found[KEYSTORE_DATA_MAX];
    CK_OBJECT_HANDLE handle;
    CK_ATTRIBUTE wanted = {data ? CKA_VALUE : CKA_ID, found, sizeof(found)};
    enum err err = pkcs11_find_one(store, data ? CKO_DATA : CKO_SECRET_KEY, label, &handle);
    if (err != ERR_OK) {
        return err;
    }
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_GetAttributeValue of data");
    }
    if (wanted.ulValueLen > sizeof(found)) {
        return ERR_KEYSTORE;
    }
    buf_put(value, found, wanted.ulValueLen);
    return buf_err(value);
}

static CK_RV put_object(struct pkcs11_store *store, const char *full, struct bytes value)
{
    static const CK_OBJECT_CLASS class = CKO_DATA;
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    static const char application[] = "usbkeyd";
    CK_OBJECT_HANDLE handle;
    CK_ATTRIBUTE t[] = {
        pkcs11_attribute(CKA_CLASS, &class, sizeof(class)),
        pkcs11_attribute(CKA_TOKEN, &yes, sizeof(yes)),
        pkcs11_attribute(CKA_PRIVATE, &yes, sizeof(yes)),
        pkcs11_attribute(CKA_MODIFIABLE, &no, sizeof(no)),
        pkcs11_attribute(CKA_APPLICATION, application, sizeof(application) - 1),
        pkcs11_attribute(CKA_LABEL, full, strlen(full)),
        pkcs11_attribute(CKA_VALUE, value.data, value.len),
    };
    return store->p11->C_CreateObject(store->session, t, sizeof(t) / sizeof(t[0]), &handle);
}

/* The key is random, and stands for nothing. */
static CK_RV put_carrier(struct pkcs11_store *store, const char *full, struct bytes value)
{
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    static const CK_ULONG len = CARRIER_KEY_SIZE;
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    CK_OBJECT_HANDLE handle;
    CK_ATTRIBUTE t[] = {
        pkcs11_attribute(CKA_TOKEN, &yes, sizeof(yes)),
        pkcs11_attribute(CKA_PRIVATE, &yes, sizeof(yes)),
        pkcs11_attribute(CKA_SENSITIVE, &yes, sizeof(yes)),
        pkcs11_attribute(CKA_EXTRACTABLE, &no, sizeof(no)),
        pkcs11_attribute(CKA_ENCRYPT, &no, sizeof(no)),
        pkcs11_attribute(CKA_DECRYPT, &no, sizeof(no)),
        pkcs11_attribute(CKA_SIGN, &no, sizeof(no)),
        pkcs11_attribute(CKA_VERIFY, &no, sizeof(no)),
        pkcs11_attribute(CKA_VALUE_LEN, &len, sizeof(len)),
        pkcs11_attribute(CKA_LABEL, full, strlen(full)),
        pkcs11_attribute(CKA_ID, value.data, value.len),
    };
    return store->p11->C_GenerateKey(store->session, &mechanism, t, sizeof(t) / sizeof(t[0]),
                                     &handle);
}

enum err pkcs11_put_data(struct keystore *base, const char *label, struct bytes value)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    char full[PKCS11_LABEL_SIZE];
    CK_OBJECT_HANDLE old;
    CK_OBJECT_CLASS class = has_data_objects(store) ? CKO_DATA : CKO_SECRET_KEY;
    enum err err = pkcs11_find_one(store, class, label, &old);
    if (err == ERR_OK) {
        store->p11->C_DestroyObject(store->session, old);
    } else if (err == ERR_MISMATCH) {
        err = pkcs11_destroy(base, label);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    pkcs11_full_label(store, label, full);
    CK_RV rv =
        has_data_objects(store) ? put_object(store, full, value) : put_carrier(store, full, value);
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "storing data");
}
