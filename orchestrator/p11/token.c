/* A module and the one token of it that the URI names (RFC 7512). */
#include "p11/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text padded with blanks (PKCS#11 2.40, 3.1) to a C string. */
static void text_copy(char *text, size_t size, const unsigned char *padded, size_t padded_len)
{
    size_t len = p11_kit_space_strlen(padded, padded_len);

    if (len >= size) {
        len = size - 1;
    }
    memcpy(text, padded, len);
    text[len] = '\0';
}

/* Why a path would not load: p11-kit only says that it did not. */
static enum err path_failure(const char *path, struct p11_failure *failure)
{
    const char *message = p11_kit_message();

    return p11_fail(failure, ERR_NOT_FOUND, "PKCS#11 module %.90s did not load: %.80s", path,
                    message != NULL ? message : "no such module");
}

static enum err module_load_path(struct p11_token *token, const char *path,
                                 struct p11_failure *failure)
{
    CK_RV rv;

    p11_kit_be_quiet();
    token->module = p11_kit_module_load(path, 0);
    if (token->module == NULL) {
        return path_failure(path, failure);
    }
    rv = p11_kit_module_initialize(token->module);
    if (rv != CKR_OK) {
        return p11_fail_rv(failure, "C_Initialize", rv);
    }
    token->initialized = true;
    return ERR_OK;
}

static enum err module_load_name(struct p11_token *token, const char *name,
                                 struct p11_failure *failure)
{
    p11_kit_be_quiet();
    token->modules = p11_kit_modules_load_and_initialize(0);
    if (token->modules != NULL) {
        token->module = p11_kit_module_for_name(token->modules, name);
    }
    if (token->module == NULL) {
        return p11_fail(failure, ERR_NOT_FOUND,
                        "p11-kit knows no working module \"%.60s\": see p11-kit list-modules, or "
                        "give its path",
                        name);
    }
    return ERR_OK;
}

/* A slot whose token the URI describes; the text fields are copied on a match. */
static bool slot_matches(struct p11_token *token, P11KitUri *uri, CK_SLOT_ID slot)
{
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info;

    memset(&slot_info, 0, sizeof(slot_info));
    memset(&info, 0, sizeof(info));
    if (token->module->C_GetSlotInfo(slot, &slot_info) != CKR_OK ||
        token->module->C_GetTokenInfo(slot, &info) != CKR_OK) {
        return false;
    }
    if (!p11_kit_uri_match_slot_info(uri, &slot_info) ||
        !p11_kit_uri_match_token_info(uri, &info) || !(info.flags & CKF_TOKEN_INITIALIZED)) {
        return false;
    }
    token->slot = slot;
    text_copy(token->label, sizeof(token->label), info.label, sizeof(info.label));
    text_copy(token->serial, sizeof(token->serial), info.serialNumber, sizeof(info.serialNumber));
    return true;
}

static enum err slot_find(struct p11_token *token, P11KitUri *uri, const char *uri_text,
                          struct p11_failure *failure)
{
    CK_SLOT_ID slots[P11_SLOTS_MAX];
    CK_ULONG count = P11_SLOTS_MAX;
    CK_INFO info;
    size_t matches = 0;
    CK_RV rv;

    memset(&info, 0, sizeof(info));
    rv = token->module->C_GetInfo(&info);
    if (rv != CKR_OK) {
        return p11_fail_rv(failure, "C_GetInfo", rv);
    }
    rv = token->module->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) {
        return p11_fail_rv(failure, "C_GetSlotList", rv);
    }
    if (!p11_kit_uri_match_module_info(uri, &info)) {
        count = 0;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        matches += slot_matches(token, uri, slots[i]);
    }
    if (matches == 0) {
        return p11_fail(failure, ERR_NOT_FOUND,
                        "no token matches %.90s: engine not running or token not there", uri_text);
    }
    if (matches > 1) {
        return p11_fail(failure, ERR_DUPLICATE, "%zu tokens match %.90s: add its serial to the URI",
                        matches, uri_text);
    }
    return ERR_OK;
}

