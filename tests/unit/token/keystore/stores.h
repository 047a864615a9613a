/* The key stores the tests run over; USBKEY_TEST_KEYSTORE names one: softhsm (and
 * where it is not set), softhsm-built, softokn, softokn-built. */
#ifndef TEST_KEYSTORE_STORES_H
#define TEST_KEYSTORE_STORES_H

#include "keystore/keystore_config.h"

struct test_store {
    const char *name;
    const char *quirks; /* as the configuration file has them; "" none */
    bool softokn, built;
    bool brainpool; /* whether it knows the curve */
};

const struct test_store *test_store(void);
/* Writes a configuration for the store at path; its files, where it names any, go
 * to folder, which exists. */
void test_store_configure(const char *path, const char *folder);

#endif
