#include "fuzz.h"

#include <string.h>

#include "sgp22/cert.h"

/* Within the dates of the seeds. */
enum { NOW = 1767225600, TEXT_SIZE = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cert *cert = NULL;
    char text[TEXT_SIZE];
    char oid[CERT_OID_TEXT_SIZE];
    struct eid eid;
    if (cert_parse(bytes_make(data, size), &cert) != ERR_OK) {
        fuzz_check(cert == NULL);
        return 0;
    }
    fuzz_check(bytes_equal(buf_bytes(&cert->der), bytes_make(data, size)));
    fuzz_check(cert->curve != EC_CURVE_NONE);
    if (cert_subject_text(cert, NID_organizationName, text, sizeof(text)) == ERR_OK) {
        fuzz_check(strlen(text) < sizeof(text));
    }
    cert_eid(cert, &eid);
    cert_registered_oid(cert, oid);
    fuzz_check(strlen(cert_serial_text(cert, text, sizeof(text))) < sizeof(text));
    cert_verify_critical(cert);
    cert_verify_dates(cert, NOW);
    cert_verify_signature(cert, cert);
    cert_verify_dp(cert, CERT_ROLE_DPPB, NULL, 0, NOW);
    cert_free(&cert);
    return 0;
}
