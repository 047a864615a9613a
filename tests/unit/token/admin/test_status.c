/* The status as JSON; policies as they stand on a command line; faults in words. */
#include <string.h>

#include <cjson/cJSON.h>

#include "admin/admin.h"
#include "admin/fault.h"
#include "admin/limits.h"
#include "admin/root_version.h"
#include "admin/status_json.h"
#include "support/test.h"

static cJSON *status_of(const struct client_status *status, const char *objects)
{
    char *text = NULL;
    TEST_OK(status_json(status, test_hex(objects), &text));
    cJSON *json = cJSON_Parse(text);
    cJSON_free(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    return json;
}

static const cJSON *at(const cJSON *json, const char *first, const char *second)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, first);
    return second != NULL ? cJSON_GetObjectItemCaseSensitive(item, second) : item;
}

static void blank(void)
{
    const struct client_status status = {.firmware = "f"};
    cJSON *json = status_of(&status, "");
    CU_ASSERT_TRUE(cJSON_IsFalse(at(json, "initialised", NULL)));
    CU_ASSERT_PTR_NULL(at(json, "fault", NULL));
    cJSON_Delete(json);
}

static void no_limits(void)
{
    const struct client_status status = {
        .flags = TOKWIRE_FLAG_INITIALISED,
        .quota = CLIENT_QUOTA_NONE,
        .retries = CLIENT_RETRIES_NONE,
    };
    cJSON *json = status_of(&status, "");
    static const char *const names[] = {"quota", "retries", "not_after", "batches"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CU_ASSERT_TRUE(cJSON_IsNull(at(json, "policy", names[i])));
    }
    CU_ASSERT_TRUE(cJSON_IsNull(at(json, "fault", NULL)));
    CU_ASSERT_TRUE(cJSON_IsNull(at(json, "time_seen", NULL)));
    cJSON_Delete(json);
}

static void limits_and_faults(void)
{
    const struct client_status status = {
        .flags = TOKWIRE_FLAG_INITIALISED | TOKWIRE_FLAG_TAMPERED,
        .quota = 7,
        .retries = 0,
        .not_after = 86399,
        .batch_count = 1,
        .batches = {{0xAB}},
        .fault = TOKWIRE_FAULT_ROLLED_BACK,
        .time_seen = 60,
    };
    /* A root key, and one that was retired. */
    cJSON *json = status_of(&status, "A020 860400010002 9F1F0101 8006726F6F742D32 9F200101 890102"
                                     "8A050102030405"
                                     "A024 860400050001 9F1F0105 8006726F6F742D31 9F200101 890101"
                                     "8A05AABBCCDDEE 9F2D0102");
    CU_ASSERT_EQUAL(cJSON_GetNumberValue(at(json, "policy", "quota")), 7);
    CU_ASSERT_EQUAL(cJSON_GetNumberValue(at(json, "policy", "retries")), 0);
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(at(json, "policy", "not_after")),
                           "1970-01-01T23:59:59Z");
    CU_ASSERT_STRING_EQUAL(
        cJSON_GetStringValue(cJSON_GetArrayItem(at(json, "policy", "batches"), 0)),
        "AB000000000000000000000000000000");
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(at(json, "fault", "name")), "rolled back");
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(at(json, "time_seen", NULL)),
                           "1970-01-01T00:01:00Z");
    CU_ASSERT_EQUAL(cJSON_GetArraySize(at(json, "roots", NULL)), 1);
    const cJSON *retired = cJSON_GetArrayItem(at(json, "retired", NULL), 0);
    CU_ASSERT_EQUAL(cJSON_GetNumberValue(at(retired, "version", NULL)), 1);
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(at(retired, "check_value", NULL)), "AABBCCDDEE");
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(at(retired, "origin", NULL)), "imported");
    cJSON_Delete(json);
}

