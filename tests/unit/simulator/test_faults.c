/* Each fault is what it says. */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/tags.h"

static struct kit kit;
static int deaths;

static void die(void *argument)
{
    int *count = argument;
    (*count)++;
}

static void begin(const char *fault)
{
    struct card_config config = {.die = die, .die_argument = &deaths};
    deaths = 0;
    TEST_OK(faults_add(&config.faults, fault));
    kit_open(&kit, &config);
}

static void test_names(void)
{
    struct faults faults = {0};
    TEST_ERR(faults_add(&faults, "nonsense"), ERR_NOT_FOUND);
    TEST_ERR(faults_add(&faults, "cme"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "cme="), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "cme=x"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "cme=-1"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "eid-mismatch=1"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "sw=6A80"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "sw=6A8@3"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "kill-after-load=never"), ERR_MALFORMED);
    TEST_ERR(faults_add(&faults, "foreign= "), ERR_MALFORMED);
    TEST_OK(faults_add(&faults, "sw=6A80@3"));
    TEST_OK(faults_add(&faults, "sw=6a81@5"));
    CU_ASSERT_PTR_NULL(faults_take_at(&faults, FAULT_SW, 4));
    CU_ASSERT_EQUAL(faults_take_at(&faults, FAULT_SW, 5)->sw, 0x6A81);
    CU_ASSERT_PTR_NULL(faults_take_at(&faults, FAULT_SW, 5));
    TEST_OK(faults_add(&faults, "silent=authenticate-server"));
    CU_ASSERT_PTR_NOT_NULL(faults_for_function(&faults, FAULT_SILENT, "AuthenticateServer"));
    CU_ASSERT_PTR_NULL(faults_for_function(&faults, FAULT_SILENT, "AuthenticateServe"));
    while (faults.count < FAULTS_MAX) {
        TEST_OK(faults_add(&faults, "no-memory"));
    }
    TEST_ERR(faults_add(&faults, "no-memory"), ERR_RANGE);
}

static void test_eid(void)
{
    struct eid eid;
    begin("eid-mismatch");
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A")), SW_OK);
    CU_ASSERT_EQUAL_FATAL(kit.response.len, 21);
    TEST_OK(eid_from_bytes(bytes_make(kit.response.data + 5, 16), &eid));
    CU_ASSERT_NOT_EQUAL(memcmp(&eid, &kit.card->isdr.identity->eid, sizeof(eid)), 0);
    kit_close(&kit);
}

/* The signed object and signature in the last answer. */
static enum err verify_answer(const struct bytes *more)
{
    struct tlv_reader reader;
    struct tlv whole, ok, object, signature;
    tlv_reader_init(&reader, buf_bytes(&kit.response));
    TEST_OK(tlv_reader_next(&reader, &whole));
    TEST_OK(tlv_find(whole.value, TAG_RESPONSE_OK, &ok));
    tlv_reader_init(&reader, ok.value);
    TEST_OK(tlv_reader_expect(&reader, TAG_SEQUENCE, &object));
    TEST_OK(tlv_reader_expect(&reader, TAG_SIGNATURE, &signature));
    struct bytes pieces[] = {object.whole, more ? *more : BYTES_NONE};
    return ec_verify_pieces(kit_key(KIT_EUICC), pieces, more ? 2 : 1, signature.value);
}

static void test_signatures(void)
{
    struct buf object;
    begin("bad-signature1");
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    TEST_ERR(verify_answer(NULL), ERR_SIGNATURE);
    kit_close(&kit);

    begin("bad-signature2");
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    TEST_OK(verify_answer(NULL));
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    buf_init(&object, 80);
    tlv_put(&object, TAG_SIGNATURE, BYTES_OF(kit.smdp_signature2));
    struct bytes more = buf_bytes(&object);
    TEST_ERR(verify_answer(&more), ERR_SIGNATURE);
    buf_clear(&object);
    kit_close(&kit);

    struct profile_installation_result result;
    struct kit_package package;
    begin("bad-pir-signature");
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    TEST_OK(profile_installation_result_decode(buf_bytes(&kit.response), &result));
    TEST_ERR(profile_installation_result_verify(&result, kit_cert(KIT_EUICC)), ERR_SIGNATURE);
    kit_package_clear(&package);
    kit_close(&kit);
}

static enum card_event send_event(const char *hex)
{
    return card_transmit(kit.card, test_hex(hex), &kit.response);
}

