#include "ledger_fixture.h"

#include <cjson/cJSON.h>

#include "base/file.h"
#include "line/results.h"

static const struct ledger_attempt attempt = {
    .transaction_id = {(const uint8_t *)"t", 1},
    .euicc_certificate = {(const uint8_t *)"\x30\x01", 2},
    .eum_certificate = {(const uint8_t *)"\x30\x02", 2},
    .port = "p",
};

static void end_next(struct ledger_fixture *fixture, const struct ledger_outcome *outcome)
{
    struct ledger_profile profile;
    int64_t id = 0;
    TEST_OK(ledger_match(fixture->ledger, &fixture->eid, &profile));
    TEST_OK(ledger_attempt_begin(fixture->ledger, profile.id, &attempt, &id));
    TEST_OK(ledger_attempt_end(fixture->ledger, id, outcome));
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void lines_are_header_and_tried_profiles(void)
{
    struct ledger_fixture fixture;
    struct failure failure = {.result_code = -1};
    struct buf text;
    char path[128];
    unsigned count = 99;
    fixture_init(&fixture);
    snprintf(path, sizeof(path), "%s/out.ppr", fixture.folder);
    CU_ASSERT_TRUE(results_export(fixture.ledger, path, &count, &failure));
    CU_ASSERT_EQUAL(count, 0); /* ready profiles are no results */
    end_next(&fixture, &(struct ledger_outcome){.state = LEDGER_FAILED,
                                                .error = "euicc_refused",
                                                .stage = "load",
                                                .detail = "say \"no\""});
    end_next(&fixture, &(struct ledger_outcome){.state = LEDGER_DOWNLOADED,
                                                .result = {(const uint8_t *)"\xBF\x37\x00", 3}});
    CU_ASSERT_TRUE(results_export(fixture.ledger, path, &count, &failure));
    CU_ASSERT_EQUAL(count, 2);
    buf_init(&text, 64 * 1024);
    CU_ASSERT_EQUAL_FATAL(file_read(path, &text), ERR_OK);
    buf_put_u8(&text, 0);
    char *rest = (char *)text.data;
    cJSON *header = cJSON_Parse(strsep(&rest, "\n"));
    cJSON *failed = cJSON_Parse(strsep(&rest, "\n"));
    cJSON *downloaded = cJSON_Parse(strsep(&rest, "\n"));
    CU_ASSERT_STRING_EQUAL(text_of(header, "format"), "ppr");
    CU_ASSERT_STRING_EQUAL(text_of(failed, "result"), "failed");
    CU_ASSERT_STRING_EQUAL(text_of(failed, "error"), "euicc_refused");
    CU_ASSERT_STRING_EQUAL(text_of(failed, "detail"), "say \"no\"");
    CU_ASSERT_STRING_EQUAL(text_of(failed, "euicc_certificate"), "3001");
    CU_ASSERT_STRING_EQUAL(text_of(downloaded, "result"), "downloaded");
    CU_ASSERT_STRING_EQUAL(text_of(downloaded, "pir"), "BF3700");
    CU_ASSERT_STRING_EQUAL(text_of(downloaded, "iccid"), ICCID_2);
    CU_ASSERT_STRING_EQUAL(text_of(downloaded, "eid"), EID_A);
    cJSON_Delete(header);
    cJSON_Delete(failed);
    cJSON_Delete(downloaded);
    buf_clear(&text);
    fixture_clear(&fixture);
}

static void a_folder_that_is_not_there(void)
{
    struct ledger_fixture fixture;
    struct failure failure = {.result_code = -1};
    unsigned count = 99;
    fixture_init(&fixture);
    CU_ASSERT_FALSE(results_export(fixture.ledger, "/nonexistent/out.ppr", &count, &failure));
    CU_ASSERT_EQUAL(failure.kind, FAILURE_FILE);
    fixture_clear(&fixture);
}

static const struct test_case cases[] = {
    {"lines are header and tried profiles", lines_are_header_and_tried_profiles},
    {"a folder that is not there", a_folder_that_is_not_there},
};
TEST_MAIN("line/results", cases)
