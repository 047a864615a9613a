#include "module/operation_entry.h"

#include "module/key.h"

/* Function of a mechanism and permission of a key that each kind needs. */
static const struct {
    enum module_operation_kind kind;
    CK_FLAGS function;
    CK_ATTRIBUTE_TYPE permission;
} kind_rows[] = {
    {MODULE_ENCRYPT, CKF_ENCRYPT, CKA_ENCRYPT},
    {MODULE_DECRYPT, CKF_DECRYPT, CKA_DECRYPT},
    {MODULE_DIGEST, CKF_DIGEST, 0},
    {MODULE_SIGN, CKF_SIGN, CKA_SIGN},
    {MODULE_VERIFY, CKF_VERIFY, CKA_VERIFY},
};

CK_RV module_operation_begin(struct module_session *session, enum module_operation_kind kind,
                             const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    size_t row = 0;
    while (kind_rows[row].kind != kind) {
        row++;
    }
    struct module_operation *operation = &session->operation;
    if (operation->kind != MODULE_NO_OPERATION) {
        return CKR_OPERATION_ACTIVE;
    }
    const struct module_mechanism *found = NULL;
    CK_RV rv = module_mechanism_check(session->slot->status.role, mechanism,
                                      kind_rows[row].function, &found);
    if (rv == CKR_OK && kind_rows[row].permission != 0) {
        const struct module_object *object = NULL;
        rv = module_key_check(session->slot, found, kind_rows[row].permission, key, &object);
    }
    if (rv == CKR_OK) {
        operation->kind = kind;
        operation->mechanism = found;
        operation->key = key;
    }
    return rv;
}

CK_RV module_operation_enter(CK_SESSION_HANDLE handle, enum module_operation_kind kind,
                             bool arguments_ok, struct module_session **session)
{
    CK_RV rv = module_session_enter(handle, true, session);
    if (rv == CKR_SESSION_HANDLE_INVALID && !arguments_ok) {
        return CKR_ARGUMENTS_BAD;
    }
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_operation *operation = &(*session)->operation;
    if (!arguments_ok) {
        if (operation->kind == kind) {
            module_operation_end(operation);
        }
        rv = CKR_ARGUMENTS_BAD;
    } else if (operation->kind != kind) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    }
    if (rv != CKR_OK) {
        rv = module_session_leave(*session, rv);
        *session = NULL;
    }
    return rv;
}

CK_RV module_operation_leave(struct module_session *session, bool done, CK_RV rv)
{
    if (done || (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)) {
        module_operation_end(&session->operation);
    }
    return module_session_leave(session, rv);
}
