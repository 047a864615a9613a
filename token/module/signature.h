/* Signatures: what the mechanisms that sign and verify do, as rows of
 * struct module_mechanism have it. */
#ifndef MODULE_SIGNATURE_H
#define MODULE_SIGNATURE_H

#include <p11-kit/pkcs11.h>

#include "base/bytes.h"

struct module_session;
struct module_object;

CK_RV module_sign_message(struct module_session *session, const struct module_object *key,
                          struct bytes data, uint8_t *out);
CK_RV module_sign_digest(struct module_session *session, const struct module_object *key,
                         struct bytes data, uint8_t *out);
CK_RV module_sign_bsp(struct module_session *session, const struct module_object *key,
                      struct bytes data, uint8_t *out);
CK_RV module_verify_message(const struct module_object *key, struct bytes data,
                            struct bytes signature);
CK_RV module_verify_digest(const struct module_object *key, struct bytes data,
                           struct bytes signature);

#endif
