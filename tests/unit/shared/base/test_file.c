#include "support/test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[PATH_MAX];

/* A path in this program's own folder. Static buffer. */
static const char *path_of(const char *name)
{
    static char path[PATH_MAX + 64];
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "/tmp/euicc-line-file-XXXXXX");
        CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, struct bytes content, mode_t mode)
{
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(content.data, 1, content.len, file), content.len);
    CU_ASSERT_EQUAL(fclose(file), 0);
    CU_ASSERT_EQUAL(chmod(path, mode), 0);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode & 0777 : 0;
}

/* The maximum is the largest file that is read, not one less or more. */
static void test_read_is_bounded(void)
{
    static uint8_t content[200000];
    const size_t sizes[] = {0, 1, 63, 64, 65, 65535, 65536, 65537, 131072, 200000};
    memset(content, 0x5A, sizeof(content));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf buf;
        const char *path = path_of("bounded");
        write_file(path, bytes_make(content, sizes[i]), 0600);
        buf_init(&buf, sizes[i]);
        TEST_OK(file_read(path, &buf));
        TEST_BYTES(buf_bytes(&buf), bytes_make(content, sizes[i]));
        buf_clear(&buf);
        if (sizes[i] > 0) {
            buf_init(&buf, sizes[i] - 1);
            TEST_ERR(file_read(path, &buf), ERR_RANGE);
            buf_clear(&buf);
        }
        buf_init(&buf, sizes[i] + 1);
        TEST_OK(file_read(path, &buf));
        CU_ASSERT_EQUAL(buf.len, sizes[i]);
        buf_clear(&buf);
    }
    unlink(path_of("bounded"));
}

static void test_read_appends(void)
{
    struct buf buf;
    buf_init(&buf, 10);
    buf_put_str(&buf, "12345");
    write_file(path_of("append"), bytes_make("67890", 5), 0600);
    TEST_OK(file_read(path_of("append"), &buf));
    TEST_BYTES(buf_bytes(&buf), bytes_make("1234567890", 10));
    TEST_ERR(file_read(path_of("append"), &buf), ERR_RANGE);
    buf_clear(&buf);
    unlink(path_of("append"));
}

/* A device that never ends is cut off at the maximum. */
static void test_read_of_no_end(void)
{
    struct buf buf;
    buf_init(&buf, 100000);
    TEST_ERR(file_read("/dev/zero", &buf), ERR_RANGE);
    buf_clear(&buf);
}

static void test_read_failures(void)
{
    struct buf buf;
    buf_init(&buf, 10);
    TEST_ERR(file_read(path_of("absent"), &buf), ERR_NOT_FOUND);
    errno = 0;
    TEST_ERR(file_read("/", &buf), ERR_SYSTEM);
    CU_ASSERT_EQUAL(errno, EISDIR);
    CU_ASSERT_EQUAL(buf.len, 0);
    buf_clear(&buf);
}

static void expect_content(const char *path, const char *text)
{
    struct buf buf;
    buf_init(&buf, 100);
    TEST_OK(file_read(path, &buf));
    TEST_BYTES(buf_bytes(&buf), bytes_make(text, strlen(text)));
    buf_clear(&buf);
}

static void test_replace(void)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s", path_of("state"));
    TEST_OK(file_replace(path, bytes_make("old", 3), 0600));
    CU_ASSERT_EQUAL(mode_of(path), 0600);
    expect_content(path, "old");
    TEST_OK(file_replace(path, bytes_make("newer", 5), 0600));
    expect_content(path, "newer");
    TEST_OK(file_replace(path, BYTES_NONE, 0600));
    expect_content(path, "");
    CU_ASSERT_NOT_EQUAL(access(path_of("state.new"), F_OK), 0);
    unlink(path);
}

/* What a killed run left behind decides neither mode nor target. */
static void test_replace_over_a_leftover(void)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s", path_of("state"));
    write_file(path_of("state.new"), bytes_make("half", 4), 0666);
    TEST_OK(file_replace(path, bytes_make("whole", 5), 0600));
    CU_ASSERT_EQUAL(mode_of(path), 0600);
    expect_content(path, "whole");
    unlink(path);

    write_file(path_of("other"), bytes_make("untouched", 9), 0600);
    char other[PATH_MAX + 64];
    snprintf(other, sizeof(other), "%s", path_of("other"));
    CU_ASSERT_EQUAL(symlink(other, path_of("state.new")), 0);
    TEST_OK(file_replace(path, bytes_make("whole", 5), 0600));
    expect_content(other, "untouched");
    expect_content(path, "whole");
    unlink(path);
    unlink(other);
}

/* A failed replacement leaves the old content and no temporary file. */
static void test_replace_that_fails(void)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s", path_of("folder"));
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    TEST_ERR(file_replace(path, bytes_make("x", 1), 0600), ERR_SYSTEM);
    CU_ASSERT_NOT_EQUAL(access(path_of("folder.new"), F_OK), 0);
    rmdir(path);
    TEST_ERR(file_replace(path_of("absent/state"), bytes_make("x", 1), 0600), ERR_SYSTEM);
    static char long_path[PATH_MAX + 8];
    memset(long_path, 'a', sizeof(long_path) - 1);
    TEST_ERR(file_replace(long_path, bytes_make("x", 1), 0600), ERR_RANGE);
}

static void test_write_all(void)
{
    int ends[2];
    char got[4] = {0};
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    TEST_OK(file_write_all(ends[1], "abc", 3));
    CU_ASSERT_EQUAL(read(ends[0], got, sizeof(got)), 3);
    CU_ASSERT_STRING_EQUAL(got, "abc");
    TEST_OK(file_write_all(ends[1], NULL, 0));
    close(ends[0]);
    close(ends[1]);
    TEST_ERR(file_write_all(-1, "abc", 3), ERR_SYSTEM);
}

static void test_cleanup(void)
{
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const struct test_case cases[] = {
    {"a read is bounded by the buffer's maximum", test_read_is_bounded},
    {"a read appends", test_read_appends},
    {"a read of what never ends", test_read_of_no_end},
    {"a read of what is not a file", test_read_failures},
    {"replace", test_replace},
    {"replace over what a killed run left", test_replace_over_a_leftover},
    {"replace that fails changes nothing", test_replace_that_fails},
    {"write all", test_write_all},
    {"nothing is left in the folder", test_cleanup},
};
TEST_MAIN("shared/base/file", cases)
