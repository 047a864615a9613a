#include <stdlib.h>
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

static enum err pkcs11_find(struct keystore *base, enum keystore_kind kind, const char *label,
                            struct keystore_key *key)
{
    CK_OBJECT_CLASS class = kind == KEYSTORE_CMAC ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
    return pkcs11_find_one((struct pkcs11_store *)base, class, label, &key->handle);
}

static enum err pkcs11_sign(struct keystore *base, struct keystore_key key,
                            const uint8_t digest[EC_DIGEST_SIZE],
                            uint8_t signature[EC_SIGNATURE_SIZE])
{
    return pkcs11_sign_with((struct pkcs11_store *)base, CKM_ECDSA, "CKM_ECDSA", key,
                            bytes_make(digest, EC_DIGEST_SIZE), signature, EC_SIGNATURE_SIZE);
}

/* CKA_EC_POINT is an OCTET STRING around the point; some stores leave it bare. */
static enum err pkcs11_point(struct keystore *base, const char *label, uint8_t point[EC_POINT_SIZE])
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    uint8_t value[2 + EC_POINT_SIZE];
    CK_OBJECT_HANDLE handle;
    memset(point, 0, EC_POINT_SIZE);
    enum err err = pkcs11_find_one(store, CKO_PUBLIC_KEY, label, &handle);
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

static void pkcs11_free(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    pkcs11_logout(base);
    store->p11->C_Finalize(NULL);
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
    .get_data = pkcs11_get_data,
    .put_data = pkcs11_put_data,
    .destroy = pkcs11_destroy,
    .wipe = pkcs11_wipe,
    .clean = pkcs11_clean,
    .report = pkcs11_report,
    .free = pkcs11_free,
};

/* NSS reads one more pointer behind pReserved, which must be NULL. */
struct init_args {
    CK_C_INITIALIZE_ARGS standard;
    void *behind;
};

static CK_RV initialise(struct pkcs11_store *store)
{
    struct init_args args = {
        .standard = {.flags = CKF_OS_LOCKING_OK, .pReserved = store->config.init_args}};
    return store->p11->C_Initialize(store->config.init_args[0] != '\0' ? &args : NULL);
}

enum err keystore_pkcs11_new(const struct keystore_config *config, struct keystore **out)
{
    *out = NULL;
    struct pkcs11_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return ERR_MEMORY;
    }
    store->base.ops = &pkcs11_ops;
    store->config = *config;
    store->p11 = p11_kit_module_load(config->module, 0);
    if (store->p11 == NULL) {
        log_error("key store: cannot load %s: %s", config->module, p11_kit_message());
        free(store);
        return ERR_KEYSTORE;
    }
    CK_RV rv = initialise(store);
    if (rv != CKR_OK) {
        log_error("key store: %s does not initialise (0x%lX)", config->module, rv);
        p11_kit_module_release(store->p11);
        free(store);
        return ERR_KEYSTORE;
    }
    *out = &store->base;
    return ERR_OK;
}
