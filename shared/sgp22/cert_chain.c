#include "sgp22/cert.h"

#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

enum { NAME_TEXT_SIZE = 128, EID_DIGITS = 32 };

/* The critical extensions somebody here looks at; any other one means the
 * certificate asks for a check nobody makes (RFC 5280 4.2). */
static const int known_critical[] = {
    NID_basic_constraints,      NID_key_usage,
    NID_certificate_policies,   NID_name_constraints,
    NID_subject_alt_name,       NID_authority_key_identifier,
    NID_subject_key_identifier, NID_crl_distribution_points,
};

enum err cert_verify_critical(const struct cert *cert)
{
    for (int i = 0; i < X509_get_ext_count(cert->x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(cert->x509, i);
        bool known = !X509_EXTENSION_get_critical(extension);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        for (size_t k = 0; !known && k < sizeof(known_critical) / sizeof(known_critical[0]); k++) {
            known = nid == known_critical[k];
        }
        if (!known) {
            return ERR_CERT_CHAIN;
        }
    }
    return ERR_OK;
}

/* Role, key usage, CA or not (SGP.22 4.5.2.1). */
static enum err check_role(const struct cert *cert, enum cert_role role, uint32_t usage, bool ca)
{
    uint32_t flags = X509_get_extension_flags(cert->x509);
    bool is_ca = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
    if (cert->role != role || is_ca != ca) {
        return ERR_CERT_ROLE;
    }
    if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(cert->x509) & usage) != usage) {
        return ERR_CERT_ROLE;
    }
    return cert_verify_critical(cert);
}

enum err cert_verify_dates(const struct cert *cert, time_t now)
{
    time_t at = now;
    if (X509_cmp_time(X509_get0_notBefore(cert->x509), &at) >= 0 ||
        X509_cmp_time(X509_get0_notAfter(cert->x509), &at) <= 0) {
        return ERR_CERT_DATE;
    }
    return ERR_OK;
}

enum err cert_verify_signature(const struct cert *cert, const struct cert *issuer)
{
    if (X509_get_signature_nid(cert->x509) != NID_ecdsa_with_SHA256) {
        return ERR_CERT_CHAIN;
    }
    return X509_verify(cert->x509, issuer->key) == 1 ? ERR_OK : ERR_CERT_CHAIN;
}

/* The CI among cis that signed cert: by the key its AuthorityKeyIdentifier
 * names, whatever the names say. */
static enum err find_ci(const struct cert *cert, const struct cert *const *cis, size_t ci_count,
                        size_t *found)
{
    if (!cert->has_authority_key_id) {
        return ERR_CERT_CHAIN;
    }
    for (size_t i = 0; i < ci_count; i++) {
        if (memcmp(cis[i]->subject_key_id, cert->authority_key_id, CERT_KEY_ID_SIZE) == 0 &&
            cert_verify_signature(cert, cis[i]) == ERR_OK) {
            *found = i;
            return ERR_OK;
        }
    }
    return ERR_CERT_CHAIN;
}

static enum err check_ci(const struct cert *ci, time_t now)
{
    enum err err = check_role(ci, CERT_ROLE_CI, KU_KEY_CERT_SIGN, true);
    return err == ERR_OK ? cert_verify_dates(ci, now) : err;
}

enum err cert_verify_dp(const struct cert *cert, enum cert_role role, const struct cert *const *cis,
                        size_t ci_count, time_t now)
{
    char oid[CERT_OID_TEXT_SIZE];
    size_t ci = 0;
    enum err err = check_role(cert, role, KU_DIGITAL_SIGNATURE, false);
    if (err == ERR_OK) {
        err = cert_registered_oid(cert, oid) == ERR_OK ? ERR_OK : ERR_CERT_ROLE;
    }
    if (err == ERR_OK) {
        err = find_ci(cert, cis, ci_count, &ci);
    }
    if (err == ERR_OK) {
        err = check_ci(cis[ci], now);
    }
    return err == ERR_OK ? cert_verify_dates(cert, now) : err;
}

/* Text of one attribute of a directory name; false when absent or odd. */
static bool name_text(const X509_NAME *name, int nid, char text[NAME_TEXT_SIZE])
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return false;
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    size_t len = (size_t)ASN1_STRING_length(value);
    if (len == 0 || len >= NAME_TEXT_SIZE || memchr(ASN1_STRING_get0_data(value), 0, len) != NULL) {
        return false;
    }
    memcpy(text, ASN1_STRING_get0_data(value), len);
    text[len] = '\0';
    return true;
}

