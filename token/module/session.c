#include "module/session.h"

#include <stdlib.h>

#include "module/ckr.h"

size_t module_session_slot(CK_SESSION_HANDLE handle)
{
    return (size_t)(handle % MODULE_SLOTS_MAX);
}

struct module_session *module_session_find(struct module_slot *slot, CK_SESSION_HANDLE handle)
{
    for (struct module_session *session = slot->sessions; session != NULL;
         session = session->next) {
        if (session->handle == handle) {
            return session;
        }
    }
    return NULL;
}

static void session_free(struct module_session *session)
{
    module_operation_end(&session->operation);
    module_search_end(&session->search);
    free(session);
}

void module_session_remove(struct module_session *session)
{
    struct module_session **link = &session->slot->sessions;
    while (*link != session) {
        link = &(*link)->next;
    }
    *link = session->next;
    session_free(session);
}

void module_sessions_free(struct module_slot *slot)
{
    while (slot->sessions != NULL) {
        struct module_session *session = slot->sessions;
        slot->sessions = session->next;
        session_free(session);
    }
}

void module_sessions_end_operations(struct module_slot *slot)
{
    for (struct module_session *session = slot->sessions; session != NULL;
         session = session->next) {
        module_operation_end(&session->operation);
        module_search_end(&session->search);
    }
}

void module_sessions_count(const struct module_slot *slot, CK_ULONG *all, CK_ULONG *read_write)
{
    *all = 0;
    *read_write = 0;
    for (const struct module_session *session = slot->sessions; session != NULL;
         session = session->next) {
        *all += 1;
        *read_write += (session->flags & CKF_RW_SESSION) != 0 ? 1 : 0;
    }
}

CK_RV module_session_ckr(struct module_session *session, enum err err)
{
    if (err != ERR_OK && client_sw(session->slot->client) != TOKWIRE_SW_OK) {
        session->device_error = client_sw(session->slot->client);
    }
    return module_ckr(session->slot->client, err);
}
