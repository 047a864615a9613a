#include "support/test.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { LINE_MAX_SIZE = 1024 };

/* Standard error of one log call. */
static size_t capture(void (*call)(void), char *text, size_t size)
{
    int ends[2];
    int saved = dup(STDERR_FILENO);
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    call();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t got = read(ends[0], text, size - 1);
    close(ends[0]);
    text[got > 0 ? got : 0] = '\0';
    return strlen(text);
}

static void say_error(void)
{
    log_error("port %s: %d", "ttyUSB0", 5);
}

static void say_warning(void)
{
    log_warning("w");
}

static void say_info(void)
{
    log_info("i");
}

static void say_debug(void)
{
    log_debug("d");
}

static void say_much(void)
{
    log_error("%04000d", 7);
}

static void test_levels(void)
{
    char text[LINE_MAX_SIZE * 2];
    log_setup("prog", LOG_LEVEL_WARNING);
    capture(say_error, text, sizeof(text));
    CU_ASSERT_STRING_EQUAL(text, "prog: port ttyUSB0: 5\n");
    capture(say_warning, text, sizeof(text));
    CU_ASSERT_STRING_EQUAL(text, "prog: warning: w\n");
    CU_ASSERT_EQUAL(capture(say_info, text, sizeof(text)), 0);
    log_setup("prog", LOG_LEVEL_DEBUG);
    capture(say_info, text, sizeof(text));
    CU_ASSERT_STRING_EQUAL(text, "prog: i\n");
    capture(say_debug, text, sizeof(text));
    CU_ASSERT_STRING_EQUAL(text, "prog: debug: d\n");
}

static void test_long_line_is_cut(void)
{
    char text[LINE_MAX_SIZE * 5];
    size_t len = capture(say_much, text, sizeof(text));
    CU_ASSERT_TRUE(len <= LINE_MAX_SIZE);
    CU_ASSERT_TRUE(len > LINE_MAX_SIZE / 2);
    CU_ASSERT_EQUAL(text[len - 1], '\n');
    CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + len - 1);
}

static const struct test_case cases[] = {
    {"levels", test_levels},
    {"a long line is cut, and stays one line", test_long_line_is_cut},
};
TEST_MAIN("shared/base/log", cases)
