/* Certificates of the shape SGP.22 4.5.2 asks for, made for one test. */
#ifndef TEST_ENGINE_PKI_H
#define TEST_ENGINE_PKI_H

#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/bytes.h"

#define PKI_EID "89049032123451234512345678901235"
#define PKI_OTHER_EID "89049032123451234512345678901332"
#define PKI_OID "2.999.10"

struct pki_spec {
    const char *common_name;
    const char *organisation;  /* NULL: none */
    const char *serial_number; /* of the subject; NULL: none */
    const char *policy;        /* dotted, NULL: none */
    const char *registered_oid;
    const char *eid_prefix; /* name constraint with organisation, NULL: none */
    bool ca;
    uint32_t key_usage; /* KU_* */
    time_t not_before, not_after;
    EVP_PKEY *key;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *issuer_key;
};

/* A certificate; aborts the test on failure. */
X509 *pki_certificate(const struct pki_spec *spec);
/* Its DER, in memory freed at exit. */
struct bytes pki_der(X509 *certificate);
EVP_PKEY *pki_key(void);

/* One whole hierarchy. */
struct pki {
    EVP_PKEY *ci_key, *eum_key, *euicc_key;
    X509 *ci, *eum, *euicc;
};
void pki_new(struct pki *pki);
void pki_free(struct pki *pki);
/* Specifications to vary: those pki_new() uses. */
struct pki_spec pki_spec_ci(EVP_PKEY *key);
struct pki_spec pki_spec_eum(const struct pki *pki);
struct pki_spec pki_spec_euicc(const struct pki *pki);
/* DPauth ("4") or DPpb ("5") for a public key, signed by the CI. */
struct pki_spec pki_spec_dp(const struct pki *pki, EVP_PKEY *key, const char *policy);

#endif
