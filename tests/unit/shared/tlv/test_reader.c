#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "tlv/tlv.h"

/* One input as DER and as BER sees it. */
struct row {
    const char *what;
    const char *input;
    enum err der, ber;
    uint32_t tag;     /* of the element where it is accepted */
    size_t value_len; /* idem */
};

static const struct row rows[] = {
    {"empty value", "8000", ERR_OK, ERR_OK, 0x80, 0},
    {"one byte", "800155", ERR_OK, ERR_OK, 0x80, 1},
    {"something behind", "80015599", ERR_OK, ERR_OK, 0x80, 1},
    {"two tag bytes", "5F370155", ERR_OK, ERR_OK, 0x5F37, 1},
    {"three tag bytes", "BF81020155", ERR_OK, ERR_OK, 0xBF8102, 1},
    {"lowest two-byte tag", "9F1F00", ERR_OK, ERR_OK, 0x9F1F, 0},
    {"highest two-byte tag", "9F7F00", ERR_OK, ERR_OK, 0x9F7F, 0},

    /* X.690 8.1.2: numbers up to 30 take the one-byte form, the number has no
     * leading zeros, and no tag here is longer than three bytes. */
    {"long form of tag 30", "9F1E00", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"long form of tag 0", "1F0000", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"tag with leading zeros", "BF80370155", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"four tag bytes", "BF8181020155", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"endless tag", "FFFFFFFFFFFFFFFFFFFF", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"tag cut after the first byte", "BF", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"tag cut after the second byte", "BF81", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},

    /* X.690 8.1.3 and 10.1: definite, and in DER the shortest form. */
    {"no length", "80", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"indefinite", "30800000", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"reserved length FF", "80FF00", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"five length bytes", "80850000000001 55", ERR_MALFORMED, ERR_MALFORMED, 0, 0},
    {"length cut", "8081", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"length cut in the middle",
     "80820100"
     "",
     ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"one byte in long form", "80810155", ERR_MALFORMED, ERR_OK, 0x80, 1},
    {"zero in long form", "808100", ERR_MALFORMED, ERR_OK, 0x80, 0},
    {"two length bytes for one", "8082000155", ERR_MALFORMED, ERR_OK, 0x80, 1},
    {"four length bytes for one", "80840000000155", ERR_MALFORMED, ERR_OK, 0x80, 1},
    {"4 GiB less one", "8084FFFFFFFF55", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"2 GiB", "80848000000055", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"value one byte short", "80025 5", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"value absent", "8001", ERR_TRUNCATED, ERR_TRUNCATED, 0, 0},
    {"nothing", "", ERR_NOT_FOUND, ERR_NOT_FOUND, 0, 0},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static void check_row(const struct row *row, struct tlv_reader *reader, enum err expected)
{
    struct tlv element = {.tag = 0x77};
    struct bytes before = reader->left;
    enum err err = tlv_reader_next(reader, &element);
    if (err != expected) {
        test_note("%s: %s, not %s", row->what, err_name(err), err_name(expected));
    }
    TEST_ERR(err, expected);
    if (expected != ERR_OK) {
        CU_ASSERT_EQUAL(element.tag, 0);
        CU_ASSERT_EQUAL(element.value.len, 0);
        CU_ASSERT_PTR_EQUAL(reader->left.data, before.data);
        CU_ASSERT_EQUAL(reader->left.len, before.len);
        return;
    }
    CU_ASSERT_EQUAL(element.tag, row->tag);
    CU_ASSERT_EQUAL(element.value.len, row->value_len);
    CU_ASSERT_PTR_EQUAL(element.whole.data, before.data);
    CU_ASSERT_EQUAL(element.whole.len + reader->left.len, before.len);
}

static void test_strictness(void)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct tlv_reader reader;
        tlv_reader_init(&reader, test_hex(rows[i].input));
        check_row(&rows[i], &reader, rows[i].der);
        tlv_reader_init_ber(&reader, test_hex(rows[i].input));
        check_row(&rows[i], &reader, rows[i].ber);
    }
}

