#include "sgp22/cert.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.h"

enum { CERT_FILE_MAX = 16 * 1024, ROLE_COUNT = 6 };

/* SGP.22 4.5.2.1: id-rspRole, 2.23.146.1.2.1.x. */
static const char *const role_policies[ROLE_COUNT] = {
    "2.23.146.1.2.1.0", "2.23.146.1.2.1.1", "2.23.146.1.2.1.2",
    "2.23.146.1.2.1.3", "2.23.146.1.2.1.4", "2.23.146.1.2.1.5",
};

static enum cert_role role_of_policy(const ASN1_OBJECT *policy)
{
    char text[CERT_OID_TEXT_SIZE];
    int len = OBJ_obj2txt(text, sizeof(text), policy, 1);
    if (len <= 0 || (size_t)len >= sizeof(text)) {
        return CERT_ROLE_NONE;
    }
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(text, role_policies[i]) == 0) {
            return (enum cert_role)(CERT_ROLE_CI + i);
        }
    }
    return CERT_ROLE_NONE;
}

/* The one role the policies state. A certificate that serves two roles must
 * pass for neither, nor for one without a role. */
static enum cert_role role_of(const X509 *x509)
{
    enum cert_role role = CERT_ROLE_NONE;
    CERTIFICATEPOLICIES *policies = X509_get_ext_d2i(x509, NID_certificate_policies, NULL, NULL);
    for (int i = 0; i < sk_POLICYINFO_num(policies); i++) {
        enum cert_role stated = role_of_policy(sk_POLICYINFO_value(policies, i)->policyid);
        if (stated == CERT_ROLE_NONE) {
            continue;
        }
        if (role != CERT_ROLE_NONE && role != stated) {
            role = CERT_ROLE_SEVERAL;
            break;
        }
        role = stated;
    }
    CERTIFICATEPOLICIES_free(policies);
    return role;
}

static enum err take_key_ids(struct cert *cert)
{
    unsigned digest_len = CERT_KEY_ID_SIZE;
    const ASN1_OCTET_STRING *subject = X509_get0_subject_key_id(cert->x509);
    const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id(cert->x509);
    if (subject != NULL) {
        if (ASN1_STRING_length(subject) != CERT_KEY_ID_SIZE) {
            return ERR_UNSUPPORTED;
        }
        memcpy(cert->subject_key_id, ASN1_STRING_get0_data(subject), CERT_KEY_ID_SIZE);
    } else if (X509_pubkey_digest(cert->x509, EVP_sha1(), cert->subject_key_id, &digest_len) != 1) {
        return ERR_CRYPTO; /* RFC 5280 4.2.1.2, method 1 */
    }
    if (authority != NULL && ASN1_STRING_length(authority) == CERT_KEY_ID_SIZE) {
        memcpy(cert->authority_key_id, ASN1_STRING_get0_data(authority), CERT_KEY_ID_SIZE);
        cert->has_authority_key_id = true;
    }
    return ERR_OK;
}

static enum err parse_into(struct bytes der, struct cert *cert)
{
    uint8_t point[EC_POINT_SIZE];
    const uint8_t *at = der.data;
    cert->x509 = d2i_X509(NULL, &at, (long)der.len);
    if (cert->x509 == NULL || at != der.data + der.len) {
        return ERR_MALFORMED;
    }
    /* Has OpenSSL decode every extension once; broken ones are flagged. */
    if (X509_check_purpose(cert->x509, -1, 0) != 1 ||
        (X509_get_extension_flags(cert->x509) & EXFLAG_INVALID) != 0) {
        return ERR_MALFORMED;
    }
    cert->key = X509_get_pubkey(cert->x509);
    if (cert->key == NULL) {
        return ERR_MALFORMED;
    }
    enum err err = ec_point(cert->key, point, &cert->curve);
    if (err != ERR_OK) {
        return err;
    }
    buf_init(&cert->der, CERT_DER_MAX);
    buf_put_bytes(&cert->der, der);
    if (buf_err(&cert->der) != ERR_OK) {
        return buf_err(&cert->der);
    }
    cert->role = role_of(cert->x509);
    return take_key_ids(cert);
}

