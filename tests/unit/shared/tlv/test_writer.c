#include "support/test.h"

#include "tlv/tlv.h"

enum { ROOM = 200000 };

static void test_put(void)
{
    struct buf buf;
    buf_init(&buf, ROOM);
    tlv_put(&buf, 0x80, BYTES_NONE);
    tlv_put(&buf, 0x5F37, test_hex("11"));
    tlv_put(&buf, 0xBF8102, test_hex("2233"));
    tlv_put_str(&buf, 0x0C, "ab");
    TEST_BYTES(buf_bytes(&buf), test_hex("8000 5F370111 BF8102022233 0C026162"));
    buf_clear(&buf);
}

struct uint_row {
    uint64_t value;
    const char *whole;
};

static const struct uint_row numbers[] = {
    {0, "020100"},
    {127, "02017F"},
    {128, "02020080"},
    {255, "020200FF"},
    {256, "02020100"},
    {0x7FFFFFFF, "02047FFFFFFF"},
    {0x80000000, "02050080000000"},
    {UINT64_MAX, "020900FFFFFFFFFFFFFFFF"},
};

static void test_put_uint(void)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct buf buf;
        struct tlv element;
        uint64_t back = 0;
        buf_init(&buf, ROOM);
        tlv_put_uint(&buf, 0x02, numbers[i].value);
        TEST_BYTES(buf_bytes(&buf), test_hex(numbers[i].whole));
        TEST_OK(tlv_single(buf_bytes(&buf), 0x02, &element));
        TEST_OK(tlv_get_uint(element.value, &back));
        CU_ASSERT_EQUAL(back, numbers[i].value);
        buf_clear(&buf);
    }
}

/* Contents of every length class, nested: each is read back as written. */
static void test_nested_round_trip(void)
{
    static uint8_t content[66000];
    const size_t lengths[] = {0, 1, 126, 127, 128, 129, 254, 255, 256, 65534, 65535, 65536};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct buf buf;
        struct tlv outer;
        struct tlv inner;
        buf_init(&buf, ROOM);
        buf_put_u8(&buf, 0xEE); /* what stood before stays */
        size_t first = tlv_open(&buf, 0xBF36);
        tlv_put_uint(&buf, 0x80, 7);
        size_t second = tlv_open(&buf, 0xA0);
        buf_put(&buf, content, lengths[i]);
        tlv_close(&buf, second);
        tlv_close(&buf, first);
        TEST_OK(buf_err(&buf));
        CU_ASSERT_EQUAL(buf.data[0], 0xEE);
        TEST_OK(tlv_single(bytes_make(buf.data + 1, buf.len - 1), 0xBF36, &outer));
        TEST_OK(tlv_find(outer.value, 0xA0, &inner));
        TEST_BYTES(inner.value, bytes_make(content, lengths[i]));
        CU_ASSERT_EQUAL(inner.whole.len, tlv_header_len(0xA0, lengths[i]) + lengths[i]);
        buf_clear(&buf);
    }
}

static void test_header(void)
{
    struct buf buf;
    buf_init(&buf, ROOM);
    tlv_put_header(&buf, 0xBF36, 0x123456);
    TEST_BYTES(buf_bytes(&buf), test_hex("BF36 83123456"));
    CU_ASSERT_EQUAL(tlv_header_len(0xBF36, 0x123456), buf.len);
    CU_ASSERT_EQUAL(tlv_header_len(0x80, 127), 2);
    CU_ASSERT_EQUAL(tlv_header_len(0x80, 128), 3);
    CU_ASSERT_EQUAL(tlv_header_len(0x80, 255), 3);
    CU_ASSERT_EQUAL(tlv_header_len(0x80, 256), 4);
    CU_ASSERT_EQUAL(tlv_header_len(0xBF8102, 0xFFFFFFFF), 8);
    buf_clear(&buf);
}

/* Too small a buffer, at every size: an error and never a half-true length. */
static void test_full_buffer(void)
{
    for (size_t max = 0; max < 135; max++) {
        struct buf buf;
        buf_init(&buf, max);
        size_t mark = tlv_open(&buf, 0xA0);
        for (int i = 0; i < 64; i++) {
            tlv_put(&buf, 0x80, BYTES_NONE);
        }
        tlv_close(&buf, mark);
        TEST_ERR(buf_err(&buf), max < 131 ? ERR_RANGE : ERR_OK);
        buf_clear(&buf);
    }
}

static const struct test_case cases[] = {
    {"elements", test_put},
    {"INTEGER content", test_put_uint},
    {"nested elements are read back", test_nested_round_trip},
    {"header alone", test_header},
    {"a full buffer is an error", test_full_buffer},
};
TEST_MAIN("shared/tlv/writer", cases)
