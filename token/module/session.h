/* Sessions of this process with a slot's token. */
#ifndef MODULE_SESSION_H
#define MODULE_SESSION_H

#include "module/operation.h"
#include "module/search.h"
#include "module/slot.h"

enum { MODULE_SESSIONS_MAX = 1024 };

struct module_session {
    struct module_session *next;
    struct module_slot *slot;
    CK_SESSION_HANDLE handle; /* names its slot; never used twice */
    CK_FLAGS flags;
    CK_ULONG device_error; /* status word of the engine's last refusal */
    struct module_search search;
    struct module_operation operation;
};

/* The slot a handle is of, which need not exist. */
size_t module_session_slot(CK_SESSION_HANDLE handle);
/* NULL when there is none. */
struct module_session *module_session_find(struct module_slot *slot, CK_SESSION_HANDLE handle);
/* Takes the session off its slot and frees it. */
void module_session_remove(struct module_session *session);
/* Frees all of the slot's. */
void module_sessions_free(struct module_slot *slot);
void module_sessions_end_operations(struct module_slot *slot);
void module_sessions_count(const struct module_slot *slot, CK_ULONG *all, CK_ULONG *read_write);
/* module_ckr() for what a session did; keeps the status word. */
CK_RV module_session_ckr(struct module_session *session, enum err err);

#endif
