/* Tokens of a PKCS#11 module: making one, choosing one, logging in. */
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "keystore/pkcs11_store.h"

enum { SLOTS_MAX = 64, RESET_PIN_BYTES = 16, PADDED_LABEL = 32 };

static enum err slots(struct pkcs11_store *store, CK_SLOT_ID ids[SLOTS_MAX], CK_ULONG *count)
{
    /* Asking for the number first makes SoftHSM look for tokens anew. */
    CK_RV rv = store->p11->C_GetSlotList(CK_TRUE, NULL, count);
    if (rv == CKR_OK) {
        *count = SLOTS_MAX;
        rv = store->p11->C_GetSlotList(CK_TRUE, ids, count);
    }
    if (rv != CKR_OK) {
        *count = 0;
        return pkcs11_failed(rv, "C_GetSlotList");
    }
    return ERR_OK;
}

/* Blank-padded Cryptoki text to a C string. */
static void unpad(const CK_UTF8CHAR *padded, size_t size, char *text)
{
    size_t len = size;
    while (len > 0 && (padded[len - 1] == ' ' || padded[len - 1] == '\0')) {
        len--;
    }
    memcpy(text, padded, len);
    text[len] = '\0';
}

static enum err free_slot(struct pkcs11_store *store, CK_SLOT_ID *slot)
{
    CK_SLOT_ID ids[SLOTS_MAX];
    CK_ULONG count;
    enum err err = slots(store, ids, &count);
    for (CK_ULONG i = 0; i < count && err == ERR_OK; i++) {
        CK_TOKEN_INFO info;
        if (store->p11->C_GetTokenInfo(ids[i], &info) == CKR_OK &&
            (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
            *slot = ids[i];
            return ERR_OK;
        }
    }
    return err == ERR_OK ? ERR_NOT_FOUND : err;
}

static enum err set_user_pin(struct pkcs11_store *store, CK_SLOT_ID slot, struct secret *reset_pin,
                             const struct secret *pin)
{
    CK_SESSION_HANDLE session;
    CK_RV rv =
        store->p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_OpenSession");
    }
    enum err err = ERR_OK;
    rv = store->p11->C_Login(session, CKU_SO, reset_pin->data, reset_pin->len);
    if (rv != CKR_OK) {
        err = pkcs11_failed(rv, "C_Login(CKU_SO)");
    }
    if (err == ERR_OK) {
        rv = store->p11->C_InitPIN(session, (CK_BYTE *)(uintptr_t)pin->data, pin->len);
        err = rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "C_InitPIN");
        store->p11->C_Logout(session);
    }
    store->p11->C_CloseSession(session);
    return err;
}

/* Hexadecimal text of random bytes, as every store takes it for a PIN. */
static enum err random_pin(struct secret *pin)
{
    uint8_t random[RESET_PIN_BYTES];
    char text[2 * RESET_PIN_BYTES + 1];
    enum err err = crypto_random(random, sizeof(random));
    if (err == ERR_OK) {
        hex_encode(BYTES_OF(random), text);
        err = secret_set(pin, text, sizeof(text) - 1);
    }
    secret_zero(random, sizeof(random));
    secret_zero(text, sizeof(text));
    return err;
}

enum err pkcs11_create_token(struct keystore *base, const char *label, const struct secret *pin,
                             char serial[KEYSTORE_SERIAL_SIZE])
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    struct secret reset_pin = {0};
    CK_UTF8CHAR padded[PADDED_LABEL];
    CK_SLOT_ID slot = 0;
    CK_TOKEN_INFO info;
    size_t label_len = strlen(label);
    if (label_len > sizeof(padded)) {
        return ERR_RANGE;
    }
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, label_len);
    enum err err = free_slot(store, &slot);
    if (err == ERR_OK) {
        err = random_pin(&reset_pin);
    }
    if (err != ERR_OK) {
        return err;
    }
    CK_RV rv = store->p11->C_InitToken(slot, reset_pin.data, reset_pin.len, padded);
    err = rv == CKR_OK ? set_user_pin(store, slot, &reset_pin, pin)
                       : pkcs11_failed(rv, "C_InitToken");
    secret_clear(&reset_pin);
    if (err != ERR_OK) {
        return err;
    }
    rv = store->p11->C_GetTokenInfo(slot, &info);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_GetTokenInfo");
    }
    unpad(info.serialNumber, sizeof(info.serialNumber), serial);
    return serial[0] != '\0' ? ERR_OK : ERR_KEYSTORE;
}

enum err pkcs11_select_token(struct keystore *base, const char *serial)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    CK_SLOT_ID ids[SLOTS_MAX];
    CK_ULONG count;
    pkcs11_logout(base);
    store->selected = false;
    enum err err = slots(store, ids, &count);
    for (CK_ULONG i = 0; i < count && err == ERR_OK; i++) {
        CK_TOKEN_INFO info;
        char found[KEYSTORE_SERIAL_SIZE];
        if (store->p11->C_GetTokenInfo(ids[i], &info) != CKR_OK) {
            continue;
        }
        unpad(info.serialNumber, sizeof(info.serialNumber), found);
        if (strcmp(found, serial) == 0) {
            store->slot = ids[i];
            store->selected = true;
            return ERR_OK;
        }
    }
    return err == ERR_OK ? ERR_NOT_FOUND : err;
}

enum err pkcs11_login(struct keystore *base, const struct secret *pin)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    if (!store->selected || store->logged_in) {
        return ERR_UNTIMELY;
    }
    CK_RV rv = store->p11->C_OpenSession(store->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                         NULL, &store->session);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_OpenSession");
    }
    rv = store->p11->C_Login(store->session, CKU_USER, (CK_BYTE *)(uintptr_t)pin->data, pin->len);
    if (rv != CKR_OK) {
        store->p11->C_CloseSession(store->session);
        return pkcs11_failed(rv, "C_Login");
    }
    store->logged_in = true;
    return ERR_OK;
}

void pkcs11_logout(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    if (store->logged_in) {
        store->p11->C_Logout(store->session);
        store->p11->C_CloseSession(store->session);
    }
    store->session = 0;
    store->logged_in = false;
}
