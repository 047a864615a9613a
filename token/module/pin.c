/* Login, PINs, and initialising a token. */
#include <string.h>

#include "module/ckr.h"
#include "module/entry.h"
#include "module/token.h"

static bool pin_fits(CK_ULONG len)
{
    return len > 0 && len <= TOKWIRE_PIN_MAX;
}

static bool has_read_only_session(const struct module_slot *slot)
{
    CK_ULONG all = 0, read_write = 0;
    module_sessions_count(slot, &all, &read_write);
    return all > read_write;
}

/* module_session_ckr() for a command about a PIN, of which the engine knows none:
 * the officer's exists as long as the token does. */
static CK_RV pin_ckr(struct module_session *session, enum err err)
{
    CK_RV rv = module_session_ckr(session, err);
    bool no_pin = rv != CKR_OK && client_sw(session->slot->client) == TOKWIRE_SW_NOT_FOUND;
    return no_pin ? CKR_USER_PIN_NOT_INITIALIZED : rv;
}

/* Whether this user may log in now (Cryptoki 2.40 5.6, C_Login). */
static CK_RV may_login(struct module_session *session, CK_USER_TYPE user)
{
    struct module_slot *slot = session->slot;
    if (user == CKU_CONTEXT_SPECIFIC) {
        /* No key of ours asks for it (CKA_ALWAYS_AUTHENTICATE). */
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (user != CKU_SO && user != CKU_USER) {
        return CKR_USER_TYPE_INVALID;
    }
    enum module_login wanted = user == CKU_SO ? MODULE_LOGIN_SO : MODULE_LOGIN_USER;
    if (slot->login != MODULE_LOGIN_NONE) {
        return slot->login == wanted ? CKR_USER_ALREADY_LOGGED_IN
                                     : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    }
    if (user == CKU_SO) {
        return has_read_only_session(slot) ? CKR_SESSION_READ_ONLY_EXISTS : CKR_OK;
    }
    CK_RV rv = module_token_refresh(slot);
    if (rv == CKR_OK && (slot->status.flags & TOKWIRE_FLAG_USER_PIN_SET) == 0) {
        rv = CKR_USER_PIN_NOT_INITIALIZED;
    }
    return rv;
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, unsigned char *pin, CK_ULONG pin_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, pin != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_slot *slot = session->slot;
    rv = may_login(session, user);
    if (rv == CKR_OK && !pin_fits(pin_len)) {
        rv = CKR_PIN_INCORRECT;
    } else if (rv == CKR_OK) {
        enum tokwire_user who = user == CKU_SO ? TOKWIRE_SO : TOKWIRE_USER;
        rv = pin_ckr(session, client_verify_pin(slot->client, who, bytes_make(pin, pin_len)));
    }
    if (rv == CKR_OK) {
        slot->login = user == CKU_SO ? MODULE_LOGIN_SO : MODULE_LOGIN_USER;
        slot->objects.fresh = false;
    }
    return module_session_leave(session, rv);
}

CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (session->slot->login == MODULE_LOGIN_NONE) {
        rv = CKR_USER_NOT_LOGGED_IN;
    } else {
        module_token_logout(session->slot);
    }
    return module_session_leave(session, rv);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE handle, unsigned char *pin, CK_ULONG pin_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, pin != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (session->slot->login != MODULE_LOGIN_SO) {
        rv = CKR_USER_NOT_LOGGED_IN;
    } else if (!pin_fits(pin_len)) {
        rv = CKR_PIN_LEN_RANGE;
    } else {
        rv = module_session_ckr(
            session, client_set_user_pin(session->slot->client, bytes_make(pin, pin_len)));
    }
    return module_session_leave(session, rv);
}

/* The PIN of who is logged in; the user's in a public session. */
static CK_RV change_pin(struct module_session *session, struct bytes old_pin, struct bytes new_pin)
{
    struct module_slot *slot = session->slot;
    if ((session->flags & CKF_RW_SESSION) == 0) {
        return CKR_SESSION_READ_ONLY;
    }
    if (!pin_fits(old_pin.len)) {
        return CKR_PIN_INCORRECT;
    }
    if (!pin_fits(new_pin.len)) {
        return CKR_PIN_LEN_RANGE;
    }
    enum tokwire_user who = slot->login == MODULE_LOGIN_SO ? TOKWIRE_SO : TOKWIRE_USER;
    return pin_ckr(session, client_change_pin(slot->client, who, old_pin, new_pin));
}

CK_RV C_SetPIN(CK_SESSION_HANDLE handle, unsigned char *old_pin, CK_ULONG old_len,
               unsigned char *new_pin, CK_ULONG new_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, old_pin != NULL && new_pin != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = change_pin(session, bytes_make(old_pin, old_len), bytes_make(new_pin, new_len));
    return module_session_leave(session, rv);
}

/* 32 blank-padded characters as a text. */
static void unpad_label(const unsigned char *padded, char label[TOKWIRE_LABEL_MAX + 1])
{
    size_t len = TOKWIRE_LABEL_MAX;
    while (len > 0 && padded[len - 1] == ' ') {
        len--;
    }
    memcpy(label, padded, len);
    label[len] = '\0';
}

/* The role stays what it is: Cryptoki knows none. `usbkey-admin init` gives it. */
static CK_RV init_token(struct module_slot *slot, struct bytes pin, const unsigned char *padded)
{
    if (!module_token_poll(slot)) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    if (slot->sessions != NULL) {
        return CKR_SESSION_EXISTS;
    }
    if (!pin_fits(pin.len)) {
        return CKR_PIN_LEN_RANGE;
    }
    char label[TOKWIRE_LABEL_MAX + 1];
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    unpad_label(padded, label);
    if (label[0] == '\0') {
        return CKR_ARGUMENTS_BAD;
    }
    const struct client_initialise request = {.label = label, .so_pin = pin};
    CK_RV rv = module_ckr(slot->client, client_initialise(slot->client, &request, serial));
    if (rv != CKR_OK && client_sw(slot->client) == TOKWIRE_SW_STATE) {
        /* The engine does it under nobody's feet: another process is logged in. */
        rv = CKR_SESSION_EXISTS;
    } else if (rv != CKR_OK && client_sw(slot->client) == TOKWIRE_SW_DATA) {
        rv = CKR_ARGUMENTS_BAD; /* the label is no text */
    }
    module_objects_clear(&slot->objects);
    return rv == CKR_OK ? module_token_refresh(slot) : rv;
}

CK_RV C_InitToken(CK_SLOT_ID id, unsigned char *pin, CK_ULONG pin_len, unsigned char *label)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, pin != NULL && label != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    return module_slot_leave(slot, init_token(slot, bytes_make(pin, pin_len), label));
}
