/* APDUs, logical channels and STORE DATA (SGP.22 5.7.2, ISO 7816-4). */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/tags.h"

static struct kit kit;

static uint16_t apdu(const char *hex)
{
    return kit_apdu(&kit, test_hex(hex));
}

static void test_channels(void)
{
    kit_open(&kit, NULL); /* has opened channel 1 */
    for (unsigned i = 2; i <= 19; i++) {
        CU_ASSERT_EQUAL(apdu("0070000001"), SW_OK);
        CU_ASSERT_EQUAL(kit.response.data[0], i);
    }
    CU_ASSERT_EQUAL(apdu("0070000001"), 0x6A81);
    CU_ASSERT_EQUAL(apdu("00708005"), SW_OK);
    CU_ASSERT_EQUAL(apdu("00708005"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("0070000001"), SW_OK);
    CU_ASSERT_EQUAL(kit.response.data[0], 5);
    CU_ASSERT_EQUAL(apdu("00708000"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("0070000002"), 0x6C01);
    kit_close(&kit);
}

/* Channels from 4 on have their own class bits. */
static void test_further_channel(void)
{
    kit_open(&kit, NULL);
    for (unsigned i = 2; i <= 5; i++) {
        CU_ASSERT_EQUAL(apdu("0070000001"), SW_OK);
    }
    CU_ASSERT_EQUAL(apdu("41A4040010A0000005591010FFFFFFFF8900000100"), 0x611B);
    CU_ASSERT_EQUAL(apdu("41C000001B"), SW_OK);
    CU_ASSERT_EQUAL(kit.response.data[0], 0x6F);
    kit.channel = 5;
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A")), SW_OK);
    TEST_BYTES(buf_bytes(&kit.response), test_hex("BF3E125A1089049032123451234512345678901235"));
    kit_close(&kit);
}

static void test_select(void)
{
    kit_open(&kit, NULL);
    CU_ASSERT_EQUAL(apdu("00A4040010A0000005591010FFFFFFFF8900000200"), SW_FILE_NOT_FOUND);
    CU_ASSERT_EQUAL(apdu("00A4000002 3F00"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("00A4040C10A0000005591010FFFFFFFF8900000100"), SW_OK);
    CU_ASSERT_EQUAL(apdu("02A4040010A0000005591010FFFFFFFF8900000100"), 0x6881);
    kit_close(&kit);
}

static void test_store_data(void)
{
    kit_open(&kit, NULL);
    /* whole in one block; case 3 and with Le */
    CU_ASSERT_EQUAL(apdu("81E2910006BF3E035C015A"), 0x6115);
    CU_ASSERT_EQUAL(apdu("81E2910006BF3E035C015A00"), 0x6115);
    CU_ASSERT_EQUAL(apdu("01C0000015"), SW_OK);
    CU_ASSERT_EQUAL(kit.response.len, 0x15);
    CU_ASSERT_EQUAL(apdu("01C0000015"), SW_CONDITIONS);
    /* in two blocks */
    CU_ASSERT_EQUAL(apdu("81E2110003BF3E03"), SW_OK);
    CU_ASSERT_EQUAL(apdu("81E29101035C015A"), 0x6115);
    /* wrong numbers: a first one, a gap, a repetition, an end out of order */
    CU_ASSERT_EQUAL(apdu("81E2110103BF3E03"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("81E2110003BF3E03"), SW_OK);
    CU_ASSERT_EQUAL(apdu("81E29102035C015A"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("81E29101035C015A"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("81E2110003BF3E03"), SW_OK);
    CU_ASSERT_EQUAL(apdu("81E2110003BF3E03"), SW_WRONG_P1P2);
    /* other P1 */
    CU_ASSERT_EQUAL(apdu("81E2900006BF3E035C015A"), SW_WRONG_P1P2);
    CU_ASSERT_EQUAL(apdu("81E2010006BF3E035C015A"), SW_WRONG_P1P2);
    /* a selection between blocks starts anew */
    CU_ASSERT_EQUAL(apdu("81E2110003BF3E03"), SW_OK);
    CU_ASSERT_EQUAL(apdu("01A4040C10A0000005591010FFFFFFFF8900000100"), SW_OK);
    CU_ASSERT_EQUAL(apdu("81E29101035C015A"), SW_WRONG_P1P2);
    /* class, and a channel where the ISD-R is not selected */
    CU_ASSERT_EQUAL(apdu("01E2910006BF3E035C015A"), SW_CLA_UNKNOWN);
    CU_ASSERT_EQUAL(apdu("85E2910006BF3E035C015A"), SW_CLA_UNKNOWN);
    CU_ASSERT_EQUAL(apdu("80E2910006BF3E035C015A"), SW_INS_UNKNOWN);
    /* lengths that do not agree */
    CU_ASSERT_EQUAL(apdu("81E2910007BF3E035C015A"), SW_WRONG_LENGTH);
    CU_ASSERT_EQUAL(apdu("81E291"), SW_WRONG_LENGTH);
    kit_close(&kit);
}

static void test_get_response(void)
{
    kit_open(&kit, NULL);
    kit_challenge(&kit);
    struct buf command, all;
    buf_init(&command, 4096);
    buf_init(&all, 4096);
    kit_build_authenticate(&kit, &command);
    /* fetched in the wrong pieces it still comes whole */
    for (size_t at = 0, n = 0; at < command.len; n++) {
        size_t len = command.len - at < 200 ? command.len - at : 200;
        uint8_t block[5 + 200] = {0x81, 0xE2, at + len == command.len ? 0x91 : 0x11, (uint8_t)n,
                                  (uint8_t)len};
        memcpy(block + 5, command.data + at, len);
        at += len;
        uint16_t sw = kit_apdu(&kit, bytes_make(block, 5 + len));
        CU_ASSERT_EQUAL(sw, at == command.len ? SW_MORE_DATA : SW_OK);
    }
    CU_ASSERT_EQUAL(apdu("01C0000010"), SW_MORE_DATA);
    buf_put_bytes(&all, buf_bytes(&kit.response));
    uint16_t sw = apdu("01C0000000");
    buf_put_bytes(&all, buf_bytes(&kit.response));
    while (sw == SW_MORE_DATA) {
        sw = apdu("01C0000000");
        buf_put_bytes(&all, buf_bytes(&kit.response));
    }
    CU_ASSERT_TRUE(sw_is_more_data(sw));
    /* more than there is: 6Cxx names what there is */
    CU_ASSERT_EQUAL(apdu("01C0000000"), SW_WRONG_LE | (sw & 0xFF));
    uint8_t last[] = {0x01, 0xC0, 0x00, 0x00, (uint8_t)sw};
    CU_ASSERT_EQUAL(kit_apdu(&kit, BYTES_OF(last)), SW_OK);
    buf_put_bytes(&all, buf_bytes(&kit.response));
    struct tlv whole;
    TEST_OK(tlv_single(buf_bytes(&all), TAG_AUTHENTICATE_SERVER, &whole));
    /* another command drops what was not fetched */
    CU_ASSERT_EQUAL(apdu("81E2910006BF3E035C015A"), 0x6115);
    CU_ASSERT_EQUAL(apdu("81E2910003BF2E00"), 0x6115);
    CU_ASSERT_EQUAL(apdu("01C0000015"), SW_OK);
    CU_ASSERT_EQUAL(kit.response.data[1], 0x2E);
    buf_clear(&command);
    buf_clear(&all);
    kit_close(&kit);
}

static void test_too_long(void)
{
    uint8_t block[5 + 255] = {0x81, 0xE2, 0x11, 0x00, 0xFF};
    kit_open(&kit, NULL);
    for (unsigned i = 0; i < 255; i++) {
        block[3] = (uint8_t)i;
        CU_ASSERT_EQUAL(kit_apdu(&kit, BYTES_OF(block)), SW_OK);
    }
    block[3] = 255;
    CU_ASSERT_EQUAL(kit_apdu(&kit, BYTES_OF(block)), SW_WRONG_LENGTH);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A")), SW_OK);
    kit_close(&kit);
}

static void test_unknown_functions(void)
{
    kit_open(&kit, NULL);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF7F00")), SW_DATA_NOT_FOUND);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("8600")), SW_DATA_NOT_FOUND);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015B")), SW_WRONG_DATA);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E045C015A")), SW_WRONG_DATA);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A00")), SW_WRONG_DATA);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E80")), SW_WRONG_DATA);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E84FFFFFFFF")), SW_WRONG_DATA);
    kit_close(&kit);
}

