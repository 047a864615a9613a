/* Certificates one after the other: eUICC, EUM, CI, DPauth. */
#include "fuzz.h"

#include "sgp22/cert.h"
#include "tlv/tlv.h"

enum { NOW = 1767225600, CERT_COUNT = 4 };

static void verify(struct cert *const certs[CERT_COUNT])
{
    const struct cert *cis[] = {certs[2]};
    struct eid eid;
    struct eid again;
    size_t ci;
    enum err err = cert_verify_euicc(certs[0], certs[1], cis, 1, NOW, &eid, &ci);
    if (err == ERR_OK) {
        fuzz_check(ci == 0 && certs[0]->role == CERT_ROLE_EUICC);
        fuzz_check(cert_eid(certs[0], &again) == ERR_OK);
        fuzz_check(bytes_equal(eid_bytes(&eid), eid_bytes(&again)));
    } else {
        fuzz_check(eid.data[0] == 0);
    }
    if (certs[3] != NULL) {
        cert_verify_dp(certs[3], CERT_ROLE_DPAUTH, cis, 1, NOW);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cert *certs[CERT_COUNT] = {NULL};
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, bytes_make(data, size));
    for (size_t i = 0; i < CERT_COUNT && tlv_reader_next(&reader, &element) == ERR_OK; i++) {
        cert_parse(element.whole, &certs[i]);
    }
    if (certs[0] != NULL && certs[1] != NULL && certs[2] != NULL) {
        verify(certs);
    }
    for (size_t i = 0; i < CERT_COUNT; i++) {
        cert_free(&certs[i]);
    }
    return 0;
}