/* A length of each form, whole and with its last byte missing. */
static void test_lengths(void)
{
    static uint8_t content[70000];
    const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct buf buf;
        struct tlv element;
        struct tlv_reader reader;
        buf_init(&buf, sizeof(content));
        tlv_put(&buf, 0xBF25, bytes_make(content, lengths[i]));
        tlv_reader_init(&reader, buf_bytes(&buf));
        TEST_OK(tlv_reader_next(&reader, &element));
        CU_ASSERT_EQUAL(element.value.len, lengths[i]);
        CU_ASSERT_TRUE(tlv_reader_end(&reader));
        tlv_reader_init(&reader, bytes_make(buf.data, buf.len - 1));
        TEST_ERR(tlv_reader_next(&reader, &element), ERR_TRUNCATED);
        buf_clear(&buf);
    }
}

/* Every prefix of a nested structure is an error and none reads past its end:
 * each is in a block of exactly its size, for the sanitizers to see. */
static void test_truncations(void)
{
    struct bytes whole = test_hex("BF25 0D 5A 02 1122 BF8102 03 80 01 55 95 00");
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        struct tlv element;
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, whole.data, len);
        enum err err = tlv_single(bytes_make(copy, len), 0xBF25, &element);
        TEST_ERR(err, len == 0 ? ERR_NOT_FOUND : ERR_TRUNCATED);
        CU_ASSERT_EQUAL(element.tag, 0);
        free(copy);
    }
    struct tlv element;
    TEST_OK(tlv_single(whole, 0xBF25, &element));
}

static void test_sequence(void)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, test_hex("80 01 11 81 00 82 02 2233"));
    TEST_OK(tlv_reader_expect(&reader, 0x80, &element));
    TEST_ERR(tlv_reader_expect(&reader, 0x82, &element), ERR_TAG);
    CU_ASSERT_EQUAL(element.tag, 0);
    TEST_OK(tlv_reader_optional(&reader, 0x82, &element));
    CU_ASSERT_EQUAL(element.tag, 0);
    TEST_OK(tlv_reader_optional(&reader, 0x81, &element));
    CU_ASSERT_EQUAL(element.tag, 0x81);
    TEST_OK(tlv_reader_expect(&reader, 0x82, &element));
    TEST_BYTES(element.value, test_hex("2233"));
    TEST_BYTES(element.whole, test_hex("82022233"));
    CU_ASSERT_TRUE(tlv_reader_end(&reader));
    TEST_ERR(tlv_reader_expect(&reader, 0x82, &element), ERR_NOT_FOUND);
    TEST_OK(tlv_reader_optional(&reader, 0x82, &element));
    CU_ASSERT_EQUAL(element.tag, 0);
}

/* An optional element may be absent, but not broken. */
static void test_optional_is_not_lenient(void)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, test_hex("80 05 11"));
    TEST_ERR(tlv_reader_optional(&reader, 0x80, &element), ERR_TRUNCATED);
    TEST_ERR(tlv_reader_optional(&reader, 0x81, &element), ERR_TRUNCATED);
    tlv_reader_init(&reader, test_hex("80 80"));
    TEST_ERR(tlv_reader_optional(&reader, 0x81, &element), ERR_MALFORMED);
}

