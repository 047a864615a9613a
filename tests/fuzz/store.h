/* A key store that knows one operation: a MAC under no key, which whoever makes
 * a seed can make too. */
#ifndef FUZZ_STORE_H
#define FUZZ_STORE_H

#include "keystore/keystore.h"

struct keystore *fuzz_store(void);

#endif
