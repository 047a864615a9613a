/* C_Verify and its parts. */
#include "module/operation_entry.h"
#include "module/slot_object.h"

CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_begin(session, MODULE_VERIFY, mechanism, key);
    if (rv == CKR_OK) {
        /* Parts are held until the end. */
        buf_init(&session->operation.data, session->operation.mechanism->verify_max);
    }
    return module_session_leave(session, rv);
}

static CK_RV verify(const struct module_session *session, struct bytes data, struct bytes signature)
{
    const struct module_operation *operation = &session->operation;
    const struct module_mechanism *mechanism = operation->mechanism;
    if (data.len < mechanism->data_min || data.len > mechanism->verify_max) {
        return CKR_DATA_LEN_RANGE;
    }
    if (signature.len != mechanism->output_len) {
        return CKR_SIGNATURE_LEN_RANGE;
    }
    const struct module_object *key = module_object_find(session->slot, operation->key);
    return key == NULL ? CKR_KEY_HANDLE_INVALID : mechanism->verify(key, data, signature);
}

CK_RV C_Verify(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_len,
               unsigned char *signature, CK_ULONG signature_len)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_input_ok(data, data_len) && signature != NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_VERIFY, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_single(&session->operation);
    if (rv == CKR_OK) {
        rv = verify(session, bytes_make(data, data_len), bytes_make(signature, signature_len));
    }
    return module_operation_leave(session, true, rv);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_len)
{
    struct module_session *session = NULL;
    CK_RV rv =
        module_operation_enter(handle, MODULE_VERIFY, module_input_ok(part, part_len), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_operation *operation = &session->operation;
    rv = module_operation_update(operation);
    if (rv == CKR_OK) {
        rv = module_operation_gather(operation, bytes_make(part, part_len));
    }
    return module_operation_leave(session, false, rv);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, unsigned char *signature, CK_ULONG signature_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_VERIFY, signature != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_operation *operation = &session->operation;
    rv = module_operation_final(operation);
    if (rv == CKR_OK) {
        rv = verify(session, buf_bytes(&operation->data), bytes_make(signature, signature_len));
    }
    return module_operation_leave(session, true, rv);
}
