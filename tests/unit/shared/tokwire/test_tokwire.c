#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

enum { VALUE_MAX = 65535, ALL_STATES = 0x1F };

static const uint8_t zeros[VALUE_MAX];

static size_t shape_len(const struct tokwire_shape *shape)
{
    size_t len = 0;
    while (len < TOKWIRE_FIELDS_MAX && shape[len].tag != 0) {
        len++;
    }
    return len;
}

/* One instruction, one name, one row. */
static void test_rows_are_unique(void)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        const struct tokwire_command *row = &tokwire_commands[i];
        CU_ASSERT_PTR_EQUAL(tokwire_command_find(row->ins), row);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row->name);
        for (size_t k = 0; k < i; k++) {
            CU_ASSERT_NOT_EQUAL(row->ins, tokwire_commands[k].ins);
            CU_ASSERT_STRING_NOT_EQUAL(row->name, tokwire_commands[k].name);
        }
    }
}

/* What is not in the table is not a command. */
static void test_unlisted(void)
{
    size_t found = 0;
    for (int ins = 0; ins <= 0xFF; ins++) {
        found += tokwire_command_find((uint8_t)ins) != NULL;
    }
    CU_ASSERT_EQUAL(found, tokwire_command_count);
    CU_ASSERT_PTR_NULL(tokwire_command_find(0x00));
    CU_ASSERT_PTR_NULL(tokwire_command_find(0xFF));
}

static void test_states_and_roles(void)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        const struct tokwire_command *row = &tokwire_commands[i];
        CU_ASSERT_TRUE(row->states != 0);
        CU_ASSERT_EQUAL(row->states & ~ALL_STATES, 0);
        CU_ASSERT_EQUAL(row->roles & ~(1 << TOKWIRE_ROLE_LINE | 1 << TOKWIRE_ROLE_DP), 0);
        /* Where a role is demanded, so is the user: roles are of work, and
         * the officer does none. */
        CU_ASSERT_TRUE(row->roles == 0 || row->states == TOKWIRE_STATE_USER);
    }
}

/* design.md section 2: nothing that handles keys of a session is open before
 * the user's login, nothing that changes the token without the officer's. */
static void test_who_may_do_what(void)
{
    static const uint8_t user_only[] = {
        TOKWIRE_SIGN,
        TOKWIRE_GENERATE_ONE_TIME_KEY,
        TOKWIRE_DERIVE_SESSION_KEYS,
        TOKWIRE_DERIVE_PPK,
        TOKWIRE_BSP_ENCRYPT,
        TOKWIRE_BSP_MAC,
        TOKWIRE_REPLACE_SESSION_KEYS,
    };
    static const uint8_t officer_only[] = {
        TOKWIRE_SET_USER_PIN,    TOKWIRE_GENERATE_KEY, TOKWIRE_IMPORT_COMPONENT, TOKWIRE_IMPORT_KEY,
        TOKWIRE_PUT_CERTIFICATE, TOKWIRE_SET_POLICY,   TOKWIRE_RETIRE_ROOT,      TOKWIRE_END_TRUST,
    };
    static const uint8_t line_only[] = {
        TOKWIRE_GENERATE_ONE_TIME_KEY,
        TOKWIRE_DERIVE_SESSION_KEYS,
        TOKWIRE_BSP_MAC,
        TOKWIRE_REPLACE_SESSION_KEYS,
    };
    for (size_t i = 0; i < sizeof(user_only); i++) {
        CU_ASSERT_EQUAL(tokwire_command_find(user_only[i])->states, TOKWIRE_STATE_USER);
    }
    for (size_t i = 0; i < sizeof(officer_only); i++) {
        CU_ASSERT_EQUAL(tokwire_command_find(officer_only[i])->states, TOKWIRE_STATE_SO);
    }
    for (size_t i = 0; i < sizeof(line_only); i++) {
        CU_ASSERT_EQUAL(tokwire_command_find(line_only[i])->roles, 1 << TOKWIRE_ROLE_LINE);
    }
}

