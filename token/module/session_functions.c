/* C_OpenSession to C_GetSessionInfo. */
#include <stdlib.h>

#include "module/entry.h"
#include "module/slot_object.h"
#include "module/token.h"

/* What must hold before a session is opened (Cryptoki 2.40 5.6, 2.6.8). */
static CK_RV may_open(struct module_slot *slot, CK_FLAGS flags)
{
    if ((flags & CKF_SERIAL_SESSION) == 0) {
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    }
    CK_RV rv = module_token_refresh(slot);
    if (rv != CKR_OK) {
        return rv;
    }
    if ((slot->status.flags & TOKWIRE_FLAG_INITIALISED) == 0) {
        return CKR_TOKEN_NOT_RECOGNIZED;
    }
    if (slot->login == MODULE_LOGIN_SO && (flags & CKF_RW_SESSION) == 0) {
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    }
    CK_ULONG all = 0, read_write = 0;
    module_sessions_count(slot, &all, &read_write);
    return all >= MODULE_SESSIONS_MAX ? CKR_SESSION_COUNT : CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE *handle)
{
    (void)application; /* the engine has nothing to call back for */
    (void)notify;
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, handle != NULL, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    *handle = CK_INVALID_HANDLE;
    rv = may_open(slot, flags);
    struct module_session *session = rv == CKR_OK ? calloc(1, sizeof(*session)) : NULL;
    if (session == NULL) {
        return module_slot_leave(slot, rv != CKR_OK ? rv : CKR_HOST_MEMORY);
    }
    slot->last_session++;
    session->slot = slot;
    session->handle = slot->last_session * MODULE_SLOTS_MAX + slot->id;
    session->flags = flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION);
    session->next = slot->sessions;
    slot->sessions = session;
    *handle = session->handle;
    return module_slot_leave(slot, CKR_OK);
}

/* The login ends with the last session (Cryptoki 2.40 5.6, C_CloseSession). */
static void close_session(struct module_session *session)
{
    struct module_slot *slot = session->slot;
    CK_SESSION_HANDLE handle = session->handle;
    module_session_remove(session);
    if (slot->sessions == NULL) {
        module_token_logout(slot);
    }
    module_objects_drop_session(slot, handle);
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_slot *slot = session->slot;
    close_session(session);
    return module_slot_leave(slot, CKR_OK);
}

CK_RV C_CloseAllSessions(CK_SLOT_ID id)
{
    struct module_slot *slot = NULL;
    CK_RV rv = module_slot_enter(id, true, &slot);
    if (rv != CKR_OK) {
        return rv;
    }
    if (slot->sessions != NULL) {
        module_token_logout(slot);
    }
    while (slot->sessions != NULL) {
        close_session(slot->sessions);
    }
    return module_slot_leave(slot, CKR_OK);
}

static CK_STATE session_state(const struct module_session *session)
{
    bool read_write = (session->flags & CKF_RW_SESSION) != 0;
    switch (session->slot->login) {
    case MODULE_LOGIN_USER:
        return read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    case MODULE_LOGIN_SO:
        return CKS_RW_SO_FUNCTIONS;
    default:
        return read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    }
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, info != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *info = (CK_SESSION_INFO){
        .slotID = session->slot->id,
        .state = session_state(session),
        .flags = session->flags,
        .ulDeviceError = session->device_error,
    };
    return module_session_leave(session, CKR_OK);
}
