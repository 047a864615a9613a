#include "base/err.h"

static const char *const names[ERR_COUNT] = {
    [ERR_OK] = "ok",
    [ERR_ARGUMENT] = "argument",
    [ERR_MEMORY] = "memory",
    [ERR_SYSTEM] = "system",
    [ERR_CRYPTO] = "crypto",
    [ERR_KEYSTORE] = "keystore",
    [ERR_DATABASE] = "database",
    [ERR_RANGE] = "range",
    [ERR_TRUNCATED] = "truncated",
    [ERR_MALFORMED] = "malformed",
    [ERR_TAG] = "tag",
    [ERR_NOT_FOUND] = "not_found",
    [ERR_DUPLICATE] = "duplicate",
    [ERR_SIGNATURE] = "signature",
    [ERR_CERT_CHAIN] = "cert_chain",
    [ERR_CERT_ROLE] = "cert_role",
    [ERR_CERT_DATE] = "cert_date",
    [ERR_CERT_EID] = "cert_eid",
    [ERR_MISMATCH] = "mismatch",
    [ERR_UNTIMELY] = "untimely",
    [ERR_DENIED] = "denied",
    [ERR_PIN] = "pin",
    [ERR_PIN_LOCKED] = "pin_locked",
    [ERR_TIMEOUT] = "timeout",
    [ERR_CLOSED] = "closed",
    [ERR_BUSY] = "busy",
    [ERR_REFUSED] = "refused",
    [ERR_UNSUPPORTED] = "unsupported",
};

const char *err_name(enum err err)
{
    if ((int)err < 0 || err >= ERR_COUNT) {
        return "unknown";
    }
    return names[err];
}
