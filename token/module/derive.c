/* C_DeriveKey; the mechanisms' own part is in derivation.c. */
#include "module/entry.h"
#include "module/key.h"
#include "module/template.h"

CK_RV C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base_key,
                  CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    struct module_session *session = NULL;
    bool arguments_ok =
        mechanism != NULL && key != NULL && module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *key = CK_INVALID_HANDLE;
    const struct module_mechanism *row = NULL;
    const struct module_object *base = NULL;
    rv = module_mechanism_check(session->slot->status.role, mechanism, CKF_DERIVE, &row);
    if (rv == CKR_OK) {
        rv = module_key_check(session->slot, row, CKA_DERIVE, base_key, &base);
    }
    if (rv == CKR_OK) {
        rv = row->derive(session, mechanism->pParameter, base, template, count, key);
    }
    return module_session_leave(session, rv);
}