/* The tries left, as far as the flags tell (PKCS#11 2.40, 3.2 table 6). */
static const char *tries_left(const struct p11_token *token)
{
    CK_TOKEN_INFO info;

    memset(&info, 0, sizeof(info));
    if (token->module->C_GetTokenInfo(token->slot, &info) != CKR_OK) {
        return "";
    }
    if (info.flags & CKF_USER_PIN_LOCKED) {
        return "; no tries left: the security officer unblocks it with usbkey-admin pin unblock";
    }
    if (info.flags & CKF_USER_PIN_FINAL_TRY) {
        return "; one try left before the PIN locks";
    }
    if (info.flags & CKF_USER_PIN_COUNT_LOW) {
        return "; tries have failed before, few are left";
    }
    return "";
}

static enum err token_login(struct p11_token *token, const struct secret *pin,
                            struct p11_failure *failure)
{
    char call[P11_LABEL_SIZE + 24];
    enum err err;
    size_t used;
    CK_RV rv;

    rv = token->module->C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL, &token->login);
    if (rv != CKR_OK) {
        return p11_fail_rv(failure, "C_OpenSession", rv);
    }
    rv = token->module->C_Login(token->login, CKU_USER, p11_ptr(secret_bytes(pin)), pin->len);
    /* Somebody in this process logged in before; the login is the application's. */
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) {
        return ERR_OK;
    }
    snprintf(call, sizeof(call), "token %s: C_Login", token->label);
    err = p11_fail_rv(failure, call, rv);
    if (err == ERR_PIN && failure != NULL) {
        used = strlen(failure->detail);
        snprintf(failure->detail + used, sizeof(failure->detail) - used, "%s", tries_left(token));
    }
    return err;
}

static enum err token_open(struct p11_token *token, const struct p11_config *config, P11KitUri *uri,
                           struct p11_failure *failure)
{
    struct secret pin = {0};
    enum err err;

    if (p11_kit_uri_parse(config->token_uri, P11_KIT_URI_FOR_ANY, uri) != P11_KIT_URI_OK ||
        p11_kit_uri_any_unrecognized(uri)) {
        return p11_fail(failure, ERR_ARGUMENT, "\"%.100s\" is not a PKCS#11 URI (RFC 7512)",
                        config->token_uri);
    }
    /* The PIN first: with a missing file no module need be woken. */
    err = p11_pin_read(config->pin_file, uri, &pin, failure);
    if (err == ERR_OK) {
        err = strchr(config->module, '/') != NULL
                  ? module_load_path(token, config->module, failure)
                  : module_load_name(token, config->module, failure);
    }
    if (err == ERR_OK) {
        err = slot_find(token, uri, config->token_uri, failure);
    }
    if (err == ERR_OK) {
        err = token_login(token, &pin, failure);
    }
    secret_clear(&pin);
    return err;
}

enum err p11_open(const struct p11_config *config, struct p11_token **token,
                  struct p11_failure *failure)
{
    struct p11_token *new_token = NULL;
    P11KitUri *uri = NULL;
    enum err err = ERR_MEMORY;

    *token = NULL;
    if (failure != NULL) {
        memset(failure, 0, sizeof(*failure));
    }
    if (config->module == NULL || config->token_uri == NULL) {
        return p11_fail(failure, ERR_ARGUMENT, "module and token must both be given");
    }
    new_token = calloc(1, sizeof(*new_token));
    uri = p11_kit_uri_new();
    if (new_token == NULL || uri == NULL) {
        p11_fail(failure, err, "out of memory");
        goto out;
    }
    err = token_open(new_token, config, uri, failure);
    if (err != ERR_OK) {
        goto out;
    }
    *token = new_token;
    new_token = NULL;
out:
    p11_kit_uri_free(uri);
    p11_close(&new_token);
    return err;
}

void p11_close(struct p11_token **token)
{
    struct p11_token *old = *token;

    if (old == NULL) {
        return;
    }
    if (old->login != 0) {
        old->module->C_Logout(old->login);
        old->module->C_CloseSession(old->login);
    }
    if (old->modules != NULL) {
        p11_kit_modules_finalize_and_release(old->modules);
    } else if (old->module != NULL) {
        if (old->initialized) {
            p11_kit_module_finalize(old->module);
        }
        p11_kit_module_release(old->module);
    }
    free(old);
    *token = NULL;
}

const char *p11_token_label(const struct p11_token *token)
{
    return token->label;
}

const char *p11_token_serial(const struct p11_token *token)
{
    return token->serial;
}
