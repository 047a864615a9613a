/* Calling the module: arguments, and what a failure is called. */
#include <string.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

enum err pkcs11_failed(CK_RV rv, const char *call)
{
    log_error("key store: %s failed with 0x%lX", call, rv);
    switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LOCKED:
        return ERR_PIN;
    case CKR_HOST_MEMORY:
        return ERR_MEMORY;
    case CKR_DOMAIN_PARAMS_INVALID:
    case CKR_CURVE_NOT_SUPPORTED:
        return ERR_UNSUPPORTED;
    default:
        return ERR_KEYSTORE;
    }
}

CK_ATTRIBUTE pkcs11_attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    return (CK_ATTRIBUTE){type, (void *)(uintptr_t)value, len};
}

enum err pkcs11_sign_with(struct pkcs11_store *store, CK_MECHANISM_TYPE type, const char *name,
                          struct keystore_key key, struct bytes input, uint8_t *out, size_t size)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_ULONG len = size;
    /* A view of nothing has no address, and some stores want one. */
    const uint8_t *data = input.len > 0 ? input.data : out;
    memset(out, 0, size);
    CK_RV rv = store->p11->C_SignInit(store->session, &mechanism, key.handle);
    if (rv == CKR_OK) {
        rv = store->p11->C_Sign(store->session, (CK_BYTE *)(uintptr_t)data, input.len, out, &len);
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
