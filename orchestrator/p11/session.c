/* Sessions and the failure each remembers. */
#include "p11/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11/rv.h"
#include "tokwire/status.h"

enum err p11_fail_rv(struct p11_failure *failure, const char *call, CK_RV rv)
{
    const char *advice = p11_rv_advice(rv);

    if (failure == NULL) {
        return p11_rv_err(rv);
    }
    failure->rv = rv;
    failure->sw = 0;
    snprintf(failure->detail, sizeof(failure->detail), "%s: %s%s%s", call, p11_rv_name(rv),
             advice != NULL ? "; " : "", advice != NULL ? advice : "");
    return p11_rv_err(rv);
}

enum err p11_fail(struct p11_failure *failure, enum err err, const char *format, ...)
{
    va_list args;

    if (failure == NULL) {
        return err;
    }
    failure->rv = 0;
    failure->sw = 0;
    va_start(args, format);
    vsnprintf(failure->detail, sizeof(failure->detail), format, args);
    va_end(args);
    return err;
}

/* The engine's reason for a refusal just returned, 0 when it gave none: a word
 * seen before with another CK_RV is an older refusal's. */
static unsigned status_word(struct p11_session *session, CK_RV rv)
{
    CK_SESSION_INFO info;
    unsigned long sw;
    bool stale;

    memset(&info, 0, sizeof(info));
    if (session->module->C_GetSessionInfo(session->handle, &info) != CKR_OK) {
        return 0;
    }
    sw = info.ulDeviceError;
    stale = sw == session->seen_sw && rv != session->seen_rv;
    if (!stale) {
        session->seen_sw = sw;
        session->seen_rv = rv;
    }
    return stale || sw > UINT16_MAX ? 0 : (unsigned)sw;
}

enum err p11_fail_call(struct p11_session *session, const char *call, CK_RV rv)
{
    struct p11_failure *failure = &session->failure;
    unsigned sw = status_word(session, rv);

    if (sw == 0) {
        return p11_fail_rv(failure, call, rv);
    }
    failure->rv = rv;
    failure->sw = sw;
    snprintf(failure->detail, sizeof(failure->detail), "%s: %s: %s (%04X)", call, p11_rv_name(rv),
             tokwire_sw_text((uint16_t)sw), sw);
    return p11_rv_err(rv);
}

enum err p11_session_open(struct p11_token *token, struct p11_session **session,
                          struct p11_failure *failure)
{
    struct p11_session *new_session;
    CK_RV rv;

    *session = NULL;
    new_session = calloc(1, sizeof(*new_session));
    if (new_session == NULL) {
        return p11_fail(failure, ERR_MEMORY, "out of memory");
    }
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
    if (*session == NULL) {
        return;
    }
    (*session)->module->C_CloseSession((*session)->handle);
    free(*session);
    *session = NULL;
}

const struct p11_failure *p11_session_failure(const struct p11_session *session)
{
    return &session->failure;
}
