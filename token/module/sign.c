/* C_Sign and its parts. The engine sees the whole message: parts are gathered
 * here and sent as one. */
#include "module/operation_entry.h"
#include "module/slot_object.h"

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_begin(session, MODULE_SIGN, mechanism, key);
    if (rv == CKR_OK) {
        buf_init(&session->operation.data, session->operation.mechanism->data_max);
    }
    return module_session_leave(session, rv);
}

/* Signs what is there with the operation's key, which may be gone by now. */
static CK_RV sign(struct module_session *session, struct bytes data, uint8_t *out)
{
    const struct module_operation *operation = &session->operation;
    const struct module_mechanism *mechanism = operation->mechanism;
    if (data.len < mechanism->data_min || data.len > mechanism->data_max) {
        return CKR_DATA_LEN_RANGE;
    }
    const struct module_object *key = module_object_find(session->slot, operation->key);
    return key == NULL ? CKR_KEY_HANDLE_INVALID : mechanism->sign(session, key, data, out);
}

CK_RV C_Sign(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_len,
             unsigned char *signature, CK_ULONG *signature_len)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_input_ok(data, data_len) && signature_len != NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_SIGN, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_operation *operation = &session->operation;
    rv = module_operation_single(operation);
    bool go = rv == CKR_OK &&
              module_output_fits(signature, signature_len, operation->mechanism->output_len, &rv);
    if (go) {
        rv = sign(session, bytes_make(data, data_len), signature);
    }
    return module_operation_leave(session, go, rv);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_len)
{
    struct module_session *session = NULL;
    CK_RV rv =
        module_operation_enter(handle, MODULE_SIGN, module_input_ok(part, part_len), &session);
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

CK_RV C_SignFinal(CK_SESSION_HANDLE handle, unsigned char *signature, CK_ULONG *signature_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_SIGN, signature_len != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_operation *operation = &session->operation;
    rv = module_operation_final(operation);
    bool go = rv == CKR_OK &&
              module_output_fits(signature, signature_len, operation->mechanism->output_len, &rv);
    if (go) {
        rv = sign(session, buf_bytes(&operation->data), signature);
    }
    return module_operation_leave(session, go, rv);
}
