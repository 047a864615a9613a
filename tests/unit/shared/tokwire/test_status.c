#include "support/test.h"

#include <string.h>

#include "tokwire/status.h"

/* Every status word of the header. */
static const uint16_t words[] = {
    TOKWIRE_SW_OK,
    TOKWIRE_SW_PIN_WRONG,
    TOKWIRE_SW_PIN_LOCKED,
    TOKWIRE_SW_PIN_LENGTH,
    TOKWIRE_SW_LENGTH,
    TOKWIRE_SW_CLA,
    TOKWIRE_SW_INS,
    TOKWIRE_SW_P1P2,
    TOKWIRE_SW_DATA,
    TOKWIRE_SW_NOT_FOUND,
    TOKWIRE_SW_FULL,
    TOKWIRE_SW_EXISTS,
    TOKWIRE_SW_NOT_LOGGED_IN,
    TOKWIRE_SW_STATE,
    TOKWIRE_SW_ROLE,
    TOKWIRE_SW_KEYSTORE,
    TOKWIRE_SW_INTERNAL,
    TOKWIRE_SW_CERT_CHAIN,
    TOKWIRE_SW_CERT_ROLE,
    TOKWIRE_SW_CERT_DATE,
    TOKWIRE_SW_CERT_EID,
    TOKWIRE_SW_CERT_KEY,
    TOKWIRE_SW_SIGNATURE,
    TOKWIRE_SW_TRANSACTION,
    TOKWIRE_SW_KEY_USED,
    TOKWIRE_SW_EID_MISMATCH,
    TOKWIRE_SW_SIGN_REFUSED,
    TOKWIRE_SW_UNSUPPORTED,
    TOKWIRE_SW_QUOTA,
    TOKWIRE_SW_EXPIRED,
    TOKWIRE_SW_BATCH,
    TOKWIRE_SW_ROOT_RETIRED,
    TOKWIRE_SW_RETRIES,
    TOKWIRE_SW_TAMPERED,
};
enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

static void test_every_word_is_known(void)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        const char *name = tokwire_sw_name(words[i]);
        CU_ASSERT_STRING_NOT_EQUAL(name, "unknown");
        CU_ASSERT_TRUE(strlen(tokwire_sw_text(words[i])) > 0);
        CU_ASSERT_EQUAL(tokwire_sw_err(words[i]) == ERR_OK, words[i] == TOKWIRE_SW_OK);
        for (size_t k = 0; k < i; k++) {
            CU_ASSERT_NOT_EQUAL(words[i], words[k]);
            CU_ASSERT_STRING_NOT_EQUAL(name, tokwire_sw_name(words[k]));
        }
    }
}

/* Only 9000 is success, whatever a broken engine answers. */
static void test_only_one_word_is_success(void)
{
    for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
        CU_ASSERT_EQUAL(tokwire_sw_err((uint16_t)sw) == ERR_OK, sw == TOKWIRE_SW_OK);
    }
    CU_ASSERT_STRING_EQUAL(tokwire_sw_name(0x1234), "unknown");
}

static void test_pin_tries(void)
{
    for (uint16_t tries = 0; tries <= 15; tries++) {
        TEST_ERR(tokwire_sw_err((uint16_t)(TOKWIRE_SW_PIN_WRONG | tries)), ERR_PIN);
    }
    TEST_ERR(tokwire_sw_err(0x63D0), ERR_MALFORMED);
    TEST_ERR(tokwire_sw_err(TOKWIRE_SW_PIN_LOCKED), ERR_PIN_LOCKED);
}

static const struct test_case cases[] = {
    {"every word is known", test_every_word_is_known},
    {"only 9000 is success", test_only_one_word_is_success},
    {"PIN tries", test_pin_tries},
};
TEST_MAIN("shared/tokwire/status", cases)
