#include "module/slot.h"

#include <stdio.h>
#include <unistd.h>

enum { NO_DESCRIPTOR = -1 };

enum err (*module_slot_connect)(const char *path, struct client **client) = client_open;

CK_RV module_slot_init(struct module_slot *slot, CK_SLOT_ID id, const char *path, CK_ULONG used)
{
    slot->id = id;
    slot->last_session = used;
    slot->objects.last_handle = used;
    snprintf(slot->path, sizeof(slot->path), "%s", path);
    atomic_init(&slot->descriptor, NO_DESCRIPTOR);
    return module_lock_init(&slot->lock);
}

bool module_slot_open(struct module_slot *slot)
{
    if (module_slot_connect(slot->path, &slot->client) != ERR_OK) {
        slot->client = NULL;
        return false;
    }
    atomic_store(&slot->descriptor, client_descriptor(slot->client));
    if (client_get_status(slot->client, &slot->status) != ERR_OK) {
        module_slot_close(slot);
        return false;
    }
    return true;
}

void module_slot_close(struct module_slot *slot)
{
    atomic_store(&slot->descriptor, NO_DESCRIPTOR);
    client_free(&slot->client);
    slot->login = MODULE_LOGIN_NONE;
    module_objects_clear(&slot->objects);
    slot->status = (struct client_status){0};
}

void module_slot_clear(struct module_slot *slot)
{
    module_slot_close(slot);
    module_seed_clear(&slot->seed);
    module_lock_clear(&slot->lock);
}

void module_slot_abandon(struct module_slot *slot)
{
    int descriptor = atomic_load(&slot->descriptor);
    if (descriptor != NO_DESCRIPTOR) {
        close(descriptor);
    }
}