static void test_find(void)
{
    struct tlv element;
    struct bytes value = test_hex("80 01 11 81 01 22 81 01 33");
    TEST_OK(tlv_find(value, 0x81, &element));
    TEST_BYTES(element.value, test_hex("22"));
    TEST_ERR(tlv_find(value, 0x82, &element), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(element.tag, 0);
    TEST_ERR(tlv_find(BYTES_NONE, 0x82, &element), ERR_NOT_FOUND);
    /* what stands before it is checked, what stands behind is not read */
    TEST_ERR(tlv_find(test_hex("80 81 01 11 81 01 22"), 0x81, &element), ERR_MALFORMED);
    CU_ASSERT_EQUAL(element.tag, 0);
    TEST_OK(tlv_find(test_hex("81 01 22 80 7F"), 0x81, &element));
    TEST_ERR(tlv_find(test_hex("80 01 11 82 7F"), 0x81, &element), ERR_TRUNCATED);
}

static void test_single(void)
{
    struct tlv element;
    TEST_OK(tlv_single(test_hex("30 02 80 00"), 0x30, &element));
    TEST_BYTES(element.value, test_hex("80 00"));
    TEST_ERR(tlv_single(test_hex("30 02 80 00 00"), 0x30, &element), ERR_MALFORMED);
    CU_ASSERT_EQUAL(element.tag, 0);
    TEST_ERR(tlv_single(test_hex("31 00"), 0x30, &element), ERR_TAG);
}

struct peek_row {
    const char *input;
    enum err err;
    uint32_t tag;
    size_t header_len, value_len;
};

static const struct peek_row peeks[] = {
    {"BF37 8201F0", ERR_OK, 0xBF37, 5, 0x1F0},
    {"BF37 05 11", ERR_OK, 0xBF37, 3, 5},
    {"80 84FFFFFFFF", ERR_OK, 0x80, 6, 0xFFFFFFFF},
    {"", ERR_TRUNCATED, 0, 0, 0},
    {"BF", ERR_TRUNCATED, 0, 0, 0},
    {"BF37", ERR_TRUNCATED, 0, 0, 0},
    {"BF37 82", ERR_TRUNCATED, 0, 0, 0},
    {"BF37 8201", ERR_TRUNCATED, 0, 0, 0},
    {"BF37 80", ERR_MALFORMED, 0, 0, 0},
    {"BF37 8101", ERR_MALFORMED, 0, 0, 0},
};

static void test_peek(void)
{
    for (size_t i = 0; i < sizeof(peeks) / sizeof(peeks[0]); i++) {
        uint32_t tag = 1;
        size_t header_len = 1;
        size_t value_len = 1;
        TEST_ERR(tlv_peek_header(test_hex(peeks[i].input), &tag, &header_len, &value_len),
                 peeks[i].err);
        CU_ASSERT_EQUAL(tag, peeks[i].tag);
        CU_ASSERT_EQUAL(header_len, peeks[i].header_len);
        CU_ASSERT_EQUAL(value_len, peeks[i].value_len);
    }
}

struct uint_row {
    const char *value;
    enum err err;
    uint64_t number;
};

static const struct uint_row numbers[] = {
    {"00", ERR_OK, 0},
    {"7F", ERR_OK, 127},
    {"0080", ERR_OK, 128},
    {"00FFFFFFFFFFFFFFFF", ERR_OK, UINT64_MAX},
    {"7FFFFFFFFFFFFFFF", ERR_OK, INT64_MAX},
    {"", ERR_MALFORMED, 0},
    {"80", ERR_RANGE, 0},
    {"FF", ERR_RANGE, 0},
    {"0000", ERR_MALFORMED, 0},
    {"007F", ERR_MALFORMED, 0},
    {"010000000000000000", ERR_RANGE, 0},
    {"00FFFFFFFFFFFFFFFFFF", ERR_RANGE, 0},
};

static void test_uint(void)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint64_t number = 99;
        TEST_ERR(tlv_get_uint(test_hex(numbers[i].value), &number), numbers[i].err);
        CU_ASSERT_EQUAL(number, numbers[i].number);
    }
}

static const struct test_case cases[] = {
    {"strictness of tags and lengths (X.690 8.1, 10.1)", test_strictness},
    {"lengths of each form", test_lengths},
    {"truncation at every byte", test_truncations},
    {"expect and optional", test_sequence},
    {"an optional element may not be broken", test_optional_is_not_lenient},
    {"find", test_find},
    {"single", test_single},
    {"peek at a header", test_peek},
    {"INTEGER content (X.690 8.3)", test_uint},
};
TEST_MAIN("shared/tlv/reader", cases)
