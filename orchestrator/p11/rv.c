/* The table of Cryptoki return values (PKCS#11 2.40, 5.1). */
#include "p11/rv.h"

#include <stddef.h>

#include <p11-kit/pkcs11.h>

struct rv_row {
    unsigned long rv;
    const char *name;
    enum err err;
    const char *advice;
};

#define RV(name, err)                                                                              \
    {                                                                                              \
        name, #name, err, NULL                                                                     \
    }
#define RV_ADVICE(name, err, advice)                                                               \
    {                                                                                              \
        name, #name, err, advice                                                                   \
    }

#define ADVICE_ENGINE "the engine stopped or the token was pulled: start usbkeyd, then try again"
#define ADVICE_POLICY "the token's policy forbids it: see usbkey-admin status and audit show"

static const struct rv_row rows[] = {
    RV(CKR_OK, ERR_OK),
    RV(CKR_CANCEL, ERR_KEYSTORE),
    RV(CKR_HOST_MEMORY, ERR_MEMORY),
    RV(CKR_SLOT_ID_INVALID, ERR_NOT_FOUND),
    RV(CKR_GENERAL_ERROR, ERR_KEYSTORE),
    RV(CKR_FUNCTION_FAILED, ERR_KEYSTORE),
    RV(CKR_ARGUMENTS_BAD, ERR_ARGUMENT),
    RV(CKR_NO_EVENT, ERR_NOT_FOUND),
    RV(CKR_NEED_TO_CREATE_THREADS, ERR_KEYSTORE),
    RV(CKR_CANT_LOCK, ERR_KEYSTORE),
    RV(CKR_ATTRIBUTE_READ_ONLY, ERR_DENIED),
    RV(CKR_ATTRIBUTE_SENSITIVE, ERR_DENIED),
    RV(CKR_ATTRIBUTE_TYPE_INVALID, ERR_NOT_FOUND),
    RV(CKR_ATTRIBUTE_VALUE_INVALID, ERR_KEYSTORE),
    RV_ADVICE(CKR_ACTION_PROHIBITED, ERR_DENIED, ADVICE_POLICY),
    RV(CKR_DATA_INVALID, ERR_REFUSED),
    RV(CKR_DATA_LEN_RANGE, ERR_RANGE),
    RV_ADVICE(CKR_DEVICE_ERROR, ERR_KEYSTORE, "see the engine's log"),
    RV(CKR_DEVICE_MEMORY, ERR_KEYSTORE),
    RV_ADVICE(CKR_DEVICE_REMOVED, ERR_CLOSED, ADVICE_ENGINE),
    RV(CKR_ENCRYPTED_DATA_INVALID, ERR_REFUSED),
    RV(CKR_ENCRYPTED_DATA_LEN_RANGE, ERR_REFUSED),
    RV(CKR_FUNCTION_CANCELED, ERR_KEYSTORE),
    RV(CKR_FUNCTION_NOT_PARALLEL, ERR_KEYSTORE),
    RV_ADVICE(CKR_FUNCTION_NOT_SUPPORTED, ERR_UNSUPPORTED, "is this module the USBKey's?"),
    RV(CKR_KEY_HANDLE_INVALID, ERR_NOT_FOUND),
    RV(CKR_KEY_SIZE_RANGE, ERR_KEYSTORE),
    RV(CKR_KEY_TYPE_INCONSISTENT, ERR_KEYSTORE),
    RV(CKR_KEY_NOT_NEEDED, ERR_KEYSTORE),
    RV(CKR_KEY_CHANGED, ERR_KEYSTORE),
    RV(CKR_KEY_NEEDED, ERR_KEYSTORE),
    RV(CKR_KEY_INDIGESTIBLE, ERR_KEYSTORE),
    RV_ADVICE(CKR_KEY_FUNCTION_NOT_PERMITTED, ERR_DENIED,
              "the token's role or the key's state forbids it: a line token encrypts no "
              "profiles, a dp token binds none"),
    RV(CKR_KEY_NOT_WRAPPABLE, ERR_DENIED),
    RV(CKR_KEY_UNEXTRACTABLE, ERR_DENIED),
    RV_ADVICE(CKR_MECHANISM_INVALID, ERR_UNSUPPORTED,
              "the token does not offer this mechanism in its role"),
    RV(CKR_MECHANISM_PARAM_INVALID, ERR_REFUSED),
    RV(CKR_OBJECT_HANDLE_INVALID, ERR_NOT_FOUND),
    RV(CKR_OPERATION_ACTIVE, ERR_UNTIMELY),
    RV(CKR_OPERATION_NOT_INITIALIZED, ERR_UNTIMELY),
    RV_ADVICE(CKR_PIN_INCORRECT, ERR_PIN, "check the PIN file"),
    RV_ADVICE(CKR_PIN_INVALID, ERR_PIN, "check the PIN file"),
    RV_ADVICE(CKR_PIN_LEN_RANGE, ERR_PIN, "check the PIN file"),
    RV_ADVICE(CKR_PIN_EXPIRED, ERR_PIN, "set a new PIN with usbkey-admin"),
    RV_ADVICE(CKR_PIN_LOCKED, ERR_PIN_LOCKED,
              "the security officer unblocks it with usbkey-admin pin unblock"),
    RV(CKR_SESSION_CLOSED, ERR_CLOSED),
    RV(CKR_SESSION_COUNT, ERR_BUSY),
    RV_ADVICE(CKR_SESSION_HANDLE_INVALID, ERR_CLOSED, ADVICE_ENGINE),
    RV(CKR_SESSION_PARALLEL_NOT_SUPPORTED, ERR_KEYSTORE),
    RV(CKR_SESSION_READ_ONLY, ERR_DENIED),
    RV(CKR_SESSION_EXISTS, ERR_UNTIMELY),
    RV(CKR_SESSION_READ_ONLY_EXISTS, ERR_UNTIMELY),
    RV(CKR_SESSION_READ_WRITE_SO_EXISTS, ERR_UNTIMELY),
    RV(CKR_SIGNATURE_INVALID, ERR_SIGNATURE),
    RV(CKR_SIGNATURE_LEN_RANGE, ERR_SIGNATURE),
    RV(CKR_TEMPLATE_INCOMPLETE, ERR_KEYSTORE),
    RV(CKR_TEMPLATE_INCONSISTENT, ERR_KEYSTORE),
    RV_ADVICE(CKR_TOKEN_NOT_PRESENT, ERR_NOT_FOUND, ADVICE_ENGINE),
    RV(CKR_TOKEN_NOT_RECOGNIZED, ERR_NOT_FOUND),
    RV(CKR_TOKEN_WRITE_PROTECTED, ERR_DENIED),
    RV(CKR_UNWRAPPING_KEY_SIZE_RANGE, ERR_KEYSTORE),
    RV(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, ERR_KEYSTORE),
    RV(CKR_USER_ALREADY_LOGGED_IN, ERR_UNTIMELY),
    RV_ADVICE(CKR_USER_NOT_LOGGED_IN, ERR_CLOSED,
              "the login ended with the engine's connection: open the token again"),
    RV_ADVICE(CKR_USER_PIN_NOT_INITIALIZED, ERR_PIN,
              "the security officer sets it with usbkey-admin pin set"),
    RV(CKR_USER_TYPE_INVALID, ERR_KEYSTORE),
    RV(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, ERR_BUSY),
    RV(CKR_USER_TOO_MANY_TYPES, ERR_BUSY),
    RV(CKR_WRAPPED_KEY_INVALID, ERR_REFUSED),
    RV(CKR_WRAPPED_KEY_LEN_RANGE, ERR_REFUSED),
    RV(CKR_WRAPPING_KEY_HANDLE_INVALID, ERR_NOT_FOUND),
    RV(CKR_WRAPPING_KEY_SIZE_RANGE, ERR_KEYSTORE),
    RV(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, ERR_KEYSTORE),
    RV(CKR_RANDOM_SEED_NOT_SUPPORTED, ERR_UNSUPPORTED),
    RV(CKR_RANDOM_NO_RNG, ERR_KEYSTORE),
    RV(CKR_DOMAIN_PARAMS_INVALID, ERR_UNSUPPORTED),
    RV(CKR_CURVE_NOT_SUPPORTED, ERR_UNSUPPORTED),
    RV(CKR_BUFFER_TOO_SMALL, ERR_RANGE),
    RV(CKR_SAVED_STATE_INVALID, ERR_KEYSTORE),
    RV(CKR_INFORMATION_SENSITIVE, ERR_DENIED),
    RV(CKR_STATE_UNSAVEABLE, ERR_KEYSTORE),
    RV(CKR_CRYPTOKI_NOT_INITIALIZED, ERR_UNTIMELY),
    RV(CKR_CRYPTOKI_ALREADY_INITIALIZED, ERR_UNTIMELY),
    RV(CKR_MUTEX_BAD, ERR_KEYSTORE),
    RV(CKR_MUTEX_NOT_LOCKED, ERR_KEYSTORE),
    RV(CKR_NEW_PIN_MODE, ERR_PIN),
    RV(CKR_NEXT_OTP, ERR_PIN),
    RV(CKR_EXCEEDED_MAX_ITERATIONS, ERR_KEYSTORE),
    RV(CKR_FIPS_SELF_TEST_FAILED, ERR_KEYSTORE),
    RV(CKR_LIBRARY_LOAD_FAILED, ERR_KEYSTORE),
    RV(CKR_PIN_TOO_WEAK, ERR_PIN),
    RV(CKR_PUBLIC_KEY_INVALID, ERR_KEYSTORE),
    RV_ADVICE(CKR_FUNCTION_REJECTED, ERR_DENIED, ADVICE_POLICY),
};

static const struct rv_row *rv_find(unsigned long rv)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].rv == rv) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *p11_rv_name(unsigned long rv)
{
    const struct rv_row *row = rv_find(rv);

    if (row != NULL) {
        return row->name;
    }
    return rv >= CKR_VENDOR_DEFINED ? "CKR_VENDOR_DEFINED" : "unknown CKR";
}

enum err p11_rv_err(unsigned long rv)
{
    const struct rv_row *row = rv_find(rv);

    return row != NULL ? row->err : ERR_KEYSTORE;
}

const char *p11_rv_advice(unsigned long rv)
{
    const struct rv_row *row = rv_find(rv);

    return row != NULL ? row->advice : NULL;
}