static void check_shape(const struct tokwire_shape *shape)
{
    size_t len = shape_len(shape);
    for (size_t i = 0; i < len; i++) {
        CU_ASSERT_TRUE(shape[i].min <= shape[i].max);
        CU_ASSERT_TRUE(shape[i].max > 0);
        /* a repeated field ends its shape, else what follows is out of reach */
        CU_ASSERT_TRUE(!shape[i].repeated || i + 1 == len);
        for (size_t k = 0; k < i; k++) {
            CU_ASSERT_NOT_EQUAL(shape[i].tag, shape[k].tag);
        }
    }
    /* What is behind the end of a shape is empty. */
    for (size_t i = len; i < TOKWIRE_FIELDS_MAX; i++) {
        CU_ASSERT_EQUAL(shape[i].tag, 0);
    }
}

static void test_shapes(void)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        check_shape(tokwire_commands[i].request);
        check_shape(tokwire_commands[i].response);
    }
    CU_ASSERT_TRUE(shape_len(tokwire_object_shape) < TOKWIRE_FIELDS_MAX);
}

/* All fields of a shape at their shortest or longest. */
static void put_fields(const struct tokwire_shape *shape, bool longest, bool optional,
                       struct buf *out)
{
    for (size_t i = 0; i < shape_len(shape); i++) {
        if (shape[i].optional && !optional) {
            continue;
        }
        tlv_put(out, shape[i].tag, bytes_make(zeros, longest ? shape[i].max : shape[i].min));
    }
}

/* The longest request and the longest answer of every row fit the frame. */
static void test_longest_fits_a_frame(void)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        const struct tokwire_command *row = &tokwire_commands[i];
        const struct tokwire_shape *shapes[] = {row->request, row->response};
        for (size_t k = 0; k < 2; k++) {
            struct buf data;
            buf_init(&data, APDU_EXTENDED_DATA_MAX);
            put_fields(shapes[k], true, true, &data);
            if (buf_err(&data) != ERR_OK) {
                test_note("%s: %s is longer than a frame", row->name,
                          k == 0 ? "request" : "answer");
            }
            TEST_OK(buf_err(&data));
            buf_clear(&data);
        }
    }
}

/* Every row's request and answer are read back; the same with one field
 * dropped, doubled, out of order or out of bounds is refused. */
static void check_round_trip(const struct tokwire_shape *shape, bool longest, bool optional)
{
    struct buf data;
    struct tokwire_fields fields;
    buf_init(&data, APDU_EXTENDED_DATA_MAX);
    put_fields(shape, longest, optional, &data);
    TEST_OK(tokwire_fields_decode(shape, buf_bytes(&data), &fields));
    for (size_t i = 0; i < shape_len(shape); i++) {
        bool there = optional || !shape[i].optional;
        CU_ASSERT_EQUAL(tokwire_field_present(&fields, shape[i].tag), there);
        size_t len = tokwire_field(&fields, shape[i].tag).len;
        size_t value_len = longest ? shape[i].max : shape[i].min;
        if (there && shape[i].repeated) {
            value_len += tlv_header_len(shape[i].tag, value_len);
        }
        CU_ASSERT_EQUAL(len, there ? value_len : 0);
    }
    buf_clear(&data);
}

static void check_damage(const struct tokwire_shape *shape, size_t field)
{
    static const char *const ways[] = {"dropped", "doubled", "short", "long", "moved", "stranger"};
    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        struct buf data;
        struct tokwire_fields fields;
        bool harmless = false;
        buf_init(&data, 4 * APDU_EXTENDED_DATA_MAX);
        for (size_t i = 0; i < shape_len(shape); i++) {
            size_t min = shape[i].min;
            if (i != field) {
                tlv_put(&data, shape[i].tag, bytes_make(zeros, min));
                continue;
            }
            switch (way) {
            case 0:
                harmless = shape[i].optional;
                break;
            case 1:
                harmless = shape[i].repeated;
                tlv_put(&data, shape[i].tag, bytes_make(zeros, min));
                tlv_put(&data, shape[i].tag, bytes_make(zeros, min));
                break;
            case 2:
                harmless = min == 0;
                tlv_put(&data, shape[i].tag, bytes_make(zeros, min > 0 ? min - 1 : 0));
                break;
            case 3:
                tlv_put(&data, shape[i].tag, bytes_make(zeros, (size_t)shape[i].max + 1));
                break;
            case 4:
                harmless = i + 1 == shape_len(shape);
                break;
            default:
                tlv_put(&data, 0xC0, BYTES_NONE);
                tlv_put(&data, shape[i].tag, bytes_make(zeros, min));
                break;
            }
        }
        if (way == 4) {
            tlv_put(&data, shape[field].tag, bytes_make(zeros, shape[field].min));
        }
        enum err err = tokwire_fields_decode(shape, buf_bytes(&data), &fields);
        if ((err == ERR_OK) != harmless) {
            test_note("tag %X %s: %s", shape[field].tag, ways[way], err_name(err));
        }
        TEST_ERR(err, harmless ? ERR_OK : ERR_MALFORMED);
        buf_clear(&data);
    }
}

