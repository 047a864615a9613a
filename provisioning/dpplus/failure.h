/* What went wrong, in words, and whose trouble it is. */
#ifndef DPPLUS_FAILURE_H
#define DPPLUS_FAILURE_H

#include "base/err.h"

enum { DP_FAILURE_SIZE = 400 };

/* The values are the program's exit codes (design.md section 8). */
enum dp_area {
    DP_USAGE = 1, /* command line or configuration */
    DP_TOKEN = 5,
    DP_BOOK = 7, /* order book, batch, profile or results */
};

struct dp_failure {
    enum dp_area area;
    char text[DP_FAILURE_SIZE]; /* a sentence with EID and ICCID; never a secret */
};

/* Fills failure and returns err. */
enum err dp_fail(struct dp_failure *failure, enum dp_area area, enum err err, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

#endif