/* Every fault of the wire has a name and a meaning of its own. */
static void faults(void)
{
    for (uint8_t i = TOKWIRE_FAULT_NONE; i <= TOKWIRE_FAULT_KEYS; i++) {
        CU_ASSERT_STRING_NOT_EQUAL(fault_text(i)->name, "unknown");
        for (uint8_t j = 0; j < i; j++) {
            CU_ASSERT_STRING_NOT_EQUAL(fault_text(i)->name, fault_text(j)->name);
            CU_ASSERT_STRING_NOT_EQUAL(fault_text(i)->meaning, fault_text(j)->meaning);
        }
    }
    CU_ASSERT_STRING_EQUAL(fault_text(TOKWIRE_FAULT_KEYS + 1)->name, "unknown");
    CU_ASSERT_STRING_EQUAL(fault_text(255)->name, "unknown");
}

static void numbers(void)
{
    static const struct {
        const char *text;
        enum err err;
        uint32_t limit;
    } rows[] = {
        {"0", ERR_OK, 0},
        {"4294967294", ERR_OK, 4294967294},
        {"none", ERR_OK, UINT32_MAX},
        {"4294967295", ERR_MALFORMED, 0},
        {"99999999999999999999999999", ERR_MALFORMED, 0},
        {"-1", ERR_MALFORMED, 0},
        {"+1", ERR_MALFORMED, 0},
        {" 1", ERR_MALFORMED, 0},
        {"1x", ERR_MALFORMED, 0},
        {"", ERR_MALFORMED, 0},
        {"None", ERR_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t limit = 0;
        TEST_ERR(limit_parse(rows[i].text, &limit), rows[i].err);
        CU_ASSERT_TRUE(rows[i].err != ERR_OK || limit == rows[i].limit);
    }
    uint8_t version = 0;
    CU_ASSERT_EQUAL(root_version_parse("255", &version), ADMIN_OK);
    CU_ASSERT_EQUAL(version, 255);
    CU_ASSERT_EQUAL(root_version_parse(NULL, &version), ADMIN_OK);
    CU_ASSERT_EQUAL(version, 0);
    static const char *const wrong[] = {"", "0", "256", "-1", "1 ", "v1"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CU_ASSERT_EQUAL(root_version_parse(wrong[i], &version), ADMIN_USAGE);
    }
}

#define ID "00112233445566778899AABBCCDDEEFF"

static void batches(void)
{
    static const struct {
        const char *texts[3];
        size_t texts_count;
        enum err err;
        size_t count;
    } rows[] = {
        {{"any"}, 1, ERR_OK, 0},
        {{ID}, 1, ERR_OK, 1},
        {{"00112233 44556677 8899aabb ccddeeff"}, 1, ERR_OK, 1},
        {{"00112233-4455-6677-8899-aabbccddeeff", "00000000000000000000000000000000"},
         2,
         ERR_OK,
         2},
        {{ID, "00112233-4455-6677-8899-aabbccddeeff"}, 2, ERR_DUPLICATE, 0},
        {{"any", ID}, 2, ERR_MALFORMED, 0},
        {{ID, "any"}, 2, ERR_MALFORMED, 0},
        {{ID "0"}, 1, ERR_MALFORMED, 0},
        {{"0011"}, 1, ERR_MALFORMED, 0},
        {{"G0112233445566778899AABBCCDDEEFF"}, 1, ERR_MALFORMED, 0},
        {{""}, 1, ERR_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct option_list list = {.count = rows[i].texts_count};
        struct batch_list found;
        const char *wrong = NULL;
        memcpy(list.values, rows[i].texts, sizeof(rows[i].texts));
        TEST_ERR(batch_list_parse(&list, &found, &wrong), rows[i].err);
        CU_ASSERT_EQUAL(found.count, rows[i].count);
        CU_ASSERT_EQUAL(wrong == NULL, rows[i].err == ERR_OK);
    }
}

static const struct test_case cases[] = {
    {"blank", blank},   {"no_limits", no_limits}, {"limits_and_faults", limits_and_faults},
    {"faults", faults}, {"numbers", numbers},     {"batches", batches},
};
TEST_MAIN("token/admin status", cases)
