/* Certificate requests (PKCS#10) signed by a key of the key store. */
#ifndef ENGINE_CSR_H
#define ENGINE_CSR_H

#include "crypto/ec.h"
#include "keystore/keystore.h"
#include "tokwire/tokwire.h"

struct csr_request {
    enum tokwire_key key; /* dpauth, dppb, batch */
    enum ec_curve curve;
    struct bytes point;
    struct bytes common_name;  /* UTF-8 */
    struct bytes organisation; /* UTF-8, may be empty */
    struct bytes oid;          /* dotted text; required but for batch */
    struct keystore *store;
    struct keystore_key signer;
};

/* PKCS#10 DER appended to out. Extensions asked for (SGP.22 4.5.2.1):
 * keyUsage digitalSignature, critical; for dpauth and dppb also
 * certificatePolicies with the role, critical; the DP's OID as registeredID. ERR_MALFORMED for an
 * OID or name that is none. */
enum err csr_build(const struct csr_request *request, struct buf *out);

#endif
