/* A profile package of the project's own making, in the form real ones have
 * (TCA eUICC Profile Package Interoperable Format 2.3, "SAIP" below).
 *
 * It serves demonstrations and tests where no operator's profile is at hand:
 * the test network 001-01, random keys that no network knows. */
#ifndef UPP_SAMPLE_H
#define UPP_SAMPLE_H

#include "base/bytes.h"
#include "sgp22/id.h"

enum {
    UPP_SAMPLE_SIZE_DEFAULT = 12 * 1024,
    UPP_SAMPLE_SIZE_MAX = 512 * 1024,
    UPP_KEY_SIZE = 16,
};

/* Milenage and security domain keys. Never those of a real subscription. */
struct upp_keys {
    uint8_t k[UPP_KEY_SIZE];
    uint8_t opc[UPP_KEY_SIZE];
    uint8_t domain[3][UPP_KEY_SIZE];
};

struct upp_sample {
    struct iccid iccid;
    struct upp_keys keys;
    /* The package is filled with images up to about this size; a value below
     * the bare package's (some 3,300 bytes) adds none. 0: the default. */
    size_t size_hint;
};

/* Fresh random keys. */
enum err upp_keys_generate(struct upp_keys *keys);
/* The whole package appended to out. ERR_RANGE when size_hint is over the
 * maximum or out is too small. */
enum err upp_sample_encode(const struct upp_sample *sample, struct buf *out);

#endif
