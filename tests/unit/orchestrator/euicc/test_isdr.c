/* STORE DATA and its answers (SGP.22 5.7.2, ISO/IEC 7816-4 5.6). */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "card.h"
#include "support/test.h"

#define STEPS(card, array) card_steps(card, array, sizeof(array) / sizeof((array)[0]))

static void command_is_one_block_without_le(void)
{
    static const struct card_step steps[] = {{"80E2910003BF2E00", "BF2E03800101 9000", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out));
    TEST_BYTES(buf_bytes(&out), test_hex("BF2E03800101"));
    CU_ASSERT_EQUAL(card.isdr.sw, 0x9000);
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    CU_ASSERT_EQUAL(card.closed, 1);
    buf_clear(&out);
}

static void open_failure_is_explained(void)
{
    struct card card;
    struct isdr isdr;

    card_answers(&card, BYTES_NONE, BYTES_NONE);
    card.open_err = ERR_REFUSED;
    TEST_ERR(isdr_open(&isdr, &card.transport), ERR_REFUSED);
    CU_ASSERT_STRING_EQUAL(isdr.detail, "ISD-R: the link's words");
    card_clear(&card);
}

/* 5.7.2: P1 11 while more follows, 91 on the last; P2 counts from 00. */
static void long_request_goes_in_blocks_of_255(void)
{
    char first[600], second[600], third[600], text[2 * 255 + 1];
    struct bytes request = card_fill(0xAB, 255 + 255 + 10);
    struct card_step steps[] = {
        {first, "9000", ERR_OK}, {second, "9000", ERR_OK}, {third, "01 9000", ERR_OK}};
    struct card card;
    struct buf out;

    hex_encode(card_fill(0xAB, 255), text);
    snprintf(first, sizeof(first), "80E21100FF%s", text);
    snprintf(second, sizeof(second), "80E21101FF%s", text);
    hex_encode(card_fill(0xAB, 10), text);
    snprintf(third, sizeof(third), "80E291020A%s", text);
    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_command(&card.isdr, "F", request, &out));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);

    /* exactly 255 is one block, and the last */
    snprintf(first, sizeof(first), "80E29100FF%s", hex_encode(card_fill(0xAB, 255), text));
    card_steps(&card, steps, 1);
    TEST_OK(isdr_command(&card.isdr, "F", card_fill(0xAB, 255), &out));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    buf_clear(&out);
}

static void request_length_is_bounded(void)
{
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    card_answers(&card, BYTES_NONE, BYTES_NONE);
    TEST_ERR(isdr_command(&card.isdr, "F", BYTES_NONE, &out), ERR_RANGE);
    TEST_ERR(isdr_command(&card.isdr, "F", card_fill(1, 255 * 256 + 1), &out), ERR_RANGE);
    CU_ASSERT_EQUAL(card.transmitted, 0);
    TEST_OK(isdr_command(&card.isdr, "F", card_fill(1, 255 * 256), &out));
    CU_ASSERT_EQUAL(card.transmitted, 256);
    card_clear(&card);
    buf_clear(&out);
}

static void more_data_is_fetched(void)
{
    static const struct card_step steps[] = {
        {"80E2910003BF2E00", "6103", ERR_OK},
        {"00C0000003", "010203 6100", ERR_OK},
        {"00C0000000", "04 6C02", ERR_OK},
        {"00C0000002", "0506 9000", ERR_OK},
    };
    /* some modems fetch by themselves and leave the 61xx of the last piece */
    static const struct card_step mixed[] = {
        {"80E2910003BF2E00", "0102 6101", ERR_OK},
        {"00C0000001", "03 9110", ERR_OK},
    };
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out));
    TEST_BYTES(buf_bytes(&out), test_hex("010203040506"));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    STEPS(&card, mixed);
    TEST_OK(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out));
    TEST_BYTES(buf_bytes(&out), test_hex("010203"));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    buf_clear(&out);
}

