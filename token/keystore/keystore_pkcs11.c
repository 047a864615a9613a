#include <stdlib.h>
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

/* Objects read per C_FindObjects, and in one token at most. */
enum { FIND_MAX = 64 };

enum err pkcs11_failed(CK_RV rv, const char *call)
{
    log_error("key store: %s failed with 0x%lX", call, rv);
    switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LOCKED:
        return ERR_PIN;
    case CKR_HOST_MEMORY:
        return ERR_MEMORY;
    default:
        return ERR_KEYSTORE;
    }
}

CK_ATTRIBUTE pkcs11_attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    return (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

enum err pkcs11_find_objects(struct pkcs11_store *store, CK_ATTRIBUTE *wanted,
                             CK_ULONG wanted_count, CK_OBJECT_HANDLE *found, CK_ULONG max,
                             CK_ULONG *count)
{
    *count = 0;
    CK_RV rv = store->p11->C_FindObjectsInit(store->session, wanted, wanted_count);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_FindObjectsInit");
    }
    rv = store->p11->C_FindObjects(store->session, found, max, count);
    store->p11->C_FindObjectsFinal(store->session);
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "C_FindObjects");
}

static CK_OBJECT_CLASS class_of(enum keystore_kind kind)
{
    return kind == KEYSTORE_CMAC ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
}

static enum err find_one(struct pkcs11_store *store, CK_OBJECT_CLASS class, const char *label,
                         CK_OBJECT_HANDLE *handle)
{
    CK_BBOOL token = CK_TRUE;
    CK_ATTRIBUTE wanted[] = {
        pkcs11_attribute(CKA_CLASS, &class, sizeof(class)),
        pkcs11_attribute(CKA_TOKEN, &token, sizeof(token)),
        pkcs11_attribute(CKA_LABEL, label, strlen(label)),
    };
    CK_OBJECT_HANDLE found[2] = {0};
    CK_ULONG count;
    enum err err = pkcs11_find_objects(store, wanted, 3, found, 2, &count);
    if (err != ERR_OK) {
        return err;
    }
    if (count != 1) {
        return count == 0 ? ERR_NOT_FOUND : ERR_MISMATCH;
    }
    *handle = found[0];
    return ERR_OK;
}

static enum err pkcs11_find(struct keystore *base, enum keystore_kind kind, const char *label,
                            struct keystore_key *key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    return find_one(store, class_of(kind), label, &key->handle);
}

/* C_Sign into out, zeroed first; what the store gives must be exactly size bytes. */
static enum err sign_with(struct pkcs11_store *store, CK_MECHANISM_TYPE type, const char *name,
                          struct keystore_key key, struct bytes input, uint8_t *out, size_t size)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_ULONG len = size;
    memset(out, 0, size);
    CK_RV rv = store->p11->C_SignInit(store->session, &mechanism, key.handle);
    if (rv == CKR_OK) {
        rv = store->p11->C_Sign(store->session, (CK_BYTE *)(uintptr_t)input.data, input.len, out,
                                &len);
    }
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, name);
    }
    if (len != size) {
        log_error("key store: %s gave %lu bytes instead of %zu", name, len, size);
        memset(out, 0, size);
        return ERR_KEYSTORE;
    }
    return ERR_OK;
}

/* Some stores answer with 8 bytes: a key derived from half a MAC is no key. */
enum err pkcs11_cmac(struct keystore *base, struct keystore_key key, struct bytes message,
                     uint8_t mac[AES_BLOCK])
{
    return sign_with((struct pkcs11_store *)base, CKM_AES_CMAC, "CKM_AES_CMAC", key, message, mac,
                     AES_BLOCK);
}

static enum err pkcs11_sign(struct keystore *base, struct keystore_key key,
                            const uint8_t digest[EC_DIGEST_SIZE],
                            uint8_t signature[EC_SIGNATURE_SIZE])
{
    return sign_with((struct pkcs11_store *)base, CKM_ECDSA, "CKM_ECDSA", key,
                     bytes_make(digest, EC_DIGEST_SIZE), signature, EC_SIGNATURE_SIZE);
}

