/* C_GetSlotList to C_GetMechanismInfo: slots, and the tokens in them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "module/entry.h"
#include "module/mechanism.h"
#include "module/text.h"
#include "module/token.h"
#include "module/token_info.h"

enum { EVENT_POLL_MS = 100 };

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
            if (!token_present || module_token_poll(&slots[i])) {
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
    bool present = module_token_poll(slot);
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
    rv = module_token_refresh(slot);
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
        module_token_poll(&slots[i]);
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
    rv = module_token_poll(slot) ? module_mechanism_list(slot->status.role, list, count)
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
    if (!module_token_poll(slot)) {
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
