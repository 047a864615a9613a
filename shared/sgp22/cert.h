/* SGP.22 certificates (4.5.2): roles, keys, chains. X.509 is OpenSSL's; the
 * checks it does not know stand here. */
#ifndef SGP22_CERT_H
#define SGP22_CERT_H

#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "crypto/ec.h"
#include "sgp22/id.h"

enum { CERT_DER_MAX = 4096, CERT_KEY_ID_SIZE = 20, CERT_OID_TEXT_SIZE = 64 };

/* The role a certificate states by its policy, 2.23.146.1.2.1.x; the values
 * are x + 1 so that zero is none. */
enum cert_role {
    CERT_ROLE_NONE = 0,
    CERT_ROLE_CI,
    CERT_ROLE_EUICC,
    CERT_ROLE_EUM,
    CERT_ROLE_DP_TLS,
    CERT_ROLE_DPAUTH,
    CERT_ROLE_DPPB,
    CERT_ROLE_SEVERAL, /* two different ones: it passes for none of them */
};

/* A parsed certificate. */
struct cert {
    X509 *x509;
    EVP_PKEY *key;
    struct buf der; /* exactly as received */
    enum cert_role role;
    enum ec_curve curve;
    uint8_t subject_key_id[CERT_KEY_ID_SIZE];
    uint8_t authority_key_id[CERT_KEY_ID_SIZE]; /* zero when absent */
    bool has_authority_key_id;
};

/* Parses DER with nothing behind it; at most CERT_DER_MAX bytes; the key must
 * be on one of the two curves. *cert is NULL on failure: ERR_MALFORMED,
 * ERR_UNSUPPORTED (curve), ERR_RANGE. The caller frees. */
enum err cert_parse(struct bytes der, struct cert **cert);
/* PEM or DER from a file. */
enum err cert_load(const char *path, struct cert **cert);
void cert_free(struct cert **cert);

/* Text of one RDN by OpenSSL NID (NID_serialNumber, NID_organizationName, ..);
 * ERR_NOT_FOUND when absent, ERR_RANGE when it does not fit. */
enum err cert_subject_text(const struct cert *cert, int nid, char *text, size_t size);
/* The EID of CERT.EUICC: subject serialNumber, 32 digits. ERR_CERT_EID else. */
enum err cert_eid(const struct cert *cert, struct eid *eid);
/* The DP's OID (SAN registeredID) in dotted text. ERR_NOT_FOUND when absent. */
enum err cert_registered_oid(const struct cert *cert, char text[CERT_OID_TEXT_SIZE]);
/* Serial number in upper-case hex. Returns text. */
char *cert_serial_text(const struct cert *cert, char *text, size_t size);

/* Signature of cert by issuer's key, whatever the names say. ERR_CERT_CHAIN. */
enum err cert_verify_signature(const struct cert *cert, const struct cert *issuer);
/* ERR_CERT_DATE when now is outside validity. */
enum err cert_verify_dates(const struct cert *cert, time_t now);

/* Every critical extension is one somebody here looks at (RFC 5280 4.2).
 * ERR_CERT_CHAIN. */
enum err cert_verify_critical(const struct cert *cert);

/* Checks DPauth or DPpb: role, digitalSignature, signed by the CI key its
 * AuthorityKeyIdentifier names among cis, dates, registeredID present. */
enum err cert_verify_dp(const struct cert *cert, enum cert_role role, const struct cert *const *cis,
                        size_t ci_count, time_t now);

/* Checks CERT.EUICC <- CERT.EUM <- CI (4.5.2.1):
 * - the CI among cis whose key the EUM certificate names, by key and not by
 *   name, signed the EUM certificate; EUM signed the eUICC's;
 * - policies eUICC, EUM, CI; keyUsage; EUM and CI are CAs, path length holds;
 * - dates of all three;
 * - EUM name constraints: the organisation and the EID prefix they permit;
 *   at least one EID prefix must be permitted;
 * - every critical extension is one that was checked.
 * eid: the EID proven. ci: index of the CI used, may be NULL.
 * ERR_CERT_CHAIN, ERR_CERT_ROLE, ERR_CERT_DATE, ERR_CERT_EID. */
enum err cert_verify_euicc(const struct cert *euicc, const struct cert *eum,
                           const struct cert *const *cis, size_t ci_count, time_t now,
                           struct eid *eid, size_t *ci);

#endif
