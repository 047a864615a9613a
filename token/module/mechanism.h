/* The mechanisms, one row each. */
#ifndef MODULE_MECHANISM_H
#define MODULE_MECHANISM_H

#include <stdbool.h>

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "base/bytes.h"

struct module_session;
struct module_object;

struct module_mechanism {
    CK_MECHANISM_TYPE type;
    CK_MECHANISM_INFO info;
    unsigned roles;            /* mask of 1 << enum tokwire_role; 0: any */
    CK_KEY_TYPE key_type;      /* of the keys it works with */
    size_t parameter_len;      /* exactly; 0: takes none */
    size_t output_len;         /* of a signature or digest */
    size_t data_min, data_max; /* of what is signed */
    size_t verify_max;         /* of what is verified: that never leaves this process */
    bool multi_part;
    const EVP_MD *(*digest)(void);
    /* Signs data with a key that has been checked; out holds output_len. */
    CK_RV(*sign)
    (struct module_session *session, const struct module_object *key, struct bytes data,
     uint8_t *out);
    /* CKR_SIGNATURE_INVALID when it does not verify. */
    CK_RV (*verify)(const struct module_object *key, struct bytes data, struct bytes signature);
    /* Derives, and lists the new object. */
    CK_RV(*derive)
    (struct module_session *session, const void *parameter, const struct module_object *base,
     const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key);
};

/* The row of a type that a token of this role has; NULL else. */
const struct module_mechanism *module_mechanism_find(CK_MECHANISM_TYPE type, unsigned role);
/* C_GetMechanismList for a role. */
CK_RV module_mechanism_list(unsigned role, CK_MECHANISM_TYPE *list, CK_ULONG *count);
/* Looks up what a caller asked for of a token of this role, for one function (a
 * CKF_ flag), and its parameter. CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID. */
CK_RV module_mechanism_check(unsigned role, const CK_MECHANISM *mechanism, CK_FLAGS function,
                             const struct module_mechanism **row);

#endif
