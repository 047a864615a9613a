/* Functions of Cryptoki this token has no use for. Each still says first
 * whether the library is initialised and the session exists, as a caller that
 * probes for them expects. */
#include "module/entry.h"

static CK_RV refuse(CK_SESSION_HANDLE handle, CK_RV reason)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    return rv != CKR_OK ? rv : module_session_leave(session, reason);
}

CK_RV C_GetOperationState(CK_SESSION_HANDLE session, unsigned char *operation_state,
                          CK_ULONG *operation_state_len)
{
    (void)operation_state;
    (void)operation_state_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE session, unsigned char *operation_state,
                          CK_ULONG operation_state_len, CK_OBJECT_HANDLE encryption_key,
                          CK_OBJECT_HANDLE authentiation_key)
{
    (void)operation_state;
    (void)operation_state_len;
    (void)encryption_key;
    (void)authentiation_key;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignRecover(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_len,
                    unsigned char *signature, CK_ULONG *signature_len)
{
    (void)data;
    (void)data_len;
    (void)signature;
    (void)signature_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE session, unsigned char *signature, CK_ULONG signature_len,
                      unsigned char *data, CK_ULONG *data_len)
{
    (void)signature;
    (void)signature_len;
    (void)data;
    (void)data_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE session, unsigned char *part, CK_ULONG part_len,
                            unsigned char *encrypted_part, CK_ULONG *encrypted_part_len)
{
    (void)part;
    (void)part_len;
    (void)encrypted_part;
    (void)encrypted_part_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE session, unsigned char *encrypted_part,
                            CK_ULONG encrypted_part_len, unsigned char *part, CK_ULONG *part_len)
{
    (void)encrypted_part;
    (void)encrypted_part_len;
    (void)part;
    (void)part_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE session, unsigned char *part, CK_ULONG part_len,
                          unsigned char *encrypted_part, CK_ULONG *encrypted_part_len)
{
    (void)part;
    (void)part_len;
    (void)encrypted_part;
    (void)encrypted_part_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, unsigned char *encrypted_part,
                            CK_ULONG encrypted_part_len, unsigned char *part, CK_ULONG *part_len)
{
    (void)encrypted_part;
    (void)encrypted_part_len;
    (void)part;
    (void)part_len;
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

/* Relics that "simply return" this, whatever the session (Cryptoki 2.40 5.16). */
static CK_RV not_parallel(void)
{
    CK_RV rv = module_enter();
    if (rv == CKR_OK) {
        module_leave();
        rv = CKR_FUNCTION_NOT_PARALLEL;
    }
    return rv;
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session)
{
    (void)session;
    return not_parallel();
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE session)
{
    (void)session;
    return not_parallel();
}
