#include "support/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

enum { FOREIGN_KEY_SEED = 0x7E, CONFIG_SIZE = 128, X509_VERSION_3_VALUE = 2 };

/* A test that cannot make its PKI has nothing to say. */
static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "test pki: %s failed\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static EVP_PKEY *make_key(enum ec_curve curve, uint8_t seed)
{
    uint8_t scalar[EC_SCALAR_SIZE];
    EVP_PKEY *key = NULL;
    memset(scalar, seed, sizeof(scalar));
    require(ec_private_from_scalar(curve, BYTES_OF(scalar), &key) == ERR_OK, "key");
    return key;
}

static void add_name(X509_NAME *name, int nid, const char *text)
{
    if (text != NULL) {
        require(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const uint8_t *)text, -1, -1,
                                           0) == 1,
                "name");
    }
}

/* An extension in the words of OpenSSL's configuration. */
static void add_text(X509 *x509, int nid, const char *format, const char *first, const char *second)
{
    char text[CONFIG_SIZE];
    snprintf(text, sizeof(text), "%s%s%s", format, first, second);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, text);
    require(extension != NULL && X509_add_ext(x509, extension, -1) == 1, text);
    X509_EXTENSION_free(extension);
}

static void push_policy(CERTIFICATEPOLICIES *policies, enum cert_role role)
{
    char text[CONFIG_SIZE];
    snprintf(text, sizeof(text), "2.23.146.1.2.1.%d", (int)role - CERT_ROLE_CI);
    POLICYINFO *policy = POLICYINFO_new();
    require(policy != NULL, "policy");
    policy->policyid = OBJ_txt2obj(text, 1);
    require(policy->policyid != NULL && sk_POLICYINFO_push(policies, policy) > 0, "policy");
}

static void add_policies(X509 *x509, const struct test_pki_spec *spec)
{
    if (spec->role == CERT_ROLE_NONE) {
        return;
    }
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    require(policies != NULL, "policies");
    push_policy(policies, spec->role);
    if (spec->second_role != CERT_ROLE_NONE) {
        push_policy(policies, spec->second_role);
    }
    require(X509_add1_ext_i2d(x509, NID_certificate_policies, policies, 1, 0) == 1, "policies");
    CERTIFICATEPOLICIES_free(policies);
}

static void add_basic_constraints(X509 *x509, const struct test_pki_spec *spec)
{
    char path[CONFIG_SIZE / 4] = "";
    if (!spec->basic_constraints) {
        return;
    }
    if (spec->path_length >= 0) {
        snprintf(path, sizeof(path), ",pathlen:%d", spec->path_length);
    }
    add_text(x509, NID_basic_constraints, "critical,CA:", spec->ca ? "TRUE" : "FALSE", path);
}

/* A subtree that is a directory name of organisation and EID prefix. */
static void push_subtree(STACK_OF(GENERAL_SUBTREE) * *subtrees, const char *organisation,
                         const char *eid)
{
    if (organisation == NULL && eid == NULL) {
        return;
    }
    if (*subtrees == NULL) {
        *subtrees = sk_GENERAL_SUBTREE_new_null();
    }
    GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
    X509_NAME *name = X509_NAME_new();
    require(subtree != NULL && name != NULL, "subtree");
    add_name(name, NID_organizationName, organisation);
    add_name(name, NID_serialNumber, eid);
    subtree->base->type = GEN_DIRNAME;
    subtree->base->d.directoryName = name;
    require(sk_GENERAL_SUBTREE_push(*subtrees, subtree) > 0, "subtree");
}

static void add_name_constraints(X509 *x509, const struct test_pki_spec *spec)
{
    NAME_CONSTRAINTS *constraints = NAME_CONSTRAINTS_new();
    require(constraints != NULL, "name constraints");
    push_subtree(&constraints->permittedSubtrees, spec->permitted_organisation,
                 spec->permitted_eid);
    push_subtree(&constraints->excludedSubtrees, NULL, spec->excluded_eid);
    if (constraints->permittedSubtrees != NULL || constraints->excludedSubtrees != NULL) {
        require(X509_add1_ext_i2d(x509, NID_name_constraints, constraints, 1, 0) == 1,
                "name constraints");
    }
    NAME_CONSTRAINTS_free(constraints);
}

