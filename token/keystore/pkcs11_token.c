/* Tokens of a PKCS#11 module: making one, choosing one, logging in. */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "keystore/pkcs11_store.h"

enum { SLOTS_MAX = 64, RESET_PIN_BYTES = 16, PADDED_LABEL = 32, SET_MARK = '.' };

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

void pkcs11_unpad(const CK_UTF8CHAR *padded, size_t size, char *text)
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

/* Makes a token of its own, in a module that has as many as it is asked for. */
static enum err make_token(struct pkcs11_store *store, const char *label, const struct secret *pin,
                           char serial[KEYSTORE_SERIAL_SIZE])
{
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
    pkcs11_unpad(info.serialNumber, sizeof(info.serialNumber), serial);
    return serial[0] != '\0' ? ERR_OK : ERR_KEYSTORE;
}

/* The slot whose token has this serial number and, in a store of one token, the
 * configured label. serial NULL: any. */
static enum err find_slot(struct pkcs11_store *store, const char *serial, CK_SLOT_ID *slot,
                          CK_TOKEN_INFO *info)
{
    CK_SLOT_ID ids[SLOTS_MAX];
    CK_ULONG count;
    enum err err = slots(store, ids, &count);
    for (CK_ULONG i = 0; i < count && err == ERR_OK; i++) {
        char found[KEYSTORE_SERIAL_SIZE], label[KEYSTORE_LABEL_SIZE];
        if (store->p11->C_GetTokenInfo(ids[i], info) != CKR_OK) {
            continue;
        }
        pkcs11_unpad(info->serialNumber, sizeof(info->serialNumber), found);
        pkcs11_unpad(info->label, sizeof(info->label), label);
        if ((serial == NULL || strcmp(found, serial) == 0) &&
            (store->config.token[0] == '\0' || strcmp(label, store->config.token) == 0)) {
            *slot = ids[i];
            return ERR_OK;
        }
    }
    return err == ERR_OK ? ERR_NOT_FOUND : err;
}

/* Gives a token its blank state back, with everything in it. */
static enum err reset(struct pkcs11_store *store, CK_SLOT_ID slot)
{
    CK_UTF8CHAR padded[PADDED_LABEL];
    CK_UTF8CHAR none[1] = {0};
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, store->config.token, strlen(store->config.token));
    log_warning("key store: resetting token %s, left behind by an initialisation",
                store->config.token);
    CK_RV rv = store->p11->C_InitToken(slot, none, 0, padded);
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "C_InitToken");
}

/* The PIN of a token that has none yet. One that has is opened by what the
 * configuration's pin_file says, or was given its PIN here before. */
static enum err prepare_pin(struct pkcs11_store *store, CK_SLOT_ID slot, const CK_TOKEN_INFO *info,
                            const struct secret *pin)
{
    struct secret empty = {0};
    bool has_pin = (info->flags & CKF_USER_PIN_INITIALIZED) != 0;
    if (store->config.pin_file[0] != '\0' || (has_pin && !store->config.may_reset)) {
        return ERR_OK;
    }
    if ((store->config.quirks & KEYSTORE_EMPTY_SO_PIN) == 0) {
        log_error("key store: token %s has no PIN: set one, and name its file as \"pin_file\"",
                  store->config.token);
        return ERR_KEYSTORE;
    }
    enum err err = has_pin ? reset(store, slot) : ERR_OK;
    return err == ERR_OK ? set_user_pin(store, slot, &empty, pin) : err;
}

/* The highest number of a set, of whatever is in the token. */
static enum err note_set(struct pkcs11_store *store, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS class,
                         const char *label, void *context)
{
    unsigned *highest = context;
    unsigned set = pkcs11_set_of(store, label);
    (void)handle;
    (void)class;
    *highest = set > *highest ? set : *highest;
    return ERR_OK;
}

/* A new set of labels in the one token there is. */
static enum err make_set(struct pkcs11_store *store, const struct secret *pin,
                         char serial[KEYSTORE_SERIAL_SIZE])
{
    char token_serial[KEYSTORE_SERIAL_SIZE];
    CK_TOKEN_INFO info;
    unsigned highest = 0;
    pkcs11_logout(&store->base);
    enum err err = find_slot(store, NULL, &store->slot, &info);
    if (err != ERR_OK) {
        log_error("key store: no token %s", store->config.token);
        return err;
    }
    err = prepare_pin(store, store->slot, &info, pin);
    if (err == ERR_OK) {
        store->selected = true;
        err = pkcs11_login(&store->base, pin);
    }
    if (err == ERR_OK) {
        err = pkcs11_each(store, "", &(struct pkcs11_visitor){note_set, &highest});
    }
    pkcs11_logout(&store->base);
    if (err != ERR_OK) {
        return err;
    }
    pkcs11_unpad(info.serialNumber, sizeof(info.serialNumber), token_serial);
    int len = snprintf(serial, KEYSTORE_SERIAL_SIZE, "%s%c%u", token_serial, SET_MARK, highest + 1);
    return len > 0 && len < KEYSTORE_SERIAL_SIZE ? ERR_OK : ERR_RANGE;
}

enum err pkcs11_create_token(struct keystore *base, const char *label, const struct secret *pin,
                             char serial[KEYSTORE_SERIAL_SIZE])
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    return store->config.token[0] != '\0' ? make_set(store, pin, serial)
                                          : make_token(store, label, pin, serial);
}

/* "0123456789ABCDEF.3" to the token's serial number and the labels' beginning. */
static enum err split_serial(struct pkcs11_store *store, const char *serial,
                             char token_serial[KEYSTORE_SERIAL_SIZE])
{
    const char *mark = strrchr(serial, SET_MARK);
    snprintf(token_serial, KEYSTORE_SERIAL_SIZE, "%s", serial);
    store->set[0] = '\0';
    if (store->config.token[0] == '\0') {
        return ERR_OK;
    }
    if (mark == NULL || (size_t)(mark - serial) >= KEYSTORE_SERIAL_SIZE) {
        return ERR_NOT_FOUND;
    }
    token_serial[mark - serial] = '\0';
    snprintf(store->set, sizeof(store->set), "%s%.10s-", store->config.prefix, mark + 1);
    return pkcs11_set_of(store, store->set) > 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err pkcs11_select_token(struct keystore *base, const char *serial)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    char token_serial[KEYSTORE_SERIAL_SIZE];
    CK_TOKEN_INFO info;
    pkcs11_logout(base);
    store->selected = false;
    enum err err = split_serial(store, serial, token_serial);
    if (err == ERR_OK) {
        err = find_slot(store, token_serial, &store->slot, &info);
    }
    store->selected = err == ERR_OK;
    return err;
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
