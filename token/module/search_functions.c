/* C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal. */
#include "module/entry.h"
#include "module/slot_object.h"
#include "module/template.h"

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_search_begin(&session->search, session->slot, template, count);
    return module_session_leave(session, rv);
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG max,
                    CK_ULONG *count)
{
    struct module_session *session = NULL;
    bool arguments_ok = count != NULL && (objects != NULL || max == 0);
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_search *search = &session->search;
    if (!search->active) {
        return module_session_leave(session, CKR_OPERATION_NOT_INITIALIZED);
    }
    *count = 0;
    while (*count < max && search->next < search->count) {
        CK_OBJECT_HANDLE found = search->found[search->next++];
        /* It may have been destroyed since. */
        if (module_object_find(session->slot, found) != NULL) {
            objects[(*count)++] = found;
        }
    }
    return module_session_leave(session, CKR_OK);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = session->search.active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
    module_search_end(&session->search);
    return module_session_leave(session, rv);
}
