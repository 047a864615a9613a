/* Profiles and notifications (SGP.22 5.7.9 - 5.7.11, 5.7.15 - 5.7.18). */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/tags.h"

#define ICCID_SWAPPED "98001032547698103214"

static struct kit kit;

static void install(void)
{
    struct kit_package package;
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_package_clear(&package);
}

static bool answers(const char *command, const char *expected)
{
    return kit_send(&kit, test_hex(command)) == SW_OK &&
           bytes_equal(buf_bytes(&kit.response), test_hex(expected));
}

static void test_list(void)
{
    kit_open(&kit, NULL);
    CU_ASSERT_TRUE(answers("BF2D00", "BF2D02A000"));
    install();
    CU_ASSERT_TRUE(
        answers("BF2D065C045A9F7091", "BF2D19A017E3155A0A" ICCID_SWAPPED "9F70010091034B6974"));
    /* by ICCID, and one that is not there */
    CU_ASSERT_TRUE(
        answers("BF2D11A00C5A0A" ICCID_SWAPPED "5C015A", "BF2D10A00EE30C5A0A" ICCID_SWAPPED));
    CU_ASSERT_TRUE(answers("BF2D11A00C5A0A980010325476981032155C015A", "BF2D02A000"));
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2D02A000")), SW_WRONG_DATA);
    kit_close(&kit);
}

static void test_switch(void)
{
    kit_open(&kit, NULL);
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A" ICCID_SWAPPED "8101FF", "BF3103800101"));
    install();
    CU_ASSERT_TRUE(answers("BF3211A00C5A0A" ICCID_SWAPPED "8101FF", "BF3203800102"));
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A" ICCID_SWAPPED "8101FF", "BF3103800100"));
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A" ICCID_SWAPPED "8101FF", "BF3103800102"));
    CU_ASSERT_TRUE(answers("BF2D055C035A9F70", "BF2D14A012E3105A0A" ICCID_SWAPPED "9F700101"));
    /* an enabled profile cannot be deleted */
    CU_ASSERT_TRUE(answers("BF330C5A0A" ICCID_SWAPPED, "BF3303800102"));
    CU_ASSERT_TRUE(answers("BF3211A00C5A0A" ICCID_SWAPPED "810100", "BF3203800100"));
    CU_ASSERT_TRUE(answers("BF330C5A0A" ICCID_SWAPPED, "BF3303800100"));
    CU_ASSERT_FALSE(kit_installed(&kit));
    CU_ASSERT_TRUE(answers("BF330C5A0A" ICCID_SWAPPED, "BF3303800101"));
    /* and may come again */
    install();
    kit_close(&kit);
}

/* The one that was enabled is disabled by the next. */
static void test_one_enabled(void)
{
    kit_open(&kit, NULL);
    install();
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A" ICCID_SWAPPED "8101FF", "BF3103800100"));
    kit_make_upp(&kit.upp, "89000123456789012358", KIT_UPP_SIZE);
    kit_make_metadata(&kit.metadata, "89000123456789012358");
    install();
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A980010325476981032858101FF", "BF3103800100"));
    const struct state *state = kit.card->isdr.state;
    CU_ASSERT_EQUAL_FATAL(state->profile_count, 2);
    CU_ASSERT_FALSE(state->profile[0].enabled);
    CU_ASSERT_TRUE(state->profile[1].enabled);
    CU_ASSERT_EQUAL(state->notification_count, 5);
    kit_close(&kit);
}

static void test_notifications(void)
{
    struct profile_installation_result result;
    struct tlv whole, list, other, signature, metadata;

    kit_open(&kit, NULL);
    CU_ASSERT_TRUE(answers("BF2800", "BF2802A000"));
    install();
    CU_ASSERT_TRUE(answers("BF3111A00C5A0A" ICCID_SWAPPED "8101FF", "BF3103800100"));
    /* both are listed: 0 install, 1 enable; seq 0 is valid */
    CU_ASSERT_TRUE(answers(
        "BF2800", "BF284EA04C"
                  "BF2F23800100810207800C0E64702E6578616D706C652E636F6D5A0A" ICCID_SWAPPED
                  "BF2F23800101810206400C0E64702E6578616D706C652E636F6D5A0A" ICCID_SWAPPED));
    /* by event: enable alone */
    CU_ASSERT_TRUE(answers("BF280481020640", "BF2828A026BF2F23800101810206400C0E"
                                             "64702E6578616D706C652E636F6D5A0A" ICCID_SWAPPED));
    /* the result, by number */
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2B05A003800100")), SW_OK);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_RETRIEVE_NOTIFICATIONS_LIST, &whole));
    TEST_OK(tlv_single(whole.value, 0xA0, &list));
    TEST_OK(profile_installation_result_decode(list.value, &result));
    TEST_OK(profile_installation_result_verify(&result, kit_cert(KIT_EUICC)));
    CU_ASSERT_TRUE(result.success);
    /* the other one: signed over BF2F, with its certificates */
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2B06A00481020640")), SW_OK);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_RETRIEVE_NOTIFICATIONS_LIST, &whole));
    TEST_OK(tlv_single(whole.value, 0xA0, &list));
    TEST_OK(tlv_single(list.value, TAG_SEQUENCE, &other));
    TEST_OK(tlv_find(other.value, TAG_NOTIFICATION_METADATA, &metadata));
    TEST_OK(tlv_find(other.value, TAG_SIGNATURE, &signature));
    TEST_OK(ec_verify(kit_key(KIT_EUICC), metadata.whole, signature.value));
    /* all */
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2B00")), SW_OK);
    CU_ASSERT_TRUE(kit.response.len > 1000);
    /* sent: gone, and gone only once */
    CU_ASSERT_TRUE(answers("BF3003800100", "BF3003800100"));
    CU_ASSERT_TRUE(answers("BF3003800100", "BF3003800101"));
    CU_ASSERT_TRUE(answers("BF2B05A003800100", "BF2B03810101"));
    CU_ASSERT_EQUAL(kit.card->isdr.state->notification_count, 1);
    kit_close(&kit);
}

static void test_nickname(void)
{
    kit_open(&kit, NULL);
    install();
    CU_ASSERT_TRUE(answers("BF29105A0A" ICCID_SWAPPED "90024D79", "BF2903800100"));
    CU_ASSERT_TRUE(answers("BF2D035C0190", "BF2D08A006E30490024D79"));
    CU_ASSERT_TRUE(answers("BF29105A0A980010325476981032FF90024D79", "BF2903800101"));
    kit_close(&kit);
}

static void test_info(void)
{
    struct tlv whole, list, id;
    kit_open(&kit, NULL);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2000")), SW_OK);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_EUICC_INFO1, &whole));
    TEST_OK(tlv_find(whole.value, TAG_CI_FOR_SIGNING, &list));
    TEST_OK(tlv_single(list.value, TAG_OCTET_STRING, &id));
    TEST_BYTES(id.value, BYTES_OF(kit_cert(KIT_CI)->subject_key_id));
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2200")), SW_OK);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_EUICC_INFO2, &whole));
    TEST_OK(tlv_find(whole.value, TAG_CI_FOR_VERIFICATION, &list));
    TEST_OK(tlv_find(whole.value, TAG_SVN, &id));
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3C00")), SW_OK);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"GetProfilesInfo", test_list},
    {"EnableProfile, DisableProfile, DeleteProfile", test_switch},
    {"one profile enabled", test_one_enabled},
    {"notifications", test_notifications},
    {"SetNickname", test_nickname},
    {"GetEUICCInfo", test_info},
};
TEST_MAIN("simulator profiles", cases)
