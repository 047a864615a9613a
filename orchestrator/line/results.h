/* NAME.ppr: what the station tells the DP+ about its profiles. JSON lines: a
 * header, then one line per profile that was tried. */
#ifndef LINE_RESULTS_H
#define LINE_RESULTS_H

#include "line/failure.h"
#include "line/ledger.h"

/* Writes the file atomically. count: lines written besides the header. */
bool results_export(struct ledger *ledger, const char *path, unsigned *count,
                    struct failure *failure);

#endif