enum err cert_parse(struct bytes der, struct cert **cert)
{
    *cert = NULL;
    if (der.len == 0 || der.len > CERT_DER_MAX) {
        return ERR_RANGE;
    }
    struct cert *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return ERR_MEMORY;
    }
    enum err err = parse_into(der, made);
    if (err != ERR_OK) {
        cert_free(&made);
        return err;
    }
    *cert = made;
    return ERR_OK;
}

/* DER of a PEM certificate; input that is not PEM is taken for DER. */
static enum err parse_pem_or_der(struct bytes content, struct cert **cert)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    enum err err;
    BIO *bio = BIO_new_mem_buf(content.data, (int)content.len);
    if (bio == NULL) {
        return ERR_MEMORY;
    }
    if (PEM_read_bio(bio, &name, &header, &der, &len) == 1 && strcmp(name, PEM_STRING_X509) == 0) {
        err = cert_parse(bytes_make(der, (size_t)len), cert);
    } else {
        err = cert_parse(content, cert);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return err;
}

enum err cert_load(const char *path, struct cert **cert)
{
    struct buf content;
    *cert = NULL;
    buf_init(&content, CERT_FILE_MAX);
    enum err err = file_read(path, &content);
    if (err == ERR_OK) {
        err = parse_pem_or_der(buf_bytes(&content), cert);
    }
    buf_clear(&content);
    return err;
}

void cert_free(struct cert **cert)
{
    if (cert == NULL || *cert == NULL) {
        return;
    }
    EVP_PKEY_free((*cert)->key);
    X509_free((*cert)->x509);
    buf_clear(&(*cert)->der);
    free(*cert);
    *cert = NULL;
}

enum err cert_subject_text(const struct cert *cert, int nid, char *text, size_t size)
{
    text[0] = '\0';
    const X509_NAME *subject = X509_get_subject_name(cert->x509);
    int at = X509_NAME_get_index_by_NID(subject, nid, -1);
    if (at < 0) {
        return ERR_NOT_FOUND;
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    size_t len = (size_t)ASN1_STRING_length(value);
    if (len >= size || memchr(ASN1_STRING_get0_data(value), 0, len) != NULL) {
        return ERR_RANGE;
    }
    memcpy(text, ASN1_STRING_get0_data(value), len);
    text[len] = '\0';
    return ERR_OK;
}

enum err cert_eid(const struct cert *cert, struct eid *eid)
{
    char text[EID_TEXT_SIZE];
    *eid = (struct eid){{0}};
    if (cert_subject_text(cert, NID_serialNumber, text, sizeof(text)) != ERR_OK ||
        eid_parse(text, eid) != ERR_OK) {
        return ERR_CERT_EID;
    }
    return ERR_OK;
}

enum err cert_registered_oid(const struct cert *cert, char text[CERT_OID_TEXT_SIZE])
{
    enum err err = ERR_NOT_FOUND;
    text[0] = '\0';
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_RID) {
            continue;
        }
        int len = OBJ_obj2txt(text, CERT_OID_TEXT_SIZE, name->d.registeredID, 1);
        err = len > 0 && len < CERT_OID_TEXT_SIZE ? ERR_OK : ERR_RANGE;
        break;
    }
    GENERAL_NAMES_free(names);
    if (err != ERR_OK) {
        text[0] = '\0';
    }
    return err;
}

char *cert_serial_text(const struct cert *cert, char *text, size_t size)
{
    text[0] = '\0';
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert->x509), NULL);
    char *hex = number != NULL ? BN_bn2hex(number) : NULL;
    if (hex != NULL && strlen(hex) < size) {
        memcpy(text, hex, strlen(hex) + 1);
    }
    OPENSSL_free(hex);
    BN_free(number);
    return text;
}
