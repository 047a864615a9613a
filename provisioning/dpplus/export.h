/* An export: every released order into one signed batch file. */
#ifndef DPPLUS_EXPORT_H
#define DPPLUS_EXPORT_H

#include "dpplus/orderbook.h"
#include "dpplus/protect.h"

struct export_summary {
    uint8_t id[BATCH_ID_SIZE];
    size_t count;
    uint64_t bytes; /* of profile packages before protection */
};

/* dp_oid: NULL takes the batch certificate's registeredID. The orders are
 * marked exported only after the file stands under its name, in the transaction
 * that chose them: a kill between the two leaves the file and the orders
 * released, and the next export to the same name replaces it. A file whose
 * batch the book knows is never replaced (ERR_DUPLICATE). ERR_NOT_FOUND:
 * nothing is released. */
enum err export_run(struct orderbook *book, struct protector *protector, const char *dp_oid,
                    const char *path, struct export_summary *summary, struct dp_failure *failure);

#endif
