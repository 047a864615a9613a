#include "module/token.h"

#include "module/ckr.h"
#include "module/session.h"

static void note_presence(struct module_slot *slot, enum module_presence presence)
{
    if (slot->seen != MODULE_UNKNOWN && slot->seen != presence) {
        slot->event = true;
    }
    slot->seen = presence;
}

void module_token_lose(struct module_slot *slot)
{
    module_sessions_free(slot);
    module_slot_close(slot);
    note_presence(slot, MODULE_ABSENT);
}

bool module_token_poll(struct module_slot *slot)
{
    if (slot->client != NULL && !client_alive(slot->client)) {
        module_token_lose(slot);
    }
    bool present = slot->client != NULL || module_slot_open(slot);
    note_presence(slot, present ? MODULE_PRESENT : MODULE_ABSENT);
    return present;
}

CK_RV module_token_refresh(struct module_slot *slot)
{
    if (!module_token_poll(slot)) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    struct client_status status;
    enum err err = client_get_status(slot->client, &status);
    if (err == ERR_OK) {
        slot->status = status;
    }
    return module_ckr(slot->client, err);
}

void module_token_logout(struct module_slot *slot)
{
    if (slot->login == MODULE_LOGIN_NONE) {
        return;
    }
    slot->login = MODULE_LOGIN_NONE;
    client_logout(slot->client);
    module_sessions_end_operations(slot);
    module_objects_drop_private(&slot->objects);
}
