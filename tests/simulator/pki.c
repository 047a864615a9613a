#include "simulator/pki.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#include "crypto/kdf.h"

enum { PKI_DAY = 24 * 60 * 60, PKI_YEARS = 3650 };

/* What each role's certificate says besides names and keys. */
static const struct {
    const char *policy, *key_usage, *basic_constraints;
} roles[] = {
    [CERT_ROLE_CI] = {"critical,2.23.146.1.2.1.0", "critical,keyCertSign,cRLSign",
                      "critical,CA:TRUE"},
    [CERT_ROLE_EUICC] = {"critical,2.23.146.1.2.1.1", "critical,digitalSignature", NULL},
    [CERT_ROLE_EUM] = {"critical,2.23.146.1.2.1.2", "critical,keyCertSign",
                       "critical,CA:TRUE,pathlen:0"},
    [CERT_ROLE_DP_TLS] = {"critical,2.23.146.1.2.1.3", "critical,digitalSignature", NULL},
    [CERT_ROLE_DPAUTH] = {"critical,2.23.146.1.2.1.4", "critical,digitalSignature", NULL},
    [CERT_ROLE_DPPB] = {"critical,2.23.146.1.2.1.5", "critical,digitalSignature", NULL},
};

static bool add_text(X509_NAME *name, int nid, const char *text)
{
    return !text || X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                               (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool add_extension(X509 *x509, int nid, const char *value)
{
    if (!value) {
        return true;
    }
    X509V3_CTX context;
    CONF *none = NCONF_new(NULL); /* certificatePolicies wants one to look into */
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509V3_set_nconf(&context, none);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    NCONF_free(none);
    return ok;
}

static bool add_subject_key_id(X509 *x509, const uint8_t *key_id)
{
    if (!key_id) {
        return add_extension(x509, NID_subject_key_identifier, "hash");
    }
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    bool ok = octets && ASN1_OCTET_STRING_set(octets, key_id, CERT_KEY_ID_SIZE) == 1 &&
              X509_add1_ext_i2d(x509, NID_subject_key_identifier, octets, 0, 0) == 1;
    ASN1_OCTET_STRING_free(octets);
    return ok;
}

static bool add_authority_key_id(X509 *x509, const struct cert *issuer)
{
    if (!issuer) {
        return true;
    }
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    bool ok = authority && (authority->keyid = ASN1_OCTET_STRING_new()) &&
              ASN1_OCTET_STRING_set(authority->keyid, issuer->subject_key_id, CERT_KEY_ID_SIZE) &&
              X509_add1_ext_i2d(x509, NID_authority_key_identifier, authority, 0, 0) == 1;
    AUTHORITY_KEYID_free(authority);
    return ok;
}

/* CERT.EUM permits one directory name: its organisation and an EID prefix. */
static bool add_name_constraints(X509 *x509, const struct pki_request *request)
{
    if (request->role != CERT_ROLE_EUM) {
        return true;
    }
    bool ok = false;
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
    X509_NAME *name = X509_NAME_new();
    if (!constraints || !tree || !name) {
        goto out;
    }
    if (!add_text(name, NID_organizationName, request->organisation) ||
        !add_text(name, NID_serialNumber, request->serial_number)) {
        goto out;
    }
    GENERAL_NAME_set0_value(tree->base, GEN_DIRNAME, name);
    name = NULL;
    constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
    if (!constraints->permittedSubtrees ||
        sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, tree) == 0) {
        goto out;
    }
    tree = NULL;
    ok = X509_add1_ext_i2d(x509, NID_name_constraints, constraints, 1, 0) == 1;
out:
    X509_NAME_free(name);
    GENERAL_SUBTREE_free(tree);
    NAME_CONSTRAINTS_free(constraints);
    return ok;
}

static bool add_registered_id(X509 *x509, const char *oid)
{
    char value[CERT_OID_TEXT_SIZE + 8];
    if (!oid) {
        return true;
    }
    snprintf(value, sizeof(value), "RID:%s", oid);
    return add_extension(x509, NID_subject_alt_name, value);
}

static bool set_names(X509 *x509, const struct pki_request *request, const struct cert *issuer)
{
    X509_NAME *name = X509_NAME_new();
    bool eid = request->role == CERT_ROLE_EUICC;
    bool ok = name && add_text(name, NID_organizationName, request->organisation) &&
              add_text(name, NID_serialNumber, eid ? request->serial_number : NULL) &&
              add_text(name, NID_commonName, request->common_name) &&
              X509_set_subject_name(x509, name) == 1 &&
              X509_set_issuer_name(x509, issuer ? X509_get_subject_name(issuer->x509) : name) == 1;
    X509_NAME_free(name);
    return ok;
}

static bool set_serial(X509 *x509)
{
    uint8_t random[8];
    if (crypto_random(random, sizeof(random)) != ERR_OK) {
        return false;
    }
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), get_u64(random) >> 1) == 1;
}

static bool set_dates(X509 *x509, const struct pki_request *request)
{
    time_t from = request->not_before, until = request->not_after;
    if (from == 0 && until == 0) {
        from = time(NULL) - PKI_DAY;
        until = from + (time_t)PKI_YEARS * PKI_DAY;
    }
    return ASN1_TIME_set(X509_getm_notBefore(x509), from) &&
           ASN1_TIME_set(X509_getm_notAfter(x509), until);
}

static bool fill(X509 *x509, const struct pki_request *request, EVP_PKEY *subject_key,
                 const struct cert *issuer)
{
    return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
           set_names(x509, request, issuer) && set_dates(x509, request) &&
           X509_set_pubkey(x509, subject_key) == 1 && add_subject_key_id(x509, request->key_id) &&
           add_authority_key_id(x509, issuer) &&
           add_extension(x509, NID_basic_constraints, roles[request->role].basic_constraints) &&
           add_extension(x509, NID_key_usage, roles[request->role].key_usage) &&
           add_extension(x509, NID_certificate_policies, roles[request->role].policy) &&
           add_registered_id(x509, request->oid) && add_name_constraints(x509, request);
}

enum err pki_issue(const struct pki_request *request, EVP_PKEY *subject_key,
                   const struct cert *issuer, EVP_PKEY *issuer_key, struct cert **cert)
{
    enum err err = ERR_CRYPTO;
    unsigned char *der = NULL;
    int len = 0;
    X509 *x509 = X509_new();

    *cert = NULL;
    if (!x509 || !fill(x509, request, subject_key, issuer)) {
        goto out;
    }
    if (X509_sign(x509, issuer_key, EVP_sha256()) == 0) {
        goto out;
    }
    len = i2d_X509(x509, &der);
    if (len <= 0) {
        goto out;
    }
    err = cert_parse(bytes_make(der, (size_t)len), cert);
out:
    OPENSSL_free(der);
    X509_free(x509);
    return err;
}