static void test_every_shape(void)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        const struct tokwire_shape *shapes[] = {tokwire_commands[i].request,
                                                tokwire_commands[i].response};
        for (size_t k = 0; k < 2; k++) {
            check_round_trip(shapes[k], false, false);
            check_round_trip(shapes[k], false, true);
            check_round_trip(shapes[k], true, true);
            for (size_t field = 0; field < shape_len(shapes[k]); field++) {
                check_damage(shapes[k], field);
            }
        }
    }
    check_round_trip(tokwire_object_shape, false, true);
    for (size_t field = 0; field < shape_len(tokwire_object_shape); field++) {
        check_damage(tokwire_object_shape, field);
    }
}

static void test_frame_put(void)
{
    struct buf out;
    buf_init(&out, TOKWIRE_FRAME_MAX + TOKWIRE_FRAME_HEADER);
    tokwire_frame_put(&out, test_hex("80CA0000"));
    tokwire_frame_put(&out, bytes_make(zeros, 300));
    TEST_BYTES(bytes_make(out.data, 12), test_hex("00000004 80CA0000 0000012C"));
    CU_ASSERT_EQUAL(out.len, 8 + 304);
    buf_clear(&out);
}

struct frame_row {
    const char *input;
    enum err err;
    size_t used;
};

static const struct frame_row frames[] = {
    {"", ERR_TRUNCATED, 0},
    {"000000", ERR_TRUNCATED, 0},
    {"00000004", ERR_TRUNCATED, 0},
    {"00000004 80CA00", ERR_TRUNCATED, 0},
    {"00000004 80CA0000", ERR_OK, 8},
    {"00000004 80CA0000 00", ERR_OK, 8},
    {"00000004 80CA0000 00000002 9000", ERR_OK, 8},
    {"00000002 9000", ERR_OK, 6},
    {"00000000", ERR_RANGE, 0},
    {"00000001 90", ERR_RANGE, 0},
    {"00010008", ERR_TRUNCATED, 0}, /* the largest frame */
    {"00010009", ERR_RANGE, 0},
    {"7FFFFFFF", ERR_RANGE, 0},
    {"FFFFFFFF", ERR_RANGE, 0},
};

static void test_frame_take(void)
{
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct bytes payload;
        size_t used = 99;
        struct bytes input = test_hex(frames[i].input);
        enum err err = tokwire_frame_take(input, &payload, &used);
        if (err != frames[i].err) {
            test_note("%s: %s", frames[i].input, err_name(err));
        }
        TEST_ERR(err, frames[i].err);
        CU_ASSERT_EQUAL(used, frames[i].used);
        CU_ASSERT_EQUAL(payload.len, err == ERR_OK ? used - TOKWIRE_FRAME_HEADER : 0);
    }
    CU_ASSERT_EQUAL(TOKWIRE_FRAME_MAX, 0x10008);
}

static const struct test_case cases[] = {
    {"rows are unique", test_rows_are_unique},
    {"unlisted instructions", test_unlisted},
    {"states and roles", test_states_and_roles},
    {"who may do what", test_who_may_do_what},
    {"shapes", test_shapes},
    {"the longest fits a frame", test_longest_fits_a_frame},
    {"every shape: round trip, damage", test_every_shape},
    {"frame: put", test_frame_put},
    {"frame: take", test_frame_take},
};
TEST_MAIN("shared/tokwire/tokwire", cases)
