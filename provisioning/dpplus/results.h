/* Taking a results file back into the order book. */
#ifndef DPPLUS_RESULTS_H
#define DPPLUS_RESULTS_H

#include "dpplus/result_check.h"

enum result_outcome { RESULT_STORED, RESULT_KNOWN, RESULT_REFUSED };

/* One line's fate, as shown. Text lives for the call. */
struct result_report {
    size_t line;             /* in the file, from 1 */
    const char *eid, *iccid; /* "?" when the line has none */
    enum result_outcome outcome;
    const char *state; /* of the order, stored or known */
    bool proven;
    const char *why; /* refused: what was wrong; else the line's error or "" */
};

struct results_summary {
    size_t installed, downloaded, failed; /* stored now */
    size_t known, refused;
};

/* Every line stands by itself: good ones are stored, bad ones are reported and
 * counted as refused. All in one transaction; a file imported twice changes
 * nothing. ERR_MALFORMED and nothing stored when it is no results file. */
enum err results_import(struct orderbook *book, const char *path, const struct result_trust *trust,
                        void (*report)(void *context, const struct result_report *report),
                        void *context, struct results_summary *summary, struct dp_failure *failure);

#endif