/* Method 1 of RFC 5280 4.2.1.2: SHA-1 of the key. */
static void key_id_of(const EVP_PKEY *key, uint8_t id[CERT_KEY_ID_SIZE])
{
    X509 *scratch = X509_new();
    unsigned len = 0;
    EVP_PKEY *borrowed = NULL;
    uint8_t *der = NULL;
    int der_len = i2d_PUBKEY(key, &der);
    const uint8_t *at = der;
    borrowed = d2i_PUBKEY(NULL, &at, der_len);
    require(scratch != NULL && borrowed != NULL && X509_set_pubkey(scratch, borrowed) == 1 &&
                X509_pubkey_digest(scratch, EVP_sha1(), id, &len) == 1 && len == CERT_KEY_ID_SIZE,
            "key id");
    EVP_PKEY_free(borrowed);
    OPENSSL_free(der);
    X509_free(scratch);
}

static void add_key_ids(X509 *x509, const struct test_pki_spec *spec, const EVP_PKEY *key,
                        const EVP_PKEY *issuer_key)
{
    uint8_t id[CERT_KEY_ID_SIZE];
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
    require(value != NULL && authority != NULL, "key id");
    if (!spec->no_subject_key_id) {
        key_id_of(spec->subject_key_id_of != NULL ? spec->subject_key_id_of : key, id);
        require(ASN1_OCTET_STRING_set(value, id, sizeof(id)) == 1 &&
                    X509_add1_ext_i2d(x509, NID_subject_key_identifier, value, 0, 0) == 1,
                "subject key id");
    }
    if (issuer_key != NULL && spec->authority_key_id != TEST_PKI_KEY_ID_NONE) {
        key_id_of(issuer_key, id);
        id[0] ^= spec->authority_key_id == TEST_PKI_KEY_ID_WRONG ? 1 : 0;
        authority->keyid = ASN1_OCTET_STRING_dup(value);
        require(ASN1_OCTET_STRING_set(authority->keyid, id, sizeof(id)) == 1 &&
                    X509_add1_ext_i2d(x509, NID_authority_key_identifier, authority, 0, 0) == 1,
                "authority key id");
    }
    AUTHORITY_KEYID_free(authority);
    ASN1_OCTET_STRING_free(value);
}

static void add_unknown_critical(X509 *x509)
{
    static const uint8_t null_der[] = {0x05, 0x00};
    ASN1_OBJECT *object = OBJ_txt2obj("2.999.77", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    require(object != NULL && value != NULL &&
                ASN1_OCTET_STRING_set(value, null_der, sizeof(null_der)) == 1,
            "extension");
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    require(extension != NULL && X509_add_ext(x509, extension, -1) == 1, "extension");
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
}

static void add_extensions(X509 *x509, const struct test_pki_spec *spec, const EVP_PKEY *key,
                           const EVP_PKEY *issuer_key)
{
    add_key_ids(x509, spec, key, issuer_key);
    add_policies(x509, spec);
    add_basic_constraints(x509, spec);
    if (spec->key_usage != NULL) {
        add_text(x509, NID_key_usage, "critical,", spec->key_usage, "");
    }
    if (spec->registered_id != NULL) {
        add_text(x509, NID_subject_alt_name, "RID:", spec->registered_id, "");
    }
    add_name_constraints(x509, spec);
    if (spec->unknown_critical) {
        add_unknown_critical(x509);
    }
}

static void fill_names(X509 *x509, const struct test_pki_spec *spec, const X509 *issuer)
{
    X509_NAME *subject = X509_get_subject_name(x509);
    add_name(subject, NID_organizationName, spec->organisation);
    add_name(subject, NID_serialNumber, spec->serial_number);
    add_name(subject, NID_commonName, spec->common_name);
    require(X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1, "issuer");
}

void test_pki_issue(const struct test_pki_spec *spec, const struct test_pki_identity *issuer,
                    struct test_pki_identity *out)
{
    *out = (struct test_pki_identity){0};
    out->key = spec->key;
    if (out->key == NULL) {
        out->key = make_key(spec->curve, spec->key_seed);
    } else {
        EVP_PKEY_up_ref(out->key);
    }
    X509 *x509 = X509_new();
    require(x509 != NULL && X509_set_version(x509, X509_VERSION_3_VALUE) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(x509), 1 + spec->key_seed) == 1 &&
                ASN1_TIME_set(X509_getm_notBefore(x509), spec->not_before) != NULL &&
                ASN1_TIME_set(X509_getm_notAfter(x509), spec->not_after) != NULL &&
                X509_set_pubkey(x509, out->key) == 1,
            "certificate");
    EVP_PKEY *issuer_key = issuer != NULL ? issuer->key : out->key;
    fill_names(x509, spec, issuer != NULL ? issuer->x509 : x509);
    add_extensions(x509, spec, out->key, issuer != NULL ? issuer_key : NULL);

    EVP_PKEY *foreign = make_key(EC_CURVE_P256, FOREIGN_KEY_SEED);
    require(X509_sign(x509, spec->foreign_signer ? foreign : issuer_key,
                      spec->digest != NULL ? spec->digest : EVP_sha256()) > 0,
            "sign");
    EVP_PKEY_free(foreign);

    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    require(len > 0, "encode");
    buf_init(&out->der, (size_t)len);
    buf_put(&out->der, der, (size_t)len);
    require(buf_err(&out->der) == ERR_OK, "encode");
    OPENSSL_free(der);
    out->x509 = x509;
    if (cert_parse(buf_bytes(&out->der), &out->cert) != ERR_OK) {
        out->cert = NULL;
    }
}

