#include "support/test.h"

#include <string.h>

/* The buffer keeps its content through growth and stops at its maximum. */
static void test_grows_to_its_maximum(void)
{
    struct buf buf;
    buf_init(&buf, 1000);
    for (size_t i = 0; i < 1000; i++) {
        buf_put_u8(&buf, (uint8_t)i);
    }
    TEST_OK(buf_err(&buf));
    CU_ASSERT_EQUAL(buf.len, 1000);
    for (size_t i = 0; i < buf.len; i++) {
        CU_ASSERT_EQUAL(buf.data[i], (uint8_t)i);
    }
    buf_put_u8(&buf, 1);
    TEST_ERR(buf_err(&buf), ERR_RANGE);
    CU_ASSERT_EQUAL(buf.len, 1000);
    buf_clear(&buf);
    CU_ASSERT_EQUAL(buf.max, 1000);
}

/* The first failure sticks: a hole in the middle would be worse than an end. */
static void test_failure_sticks(void)
{
    struct buf buf;
    buf_init(&buf, 4);
    buf_put(&buf, "12345", 5);
    TEST_ERR(buf_err(&buf), ERR_RANGE);
    buf_put_u8(&buf, 'x');
    CU_ASSERT_EQUAL(buf.len, 0);
    CU_ASSERT_PTR_NULL(buf_extend(&buf, 1));
    buf_reset(&buf);
    TEST_OK(buf_err(&buf));
    buf_put(&buf, "1234", 4);
    TEST_OK(buf_err(&buf));
    buf_clear(&buf);
}

static void test_zero_filled_is_empty(void)
{
    struct buf buf = {0};
    buf_put(&buf, "", 0);
    TEST_OK(buf_err(&buf));
    CU_ASSERT_EQUAL(buf_bytes(&buf).len, 0);
    buf_put_u8(&buf, 1);
    TEST_ERR(buf_err(&buf), ERR_RANGE);
    buf_clear(&buf);
}

static void test_huge_lengths_do_not_wrap(void)
{
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_put_u8(&buf, 1);
    CU_ASSERT_PTR_NULL(buf_extend(&buf, SIZE_MAX));
    TEST_ERR(buf_err(&buf), ERR_RANGE);
    buf_clear(&buf);
}

static void test_consume(void)
{
    struct buf buf;
    buf_init(&buf, 16);
    buf_put_str(&buf, "abcdef");
    buf_consume(&buf, 2);
    TEST_BYTES(buf_bytes(&buf), bytes_make("cdef", 4));
    /* What was behind the new end is gone, not just out of sight. */
    CU_ASSERT_EQUAL(buf.data[4], 0);
    CU_ASSERT_EQUAL(buf.data[5], 0);
    buf_consume(&buf, 100);
    CU_ASSERT_EQUAL(buf.len, 0);
    buf_clear(&buf);
}

static void test_reset_zeroes(void)
{
    struct buf buf;
    buf_init(&buf, 16);
    buf_put_str(&buf, "secret");
    const uint8_t *memory = buf.data;
    buf_reset(&buf);
    CU_ASSERT_EQUAL(memory[0], 0);
    CU_ASSERT_EQUAL(memory[5], 0);
    buf_clear(&buf);
}

static void test_big_endian(void)
{
    struct buf buf;
    buf_init(&buf, 32);
    buf_put_u16(&buf, 0x0102);
    buf_put_u32(&buf, 0x03040506);
    buf_put_u64(&buf, 0x0708090A0B0C0D0E);
    TEST_BYTES(buf_bytes(&buf), test_hex("0102 03040506 0708090A0B0C0D0E"));
    CU_ASSERT_EQUAL(get_u16(buf.data), 0x0102);
    CU_ASSERT_EQUAL(get_u32(buf.data + 2), 0x03040506);
    CU_ASSERT_EQUAL(get_u64(buf.data + 6), 0x0708090A0B0C0D0E);
    const uint8_t high[] = {0xFF, 0xFE, 0xFD, 0xFC};
    CU_ASSERT_EQUAL(get_u32(high), 0xFFFEFDFC);
    buf_clear(&buf);
}

static void test_equal(void)
{
    struct bytes abc = bytes_make("abc", 3);
    CU_ASSERT_TRUE(bytes_equal(BYTES_NONE, bytes_make("", 0)));
    CU_ASSERT_FALSE(bytes_equal(abc, bytes_make("abcd", 4)));
    CU_ASSERT_FALSE(bytes_equal(abc, bytes_make("abd", 3)));
    CU_ASSERT_TRUE(bytes_equal_secret(abc, bytes_make("abc", 3)));
    CU_ASSERT_FALSE(bytes_equal_secret(abc, bytes_make("abd", 3)));
    CU_ASSERT_FALSE(bytes_equal_secret(abc, bytes_make("ab", 2)));
    CU_ASSERT_TRUE(bytes_equal_secret(BYTES_NONE, BYTES_NONE));
}

static const struct test_case cases[] = {
    {"grows to its maximum and no further", test_grows_to_its_maximum},
    {"the first failure sticks", test_failure_sticks},
    {"a zero-filled buffer is empty and stays so", test_zero_filled_is_empty},
    {"huge lengths do not wrap", test_huge_lengths_do_not_wrap},
    {"consume moves the rest and zeroes the end", test_consume},
    {"reset zeroes", test_reset_zeroes},
    {"numbers are big endian", test_big_endian},
    {"comparison", test_equal},
};
TEST_MAIN("shared/base/bytes", cases)
