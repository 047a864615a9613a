#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "line/config.h"
#include "support/test.h"

#define REQUIRED                                                                                   \
    "\"module\":\"/lib/x.so\",\"token\":\"pkcs11:token=line\",\"database\":\"l.db\","              \
    "\"server_address\":\"dp.example.com\",\"batch_trust\":\"batch.pem\""

static char folder[64];

/* Loads the text as a station.json. */
static enum err load(const char *text, struct config *config, char detail[CONFIG_DETAIL_SIZE])
{
    char path[128];
    snprintf(path, sizeof(path), "%s/station.json", folder);
    TEST_OK(file_replace(path, bytes_make(text, strlen(text)), 0600));
    return config_load(path, config, detail);
}

static void whole_configuration(void)
{
    struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    char path[128];
    TEST_OK(load("{" REQUIRED ",\"pin_file\":\"user.pin\",\"baud\":9600,"
                 "\"ports\":[\"/dev/ttyUSB0\",\"tcp:localhost:7000\"],\"enable_profile\":true,"
                 "\"attempts_max\":2}",
                 &config, detail));
    CU_ASSERT_STRING_EQUAL(config.module, "/lib/x.so");
    snprintf(path, sizeof(path), "%s/l.db", folder);
    CU_ASSERT_STRING_EQUAL(config.database, path); /* relative to the file */
    snprintf(path, sizeof(path), "%s/user.pin", folder);
    CU_ASSERT_STRING_EQUAL(config.pin_file, path);
    CU_ASSERT_EQUAL(config.baud, 9600);
    CU_ASSERT_EQUAL(config.port_count, 2);
    CU_ASSERT_STRING_EQUAL(config.ports[1], "tcp:localhost:7000");
    CU_ASSERT_TRUE(config.enable_profile);
    CU_ASSERT_EQUAL(config.attempts_max, 2);
}

static void defaults(void)
{
    struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    TEST_OK(load("{" REQUIRED "}", &config, detail));
    CU_ASSERT_EQUAL(config.baud, 115200);
    CU_ASSERT_EQUAL(config.attempts_max, 5);
    CU_ASSERT_FALSE(config.enable_profile);
    CU_ASSERT_EQUAL(config.port_count, 0);
    CU_ASSERT_STRING_EQUAL(config.pin_file, "");
}

static void module_may_be_a_configured_name(void)
{
    struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    TEST_OK(load("{\"module\":\"usbkey\",\"token\":\"pkcs11:\",\"database\":\"/l.db\","
                 "\"server_address\":\"a\",\"batch_trust\":\"/b.pem\"}",
                 &config, detail));
    CU_ASSERT_STRING_EQUAL(config.module, "usbkey");
    CU_ASSERT_STRING_EQUAL(config.database, "/l.db");
}

/* Each bad text, and a word the message must hold. */
static const struct {
    const char *text;
    const char *word;
} bad[] = {
    {"", "JSON"},
    {"[]", "object"},
    {"{" REQUIRED ",\"colour\":1}", "colour"},
    {"{" REQUIRED ",\"module\":\"/x.so\"}", "twice"},
    {"{\"module\":\"/x.so\"}", "missing"},
    {"{" REQUIRED ",\"baud\":\"fast\"}", "baud"},
    {"{" REQUIRED ",\"baud\":0}", "baud"},
    {"{" REQUIRED ",\"baud\":-1}", "baud"},
    {"{" REQUIRED ",\"baud\":1.5}", "baud"},
    {"{" REQUIRED ",\"baud\":1e300}", "baud"},
    {"{" REQUIRED ",\"enable_profile\":1}", "enable_profile"},
    {"{" REQUIRED ",\"ports\":\"/dev/ttyUSB0\"}", "ports"},
    {"{" REQUIRED ",\"ports\":[1]}", "ports"},
    {"{" REQUIRED ",\"pin_file\":\"\"}", "pin_file"},
    {"{" REQUIRED ",\"pin_file\":null}", "pin_file"},
};

static void bad_configurations_are_named(void)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct config config;
        char detail[CONFIG_DETAIL_SIZE];
        CU_ASSERT_NOT_EQUAL(load(bad[i].text, &config, detail), ERR_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(detail, bad[i].word));
    }
}

static void missing_file(void)
{
    struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    TEST_ERR(config_load("/nonexistent/station.json", &config, detail), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "no such file"));
}

static void over_long_value(void)
{
    struct config config;
    char detail[CONFIG_DETAIL_SIZE];
    char text[4096];
    char name[2 * CONFIG_TEXT_SIZE];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(text, sizeof(text), "{" REQUIRED ",\"pin_file\":\"%s\"}", name);
    CU_ASSERT_NOT_EQUAL(load(text, &config, detail), ERR_OK);
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/euicc-line-test.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void tear_down(void)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/station.json", folder);
    unlink(path);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const struct test_case cases[] = {
    {"set up", set_up},
    {"whole configuration", whole_configuration},
    {"defaults", defaults},
    {"module may be a configured name", module_may_be_a_configured_name},
    {"bad configurations are named", bad_configurations_are_named},
    {"missing file", missing_file},
    {"over-long value", over_long_value},
    {"tear down", tear_down},
};
TEST_MAIN("line/config", cases)
