/* C_Digest, in software: what is digested is no secret of the token. */
#include "module/operation_entry.h"
#include "module/slot_object.h"

/* Of one call; a longer one goes on in parts. What is longer is a length gone
 * wrong as a rule, not data. */
#define PART_MAX 0xFFFFFFFFUL

CK_RV C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_begin(session, MODULE_DIGEST, mechanism, CK_INVALID_HANDLE);
    if (rv == CKR_OK) {
        struct module_operation *operation = &session->operation;
        operation->digest = EVP_MD_CTX_new();
        if (operation->digest == NULL ||
            EVP_DigestInit_ex(operation->digest, operation->mechanism->digest(), NULL) != 1) {
            module_operation_end(operation);
            rv = CKR_HOST_MEMORY;
        }
    }
    return module_session_leave(session, rv);
}

static CK_RV update(struct module_session *session, const unsigned char *data, CK_ULONG len)
{
    return EVP_DigestUpdate(session->operation.digest, data, len) == 1 ? CKR_OK
                                                                       : CKR_FUNCTION_FAILED;
}

static CK_RV finish(struct module_session *session, unsigned char *digest)
{
    return EVP_DigestFinal_ex(session->operation.digest, digest, NULL) == 1 ? CKR_OK
                                                                            : CKR_FUNCTION_FAILED;
}

CK_RV C_Digest(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_len,
               unsigned char *digest, CK_ULONG *digest_len)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_input_ok(data, data_len) && digest_len != NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_DIGEST, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_operation *operation = &session->operation;
    rv = data_len > PART_MAX ? CKR_DATA_LEN_RANGE : module_operation_single(operation);
    bool go = rv == CKR_OK &&
              module_output_fits(digest, digest_len, operation->mechanism->output_len, &rv);
    if (go) {
        rv = update(session, data, data_len);
        rv = rv == CKR_OK ? finish(session, digest) : rv;
    }
    return module_operation_leave(session, go, rv);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_len)
{
    struct module_session *session = NULL;
    CK_RV rv =
        module_operation_enter(handle, MODULE_DIGEST, module_input_ok(part, part_len), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = part_len > PART_MAX ? CKR_DATA_LEN_RANGE : module_operation_update(&session->operation);
    if (rv == CKR_OK) {
        rv = update(session, part, part_len);
    }
    return module_operation_leave(session, false, rv);
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE handle, unsigned char *digest, CK_ULONG *digest_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_DIGEST, digest_len != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_operation *operation = &session->operation;
    rv = module_operation_final(operation);
    bool go = rv == CKR_OK &&
              module_output_fits(digest, digest_len, operation->mechanism->output_len, &rv);
    if (go) {
        rv = finish(session, digest);
    }
    return module_operation_leave(session, go, rv);
}

/* The keys of this token are inside the engine, which digests none. */
CK_RV C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_DIGEST, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_object *object = module_object_find(session->slot, key);
    bool is_key =
        object != NULL && module_attributes_find(&object->attributes, CKA_KEY_TYPE) != NULL;
    return module_session_leave(session, is_key ? CKR_KEY_INDIGESTIBLE : CKR_KEY_HANDLE_INVALID);
}
