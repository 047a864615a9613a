#include "simulator/dp_cert.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

static bool role_is(const struct cert *cert, enum cert_role role)
{
    return cert->role == role && X509_check_ca(cert->x509) == 0 &&
           (X509_get_extension_flags(cert->x509) & (EXFLAG_CRITICAL | EXFLAG_INVALID)) == 0 &&
           (X509_get_extension_flags(cert->x509) & EXFLAG_KUSAGE) != 0 &&
           (X509_get_key_usage(cert->x509) & KU_DIGITAL_SIGNATURE) != 0;
}

static bool in_time(const struct cert *cert, time_t now)
{
    return X509_cmp_time(X509_get0_notBefore(cert->x509), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(cert->x509), &now) > 0;
}

/* Several CI certificates can carry the named key; one in time is enough. */
static enum err chain(const struct identity *identity, const struct cert *cert, time_t now)
{
    enum err err = ERR_CERT_CHAIN;
    if (!cert->has_authority_key_id) {
        return err;
    }
    for (size_t i = 0; i < identity->ci_count; i++) {
        const struct cert *ci = identity->ci[i];
        if (memcmp(ci->subject_key_id, cert->authority_key_id, CERT_KEY_ID_SIZE) != 0 ||
            X509_verify(cert->x509, ci->key) != 1) {
            continue;
        }
        if (in_time(ci, now)) {
            return ERR_OK;
        }
        err = ERR_CERT_DATE;
    }
    return err;
}

enum err dp_cert_check(const struct identity *identity, struct bytes der, enum cert_role role,
                       time_t now, struct cert **cert, char oid[CERT_OID_TEXT_SIZE])
{
    oid[0] = '\0';
    enum err err = cert_parse(der, cert);
    if (err != ERR_OK) {
        return err;
    }
    if (!role_is(*cert, role)) {
        err = ERR_CERT_ROLE;
    }
    if (err == ERR_OK) {
        err = chain(identity, *cert, now);
    }
    if (err == ERR_OK && !in_time(*cert, now)) {
        err = ERR_CERT_DATE;
    }
    if (err == ERR_OK) {
        err = cert_registered_oid(*cert, oid);
    }
    if (err != ERR_OK) {
        cert_free(cert);
    }
    return err;
}
