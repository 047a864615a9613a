/* ES10c: EID, profile list, enabling (SGP.22 5.7.15 - 5.7.20). */
#include <string.h>

#include "card.h"
#include "euicc/es10c.h"
#include "support/test.h"

static const char eid_answer[] = "BF3E12 5A10 89049032123451234512345678901235";

static void get_eid(void)
{
    char text[EID_TEXT_SIZE];
    struct eid eid;
    struct card card;

    card_answers(&card, test_hex("BF3E035C015A"), test_hex(eid_answer));
    TEST_OK(es10c_get_eid(&card.isdr, &eid));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    CU_ASSERT_STRING_EQUAL(eid_text(&eid, text), "89049032123451234512345678901235");
    card_clear(&card);
}

static void bad_eids_are_refused(void)
{
    static const char *const answers[] = {
        "",
        "BF3E00",
        "BF3E03 5A0189",
        "BF3E12 5A10 89049032123451234512345678901236", /* check digits */
        "BF3E12 5A10 8904903212345123451234567890123F",
        "BF3E13 5A11 8904903212345123451234567890123500",
        "BF3E84FFFFFFFF 5A10 89049032123451234512345678901235",
        "BF3E12 5A84FFFFFFFF 00000000000000000000000000",
        "BF3D12 5A10 89049032123451234512345678901235",
        "BF3E12 5A10 89049032123451234512345678901235 00",
    };
    struct eid eid, zero = {{0}};
    struct card card;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strlen(answers[i]) == 0) {
            card_answers(&card, BYTES_NONE, BYTES_NONE);
        } else {
            card_answers(&card, BYTES_NONE, test_hex(answers[i]));
        }
        CU_ASSERT_NOT_EQUAL(es10c_get_eid(&card.isdr, &eid), ERR_OK);
        CU_ASSERT_EQUAL(memcmp(&eid, &zero, sizeof(eid)), 0);
        card_clear(&card);
    }
}

/* E3{5A, 9F70, 91, 92, 95} with the two names given. */
static struct bytes profile(struct bytes provider, struct bytes name)
{
    struct bytes out = test_hex("5A0A98001032547698103214 9F700101");
    out = card_join(out, card_tlv(0x91, provider));
    out = card_join(out, card_tlv(0x92, name));
    return card_tlv(0xE3, card_join(out, test_hex("950102")));
}

static struct bytes list_of(struct bytes one, size_t count)
{
    struct bytes out = BYTES_NONE;
    for (size_t i = 0; i < count; i++) {
        out = card_join(out, one);
    }
    return card_tlv(0xBF2D, card_tlv(0xA0, out));
}

static void profile_list(void)
{
    struct bytes good = profile(test_hex("4F70657261746F72"), test_hex("C3A9C3B1"));
    struct profile_list list;
    char text[ICCID_TEXT_SIZE];
    struct card card;

    card_answers(&card, test_hex("BF2D085C065A9F70919295"), list_of(good, 2));
    TEST_OK(es10c_get_profiles_info(&card.isdr, &list));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_TRUE(list.item[1].enabled);
    CU_ASSERT_EQUAL(list.item[1].profile_class, 2);
    CU_ASSERT_STRING_EQUAL(list.item[1].service_provider, "Operator");
    CU_ASSERT_STRING_EQUAL(list.item[1].name, "\xC3\xA9\xC3\xB1");
    CU_ASSERT_STRING_EQUAL(iccid_text(&list.item[1].iccid, text), "89000123456789012341");
    card_clear(&card);

    card_answers(&card, BYTES_NONE, list_of(test_hex("E30C5A0A98001032547698103214"), 1));
    TEST_OK(es10c_get_profiles_info(&card.isdr, &list));
    CU_ASSERT_EQUAL(list.item[0].profile_class, -1);
    CU_ASSERT_FALSE(list.item[0].enabled);
    card_clear(&card);

    card_answers(&card, BYTES_NONE, list_of(test_hex("E3039501 02"), 1)); /* no ICCID */
    TEST_ERR(es10c_get_profiles_info(&card.isdr, &list), ERR_MALFORMED);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, list_of(good, PROFILE_LIST_MAX + 1));
    TEST_ERR(es10c_get_profiles_info(&card.isdr, &list), ERR_RANGE);
    CU_ASSERT_EQUAL(list.count, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF2D03810101"));
    TEST_ERR(es10c_get_profiles_info(&card.isdr, &list), ERR_REFUSED);
    CU_ASSERT_STRING_EQUAL(card.isdr.result_name, "incorrectInputValues");
    card_clear(&card);
}

