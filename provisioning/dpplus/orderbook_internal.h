/* What the files of the order book share. */
#ifndef DPPLUS_ORDERBOOK_INTERNAL_H
#define DPPLUS_ORDERBOOK_INTERNAL_H

#include "dpplus/db.h"
#include "dpplus/orderbook.h"

struct orderbook {
    sqlite3 *db;
};

#endif