static void test_events(void)
{
    begin("silent=GetEID");
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF2E00")), SW_OK);
    CU_ASSERT_EQUAL(send_event("81E2910006BF3E035C015A"), CARD_SILENT);
    kit_close(&kit);
    begin("silent=3"); /* the kit's own two come first */
    CU_ASSERT_EQUAL(send_event("81E2910003BF2E00"), CARD_SILENT);
    kit_close(&kit);
    begin("cme=4");
    CU_ASSERT_EQUAL(send_event("81E2910003BF2E00"), CARD_ANSWER);
    CU_ASSERT_EQUAL(send_event("01C0000015"), CARD_CME);
    CU_ASSERT_EQUAL(send_event("01C0000015"), CARD_ANSWER);
    kit_close(&kit);
    begin("reboot=3");
    CU_ASSERT_EQUAL(send_event("81E2910003BF2E00"), CARD_REBOOT);
    CU_ASSERT_EQUAL(kit_apdu(&kit, test_hex("81E2910003BF2E00")), 0x6881);
    kit_close(&kit);
    begin("sw=6F00@3");
    CU_ASSERT_EQUAL(kit_apdu(&kit, test_hex("81E2910003BF2E00")), SW_NO_DIAGNOSIS);
    CU_ASSERT_EQUAL(kit.card->isdr.session.phase, SESSION_NONE);
    CU_ASSERT_EQUAL(kit_apdu(&kit, test_hex("81E2910003BF2E00")), 0x6115);
    kit_close(&kit);
}

/* Counts within the package, from its first block on. */
static void test_in_load(void)
{
    struct kit_package package;
    begin("cme-in-load=3");
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    /* script 1 takes two blocks, script 2 is the third APDU */
    CU_ASSERT_TRUE(package.script[0].len > 255 / 2);
    unsigned before = kit.card->apdu_count;
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[0])), SW_OK);
    unsigned used = kit.card->apdu_count - before;
    struct buf apdu;
    buf_init(&apdu, APDU_SHORT_MAX);
    struct apdu_command command = {0x81,        0xE2, 0x91, 0, buf_bytes(&package.script[1]),
                                   APDU_LE_NONE};
    TEST_OK(apdu_encode_short(&command, &apdu));
    enum card_event event = CARD_ANSWER;
    for (unsigned i = used; i < 3; i++) {
        event = card_transmit(kit.card, buf_bytes(&apdu), &kit.response);
    }
    CU_ASSERT_EQUAL(event, CARD_CME);
    buf_clear(&apdu);
    kit_package_clear(&package);
    kit_close(&kit);

    begin("kill-in-load=1");
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_EQUAL(deaths, 1);
    kit_package_clear(&package);
    kit_close(&kit);
}

static void test_answers(void)
{
    begin("length-4g=GetEID");
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A")), SW_OK);
    TEST_BYTES(bytes_make(kit.response.data, 8), test_hex("BF3E84FFFFFFFF5A"));
    kit_close(&kit);
    begin("truncated-response=GetEID");
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3E035C015A")), SW_OK);
    CU_ASSERT_EQUAL(kit.response.len, 11);
    kit_close(&kit);
    begin("wrong-challenge");
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    TEST_OK(verify_answer(NULL)); /* signed well, but the wrong thing */
    kit_close(&kit);
}

static void test_wrong_transaction(void)
{
    static const char *const where[] = {"wrong-transaction", "wrong-transaction=2",
                                        "wrong-transaction=pir"};
    for (size_t i = 0; i < 3; i++) {
        struct kit_package package;
        struct profile_installation_result result;
        begin(where[i]);
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        kit_load(&kit, &package);
        CU_ASSERT_TRUE(kit_result(&kit, &result) && result.success);
        CU_ASSERT_EQUAL(bytes_equal(result.transaction_id, BYTES_OF(kit.transaction_id)), i != 2);
        kit_package_clear(&package);
        kit_close(&kit);
    }
}

static void test_no_memory(void)
{
    begin("no-memory");
    CU_ASSERT_TRUE(kit_load_refused(&kit, 5, 10));
    kit_close(&kit);
}

static void test_foreign(void)
{
    struct eid eid;
    const struct cert *ci = kit_cert(KIT_CI);
    begin("foreign");
    const struct identity *it = kit.card->isdr.identity;
    TEST_ERR(cert_verify_euicc(it->euicc, it->eum, &ci, 1, time(NULL), &eid, NULL), ERR_CERT_CHAIN);
    CU_ASSERT_NOT_EQUAL(memcmp(it->ci[0]->subject_key_id, ci->subject_key_id, 20), 0);
    const struct cert *own = it->ci[0];
    TEST_OK(cert_verify_euicc(it->euicc, it->eum, &own, 1, time(NULL), &eid, NULL));
    kit_close(&kit);
    begin("foreign=disguised");
    it = kit.card->isdr.identity;
    TEST_BYTES(BYTES_OF(it->eum->authority_key_id), BYTES_OF(ci->subject_key_id));
    TEST_ERR(cert_verify_euicc(it->euicc, it->eum, &ci, 1, time(NULL), &eid, NULL), ERR_CERT_CHAIN);
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"names and arguments", test_names},
    {"eid-mismatch", test_eid},
    {"bad signatures", test_signatures},
    {"silent, cme, reboot, sw", test_events},
    {"cme-in-load, kill-in-load", test_in_load},
    {"length-4g, truncated-response, wrong-challenge", test_answers},
    {"wrong-transaction", test_wrong_transaction},
    {"no-memory", test_no_memory},
    {"foreign", test_foreign},
};
TEST_MAIN("simulator faults", cases)
