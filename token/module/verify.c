/* C_Verify with a public key: here, in software; nothing about it is secret. */
#include "crypto/ec.h"
#include "module/entry.h"
#include "module/session.h"

CK_RV module_verify_message(const struct module_object *key, struct bytes data,
                            struct bytes signature)
{
    EVP_PKEY *public_key = NULL;
    if (ec_public_from_point(key->curve, BYTES_OF(key->point), &public_key) != ERR_OK) {
        return CKR_FUNCTION_FAILED;
    }
    enum err err = ec_verify(public_key, data, signature);
    EVP_PKEY_free(public_key);
    return err == ERR_OK ? CKR_OK : CKR_SIGNATURE_INVALID;
}

CK_RV module_verify_digest(const struct module_object *key, struct bytes data,
                           struct bytes signature)
{
    EVP_PKEY *public_key = NULL;
    EVP_PKEY_CTX *context = NULL;
    struct buf der;
    buf_init(&der, EC_SIGNATURE_SIZE * 2);
    CK_RV rv = CKR_FUNCTION_FAILED;
    if (ec_public_from_point(key->curve, BYTES_OF(key->point), &public_key) == ERR_OK) {
        context = EVP_PKEY_CTX_new(public_key, NULL);
    }
    if (context != NULL && EVP_PKEY_verify_init(context) == 1) {
        bool valid = ec_signature_to_der(signature, &der) == ERR_OK &&
                     EVP_PKEY_verify(context, der.data, der.len, data.data, data.len) == 1;
        rv = valid ? CKR_OK : CKR_SIGNATURE_INVALID;
    }
    buf_clear(&der);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(public_key);
    return rv;
}

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
