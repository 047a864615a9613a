#include "module/operation.h"

#include <string.h>

#include "module/entry.h"
#include "module/session.h"

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

void module_operation_end(struct module_operation *operation)
{
    buf_clear(&operation->data);
    EVP_MD_CTX_free(operation->digest);
    *operation = (struct module_operation){.kind = MODULE_NO_OPERATION};
}

static bool mechanism_allowed(const struct module_object *key, CK_MECHANISM_TYPE type)
{
    const struct module_attribute *allowed =
        module_attributes_find(&key->attributes, CKA_ALLOWED_MECHANISMS);
    for (size_t at = 0; allowed != NULL && at + sizeof(type) <= allowed->len; at += sizeof(type)) {
        if (memcmp(allowed->data + at, &type, sizeof(type)) == 0) {
            return true;
        }
    }
    return false;
}

CK_RV module_key_check(const struct module_session *session,
                       const struct module_mechanism *mechanism, CK_ATTRIBUTE_TYPE permission,
                       CK_OBJECT_HANDLE handle, const struct module_object **key)
{
    *key = NULL;
    const struct module_object *found = module_object_find(session->slot, handle);
    if (found == NULL || module_attributes_find(&found->attributes, CKA_KEY_TYPE) == NULL) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (module_attributes_ulong(&found->attributes, CKA_KEY_TYPE) != mechanism->key_type) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    if (!module_attributes_bool(&found->attributes, permission) ||
        !mechanism_allowed(found, mechanism->type)) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    *key = found;
    return CKR_OK;
}

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
    CK_RV rv = module_mechanism_check(session, mechanism, kind_rows[row].function, &found);
    if (rv == CKR_OK && kind_rows[row].permission != 0) {
        const struct module_object *object = NULL;
        rv = module_key_check(session, found, kind_rows[row].permission, key, &object);
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

CK_RV module_operation_single(struct module_operation *operation)
{
    if (operation->way == MODULE_WAY_PARTS) {
        return CKR_OPERATION_ACTIVE;
    }
    operation->way = MODULE_WAY_SINGLE;
    return CKR_OK;
}

CK_RV module_operation_update(struct module_operation *operation)
{
    if (!operation->mechanism->multi_part) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    operation->way = MODULE_WAY_PARTS;
    return CKR_OK;
}

CK_RV module_operation_final(const struct module_operation *operation)
{
    if (!operation->mechanism->multi_part) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    return operation->way == MODULE_WAY_SINGLE ? CKR_OPERATION_ACTIVE : CKR_OK;
}

CK_RV module_operation_gather(struct module_operation *operation, struct bytes part)
{
    buf_put_bytes(&operation->data, part);
    enum err err = buf_err(&operation->data);
    return err == ERR_OK ? CKR_OK : err == ERR_RANGE ? CKR_DATA_LEN_RANGE : CKR_HOST_MEMORY;
}

CK_RV module_operation_leave(struct module_session *session, bool done, CK_RV rv)
{
    if (done || (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)) {
        module_operation_end(&session->operation);
    }
    return module_session_leave(session, rv);
}

bool module_output_fits(const void *out, CK_ULONG *len, size_t needed, CK_RV *rv)
{
    CK_ULONG room = *len;
    *len = needed;
    *rv = out != NULL && room < needed ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    return out != NULL && room >= needed;
}