static void wrong_le_is_corrected_once(void)
{
    static const struct card_step steps[] = {
        {"80E2910003BF2E00", "6C05", ERR_OK},
        {"80E2910003BF2E0005", "0102030405 9000", ERR_OK},
    };
    static const struct card_step for_ever[] = {{NULL, "6C05", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    STEPS(&card, for_ever);
    card.repeat_last = true;
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_REFUSED);
    CU_ASSERT_EQUAL(card.transmitted, 2);
    card_clear(&card);
    buf_clear(&out);
}

static void refusal_is_named(void)
{
    static const struct card_step steps[] = {{NULL, "6A80", ERR_OK}};
    static const struct card_step link[] = {{NULL, NULL, ERR_TIMEOUT}};
    static const struct card_step empty[] = {{NULL, "90", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_ERR(isdr_command(&card.isdr, "GetEID", test_hex("BF2E00"), &out), ERR_REFUSED);
    CU_ASSERT_EQUAL(card.isdr.sw, 0x6A80);
    CU_ASSERT_STRING_EQUAL(card.isdr.detail, "GetEID: SW 6A80");
    CU_ASSERT_EQUAL(card.isdr.result_code, -1);
    card_clear(&card);
    STEPS(&card, link);
    TEST_ERR(isdr_command(&card.isdr, "GetEID", test_hex("BF2E00"), &out), ERR_TIMEOUT);
    CU_ASSERT_EQUAL(card.isdr.sw, 0);
    CU_ASSERT_STRING_EQUAL(card.isdr.detail, "GetEID: the link's words");
    card_clear(&card);
    STEPS(&card, empty);
    TEST_ERR(isdr_command(&card.isdr, "GetEID", test_hex("BF2E00"), &out), ERR_MALFORMED);
    card_clear(&card);
    buf_clear(&out);
}

/* Invariant 7: an answer without end takes bounded commands, memory and time. */
static void endless_answers_end(void)
{
    static const struct card_step nothing[] = {{NULL, "6100", ERR_OK}};
    char digits[2 * 254 + 1], full[2 * 254 + 5];
    struct card_step data[] = {{NULL, full, ERR_OK}};
    struct card card;
    struct buf out;
    int64_t start;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, nothing);
    card.repeat_last = true;
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_MALFORMED);
    CU_ASSERT_TRUE(card.transmitted <= 513);
    card_clear(&card);

    snprintf(full, sizeof(full), "%s6100", hex_encode(card_fill(0x30, 254), digits));
    STEPS(&card, data);
    card.repeat_last = true;
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_MALFORMED);
    CU_ASSERT_TRUE(card.transmitted <= 300);
    CU_ASSERT_EQUAL(out.len, 0);
    card_clear(&card);

    STEPS(&card, nothing);
    card.repeat_last = true;
    card.delay_ms = 5;
    card.isdr.time_max_ms = 60;
    start = clock_ms();
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_TIMEOUT);
    CU_ASSERT_TRUE(clock_ms() - start < 1000);
    card_clear(&card);
    buf_clear(&out);
}

/* The caller's buffer may be the tighter bound. */
static void answer_longer_than_callers_buffer(void)
{
    static const struct card_step steps[] = {{NULL, "0102030405 9000", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, 4);
    STEPS(&card, steps);
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_MALFORMED);
    card_clear(&card);
    buf_clear(&out);
}

/* 2.5.5: the result may come before the last block, and nothing follows it. */
static void early_answer_ends_the_blocks(void)
{
    static const struct card_step steps[] = {{NULL, "6102", ERR_OK}, {NULL, "0102 9000", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_script(&card.isdr, "F", card_fill(1, 600), &out));
    TEST_BYTES(buf_bytes(&out), test_hex("0102"));
    CU_ASSERT_TRUE(card_done(&card));
    card_clear(&card);
    buf_clear(&out);
}

/* 5.7.2: 6A88 after the end of a package must not hide the result. */
static void error_behind_a_result_does_not_hide_it(void)
{
    static const struct card_step steps[] = {
        {NULL, "6102", ERR_OK}, {NULL, "0102 6100", ERR_OK}, {NULL, "6A88", ERR_OK}};
    static const struct card_step alone[] = {{NULL, "6A88", ERR_OK}};
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    STEPS(&card, steps);
    TEST_OK(isdr_script(&card.isdr, "F", test_hex("BF2E00"), &out));
    TEST_BYTES(buf_bytes(&out), test_hex("0102"));
    CU_ASSERT_EQUAL(card.isdr.sw, 0x6A88);
    card_clear(&card);
    STEPS(&card, steps);
    TEST_ERR(isdr_command(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_REFUSED);
    CU_ASSERT_EQUAL(out.len, 0);
    card_clear(&card);
    STEPS(&card, alone);
    TEST_ERR(isdr_script(&card.isdr, "F", test_hex("BF2E00"), &out), ERR_REFUSED);
    card_clear(&card);
    buf_clear(&out);
}

static const struct test_case cases[] = {
    {"one block without Le", command_is_one_block_without_le},
    {"open failure is explained", open_failure_is_explained},
    {"blocks of 255", long_request_goes_in_blocks_of_255},
    {"request length is bounded", request_length_is_bounded},
    {"61xx is fetched", more_data_is_fetched},
    {"6Cxx is corrected once", wrong_le_is_corrected_once},
    {"refusal is named", refusal_is_named},
    {"endless answers end", endless_answers_end},
    {"answer longer than the buffer", answer_longer_than_callers_buffer},
    {"early answer ends the blocks", early_answer_ends_the_blocks},
    {"6A88 does not hide a result", error_behind_a_result_does_not_hide_it},
};
TEST_MAIN("euicc/isdr", cases)
