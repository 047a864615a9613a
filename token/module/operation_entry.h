/* The way into a call of an operation: C_XInit begins it, the others go on. */
#ifndef MODULE_OPERATION_ENTRY_H
#define MODULE_OPERATION_ENTRY_H

#include "module/entry.h"

/* Mechanism, then key (Cryptoki's order), then starts. CKR_OPERATION_ACTIVE,
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID,
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED. */
CK_RV module_operation_begin(struct module_session *session, enum module_operation_kind kind,
                             const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);

/* Enters a call that goes on with an operation: initialised, arguments,
 * session, and an operation of that kind (CKR_OPERATION_NOT_INITIALIZED).
 * Wrong arguments end the operation, as everything does but success, a length
 * query and CKR_BUFFER_TOO_SMALL (Cryptoki 2.40 5.2). */
CK_RV module_operation_enter(CK_SESSION_HANDLE handle, enum module_operation_kind kind,
                             bool arguments_ok, struct module_session **session);
/* Ends the operation when `done` says so or rv is an error that ends it. */
CK_RV module_operation_leave(struct module_session *session, bool done, CK_RV rv);

#endif
