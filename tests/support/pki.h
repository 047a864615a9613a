/* An SGP.22 PKI made to measure: valid as it comes, and every field of every
 * certificate can be made wrong before it is issued. Keys are fixed by a seed,
 * so two runs make the same keys. Failure to make one ends the program. */
#ifndef SUPPORT_PKI_H
#define SUPPORT_PKI_H

#include "sgp22/cert.h"

#define TEST_PKI_EID "89049032123451234512345678901235"
#define TEST_PKI_EID_PREFIX "89049032"
#define TEST_PKI_ORGANISATION "Test EUM"
#define TEST_PKI_DP_OID "2.999.10"

/* 2024-01-01, 2049-12-31 and a moment between, seconds since 1970. */
enum { TEST_PKI_NOT_BEFORE = 1704067200, TEST_PKI_NOW = 1767225600 };
#define TEST_PKI_NOT_AFTER ((time_t)2524607999)

enum test_pki_key_id { TEST_PKI_KEY_ID_RIGHT, TEST_PKI_KEY_ID_WRONG, TEST_PKI_KEY_ID_NONE };

/* What one certificate says. */
struct test_pki_spec {
    enum cert_role role;        /* its policy; CERT_ROLE_NONE: no policies at all */
    enum cert_role second_role; /* one more policy, CERT_ROLE_NONE: no */
    const char *common_name;    /* names and texts: NULL leaves the field out */
    const char *organisation;
    const char *serial_number;
    const char *registered_id; /* dotted, for SAN registeredID */
    const char *key_usage;     /* in OpenSSL's words: "digitalSignature" */
    bool basic_constraints;
    bool ca;
    int path_length; /* -1: none */
    /* One permitted directory name from the first two; one excluded. */
    const char *permitted_organisation;
    const char *permitted_eid;
    const char *excluded_eid;
    time_t not_before, not_after;
    enum test_pki_key_id authority_key_id;
    bool no_subject_key_id;
    EVP_PKEY *subject_key_id_of; /* borrowed; NULL: the subject's own key */
    bool unknown_critical;       /* a critical extension nobody knows */
    bool foreign_signer;         /* names its issuer, but another key signed */
    const EVP_MD *digest;        /* of the signature; NULL: SHA-256 */
    enum ec_curve curve;
    uint8_t key_seed; /* 1..127: the private key */
    EVP_PKEY *key;    /* borrowed; instead of curve and key_seed */
};

/* A certificate with its private key. */
struct test_pki_identity {
    EVP_PKEY *key;
    X509 *x509;
    struct buf der;
    struct cert *cert; /* NULL when cert_parse() refuses it */
};

/* A valid specification of the role; CERT_ROLE_NONE makes a batch certificate. */
struct test_pki_spec test_pki_spec_of(enum cert_role role);
/* issuer NULL: signed by itself. Clear it with test_pki_identity_clear(). */
void test_pki_issue(const struct test_pki_spec *spec, const struct test_pki_identity *issuer,
                    struct test_pki_identity *out);
void test_pki_identity_clear(struct test_pki_identity *identity);

/* The whole tree: CI -> EUM -> eUICC, CI -> DPauth, CI -> DPpb, and a batch
 * certificate signed by itself. */
struct test_pki_specs {
    struct test_pki_spec ci, eum, euicc, dpauth, dppb, batch;
};
struct test_pki {
    struct test_pki_identity ci, eum, euicc, dpauth, dppb, batch;
};
void test_pki_specs_init(struct test_pki_specs *specs);
/* specs NULL: all valid. */
void test_pki_make(const struct test_pki_specs *specs, struct test_pki *pki);
void test_pki_clear(struct test_pki *pki);

#endif
