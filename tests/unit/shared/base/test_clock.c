#include "support/test.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"

static void test_text(void)
{
    char text[CLOCK_TEXT_SIZE];
    CU_ASSERT_STRING_EQUAL(clock_text(0, text), "1970-01-01T00:00:00Z");
    CU_ASSERT_STRING_EQUAL(clock_text(1795427920, text), "2026-11-23T09:58:40Z");
    CU_ASSERT_STRING_EQUAL(clock_text(253402300799, text), "9999-12-31T23:59:59Z");
}

/* A time that has no text of this form is empty, never whatever stood there. */
static void test_far_times(void)
{
    const time_t times[] = {253402300800, (time_t)1 << 55, LONG_MAX, LONG_MIN};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char text[CLOCK_TEXT_SIZE];
        memset(text, 'x', sizeof(text));
        clock_text(times[i], text);
        CU_ASSERT_PTR_NOT_NULL(memchr(text, '\0', sizeof(text)));
        CU_ASSERT_EQUAL(text[0], '\0');
    }
}

static void test_monotonic(void)
{
    int64_t before = clock_us();
    int64_t milliseconds = clock_ms();
    int64_t after = clock_us();
    CU_ASSERT_TRUE(before <= after);
    CU_ASSERT_TRUE(before / 1000 <= milliseconds && milliseconds <= after / 1000);
}

static const struct test_case cases[] = {
    {"text", test_text},
    {"times too far for the form", test_far_times},
    {"monotonic", test_monotonic},
};
TEST_MAIN("shared/base/clock", cases)
