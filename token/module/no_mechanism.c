/* Functions for which no mechanism of this token is made: nothing is decrypted,
 * no secret key generated or unwrapped. A client that asks is told so as it is of
 * any other mechanism it does not find, after the checks every call passes. */
#include "module/operation_entry.h"
#include "module/template.h"

static CK_RV refuse_mechanism(CK_SESSION_HANDLE handle, bool arguments_ok)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    return rv != CKR_OK ? rv : module_session_leave(session, CKR_MECHANISM_INVALID);
}

CK_RV C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template,
                    CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    bool arguments_ok =
        mechanism != NULL && key != NULL && module_template_check(template, count) == CKR_OK;
    return refuse_mechanism(handle, arguments_ok);
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                  CK_OBJECT_HANDLE unwrapping_key, unsigned char *wrapped, CK_ULONG wrapped_len,
                  CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    (void)unwrapping_key;
    bool arguments_ok = mechanism != NULL && module_input_ok(wrapped, wrapped_len) && key != NULL &&
                        module_template_check(template, count) == CKR_OK;
    return refuse_mechanism(handle, arguments_ok);
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_begin(session, MODULE_DECRYPT, mechanism, key);
    return module_session_leave(session, rv);
}

/* Goes on with a decryption, of which there is none. */
static CK_RV go_on(CK_SESSION_HANDLE handle, bool arguments_ok)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_DECRYPT, arguments_ok, &session);
    return rv != CKR_OK ? rv : module_operation_leave(session, true, CKR_FUNCTION_FAILED);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE handle, unsigned char *encrypted, CK_ULONG encrypted_len,
                unsigned char *data, CK_ULONG *data_len)
{
    (void)data;
    return go_on(handle, module_input_ok(encrypted, encrypted_len) && data_len != NULL);
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_len,
                      unsigned char *data, CK_ULONG *data_len)
{
    (void)data;
    return go_on(handle, module_input_ok(part, part_len) && data_len != NULL);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE handle, unsigned char *last, CK_ULONG *last_len)
{
    (void)last;
    return go_on(handle, last_len != NULL);
}
