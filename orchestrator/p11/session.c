/* Sessions and the failure each remembers. */
#include "p11/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11/rv.h"

enum err p11_fail_rv(struct p11_failure *failure, const char *call, CK_RV rv)
{
    const char *advice = p11_rv_advice(rv);

    if (failure == NULL)
        return p11_rv_err(rv);
    failure->rv = rv;
    snprintf(failure->detail, sizeof(failure->detail), "%s: %s%s%s", call, p11_rv_name(rv),
             advice != NULL ? "; " : "", advice != NULL ? advice : "");
    return p11_rv_err(rv);
}

enum err p11_fail(struct p11_failure *failure, enum err err, const char *format, ...)
{
    va_list args;

    if (failure == NULL)
        return err;
    failure->rv = 0;
    va_start(args, format);
    vsnprintf(failure->detail, sizeof(failure->detail), format, args);
    va_end(args);
    return err;
}

enum err p11_session_open(struct p11_token *token, struct p11_session **session,
                          struct p11_failure *failure)
{
    struct p11_session *new_session;
    CK_RV rv;

    *session = NULL;
    new_session = calloc(1, sizeof(*new_session));
    if (new_session == NULL)
        return p11_fail(failure, ERR_MEMORY, "out of memory");
    new_session->module = token->module;
    /* Read-only: everything made here is a session object (PKCS#11 2.40, 2.5). */
    rv = token->module->C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                      &new_session->handle);
    if (rv != CKR_OK) {
        free(new_session);
        return p11_fail_rv(failure, "C_OpenSession", rv);
    }
    *session = new_session;
    return ERR_OK;
}

void p11_session_close(struct p11_session **session)
{
    if (*session == NULL)
        return;
    (*session)->module->C_CloseSession((*session)->handle);
    free(*session);
    *session = NULL;
}

const struct p11_failure *p11_session_failure(const struct p11_session *session)
{
    return &session->failure;
}
