/* The way into the library and out of it: initialisation, and what every call
 * passes before it does anything. */
#ifndef MODULE_ENTRY_H
#define MODULE_ENTRY_H

#include <stdbool.h>

#include "module/session.h"

/* C_Initialize and C_Finalize: wait until no call is under way.
 * CKR_CRYPTOKI_ALREADY_INITIALIZED; CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV module_start(const CK_C_INITIALIZE_ARGS *args);
CK_RV module_stop(bool arguments_ok);

/* Takes the library as initialised for the time of one call, during which
 * C_Finalize waits. CKR_CRYPTOKI_NOT_INITIALIZED, also in a forked child. */
CK_RV module_enter(void);
void module_leave(void);
/* The slots; only between enter and leave. */
struct module_slot *module_slots(size_t *count);
/* Changes with every C_Initialize. */
unsigned module_generation(void);

/* Enters and locks one slot. CKR_SLOT_ID_INVALID; nothing is held on failure. */
CK_RV module_slot_enter(CK_SLOT_ID id, bool arguments_ok, struct module_slot **slot);
/* Unlocks, leaves and returns rv. A connection that broke during the call is
 * given up here: the token is gone, its sessions are closed. */
CK_RV module_slot_leave(struct module_slot *slot, CK_RV rv);

/* The same for a session, in the order of Cryptoki's checks: initialised,
 * arguments, session handle, and that the token is still there
 * (CKR_DEVICE_REMOVED, which closes the session). */
CK_RV module_session_enter(CK_SESSION_HANDLE handle, bool arguments_ok,
                           struct module_session **session);
CK_RV module_session_leave(struct module_session *session, CK_RV rv);

#endif