void test_pki_identity_clear(struct test_pki_identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->x509);
    buf_clear(&identity->der);
    cert_free(&identity->cert);
    *identity = (struct test_pki_identity){0};
}

/* What the roles differ in. */
static const struct test_pki_spec roles[] = {
    [CERT_ROLE_NONE] = {.common_name = "Test batch",
                        .key_usage = "digitalSignature",
                        .organisation = "Test DP"},
    [CERT_ROLE_CI] = {.common_name = "Test CI",
                      .key_usage = "keyCertSign,cRLSign",
                      .organisation = "Test CI",
                      .registered_id = "2.999.1",
                      .basic_constraints = true,
                      .ca = true},
    [CERT_ROLE_EUICC] = {.common_name = "Test eUICC",
                         .key_usage = "digitalSignature",
                         .organisation = TEST_PKI_ORGANISATION,
                         .serial_number = TEST_PKI_EID},
    [CERT_ROLE_EUM] = {.common_name = "Test EUM",
                       .key_usage = "keyCertSign",
                       .organisation = TEST_PKI_ORGANISATION,
                       .registered_id = "2.999.5",
                       .basic_constraints = true,
                       .ca = true,
                       .permitted_organisation = TEST_PKI_ORGANISATION,
                       .permitted_eid = TEST_PKI_EID_PREFIX},
    [CERT_ROLE_DP_TLS] = {.common_name = "Test DP TLS",
                          .key_usage = "digitalSignature",
                          .organisation = "Test DP",
                          .registered_id = TEST_PKI_DP_OID},
    [CERT_ROLE_DPAUTH] = {.common_name = "Test DPauth",
                          .key_usage = "digitalSignature",
                          .organisation = "Test DP",
                          .registered_id = TEST_PKI_DP_OID},
    [CERT_ROLE_DPPB] = {.common_name = "Test DPpb",
                        .key_usage = "digitalSignature",
                        .organisation = "Test DP",
                        .registered_id = TEST_PKI_DP_OID},
};

struct test_pki_spec test_pki_spec_of(enum cert_role role)
{
    struct test_pki_spec spec = roles[role];
    spec.role = role;
    spec.path_length = role == CERT_ROLE_EUM ? 0 : -1;
    spec.not_before = TEST_PKI_NOT_BEFORE;
    spec.not_after = TEST_PKI_NOT_AFTER;
    spec.curve = EC_CURVE_P256;
    spec.key_seed = (uint8_t)(0x11 + role);
    return spec;
}

void test_pki_specs_init(struct test_pki_specs *specs)
{
    *specs = (struct test_pki_specs){
        .ci = test_pki_spec_of(CERT_ROLE_CI),
        .eum = test_pki_spec_of(CERT_ROLE_EUM),
        .euicc = test_pki_spec_of(CERT_ROLE_EUICC),
        .dpauth = test_pki_spec_of(CERT_ROLE_DPAUTH),
        .dppb = test_pki_spec_of(CERT_ROLE_DPPB),
        .batch = test_pki_spec_of(CERT_ROLE_NONE),
    };
}

void test_pki_make(const struct test_pki_specs *specs, struct test_pki *pki)
{
    struct test_pki_specs valid;
    test_pki_specs_init(&valid);
    const struct test_pki_specs *use = specs != NULL ? specs : &valid;
    test_pki_issue(&use->ci, NULL, &pki->ci);
    test_pki_issue(&use->eum, &pki->ci, &pki->eum);
    test_pki_issue(&use->euicc, &pki->eum, &pki->euicc);
    test_pki_issue(&use->dpauth, &pki->ci, &pki->dpauth);
    test_pki_issue(&use->dppb, &pki->ci, &pki->dppb);
    test_pki_issue(&use->batch, NULL, &pki->batch);
}

void test_pki_clear(struct test_pki *pki)
{
    test_pki_identity_clear(&pki->ci);
    test_pki_identity_clear(&pki->eum);
    test_pki_identity_clear(&pki->euicc);
    test_pki_identity_clear(&pki->dpauth);
    test_pki_identity_clear(&pki->dppb);
    test_pki_identity_clear(&pki->batch);
}
