#include <string.h>

#include "line/failure.h"
#include "support/test.h"

/* design.md section 8: every failure has a NAME, an exit code and a next step. */
static void every_kind_is_complete(void)
{
    for (int kind = FAILURE_NONE + 1; kind < FAILURE_COUNT; kind++) {
        const char *name = failure_name((enum failure_kind)kind);
        CU_ASSERT_PTR_NOT_NULL_FATAL(name);
        CU_ASSERT_TRUE(strlen(name) > 0);
        CU_ASSERT_TRUE(strlen(failure_advice((enum failure_kind)kind)) > 10);
        CU_ASSERT_TRUE(failure_exit_code((enum failure_kind)kind) != EXIT_DONE);
        for (int other = FAILURE_NONE; other < kind; other++) {
            CU_ASSERT_STRING_NOT_EQUAL(name, failure_name((enum failure_kind)other));
        }
    }
}

static void every_stage_has_a_name(void)
{
    for (int stage = 0; stage < STAGE_COUNT; stage++) {
        CU_ASSERT_PTR_NOT_NULL(stage_name((enum stage)stage));
    }
}

static void long_detail_is_cut(void)
{
    char text[2 * FAILURE_DETAIL_SIZE];
    struct failure failure = {.result_code = -1};
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    CU_ASSERT_FALSE(failure_set(&failure, FAILURE_BATCH, "%s", text));
    CU_ASSERT_EQUAL(strlen(failure.detail), FAILURE_DETAIL_SIZE - 1);
    CU_ASSERT_EQUAL(failure.kind, FAILURE_BATCH);
}

static const struct test_case cases[] = {
    {"every kind is complete", every_kind_is_complete},
    {"every stage has a name", every_stage_has_a_name},
    {"long detail is cut", long_detail_is_cut},
};
TEST_MAIN("line/failure", cases)
