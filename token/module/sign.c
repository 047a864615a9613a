/* C_Sign and its parts. The engine sees the whole message: parts are gathered
 * here and sent as one. */
#include <string.h>

#include "module/entry.h"
#include "module/session.h"

CK_RV module_sign_message(struct module_session *session, const struct module_object *key,
                          struct bytes data, uint8_t *out)
{
    return module_session_ckr(
        session, client_sign(session->slot->client, key->key, TOKWIRE_SIGN_MESSAGE, data, out));
}

/* A digest of any length becomes the 32 bytes the engine signs: the leftmost of
 * a longer one, a shorter one as the number it is (FIPS 186-4 6.4; PKCS#11
 * current mechanisms 2.3.1, CKM_ECDSA). */
CK_RV module_sign_digest(struct module_session *session, const struct module_object *key,
                         struct bytes data, uint8_t *out)
{
    uint8_t digest[EC_DIGEST_SIZE] = {0};
    size_t len = data.len < sizeof(digest) ? data.len : sizeof(digest);
    memcpy(digest + sizeof(digest) - len, data.data, len);
    return module_session_ckr(session, client_sign(session->slot->client, key->key,
                                                   TOKWIRE_SIGN_DIGEST, BYTES_OF(digest), out));
}

CK_RV module_sign_bsp(struct module_session *session, const struct module_object *key,
                      struct bytes data, uint8_t *out)
{
    return module_session_ckr(session,
                              client_bsp_mac(session->slot->client, key->engine_handle, data, out));
}

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
