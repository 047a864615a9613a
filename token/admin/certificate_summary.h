/* What a status shows of a certificate, as text and as JSON. */
#ifndef ADMIN_CERTIFICATE_SUMMARY_H
#define ADMIN_CERTIFICATE_SUMMARY_H

#include "base/clock.h"
#include "client/client.h"
#include "sgp22/cert.h"

struct certificate_summary {
    bool readable;
    bool expired; /* or not valid yet */
    char subject[128];
    char serial[64];
    char oid[CERT_OID_TEXT_SIZE]; /* "" when it registers none */
    char not_after[CLOCK_TEXT_SIZE];
    char sha256[2 * SHA256_SIZE + 1]; /* of the DER */
};
void certificate_summary(const struct client_object *object, struct certificate_summary *summary);

#endif
