#include "admin/certificate_summary.h"

#include <string.h>
#include <time.h>

#include "base/hex.h"

void certificate_summary(const struct client_object *object, struct certificate_summary *summary)
{
    *summary = (struct certificate_summary){0};
    struct cert *cert = NULL;
    struct tm tm;
    if (cert_parse(object->certificate, &cert) != ERR_OK) {
        return;
    }
    summary->readable = true;
    if (cert_subject_text(cert, NID_commonName, summary->subject, sizeof(summary->subject)) !=
        ERR_OK) {
        summary->subject[0] = '\0';
    }
    if (cert_registered_oid(cert, summary->oid) != ERR_OK) {
        summary->oid[0] = '\0';
    }
    cert_serial_text(cert, summary->serial, sizeof(summary->serial));
    if (ASN1_TIME_to_tm(X509_get0_notAfter(cert->x509), &tm) == 1) {
        clock_text(timegm(&tm), summary->not_after);
    }
    uint8_t digest[SHA256_SIZE];
    if (crypto_sha256(object->certificate, digest) == ERR_OK) {
        hex_encode(BYTES_OF(digest), summary->sha256);
    }
    summary->expired = cert_verify_dates(cert, time(NULL)) != ERR_OK;
    cert_free(&cert);
}
