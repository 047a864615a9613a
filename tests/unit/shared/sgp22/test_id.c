#include "support/test.h"

#include <string.h>

#include "sgp22/id.h"

#define EID "89049032123451234512345678901235"

struct eid_row {
    const char *text;
    enum err err;
};

static const struct eid_row eids[] = {
    {EID, ERR_OK},
    {"89049032123451234512345678901236", ERR_CERT_EID}, /* SGP.29: mod 97 is not 1 */
    {"89049032123451234512345678901253", ERR_CERT_EID}, /* last two exchanged */
    {"98049032123451234512345678901235", ERR_CERT_EID}, /* first two exchanged */
    {"00000000000000000000000000000000", ERR_CERT_EID},
    {"00000000000000000000000000000001", ERR_OK},
    {"8904903212345123451234567890123", ERR_MALFORMED},
    {"890490321234512345123456789012355", ERR_MALFORMED},
    {"", ERR_MALFORMED},
    {"8904903212345123451234567890123A", ERR_MALFORMED},
    {"8904903212345123451234567890123 ", ERR_MALFORMED},
    {"-9049032123451234512345678901235", ERR_MALFORMED},
};

static void test_eid(void)
{
    for (size_t i = 0; i < sizeof(eids) / sizeof(eids[0]); i++) {
        struct eid eid = {{0xEE}};
        char text[EID_TEXT_SIZE];
        TEST_ERR(eid_parse(eids[i].text, &eid), eids[i].err);
        if (eids[i].err == ERR_OK) {
            CU_ASSERT_STRING_EQUAL(eid_text(&eid, text), eids[i].text);
            TEST_BYTES(eid_bytes(&eid), test_hex(eids[i].text));
        } else {
            CU_ASSERT_EQUAL(eid.data[0], 0);
        }
    }
}

/* The two last digits make any EID one with a right check number, and no other
 * two do. */
static void test_eid_check_digits(void)
{
    char text[] = EID;
    int accepted = 0;
    for (int digits = 0; digits < 100; digits++) {
        struct eid eid;
        text[30] = (char)('0' + digits / 10);
        text[31] = (char)('0' + digits % 10);
        if (eid_parse(text, &eid) == ERR_OK) {
            CU_ASSERT_EQUAL(digits, 35);
            accepted++;
        }
    }
    CU_ASSERT_EQUAL(accepted, 1);
}

static void test_eid_from_bytes(void)
{
    struct eid eid;
    TEST_OK(eid_from_bytes(test_hex(EID), &eid));
    TEST_ERR(eid_from_bytes(test_hex("8904903212345123451234567890123F"), &eid), ERR_MALFORMED);
    TEST_ERR(eid_from_bytes(test_hex("A904903212345123451234567890123F"), &eid), ERR_MALFORMED);
    TEST_ERR(eid_from_bytes(test_hex("890490321234512345123456789012"), &eid), ERR_MALFORMED);
    TEST_ERR(eid_from_bytes(test_hex(EID "00"), &eid), ERR_MALFORMED);
    TEST_ERR(eid_from_bytes(BYTES_NONE, &eid), ERR_MALFORMED);
}

struct iccid_row {
    const char *text;
    const char *swapped; /* EF.ICCID, TS 102 221 13.2 */
    const char *plain;   /* profile header */
};

static const struct iccid_row iccids[] = {
    {"89000123456789012341", "98001032547698103214", "89000123456789012341"},
    {"8900012345678901234", "980010325476981032F4", "8900012345678901234F"},
    {"890001234567890123", "980010325476981032FF", "890001234567890123FF"},
};

static void test_iccid(void)
{
    for (size_t i = 0; i < sizeof(iccids) / sizeof(iccids[0]); i++) {
        struct iccid iccid;
        char text[ICCID_TEXT_SIZE];
        TEST_OK(iccid_parse(iccids[i].text, &iccid));
        TEST_BYTES(iccid_bytes(&iccid), test_hex(iccids[i].swapped));
        CU_ASSERT_STRING_EQUAL(iccid_text(&iccid, text), iccids[i].text);
        TEST_OK(iccid_from_bytes(test_hex(iccids[i].swapped), &iccid));
        CU_ASSERT_STRING_EQUAL(iccid_text(&iccid, text), iccids[i].text);
        TEST_OK(iccid_from_plain(test_hex(iccids[i].plain), &iccid));
        CU_ASSERT_STRING_EQUAL(iccid_text(&iccid, text), iccids[i].text);
    }
}

static const char *const bad_iccid_texts[] = {
    "",
    "89000123456789012",
    "890001234567890123412",
    "8900012345678901234F",
    "89000123456789012 41",
};

static const char *const bad_iccid_bytes[] = {
    "",
    "980010325476981032",     /* 9 bytes */
    "9800103254769810321400", /* 11 */
    "9800103254769810FFFF",   /* 16 digits */
    "980010325476981032F0F4", /* not 10 bytes */
    "98001032547698F03214",   /* filler inside */
    "980010325476981032A4",   /* a digit A */
    "9800103254769810324F",   /* filler before the last digit */
    "FFFFFFFFFFFFFFFFFFFF",
};

static void test_iccid_refusals(void)
{
    struct iccid iccid;
    for (size_t i = 0; i < sizeof(bad_iccid_texts) / sizeof(bad_iccid_texts[0]); i++) {
        iccid.data[0] = 0xEE;
        TEST_ERR(iccid_parse(bad_iccid_texts[i], &iccid), ERR_MALFORMED);
        CU_ASSERT_EQUAL(iccid.data[0], 0);
    }
    for (size_t i = 0; i < sizeof(bad_iccid_bytes) / sizeof(bad_iccid_bytes[0]); i++) {
        TEST_ERR(iccid_from_bytes(test_hex(bad_iccid_bytes[i]), &iccid), ERR_MALFORMED);
        CU_ASSERT_EQUAL(iccid.data[0], 0);
    }
    TEST_ERR(iccid_from_plain(test_hex("890001234567890123F1"), &iccid), ERR_MALFORMED);
    TEST_ERR(iccid_from_plain(BYTES_NONE, &iccid), ERR_MALFORMED);
}

static const struct test_case cases[] = {
    {"EID (SGP.29)", test_eid},
    {"EID: check digits", test_eid_check_digits},
    {"EID from bytes", test_eid_from_bytes},
    {"ICCID in its three forms", test_iccid},
    {"ICCID: refusals", test_iccid_refusals},
};
TEST_MAIN("shared/sgp22/id", cases)