/* CKA_EC_POINT is an OCTET STRING around the point; some stores leave it bare. */
static enum err pkcs11_point(struct keystore *base, const char *label, uint8_t point[EC_POINT_SIZE])
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    uint8_t value[2 + EC_POINT_SIZE];
    CK_OBJECT_HANDLE handle;
    memset(point, 0, EC_POINT_SIZE);
    enum err err = find_one(store, CKO_PUBLIC_KEY, label, &handle);
    if (err != ERR_OK) {
        return err;
    }
    CK_ATTRIBUTE wanted = {CKA_EC_POINT, value, sizeof(value)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_GetAttributeValue(CKA_EC_POINT)");
    }
    if (wanted.ulValueLen != EC_POINT_SIZE && wanted.ulValueLen != sizeof(value)) {
        return ERR_KEYSTORE;
    }
    memcpy(point, value + wanted.ulValueLen - EC_POINT_SIZE, EC_POINT_SIZE);
    return ERR_OK;
}

static enum err visit_one(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                          const struct keystore_visitor *visitor)
{
    char label[KEYSTORE_LABEL_SIZE];
    CK_OBJECT_CLASS class = 0;
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS, &class, sizeof(class)},
        {CKA_LABEL, label, sizeof(label) - 1},
    };
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, wanted, 2);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_GetAttributeValue(CKA_LABEL)");
    }
    label[wanted[1].ulValueLen] = '\0';
    if (class != CKO_SECRET_KEY && class != CKO_PRIVATE_KEY) {
        return ERR_OK;
    }
    enum keystore_kind kind = class == CKO_SECRET_KEY ? KEYSTORE_CMAC : KEYSTORE_EC;
    return visitor->visit(visitor->context, kind, label);
}

static enum err pkcs11_list(struct keystore *base, const struct keystore_visitor *visitor)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    CK_OBJECT_HANDLE found[FIND_MAX];
    CK_ULONG count;
    enum err err = pkcs11_find_objects(store, NULL, 0, found, FIND_MAX, &count);
    for (CK_ULONG i = 0; i < count && err == ERR_OK; i++) {
        err = visit_one(store, found[i], visitor);
    }
    return err;
}

static enum err destroy_matching(struct pkcs11_store *store, CK_ATTRIBUTE *wanted, CK_ULONG n)
{
    CK_OBJECT_HANDLE found[FIND_MAX];
    CK_ULONG count;
    do {
        enum err err = pkcs11_find_objects(store, wanted, n, found, FIND_MAX, &count);
        if (err != ERR_OK) {
            return err;
        }
        for (CK_ULONG i = 0; i < count; i++) {
            CK_RV rv = store->p11->C_DestroyObject(store->session, found[i]);
            if (rv != CKR_OK) {
                return pkcs11_failed(rv, "C_DestroyObject");
            }
        }
    } while (count == FIND_MAX);
    return ERR_OK;
}

static enum err pkcs11_destroy(struct keystore *base, const char *label)
{
    CK_ATTRIBUTE wanted = pkcs11_attribute(CKA_LABEL, label, strlen(label));
    return destroy_matching((struct pkcs11_store *)base, &wanted, 1);
}

static enum err pkcs11_wipe(struct keystore *base)
{
    return destroy_matching((struct pkcs11_store *)base, NULL, 0);
}

static void pkcs11_free(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    pkcs11_logout(base);
    p11_kit_module_finalize(store->p11);
    p11_kit_module_release(store->p11);
    free(store);
}

static const struct keystore_ops pkcs11_ops = {
    .name = "PKCS#11",
    .create_token = pkcs11_create_token,
    .select_token = pkcs11_select_token,
    .login = pkcs11_login,
    .logout = pkcs11_logout,
    .self_test = pkcs11_self_test,
    .create_cmac_key = pkcs11_create_cmac_key,
    .create_ec_key = pkcs11_create_ec_key,
    .find = pkcs11_find,
    .check = pkcs11_check,
    .cmac = pkcs11_cmac,
    .sign = pkcs11_sign,
    .point = pkcs11_point,
    .list = pkcs11_list,
    .destroy = pkcs11_destroy,
    .wipe = pkcs11_wipe,
    .free = pkcs11_free,
};

enum err keystore_pkcs11_new(const char *module_path, struct keystore **out)
{
    *out = NULL;
    struct pkcs11_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return ERR_MEMORY;
    }
    store->base.ops = &pkcs11_ops;
    store->p11 = p11_kit_module_load(module_path, 0);
    if (store->p11 == NULL) {
        log_error("key store: cannot load %s: %s", module_path, p11_kit_message());
        free(store);
        return ERR_KEYSTORE;
    }
    CK_RV rv = p11_kit_module_initialize(store->p11);
    if (rv != CKR_OK) {
        log_error("key store: %s does not initialise (0x%lX)", module_path, rv);
        p11_kit_module_release(store->p11);
        free(store);
        return ERR_KEYSTORE;
    }
    *out = &store->base;
    return ERR_OK;
}
