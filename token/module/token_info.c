#include "module/token_info.h"

#include <stdio.h>

#include "module/session.h"
#include "module/text.h"

/* Tries an engine gives before it locks (docs/token-commands.md, VERIFY PIN). */
enum { PIN_TRIES = 5 };

/* Token flags that follow from a flag of the wire. */
static const struct {
    uint32_t wire;
    CK_FLAGS flags;
} flag_rows[] = {
    {TOKWIRE_FLAG_INITIALISED, CKF_TOKEN_INITIALIZED},
    {TOKWIRE_FLAG_USER_PIN_SET, CKF_USER_PIN_INITIALIZED},
    {TOKWIRE_FLAG_USER_LOCKED, CKF_USER_PIN_LOCKED},
    {TOKWIRE_FLAG_SO_LOCKED, CKF_SO_PIN_LOCKED},
    {TOKWIRE_FLAG_TAMPERED, CKF_ERROR_STATE},
};

/* Tries left say what the last logins were: fewer than all of them, a wrong PIN
 * since the last right one; one, the next wrong one locks. */
static CK_FLAGS tries_flags(uint8_t tries, CK_FLAGS low, CK_FLAGS final)
{
    if (tries == 0 || tries >= PIN_TRIES) {
        return 0;
    }
    return low | (tries == 1 ? final : 0);
}

static CK_FLAGS token_flags(const struct client_status *status)
{
    CK_FLAGS flags = CKF_RNG | CKF_LOGIN_REQUIRED;
    for (size_t i = 0; i < sizeof(flag_rows) / sizeof(flag_rows[0]); i++) {
        flags |= (status->flags & flag_rows[i].wire) != 0 ? flag_rows[i].flags : 0;
    }
    if ((status->flags & TOKWIRE_FLAG_USER_PIN_SET) != 0) {
        flags |= tries_flags(status->user_tries, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY);
    }
    if ((status->flags & TOKWIRE_FLAG_INITIALISED) != 0) {
        flags |= tries_flags(status->so_tries, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY);
    }
    return flags;
}

/* Role, and that a development token is one, stand in the model: every client
 * shows it. */
static void model_text(const struct client_status *status, char *text, size_t size)
{
    const char *role = status->role == TOKWIRE_ROLE_LINE ? " line"
                       : status->role == TOKWIRE_ROLE_DP ? " dp"
                                                         : "";
    const char *development = (status->flags & TOKWIRE_FLAG_DEVELOPMENT) != 0 ? " dev" : "";
    snprintf(text, size, "USBKey%s%s", role, development);
}

void module_token_info(const struct module_slot *slot, CK_TOKEN_INFO *info)
{
    const struct client_status *status = &slot->status;
    CK_ULONG all = 0, read_write = 0;
    module_sessions_count(slot, &all, &read_write);
    *info = (CK_TOKEN_INFO){
        .flags = token_flags(status),
        .ulMaxSessionCount = MODULE_SESSIONS_MAX,
        .ulSessionCount = all,
        .ulMaxRwSessionCount = MODULE_SESSIONS_MAX,
        .ulRwSessionCount = read_write,
        .ulMaxPinLen = TOKWIRE_PIN_MAX,
        .ulMinPinLen = TOKWIRE_PIN_MIN,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .hardwareVersion = {1, 0},
        .firmwareVersion = module_text_version(status->firmware),
    };
    char model[sizeof(info->model) + 1];
    model_text(status, model, sizeof(model));
    module_text_pad(info->label, sizeof(info->label), status->label);
    module_text_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
    module_text_pad(info->model, sizeof(info->model), model);
    module_text_pad(info->serialNumber, sizeof(info->serialNumber), status->serial);
    module_text_pad(info->utcTime, sizeof(info->utcTime), "");
}
