/* What the fuzz targets share. A target takes any bytes; it must not crash, hang
 * or read outside them, and what it accepts must hold what fuzz_check() says. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise is a finding like a crash. */
static inline void fuzz_check(bool holds)
{
    if (!holds) {
        abort();
    }
}

#endif
