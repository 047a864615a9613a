/* Derivations: session keys for an attested eUICC, and the PPK set, as rows of
 * struct module_mechanism have them. */
#ifndef MODULE_DERIVATION_H
#define MODULE_DERIVATION_H

#include <p11-kit/pkcs11.h>

struct module_session;
struct module_object;

CK_RV module_derive_session_keys(struct module_session *session, const void *parameter,
                                 const struct module_object *base, const CK_ATTRIBUTE *template,
                                 CK_ULONG count, CK_OBJECT_HANDLE *key);
CK_RV module_derive_ppk(struct module_session *session, const void *parameter,
                        const struct module_object *base, const CK_ATTRIBUTE *template,
                        CK_ULONG count, CK_OBJECT_HANDLE *key);

#endif
