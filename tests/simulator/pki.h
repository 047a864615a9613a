/* Certificates of the SGP.22 roles (4.5.2), made on the spot: for the chip of
 * a foreign CI and for tests. Not a CA: no serial registry, no revocation. */
#ifndef SIMULATOR_PKI_H
#define SIMULATOR_PKI_H

#include "sgp22/cert.h"

struct pki_request {
    enum cert_role role;
    const char *common_name;
    const char *organisation;
    const char *serial_number;    /* eUICC: EID; EUM: EID prefix it is constrained to */
    const char *oid;              /* SAN registeredID, dotted; NULL for none */
    time_t not_before, not_after; /* both 0: from a day ago, for ten years */
    const uint8_t *key_id;        /* subjectKeyIdentifier to claim; NULL: SHA-1 of the key */
};

/* Certificate for subject_key, signed by issuer_key. issuer NULL: self-signed.
 * The caller frees *cert. */
enum err pki_issue(const struct pki_request *request, EVP_PKEY *subject_key,
                   const struct cert *issuer, EVP_PKEY *issuer_key, struct cert **cert);

#endif
