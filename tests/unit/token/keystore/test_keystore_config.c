/* The key store's configuration: what is taken, and everything that is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "keystore/keystore_config.h"
#include "support/test.h"

static char path[] = "/tmp/euicc-line-config-XXXXXX";

static void remove_file(void)
{
    unlink(path);
}

static enum err read_text(const char *text, struct keystore_config *config)
{
    static bool made;
    if (!made) {
        int fd = mkstemp(path);
        CU_ASSERT_FATAL(fd >= 0);
        close(fd);
        atexit(remove_file);
        made = true;
    }
    TEST_OK(file_replace(path, bytes_make(text, strlen(text)), 0600));
    return keystore_config_read(path, config);
}

static void test_all(void)
{
    struct keystore_config config;
    TEST_OK(read_text("{\"module\":\"/x/m.so\",\"init_args\":\"a=b\",\"token\":\"T\","
                      "\"label_prefix\":\"line_\",\"pin_file\":\"pin\",\"cmac\":\"built\","
                      "\"quirks\":[\"no-copyable\",\"empty-so-pin\"],\"needs\":[\"usb\"],"
                      "\"anchor_every\":100}",
                      &config));
    CU_ASSERT_STRING_EQUAL(config.module, "/x/m.so");
    CU_ASSERT_STRING_EQUAL(config.init_args, "a=b");
    CU_ASSERT_STRING_EQUAL(config.token, "T");
    CU_ASSERT_STRING_EQUAL(config.prefix, "line_");
    /* beside the configuration */
    CU_ASSERT_STRING_EQUAL(config.pin_file, "/tmp/pin");
    CU_ASSERT_TRUE(config.build_cmac);
    CU_ASSERT_EQUAL(config.quirks, KEYSTORE_NO_COPYABLE | KEYSTORE_EMPTY_SO_PIN);
    CU_ASSERT_EQUAL(config.needs, KEYSTORE_NEEDS_USB);
    CU_ASSERT_EQUAL(config.anchor_every, 100);
}

static void test_defaults(void)
{
    struct keystore_config config;
    TEST_OK(read_text("{}", &config));
    CU_ASSERT_STRING_EQUAL(config.module, KEYSTORE_MODULE_SOFTHSM2);
    CU_ASSERT_STRING_EQUAL(config.prefix, "usbkey");
    CU_ASSERT_FALSE(config.build_cmac);
    CU_ASSERT_EQUAL(config.quirks | config.needs, 0);
    CU_ASSERT_EQUAL(config.anchor_every, KEYSTORE_ANCHOR_EVERY);
}

static void test_refused(void)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{",
        "{\"modul\":\"/x\"}",
        "{\"module\":\"\"}",
        "{\"module\":1}",
        "{\"cmac\":\"maybe\"}",
        "{\"quirks\":\"no-copyable\"}",
        "{\"quirks\":[\"no-such\"]}",
        "{\"quirks\":[1]}",
        "{\"needs\":[\"exec\"]}",
        "{\"anchor_every\":0}",
        "{\"anchor_every\":1001}",
        "{\"anchor_every\":\"1\"}",
        "{\"token\":\"a label of more than the 32 bytes one can have\"}",
        "{\"label_prefix\":\"usb1\"}",
        "{\"label_prefix\":\"muchtoolong\"}",
        "{\"pin_file\":\"pin\"}",
    };
    struct keystore_config config;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        enum err err = read_text(texts[i], &config);
        if (err != ERR_MALFORMED) {
            test_note("%s: %s", texts[i], err_name(err));
        }
        TEST_ERR(err, ERR_MALFORMED);
    }
    TEST_ERR(keystore_config_read("/nonexistent/config", &config), ERR_NOT_FOUND);
}

static const struct test_case cases[] = {
    {"every key", test_all},
    {"defaults", test_defaults},
    {"everything else is refused", test_refused},
};
TEST_MAIN("keystore/config", cases)