/* Invariant 7: a name from a chip is shown on a terminal and put into JSON. */
static void names_are_made_printable(void)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {
        {"1B5B324A", "?[2J"},             /* escape sequence */
        {"41C28542", "A??B"},             /* C1 control */
        {"C3", "?"},                      /* cut character */
        {"C0AF", "??"},                   /* over-long */
        {"EDA080", "???"},                /* surrogate */
        {"F09F9880", "\xF0\x9F\x98\x80"}, /* four bytes */
        {"F4908080", "????"},             /* past U+10FFFF */
        {"00", "?"},
    };
    struct profile_list list;
    struct card card;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        card_answers(&card, BYTES_NONE, list_of(profile(test_hex(rows[i].bytes), BYTES_NONE), 1));
        TEST_OK(es10c_get_profiles_info(&card.isdr, &list));
        CU_ASSERT_STRING_EQUAL(list.item[0].service_provider, rows[i].text);
        card_clear(&card);
    }
    card_answers(&card, BYTES_NONE, list_of(profile(card_fill('A', 64), card_fill(0xFF, 64)), 1));
    TEST_OK(es10c_get_profiles_info(&card.isdr, &list));
    card_clear(&card);
    card_answers(&card, BYTES_NONE, list_of(profile(card_fill('A', 65), BYTES_NONE), 1));
    TEST_ERR(es10c_get_profiles_info(&card.isdr, &list), ERR_RANGE);
    card_clear(&card);
}

static void mangled_lists_are_survived(void)
{
    struct bytes good = list_of(profile(test_hex("4F70"), test_hex("4F71")), 1);
    struct profile_list list;
    uint8_t copy[256];
    struct card card;

    CU_ASSERT_TRUE_FATAL(good.len <= sizeof(copy));
    for (size_t len = 0; len < good.len; len++) {
        card_answers(&card, BYTES_NONE, bytes_make(good.data, len));
        CU_ASSERT_NOT_EQUAL(es10c_get_profiles_info(&card.isdr, &list), ERR_OK);
        card_clear(&card);
    }
    for (size_t i = 0; i < good.len; i++) {
        memcpy(copy, good.data, good.len);
        copy[i] ^= 0xFF;
        card_answers(&card, BYTES_NONE, bytes_make(copy, good.len));
        es10c_get_profiles_info(&card.isdr, &list);
        card_clear(&card);
    }
}

static void enable_profile(void)
{
    static const struct {
        const char *answer;
        enum err err;
        const char *name;
    } rows[] = {
        {"BF3103800100", ERR_OK, ""},
        {"BF3103800101", ERR_REFUSED, "iccidOrAidNotFound"},
        {"BF3103800102", ERR_REFUSED, "profileNotInDisabledState"},
        {"BF3103800103", ERR_REFUSED, "disallowedByPolicy"},
        {"BF3103800104", ERR_REFUSED, "wrongProfileReenabling"},
        {"BF3103800105", ERR_REFUSED, "catBusy"},
        {"BF310380017F", ERR_REFUSED, "undefinedError"},
        {"BF3100", ERR_MALFORMED, ""},
        {"BF310480020000", ERR_MALFORMED, ""},
        {"BF31028001", ERR_TRUNCATED, ""},
    };
    struct iccid iccid;
    struct card card;

    TEST_OK(iccid_parse("89000123456789012341", &iccid));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        card_answers(&card, test_hex("BF3111 A00C 5A0A98001032547698103214 8101FF"),
                     test_hex(rows[i].answer));
        TEST_ERR(es10c_enable_profile(&card.isdr, &iccid, true), rows[i].err);
        CU_ASSERT_STRING_EQUAL(card.isdr.result_name, rows[i].name);
        CU_ASSERT_EQUAL(card.mismatches, 0);
        card_clear(&card);
    }
    card_answers(&card, test_hex("BF3111 A00C 5A0A98001032547698103214 810100"),
                 test_hex("BF3103800100"));
    TEST_OK(es10c_enable_profile(&card.isdr, &iccid, false));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
}

static const struct test_case cases[] = {
    {"GetEID (5.7.20)", get_eid},
    {"bad EIDs are refused", bad_eids_are_refused},
    {"GetProfilesInfo (5.7.15)", profile_list},
    {"names are made printable", names_are_made_printable},
    {"mangled lists are survived", mangled_lists_are_survived},
    {"EnableProfile (5.7.16)", enable_profile},
};
TEST_MAIN("euicc/es10c", cases)
