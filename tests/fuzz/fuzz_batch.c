/* The trailer of a batch file. Trust is the certificate that comes with it, so
 * that the seeds verify and mutations of them reach every check. */
#include "fuzz.h"

#include "batch/batch.h"

enum { NOW = 1767225600 };

static void verify(const struct batch_trailer *trailer)
{
    struct cert *trust = NULL;
    struct cert *cert = NULL;
    if (cert_parse(trailer->certificate, &trust) != ERR_OK) {
        return;
    }
    enum err err = batch_trailer_verify(trailer, trust, NOW, &cert);
    fuzz_check((cert != NULL) == (err == ERR_OK));
    cert_free(&cert);
    cert_free(&trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch_trailer trailer;
    struct bytes input = bytes_make(data, size);
    size_t len = 0;
    if (size >= BATCH_FOOTER_SIZE) {
        struct bytes footer = bytes_make(data + size - BATCH_FOOTER_SIZE, BATCH_FOOTER_SIZE);
        if (batch_footer_decode(footer, &len) == ERR_OK) {
            fuzz_check(len >= BATCH_FOOTER_SIZE && len <= BATCH_TRAILER_MAX);
        }
    }
    if (batch_trailer_decode(input, &trailer) == ERR_OK) {
        fuzz_check(len == size && trailer.signature.len == EC_SIGNATURE_SIZE);
        verify(&trailer);
    } else {
        fuzz_check(trailer.signed_bytes.len == 0);
    }
    return 0;
}
