/* The export's configuration: every key, every kind of mistake. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <string.h>

#include "dpplus/config.h"

static enum err load(const char *json, struct dp_config *config, struct dp_failure *failure)
{
    fixture_write(fixture_path("config.json"), bytes_make(json, strlen(json)));
    return dp_config_load(fixture_path("config.json"), config, failure);
}

static void all_keys(void)
{
    struct dp_failure failure;
    struct dp_config config;

    TEST_OK(load("{\"module\":\"m.so\",\"token\":\"pkcs11:token=dp\",\"pin_file\":\"pin\","
                 "\"root_key_version\":2,\"dp_oid\":\"2.999.10\",\"ci\":[\"a\",\"b\"]}\n",
                 &config, &failure));
    CU_ASSERT_STRING_EQUAL(config.module, "m.so");
    CU_ASSERT_STRING_EQUAL(config.token, "pkcs11:token=dp");
    CU_ASSERT_STRING_EQUAL(strrchr(config.pin_file, '/'), "/pin"); /* in the file's folder */
    CU_ASSERT_EQUAL(config.pin_file[0], '/');
    CU_ASSERT_EQUAL(config.root_key_version, 2);
    CU_ASSERT_STRING_EQUAL(config.dp_oid, "2.999.10");
    CU_ASSERT_EQUAL(config.ci_count, 2);
    CU_ASSERT_STRING_EQUAL(strrchr(config.ci[1], '/'), "/b");
    dp_config_clear(&config);
}

static void defaults(void)
{
    struct dp_failure failure;
    struct dp_config config;

    TEST_OK(load("{\"module\":\"m\",\"token\":\"t\"}", &config, &failure));
    CU_ASSERT_PTR_NULL(config.pin_file);
    CU_ASSERT_PTR_NULL(config.dp_oid);
    CU_ASSERT_EQUAL(config.root_key_version, 0);
    CU_ASSERT_EQUAL(config.ci_count, 0);
    dp_config_clear(&config);
}

static void mistakes_are_named(void)
{
    static const struct {
        const char *json, *says;
    } bad[] = {
        {"", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"{\"module\":\"m\",\"token\":\"t\"} x", "not a JSON object"},
        {"{\"module\":\"m\",\"token\":\"t\"", "not a JSON object"},
        {"{\"module\":\"m\"}", "\"token\" is missing"},
        {"{\"token\":\"t\"}", "\"module\" is missing"},
        {"{\"module\":\"m\",\"token\":\"t\",\"pin\":\"1234\"}", "unknown key \"pin\""},
        {"{\"module\":\"m\",\"token\":\"t\",\"Token\":\"t\"}", "unknown key \"Token\""},
        {"{\"module\":\"m\",\"token\":\"t\",\"token\":\"u\"}", "\"token\" stands twice"},
        {"{\"module\":7,\"token\":\"t\"}", "\"module\" must be"},
        {"{\"module\":\"\",\"token\":\"t\"}", "\"module\" must be"},
        {"{\"module\":\"m\",\"token\":\"t\",\"root_key_version\":0}", "1 to 255"},
        {"{\"module\":\"m\",\"token\":\"t\",\"root_key_version\":256}", "1 to 255"},
        {"{\"module\":\"m\",\"token\":\"t\",\"root_key_version\":1.5}", "1 to 255"},
        {"{\"module\":\"m\",\"token\":\"t\",\"root_key_version\":\"1\"}", "1 to 255"},
        {"{\"module\":\"m\",\"token\":\"t\",\"ci\":\"a\"}", "\"ci\" must be"},
        {"{\"module\":\"m\",\"token\":\"t\",\"ci\":[1]}", "\"ci\" must be"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct dp_failure failure = {0};
        struct dp_config config;

        CU_ASSERT_NOT_EQUAL(load(bad[i].json, &config, &failure), ERR_OK);
        CU_ASSERT_EQUAL(failure.area, DP_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, bad[i].says));
        CU_ASSERT_PTR_NULL(config.json);
    }
}

static void missing_and_huge_files(void)
{
    struct dp_failure failure;
    struct dp_config config;
    struct buf huge;

    TEST_ERR(dp_config_load(fixture_path("none.json"), &config, &failure), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(failure.area, DP_USAGE);
    buf_init(&huge, DP_CONFIG_MAX + 1);
    memset(buf_extend(&huge, DP_CONFIG_MAX + 1), ' ', DP_CONFIG_MAX + 1);
    fixture_write(fixture_path("huge.json"), buf_bytes(&huge));
    TEST_ERR(dp_config_load(fixture_path("huge.json"), &config, &failure), ERR_RANGE);
    buf_clear(&huge);
}

static const struct test_case cases[] = {
    {"all keys", all_keys},
    {"defaults", defaults},
    {"mistakes are named", mistakes_are_named},
    {"missing and huge files", missing_and_huge_files},
};

TEST_MAIN("provisioning/dpplus/config", cases)