/* One permitted subtree: a directory name with the organisation and the EID
 * prefix (SGP.22 4.5.2.1.0.2). A serialNumber here permits a prefix, which is
 * not what X.509 name constraints mean by it, so OpenSSL cannot check it. */
static bool subtree_permits(const GENERAL_SUBTREE *subtree, const char *organisation,
                            const char *eid)
{
    char text[NAME_TEXT_SIZE];
    if (subtree->base->type != GEN_DIRNAME) {
        return false;
    }
    const X509_NAME *name = subtree->base->d.directoryName;
    if (!name_text(name, NID_organizationName, text) || strcmp(text, organisation) != 0) {
        return false;
    }
    if (!name_text(name, NID_serialNumber, text) || strlen(text) > EID_DIGITS) {
        return false;
    }
    return strncmp(text, eid, strlen(text)) == 0;
}

static enum err check_name_constraints(const struct cert *eum, const struct cert *euicc,
                                       const struct eid *eid)
{
    char organisation[NAME_TEXT_SIZE];
    char eid_digits[EID_TEXT_SIZE];
    if (cert_subject_text(euicc, NID_organizationName, organisation, sizeof(organisation)) !=
        ERR_OK) {
        return ERR_CERT_EID;
    }
    eid_text(eid, eid_digits);
    bool permitted = false;
    NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(eum->x509, NID_name_constraints, NULL, NULL);
    if (constraints != NULL && constraints->excludedSubtrees == NULL) {
        for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); i++) {
            permitted = permitted ||
                        subtree_permits(sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i),
                                        organisation, eid_digits);
        }
    }
    NAME_CONSTRAINTS_free(constraints);
    return permitted ? ERR_OK : ERR_CERT_EID;
}

/* EUM certificate under its CI. */
static enum err check_eum(const struct cert *eum, const struct cert *const *cis, size_t ci_count,
                          time_t now, size_t *ci)
{
    enum err err = check_role(eum, CERT_ROLE_EUM, KU_KEY_CERT_SIGN, true);
    if (err == ERR_OK) {
        err = find_ci(eum, cis, ci_count, ci);
    }
    if (err == ERR_OK) {
        err = check_ci(cis[*ci], now);
    }
    /* RFC 5280 4.2.1.9: zero allows no CA below, and the EUM is one. The eUICC,
     * no CA, is within any path length of the EUM's. */
    if (err == ERR_OK && X509_get_pathlen(cis[*ci]->x509) == 0) {
        err = ERR_CERT_CHAIN;
    }
    return err == ERR_OK ? cert_verify_dates(eum, now) : err;
}

/* eUICC certificate under its EUM. */
static enum err check_euicc(const struct cert *euicc, const struct cert *eum, time_t now)
{
    enum err err = check_role(euicc, CERT_ROLE_EUICC, KU_DIGITAL_SIGNATURE, false);
    if (err == ERR_OK && (!euicc->has_authority_key_id ||
                          memcmp(euicc->authority_key_id, eum->subject_key_id, CERT_KEY_ID_SIZE))) {
        err = ERR_CERT_CHAIN;
    }
    if (err == ERR_OK) {
        err = cert_verify_signature(euicc, eum);
    }
    return err == ERR_OK ? cert_verify_dates(euicc, now) : err;
}

enum err cert_verify_euicc(const struct cert *euicc, const struct cert *eum,
                           const struct cert *const *cis, size_t ci_count, time_t now,
                           struct eid *eid, size_t *ci)
{
    struct eid proven;
    size_t found = 0;
    *eid = (struct eid){{0}};
    if (ci != NULL) {
        *ci = 0;
    }
    enum err err = check_eum(eum, cis, ci_count, now, &found);
    if (err == ERR_OK) {
        err = check_euicc(euicc, eum, now);
    }
    if (err == ERR_OK) {
        err = cert_eid(euicc, &proven);
    }
    if (err == ERR_OK) {
        err = check_name_constraints(eum, euicc, &proven);
    }
    if (err == ERR_OK) {
        *eid = proven;
        if (ci != NULL) {
            *ci = found;
        }
    }
    return err;
}
