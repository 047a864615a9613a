#include "stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "support/test.h"

enum { CONFIG_MAX = 1024 };

#define SOFTOKN_QUIRKS                                                                             \
    "\"no-allowed-mechanisms\",\"no-copyable\",\"no-data-objects\",\"empty-so-pin\""

static const struct test_store stores[] = {
    {"softhsm", "", false, false, true},
    {"softhsm-built", "", false, true, true},
    {"softokn", SOFTOKN_QUIRKS, true, false, false},
    {"softokn-built", SOFTOKN_QUIRKS, true, true, false},
};

const struct test_store *test_store(void)
{
    const char *name = getenv("USBKEY_TEST_KEYSTORE");
    for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
        if (strcmp(name != NULL ? name : "softhsm", stores[i].name) == 0) {
            return &stores[i];
        }
    }
    CU_FAIL_FATAL("no such key store");
    return NULL;
}

void test_store_configure(const char *path, const char *folder)
{
    const struct test_store *store = test_store();
    char text[CONFIG_MAX], where[CONFIG_MAX / 2] = "";
    if (store->softokn) {
        snprintf(where, sizeof(where),
                 "\"init_args\":\"configdir='sql:%s' certPrefix='' keyPrefix='' secmod='' "
                 "flags=\",\"token\":\"NSS Certificate DB\",",
                 folder);
    }
    int len = snprintf(text, sizeof(text), "{\"module\":\"%s\",%s\"cmac\":\"%s\",\"quirks\":[%s]}",
                       store->softokn ? SOFTOKN_MODULE : KEYSTORE_MODULE_SOFTHSM2, where,
                       store->built ? "built" : "native", store->quirks);
    CU_ASSERT_FATAL(len > 0 && (size_t)len < sizeof(text));
    CU_ASSERT_FATAL(file_replace(path, bytes_make(text, (size_t)len), 0600) == ERR_OK);
}
