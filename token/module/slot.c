#include "module/slot.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "module/ckr.h"
#include "module/entry.h"
#include "module/mechanism.h"
#include "module/session.h"
#include "module/text.h"

enum { NO_DESCRIPTOR = -1, EVENT_POLL_MS = 100 };

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

/* The connection goes, and with it at the engine all it had. */
static void disconnect(struct module_slot *slot)
{
    atomic_store(&slot->descriptor, NO_DESCRIPTOR);
    client_free(&slot->client);
    slot->login = MODULE_LOGIN_NONE;
    module_sessions_free(slot);
    module_objects_clear(&slot->objects);
    slot->status = (struct client_status){0};
}

void module_slot_clear(struct module_slot *slot)
{
    disconnect(slot);
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

static void note_presence(struct module_slot *slot, enum module_presence presence)
{
    if (slot->seen != MODULE_UNKNOWN && slot->seen != presence) {
        slot->event = true;
    }
    slot->seen = presence;
}

void module_slot_lose(struct module_slot *slot)
{
    disconnect(slot);
    note_presence(slot, MODULE_ABSENT);
}

static bool connect_engine(struct module_slot *slot)
{
    if (module_slot_connect(slot->path, &slot->client) != ERR_OK) {
        slot->client = NULL;
        return false;
    }
    atomic_store(&slot->descriptor, client_descriptor(slot->client));
    if (client_get_status(slot->client, &slot->status) != ERR_OK) {
        disconnect(slot);
        return false;
    }
    return true;
}

bool module_slot_poll(struct module_slot *slot)
{
    if (slot->client != NULL && !client_alive(slot->client)) {
        module_slot_lose(slot);
    }
    bool present = slot->client != NULL || connect_engine(slot);
    note_presence(slot, present ? MODULE_PRESENT : MODULE_ABSENT);
    return present;
}

CK_RV module_slot_refresh(struct module_slot *slot)
{
    if (!module_slot_poll(slot)) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    struct client_status status;
    enum err err = client_get_status(slot->client, &status);
    if (err == ERR_OK) {
        slot->status = status;
    }
    return module_ckr(slot->client, err);
}

void module_slot_logout(struct module_slot *slot)
{
    if (slot->login == MODULE_LOGIN_NONE) {
        return;
    }
    slot->login = MODULE_LOGIN_NONE;
    client_logout(slot->client);
    module_sessions_end_operations(slot);
    module_objects_drop_private(&slot->objects);
}

CK_RV C_GetSlotList(unsigned char token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    CK_SLOT_ID found[MODULE_SLOTS_MAX];
    CK_ULONG found_count = 0;
    size_t slot_count = 0;
    struct module_slot *slots = module_slots(&slot_count);
    for (size_t i = 0; count != NULL && rv == CKR_OK && i < slot_count; i++) {
        rv = module_lock_take(&slots[i].lock);
        if (rv == CKR_OK) {
            if (!token_present || module_slot_poll(&slots[i])) {
                found[found_count++] = slots[i].id;
            }
            module_lock_drop(&slots[i].lock);
        }
    }
    module_leave();
    if (rv != CKR_OK || count == NULL) {
        return rv != CKR_OK ? rv : CKR_ARGUMENTS_BAD;
    }
    CK_ULONG room = *count;
    *count = found_count;
    if (list == NULL) {
        return CKR_OK;
    }
    if (room < found_count) {
        return CKR_BUFFER_TOO_SMALL;
    }
    memcpy(list, found, found_count * sizeof(found[0]));
    return CKR_OK;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, info != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    bool present = module_slot_poll(slot);
    char description[sizeof("USBKey at ") + MODULE_PATH_SIZE];
    snprintf(description, sizeof(description), "USBKey at %s", slot->path);
    *info = (CK_SLOT_INFO){
        .flags = CKF_REMOVABLE_DEVICE | (present ? CKF_TOKEN_PRESENT : 0),
        .hardwareVersion = {1, 0},
        .firmwareVersion = module_text_version(slot->status.firmware),
    };
    module_text_pad(info->slotDescription, sizeof(info->slotDescription), description);
    module_text_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
    return module_slot_leave(slot, CKR_OK);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, info != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_slot_refresh(slot);
    if (rv == CKR_OK) {
        module_token_info(slot, info);
    }
    return module_slot_leave(slot, rv);
}

/* The first slot whose token came or went; polls each when `look` says so. */
static CK_RV take_event(CK_SLOT_ID *slot)
{
    size_t count = 0;
    struct module_slot *slots = module_slots(&count);
    for (size_t i = 0; i < count; i++) {
        CK_RV rv = module_lock_take(&slots[i].lock);
        if (rv != CKR_OK) {
            return rv;
        }
        module_slot_poll(&slots[i]);
        bool event = slots[i].event;
        slots[i].event = false;
        module_lock_drop(&slots[i].lock);
        if (event) {
            *slot = slots[i].id;
            return CKR_OK;
        }
    }
    return CKR_NO_EVENT;
}

/* Polls; the library is left between two looks so that C_Finalize can end the
 * wait, which then returns CKR_CRYPTOKI_NOT_INITIALIZED (Cryptoki 2.40 5.5). */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    const struct timespec pause = {.tv_nsec = EVENT_POLL_MS * 1000000L};
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    unsigned generation = module_generation();
    rv = slot == NULL || reserved != NULL ? CKR_ARGUMENTS_BAD : take_event(slot);
    while (rv == CKR_NO_EVENT && (flags & CKF_DONT_BLOCK) == 0) {
        module_leave();
        nanosleep(&pause, NULL);
        rv = module_enter();
        if (rv != CKR_OK) {
            return rv;
        }
        rv = generation == module_generation() ? take_event(slot) : CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    module_leave();
    return rv;
}

CK_RV C_GetMechanismList(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, count != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_slot_poll(slot) ? module_mechanism_list(slot->status.role, list, count)
                                : CKR_TOKEN_NOT_PRESENT;
    return module_slot_leave(slot, rv);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, info != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    if (!module_slot_poll(slot)) {
        return module_slot_leave(slot, CKR_TOKEN_NOT_PRESENT);
    }
    const struct module_mechanism *mechanism = module_mechanism_find(type, slot->status.role);
    if (mechanism == NULL) {
        rv = CKR_MECHANISM_INVALID;
    } else {
        *info = mechanism->info;
    }
    return module_slot_leave(slot, rv);
}
