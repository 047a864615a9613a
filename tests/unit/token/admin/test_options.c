/* Command lines and dates. */
#include <stdio.h>
#include <string.h>

#include "admin/date.h"
#include "admin/options.h"
#include "support/test.h"

static const char *value;
static bool flag;
static struct option_list list;

static const struct option_row rows[] = {
    {.name = "value", .value = &value},
    {.name = "flag", .flag = &flag},
    {.name = "list", .list = &list},
    {.name = NULL},
};

static bool parse(bool anywhere, int argc, const char *const *given, char **rest, int *rest_count)
{
    static char texts[32][32];
    char *argv[32];
    value = NULL;
    flag = false;
    list = (struct option_list){.count = 0};
    for (int i = 0; i < argc; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%s", given[i]);
        argv[i] = texts[i];
    }
    return options_parse("test", rows, anywhere, argc, argv, rest, 2, rest_count);
}
#define PARSE(anywhere, rest, count, ...)                                                          \
    parse((anywhere), (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),               \
          (const char *[]){__VA_ARGS__}, (rest), (count))

static void options(void)
{
    char *rest[2];
    int count = 0;
    CU_ASSERT_TRUE(
        PARSE(true, rest, &count, "--value", "v", "KEY", "--flag", "--list=a", "--list", "b"));
    CU_ASSERT_STRING_EQUAL(value, "v");
    CU_ASSERT_TRUE(flag);
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_STRING_EQUAL(list.values[1], "b");
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_STRING_EQUAL(rest[0], "KEY");
    /* Before a command: what follows it is the command's. */
    CU_ASSERT_TRUE(PARSE(false, rest, &count, "--flag", "status", "--json"));
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_STRING_EQUAL(rest[1], "--json");
    CU_ASSERT_TRUE(PARSE(true, rest, &count, "--", "--value"));
    CU_ASSERT_STRING_EQUAL(rest[0], "--value");
}

static void wrong_options(void)
{
    char *rest[2];
    int count = 0;
    CU_ASSERT_FALSE(PARSE(true, rest, &count, "--value"));
    CU_ASSERT_FALSE(PARSE(true, rest, &count, "--valu", "v"));
    CU_ASSERT_FALSE(PARSE(true, rest, &count, "--flag=1"));
    CU_ASSERT_FALSE(PARSE(true, rest, &count, "a", "b", "c"));
    const char *many[OPTION_LIST_MAX + 1];
    for (int i = 0; i <= OPTION_LIST_MAX; i++) {
        many[i] = "--list=1";
    }
    CU_ASSERT_TRUE(parse(true, OPTION_LIST_MAX, many, rest, &count));
    CU_ASSERT_FALSE(parse(true, OPTION_LIST_MAX + 1, many, rest, &count));
}

static void dates(void)
{
    time_t when = 0;
    TEST_OK(date_parse("1970-01-02", false, &when));
    CU_ASSERT_EQUAL(when, 86400);
    TEST_OK(date_parse("1970-01-02", true, &when));
    CU_ASSERT_EQUAL(when, 2 * 86400 - 1);
    TEST_OK(date_parse("2030-01-31T00:00:01Z", true, &when));
    CU_ASSERT_EQUAL(when, 1896048001);
    static const char *const wrong[] = {"",           "tomorrow",    "2030-13-01",
                                        "2030-02-31", "2030-01-31x", "2030-01-31T10:00",
                                        "31.01.2030"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        TEST_ERR(date_parse(wrong[i], false, &when), ERR_MALFORMED);
    }
}

static const struct test_case cases[] = {
    {"options", options},
    {"wrong_options", wrong_options},
    {"dates", dates},
};
TEST_MAIN("token/admin options", cases)
