#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "crypto/ec.h"
#include "support/test.h"
#include "token.h"

enum { YEAR = 365 * 24 * 3600 };

EVP_PKEY *pki_key(void)
{
    EVP_PKEY *key = NULL;
    CU_ASSERT_FATAL(ec_generate(EC_CURVE_P256, &key) == ERR_OK);
    return key;
}

static void add_text(X509_NAME *name, int nid, const char *text)
{
    if (text != NULL) {
        CU_ASSERT_FATAL(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                                   (const unsigned char *)text, -1, -1, 0) == 1);
    }
}

static void add_extension(X509 *cert, int nid, void *value, int critical)
{
    CU_ASSERT_FATAL(X509_add1_ext_i2d(cert, nid, value, critical, X509V3_ADD_DEFAULT) == 1);
}

static void add_basic(X509 *cert, const struct pki_spec *spec)
{
    BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    basic->ca = spec->ca ? 0xFF : 0;
    if (spec->ca) {
        add_extension(cert, NID_basic_constraints, basic, 1);
    }
    ASN1_BIT_STRING_set_bit(usage, 0, (spec->key_usage & KU_DIGITAL_SIGNATURE) != 0);
    ASN1_BIT_STRING_set_bit(usage, 5, (spec->key_usage & KU_KEY_CERT_SIGN) != 0);
    add_extension(cert, NID_key_usage, usage, 1);
    BASIC_CONSTRAINTS_free(basic);
    ASN1_BIT_STRING_free(usage);
}

static void add_policy(X509 *cert, const char *policy)
{
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    POLICYINFO *info = POLICYINFO_new();
    info->policyid = OBJ_txt2obj(policy, 1);
    sk_POLICYINFO_push(policies, info);
    add_extension(cert, NID_certificate_policies, policies, 1);
    CERTIFICATEPOLICIES_free(policies);
}

static void add_oid(X509 *cert, const char *oid)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, GEN_RID, OBJ_txt2obj(oid, 1));
    sk_GENERAL_NAME_push(names, name);
    add_extension(cert, NID_subject_alt_name, names, 0);
    GENERAL_NAMES_free(names);
}

static void add_constraint(X509 *cert, const struct pki_spec *spec)
{
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
    X509_NAME *name = X509_NAME_new();
    add_text(name, NID_organizationName, spec->organisation);
    add_text(name, NID_serialNumber, spec->eid_prefix);
    GENERAL_NAME_set0_value(subtree->base, GEN_DIRNAME, name);
    constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
    sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, subtree);
    add_extension(cert, NID_name_constraints, constraints, 1);
    NAME_CONSTRAINTS_free(constraints);
}

static ASN1_OCTET_STRING *key_id(EVP_PKEY *key)
{
    uint8_t point[EC_POINT_SIZE], digest[20];
    enum ec_curve curve;
    CU_ASSERT_FATAL(ec_point(key, point, &curve) == ERR_OK);
    EVP_Digest(point, sizeof(point), digest, NULL, EVP_sha1(), NULL);
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(id, digest, sizeof(digest));
    return id;
}

static void add_key_ids(X509 *cert, const struct pki_spec *spec)
{
    ASN1_OCTET_STRING *own = key_id(spec->key);
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    authority->keyid = key_id(spec->issuer_key);
    add_extension(cert, NID_subject_key_identifier, own, 0);
    add_extension(cert, NID_authority_key_identifier, authority, 0);
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID_free(authority);
}

