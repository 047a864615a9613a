#include "engine/csr.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { OID_TEXT_SIZE = 65 };

static bool add_name(X509_NAME *name, int nid, struct bytes text)
{
    return text.len == 0 || X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, text.data,
                                                       (int)text.len, -1, 0) == 1;
}

/* Encodes one extension onto the list. */
static bool add_extension(STACK_OF(X509_EXTENSION) * *list, int nid, void *value, int critical)
{
    return X509V3_add1_i2d(list, nid, value, critical, X509V3_ADD_APPEND) == 1;
}

static bool add_key_usage(STACK_OF(X509_EXTENSION) * *list)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    bool done = usage != NULL && ASN1_BIT_STRING_set_bit(usage, 0, 1) == 1 &&
                add_extension(list, NID_key_usage, usage, 1);
    ASN1_BIT_STRING_free(usage);
    return done;
}

/* The role: id-rspRole dp-auth or dp-pb. */
static bool add_policy(STACK_OF(X509_EXTENSION) * *list, enum tokwire_key key)
{
    const char *role = key == TOKWIRE_KEY_DPAUTH ? "2.23.146.1.2.1.4" : "2.23.146.1.2.1.5";
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    POLICYINFO *policy = POLICYINFO_new();
    bool done = false;
    if (policies != NULL && policy != NULL && sk_POLICYINFO_push(policies, policy) > 0) {
        ASN1_OBJECT_free(policy->policyid);
        policy->policyid = OBJ_txt2obj(role, 1);
        done =
            policy->policyid != NULL && add_extension(list, NID_certificate_policies, policies, 1);
        policy = NULL; /* the list's */
    }
    POLICYINFO_free(policy);
    CERTIFICATEPOLICIES_free(policies);
    return done;
}

static bool add_registered_id(STACK_OF(X509_EXTENSION) * *list, const ASN1_OBJECT *oid)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OBJECT *copy = OBJ_dup(oid);
    bool done = false;
    if (names != NULL && name != NULL && copy != NULL && sk_GENERAL_NAME_push(names, name) > 0) {
        GENERAL_NAME_set0_value(name, GEN_RID, copy);
        name = NULL; /* the list's, and copy with it */
        copy = NULL;
        done = add_extension(list, NID_subject_alt_name, names, 0);
    }
    ASN1_OBJECT_free(copy);
    GENERAL_NAME_free(name);
    GENERAL_NAMES_free(names);
    return done;
}

/* Dotted numbers and nothing else. NULL when it is no OID. */
static ASN1_OBJECT *parse_oid(struct bytes dotted)
{
    char text[OID_TEXT_SIZE];
    if (dotted.len == 0 || dotted.len >= sizeof(text)) {
        return NULL;
    }
    memcpy(text, dotted.data, dotted.len);
    text[dotted.len] = '\0';
    if (strspn(text, "0123456789.") != dotted.len) {
        return NULL;
    }
    return OBJ_txt2obj(text, 1);
}

/* The OID where there is one; dpauth and dppb need it (SGP.22 4.5.2.1.0.4, .5). */
static enum err add_oid(STACK_OF(X509_EXTENSION) * *list, const struct csr_request *request)
{
    if (request->oid.len == 0 && request->key == TOKWIRE_KEY_BATCH) {
        return ERR_OK;
    }
    ASN1_OBJECT *oid = parse_oid(request->oid);
    if (oid == NULL) {
        return ERR_MALFORMED;
    }
    enum err err = add_registered_id(list, oid) ? ERR_OK : ERR_CRYPTO;
    ASN1_OBJECT_free(oid);
    return err;
}

static enum err add_extensions(X509_REQ *csr, const struct csr_request *request)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    enum err err = add_key_usage(&list) ? ERR_OK : ERR_CRYPTO;
    if (err == ERR_OK && request->key != TOKWIRE_KEY_BATCH) {
        err = add_policy(&list, request->key) ? ERR_OK : ERR_CRYPTO;
    }
    if (err == ERR_OK) {
        err = add_oid(&list, request);
    }
    if (err == ERR_OK && X509_REQ_add_extensions(csr, list) != 1) {
        err = ERR_CRYPTO;
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return err;
}

static enum err fill(X509_REQ *csr, const struct csr_request *request)
{
    EVP_PKEY *key = NULL;
    X509_NAME *subject = X509_REQ_get_subject_name(csr);
    enum err err = ec_public_from_point(request->curve, request->point, &key);
    if (err == ERR_OK &&
        (X509_REQ_set_version(csr, 0) != 1 || X509_REQ_set_pubkey(csr, key) != 1)) {
        err = ERR_CRYPTO;
    }
    EVP_PKEY_free(key);
    if (err == ERR_OK && (!add_name(subject, NID_organizationName, request->organisation) ||
                          !add_name(subject, NID_commonName, request->common_name))) {
        err = ERR_MALFORMED;
    }
    return err == ERR_OK ? add_extensions(csr, request) : err;
}

/* Signature of the key store's key over the request's own bytes. */
static enum err sign(X509_REQ *csr, const struct csr_request *request)
{
    uint8_t digest[EC_DIGEST_SIZE], signature[EC_SIGNATURE_SIZE];
    struct buf der;
    unsigned char *tbs = NULL;
    ASN1_BIT_STRING *bits = NULL;
    X509_ALGOR *algorithm = NULL;
    buf_init(&der, EC_SIGNATURE_SIZE * 2);
    int len = i2d_re_X509_REQ_tbs(csr, &tbs);
    enum err err = len > 0 ? crypto_sha256(bytes_make(tbs, (size_t)len), digest) : ERR_CRYPTO;
    if (err == ERR_OK) {
        err = keystore_sign(request->store, request->signer, digest, signature);
    }
    if (err == ERR_OK) {
        err = ec_signature_to_der(BYTES_OF(signature), &der);
    }
    if (err == ERR_OK) {
        bits = ASN1_BIT_STRING_new();
        algorithm = X509_ALGOR_new();
        bool done = bits != NULL && algorithm != NULL &&
                    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF,
                                    NULL) == 1 &&
                    X509_REQ_set1_signature_algo(csr, algorithm) == 1 &&
                    ASN1_BIT_STRING_set(bits, der.data, (int)der.len) == 1;
        if (done) {
            bits->flags = (bits->flags & ~0x07L) | ASN1_STRING_FLAG_BITS_LEFT; /* no unused bits */
            X509_REQ_set0_signature(csr, bits);
            bits = NULL;
        }
        err = done ? ERR_OK : ERR_CRYPTO;
    }
    X509_ALGOR_free(algorithm);
    ASN1_BIT_STRING_free(bits);
    OPENSSL_free(tbs);
    buf_clear(&der);
    return err;
}

enum err csr_build(const struct csr_request *request, struct buf *out)
{
    unsigned char *der = NULL;
    X509_REQ *csr = X509_REQ_new();
    if (csr == NULL) {
        return ERR_MEMORY;
    }
    enum err err = fill(csr, request);
    if (err == ERR_OK) {
        err = sign(csr, request);
    }
    if (err == ERR_OK) {
        int len = i2d_X509_REQ(csr, &der);
        if (len > 0) {
            buf_put(out, der, (size_t)len);
        }
        err = len > 0 ? buf_err(out) : ERR_CRYPTO;
    }
    OPENSSL_free(der);
    X509_REQ_free(csr);
    return err;
}
