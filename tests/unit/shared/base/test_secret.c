#include "support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"

#define SIXTY_FOUR "0123456789012345678901234567890123456789012345678901234567890123"

static void test_set_and_clear(void)
{
    struct secret secret;
    uint8_t long_value[SECRET_MAX + 1] = {1};
    TEST_OK(secret_set(&secret, "123456", 6));
    TEST_BYTES(secret_bytes(&secret), bytes_make("123456", 6));
    TEST_ERR(secret_set(&secret, long_value, sizeof(long_value)), ERR_RANGE);
    CU_ASSERT_EQUAL(secret.len, 0);
    CU_ASSERT_EQUAL(secret.data[0], 0);
    TEST_OK(secret_set(&secret, long_value, SECRET_MAX));
    secret_clear(&secret);
    const uint8_t zero[sizeof(secret)] = {0};
    CU_ASSERT_EQUAL(memcmp(&secret, zero, sizeof(secret)), 0);
}

/* A shorter secret leaves nothing of the longer one before it. */
static void test_set_leaves_no_rest(void)
{
    struct secret secret;
    TEST_OK(secret_set(&secret, "a long secret", 13));
    TEST_OK(secret_set(&secret, "b", 1));
    CU_ASSERT_EQUAL(secret.data[1], 0);
    CU_ASSERT_EQUAL(secret.data[12], 0);
    TEST_OK(secret_set(&secret, NULL, 0));
    CU_ASSERT_EQUAL(secret.len, 0);
}

struct file_row {
    const char *content;
    size_t len;
    enum err err;
    const char *secret;
};

static const struct file_row files[] = {
    {"123456", 6, ERR_OK, "123456"},
    {"123456\n", 7, ERR_OK, "123456"},
    {"123456\r\n", 8, ERR_OK, "123456"},
    {"12 34\n", 6, ERR_OK, "12 34"},
    {SIXTY_FOUR, 64, ERR_OK, SIXTY_FOUR},
    {SIXTY_FOUR "\r\n", 66, ERR_OK, SIXTY_FOUR},
    {SIXTY_FOUR "5", 65, ERR_RANGE, ""},
    {SIXTY_FOUR "5\n", 66, ERR_RANGE, ""},
    {SIXTY_FOUR SIXTY_FOUR, 128, ERR_RANGE, ""},
    {"", 0, ERR_RANGE, ""},
    {"\n", 1, ERR_RANGE, ""},
    {"\r\n", 2, ERR_RANGE, ""},
    {"123456\nmore", 11, ERR_MALFORMED, ""},
    {"123456\n\nmore\n", 13, ERR_MALFORMED, ""},
    {"12\r34\n", 6, ERR_MALFORMED, ""},
};

static void test_read_file(void)
{
    char path[] = "/tmp/euicc-line-secret-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct secret secret = {.len = 3, .data = "old"};
        CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
        CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
        TEST_OK(file_write_all(fd, files[i].content, files[i].len));
        TEST_ERR(secret_read_file(path, &secret), files[i].err);
        TEST_BYTES(secret_bytes(&secret), bytes_make(files[i].secret, strlen(files[i].secret)));
    }
    close(fd);
    unlink(path);
}

static void test_read_file_that_is_not_there(void)
{
    struct secret secret;
    TEST_ERR(secret_read_file("/nonexistent/pin", &secret), ERR_SYSTEM);
    CU_ASSERT_EQUAL(secret.len, 0);
    TEST_ERR(secret_read_file("/", &secret), ERR_SYSTEM);
}

static void test_zero(void)
{
    uint8_t memory[4] = {1, 2, 3, 4};
    secret_zero(memory, 3);
    CU_ASSERT_EQUAL(memory[0] + memory[1] + memory[2], 0);
    CU_ASSERT_EQUAL(memory[3], 4);
    secret_zero(NULL, 0);
}

static const struct test_case cases[] = {
    {"set and clear", test_set_and_clear},
    {"set leaves no rest", test_set_leaves_no_rest},
    {"a file of one line", test_read_file},
    {"a file that cannot be read", test_read_file_that_is_not_there},
    {"zero", test_zero},
};
TEST_MAIN("shared/base/secret", cases)