X509 *pki_certificate(const struct pki_spec *spec)
{
    static long serial = 0x1000;
    X509 *cert = X509_new();
    CU_ASSERT_FATAL(cert != NULL);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
    add_text(X509_get_subject_name(cert), NID_organizationName, spec->organisation);
    add_text(X509_get_subject_name(cert), NID_serialNumber, spec->serial_number);
    add_text(X509_get_subject_name(cert), NID_commonName, spec->common_name);
    X509_set_issuer_name(cert, X509_get_subject_name(spec->issuer != NULL ? spec->issuer : cert));
    ASN1_TIME_set(X509_getm_notBefore(cert), spec->not_before);
    ASN1_TIME_set(X509_getm_notAfter(cert), spec->not_after);
    X509_set_pubkey(cert, spec->key);
    add_basic(cert, spec);
    add_key_ids(cert, spec);
    if (spec->policy != NULL) {
        add_policy(cert, spec->policy);
    }
    if (spec->registered_oid != NULL) {
        add_oid(cert, spec->registered_oid);
    }
    if (spec->eid_prefix != NULL) {
        add_constraint(cert, spec);
    }
    CU_ASSERT_FATAL(X509_sign(cert, spec->issuer_key, EVP_sha256()) > 0);
    return cert;
}

struct bytes pki_der(X509 *certificate)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    CU_ASSERT_FATAL(len > 0);
    char *hex = malloc((size_t)len * 2 + 1);
    for (int i = 0; i < len; i++) {
        sprintf(hex + 2 * i, "%02X", der[i]);
    }
    struct bytes kept = test_hex(hex);
    free(hex);
    OPENSSL_free(der);
    return kept;
}

struct pki_spec pki_spec_ci(EVP_PKEY *key)
{
    return (struct pki_spec){.common_name = "Test CI",
                             .organisation = "Test CI",
                             .policy = "2.23.146.1.2.1.0",
                             .registered_oid = "2.999.1",
                             .ca = true,
                             .key_usage = KU_KEY_CERT_SIGN,
                             .not_before = token_now - YEAR,
                             .not_after = token_now + YEAR,
                             .key = key,
                             .issuer_key = key};
}

struct pki_spec pki_spec_eum(const struct pki *pki)
{
    return (struct pki_spec){.common_name = "Test EUM",
                             .organisation = "Test EUM",
                             .policy = "2.23.146.1.2.1.2",
                             .registered_oid = "2.999.5",
                             .eid_prefix = "89049032",
                             .ca = true,
                             .key_usage = KU_KEY_CERT_SIGN,
                             .not_before = token_now - YEAR,
                             .not_after = token_now + YEAR,
                             .key = pki->eum_key,
                             .issuer = pki->ci,
                             .issuer_key = pki->ci_key};
}

struct pki_spec pki_spec_euicc(const struct pki *pki)
{
    return (struct pki_spec){.common_name = "Test eUICC",
                             .organisation = "Test EUM",
                             .serial_number = PKI_EID,
                             .policy = "2.23.146.1.2.1.1",
                             .key_usage = KU_DIGITAL_SIGNATURE,
                             .not_before = token_now - YEAR,
                             .not_after = token_now + YEAR,
                             .key = pki->euicc_key,
                             .issuer = pki->eum,
                             .issuer_key = pki->eum_key};
}

struct pki_spec pki_spec_dp(const struct pki *pki, EVP_PKEY *key, const char *policy)
{
    return (struct pki_spec){.common_name = "Test DP+",
                             .organisation = "Test DP+",
                             .policy = policy,
                             .registered_oid = PKI_OID,
                             .key_usage = KU_DIGITAL_SIGNATURE,
                             .not_before = token_now - YEAR,
                             .not_after = token_now + YEAR,
                             .key = key,
                             .issuer = pki->ci,
                             .issuer_key = pki->ci_key};
}

void pki_new(struct pki *pki)
{
    struct pki_spec spec;
    *pki = (struct pki){.ci_key = pki_key(), .eum_key = pki_key(), .euicc_key = pki_key()};
    spec = pki_spec_ci(pki->ci_key);
    pki->ci = pki_certificate(&spec);
    spec = pki_spec_eum(pki);
    pki->eum = pki_certificate(&spec);
    spec = pki_spec_euicc(pki);
    pki->euicc = pki_certificate(&spec);
}

void pki_free(struct pki *pki)
{
    EVP_PKEY_free(pki->ci_key);
    EVP_PKEY_free(pki->eum_key);
    EVP_PKEY_free(pki->euicc_key);
    X509_free(pki->ci);
    X509_free(pki->eum);
    X509_free(pki->euicc);
}