/* A generator with a fixed seed: a failure can be had again. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Anything at all is answered with a status word; the chip serves on. */
static void test_garbage(void)
{
    static const uint8_t classes[] = {0x00, 0x01, 0x80, 0x81, 0xC0, 0xFF};
    static const uint8_t instructions[] = {0x70, 0xA4, 0xC0, 0xE2};
    uint8_t bytes[APDU_SHORT_MAX];
    uint32_t seed = 20261123;

    kit_open(&kit, NULL);
    for (unsigned n = 0; n < 20000; n++) {
        size_t len = next_random(&seed) % sizeof(bytes);
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)next_random(&seed);
        }
        if (n % 2 && len > 5) {
            bytes[0] = classes[next_random(&seed) % sizeof(classes)];
            bytes[1] = instructions[next_random(&seed) % sizeof(instructions)];
            bytes[2] = next_random(&seed) % 2 ? 0x91 : 0x11;
            bytes[3] = 0;
            bytes[4] = (uint8_t)(len > 260 ? 255 : len - 5);
        }
        CU_ASSERT_EQUAL(card_transmit(kit.card, bytes_make(bytes, len), &kit.response),
                        CARD_ANSWER);
        CU_ASSERT_TRUE(kit.response.len >= 2);
    }
    CU_ASSERT_FALSE(kit_installed(&kit));
    card_reset(kit.card);
    kit_select(&kit);
    kit_begin(&kit);
    kit_close(&kit);
}

/* Commands of the right tag with random values. */
static void test_garbage_functions(void)
{
    static const uint8_t tags[] = {0x20, 0x21, 0x22, 0x28, 0x29, 0x2B, 0x2D, 0x2E, 0x30,
                                   0x31, 0x32, 0x33, 0x36, 0x38, 0x3C, 0x3E, 0x41};
    uint32_t seed = 7;
    kit_open(&kit, NULL);
    for (unsigned n = 0; n < 10000; n++) {
        uint8_t command[128] = {0xBF, tags[next_random(&seed) % sizeof(tags)]};
        size_t len = next_random(&seed) % 100;
        command[2] = (uint8_t)len;
        for (size_t i = 0; i < len; i++) {
            command[3 + i] = (uint8_t)(next_random(&seed) % 4 ? next_random(&seed)
                                                              : 0x80 + next_random(&seed) % 4);
        }
        kit_send(&kit, bytes_make(command, 3 + len));
    }
    kit_begin(&kit);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"MANAGE CHANNEL", test_channels},
    {"channel above 3", test_further_channel},
    {"SELECT", test_select},
    {"STORE DATA", test_store_data},
    {"GET RESPONSE", test_get_response},
    {"more blocks than numbers", test_too_long},
    {"unknown and malformed functions", test_unknown_functions},
    {"random APDUs", test_garbage},
    {"random commands", test_garbage_functions},
};
TEST_MAIN("simulator card", cases)
