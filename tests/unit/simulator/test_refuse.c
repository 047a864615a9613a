/* Every way a package can be wrong, and the reason the chip must give
 * (SGP.22 2.5.5, 2.5.6, 5.5). */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "simulator/install.h"

#define ICCID "89000123456789012341"
#define OTHER_ICCID "89000123456789012358"

static struct kit kit;

static void begin(void)
{
    kit_open(&kit, NULL);
}

static void expect(uint64_t command, uint64_t reason)
{
    CU_ASSERT_TRUE(kit_load_refused(&kit, command, reason));
    CU_ASSERT_EQUAL(kit.card->isdr.session.phase, SESSION_ENDED);
    kit_close(&kit);
}

static void test_channel(void)
{
    begin();
    kit.bpp_transaction_id[0] ^= 1;
    kit_begin(&kit);
    struct kit_package package;
    kit.bpp_transaction_id[0] ^= 1;
    kit_build_package(&kit, &package);
    CU_ASSERT_EQUAL(kit_load(&kit, &package), 0);
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_INITIALISE_SECURE_CHANNEL, REASON_INVALID_TRANSACTION_ID));
    kit_package_clear(&package);
    kit_close(&kit);

    begin();
    kit.remote_op_id = 2;
    expect(BPP_INITIALISE_SECURE_CHANNEL, REASON_UNSUPPORTED_OPERATION);
    begin();
    kit.key_type = 0x80;
    expect(BPP_INITIALISE_SECURE_CHANNEL, REASON_UNSUPPORTED_CRT);
    begin();
    kit.key_len = 0x20;
    expect(BPP_INITIALISE_SECURE_CHANNEL, REASON_UNSUPPORTED_CRT);
    begin();
    EVP_PKEY *dppb_key = kit.dppb_key;
    kit_begin(&kit);
    kit.dppb_key = kit_key(KIT_DPAUTH); /* signed by the other key of the DP+ */
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_INITIALISE_SECURE_CHANNEL, REASON_INVALID_SIGNATURE));
    kit.dppb_key = dppb_key;
    kit_package_clear(&package);
    kit_close(&kit);
}

/* The signature covers the otPK.EUICC of this session and no other. */
static void test_otpk_of_another_session(void)
{
    struct kit_package package;
    uint8_t old[EC_POINT_SIZE];
    begin();
    kit_begin(&kit);
    memcpy(old, kit.euicc_otpk, sizeof(old));
    kit_begin(&kit);
    memcpy(kit.euicc_otpk, old, sizeof(old));
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_INITIALISE_SECURE_CHANNEL, REASON_INVALID_SIGNATURE));
    kit_package_clear(&package);
    kit_close(&kit);
}

/* Well signed, but the keys were agreed with another key. */
static void test_wrong_session_keys(void)
{
    struct kit_package package;
    enum ec_curve curve;
    begin();
    kit_begin(&kit);
    TEST_OK(ec_point(kit_key(KIT_CI), kit.agreed_otpk, &curve));
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_CONFIGURE_ISDP, REASON_SECURITY));
    kit_package_clear(&package);
    kit_close(&kit);
}

/* An old package, byte for byte, in a new session of the same transaction. */
static void test_replay(void)
{
    struct kit_package package;
    uint8_t transaction_id[16];
    begin();
    kit_begin(&kit);
    memcpy(transaction_id, kit.transaction_id, sizeof(transaction_id));
    kit_build_package(&kit, &package);
    /* without a session there is nothing to load into */
    card_reset(kit.card);
    kit_select(&kit);
    CU_ASSERT_EQUAL(kit_load(&kit, &package), 0);
    CU_ASSERT_EQUAL(kit.response.len, 0);
    CU_ASSERT_FALSE(kit_installed(&kit));
    /* in a session under the same transaction id, the one-time key is another */
    kit_challenge(&kit);
    memcpy(kit.transaction_id, transaction_id, sizeof(transaction_id));
    memcpy(kit.prepare_transaction_id, transaction_id, sizeof(transaction_id));
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    CU_ASSERT_EQUAL(kit_load(&kit, &package), 0);
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_INITIALISE_SECURE_CHANNEL, REASON_INVALID_SIGNATURE));
    kit_package_clear(&package);
    kit_close(&kit);
}

/* After a success the same package again: no session. */
static void test_load_twice(void)
{
    struct kit_package package;
    struct profile_installation_result result;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_result(&kit, &result) && result.success);
    for (size_t i = 0; i < package.count; i++) {
        CU_ASSERT_NOT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
        CU_ASSERT_EQUAL(kit.response.len, 0);
    }
    kit_package_clear(&package);
    /* in a good new session: the ICCID is taken */
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_result(&kit, &result) && !result.success);
    CU_ASSERT_EQUAL(result.bpp_command_id, BPP_STORE_METADATA);
    CU_ASSERT_EQUAL(result.error_reason, REASON_ICCID_EXISTS);
    CU_ASSERT_TRUE(result.notification.has_iccid);
    CU_ASSERT_EQUAL(kit.card->isdr.state->profile_count, 1);
    kit_package_clear(&package);
    kit_close(&kit);
}

/* One script taken out, at every place. */
static void test_drop(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t drop = 0; drop < count; drop++) {
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        for (size_t i = 0; i < package.count; i++) {
            if (i == drop) {
                continue;
            }
            uint16_t sw = kit_send(&kit, buf_bytes(&package.script[i]));
            if (sw != SW_OK || kit.response.len > 0) {
                break;
            }
        }
        CU_ASSERT_FALSE(kit_installed(&kit));
        kit_package_clear(&package);
    }
    kit_close(&kit);
}

/* Any two scripts exchanged. */
static void test_swap(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t a = 0; a < count; a++) {
        for (size_t b = a + 1; b < count; b++) {
            kit_begin(&kit);
            kit_build_package(&kit, &package);
            struct buf moved = package.script[a];
            package.script[a] = package.script[b];
            package.script[b] = moved;
            CU_ASSERT_TRUE(kit_load(&kit, &package) <= b);
            CU_ASSERT_FALSE(kit_installed(&kit));
            kit_package_clear(&package);
        }
    }
    kit_close(&kit);
}

/* Any script sent twice. */
static void test_repeat(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t again = 0; again + 1 < count; again++) {
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        for (size_t i = 0; i <= again; i++) {
            CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
        }
        uint16_t sw = kit_send(&kit, buf_bytes(&package.script[again]));
        CU_ASSERT_TRUE(sw != SW_OK || kit.response.len > 0);
        kit_load_range(&kit, &package, again + 1, &sw);
        CU_ASSERT_FALSE(kit_installed(&kit));
        kit_package_clear(&package);
    }
    kit_close(&kit);
}

/* Two scripts in one STORE DATA are not the pieces of 2.5.5, though together
 * they are the same bytes. */
static void test_merge(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t at = 0; at + 1 < count; at++) {
        uint16_t sw = 0;
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        buf_put_bytes(&package.script[at], buf_bytes(&package.script[at + 1]));
        buf_reset(&package.script[at + 1]);
        for (size_t i = 0; i <= at; i++) {
            sw = kit_send(&kit, buf_bytes(&package.script[i]));
        }
        CU_ASSERT_TRUE(sw == SW_OK && kit.response.len > 0);
        CU_ASSERT_FALSE(kit_installed(&kit));
        kit_package_clear(&package);
    }
    kit_close(&kit);
}

/* One script cut in two. */
static void test_split(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t at = 0; at < count; at++) {
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        for (size_t i = 0; i < at; i++) {
            kit_send(&kit, buf_bytes(&package.script[i]));
        }
        struct bytes whole = buf_bytes(&package.script[at]);
        uint16_t sw = kit_send(&kit, bytes_make(whole.data, whole.len / 2));
        bool answered = sw != SW_OK || kit.response.len > 0;
        sw = kit_send(&kit, bytes_make(whole.data + whole.len / 2, whole.len - whole.len / 2));
        CU_ASSERT_TRUE(answered);
        CU_ASSERT_FALSE(kit_installed(&kit));
        kit_package_clear(&package);
    }
    kit_close(&kit);
}

/* A stream that stops: nothing is installed, and the chip serves on. */
static void test_truncated(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t count = package.count;
    kit_package_clear(&package);
    for (size_t stop = 0; stop < count; stop++) {
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        for (size_t i = 0; i < stop; i++) {
            CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
        }
        CU_ASSERT_FALSE(kit_installed(&kit));
        kit_package_clear(&package);
    }
    kit_begin(&kit); /* answers */
    kit_close(&kit);
}

/* 1008 plaintext bytes make a segment of 1036 bytes (2.6.4: 1020 at most): well
 * encrypted and MACed, and refused for its size alone. */
static void test_segment_too_long(void)
{
    begin();
    kit.upp_piece = 1008;
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_STRUCTURE);
}

static void test_iccid_mismatch(void)
{
    begin();
    kit_make_upp(&kit.upp, OTHER_ICCID, KIT_UPP_SIZE);
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_ICCID_MISMATCH);
    /* The trap: a header as it stands, not swapped, is another ICCID. */
    begin();
    struct iccid swapped;
    TEST_OK(iccid_parse(ICCID, &swapped));
    for (size_t i = 0; i + ICCID_SIZE < kit.upp.len; i++) {
        if (kit.upp.data[i] == TAG_PE_ICCID && kit.upp.data[i + 1] == ICCID_SIZE) {
            memcpy(kit.upp.data + i + 2, swapped.data, ICCID_SIZE);
            break;
        }
    }
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_ICCID_MISMATCH);
}

static void test_profile_elements(void)
{
    begin();
    kit.upp.len -= 9; /* no End */
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_PROFILE_ELEMENT);
    begin();
    kit.upp.len -= 1; /* End not whole */
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_PROFILE_ELEMENT);
    begin();
    buf_put_u8(&kit.upp, 0x00);
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_PROFILE_ELEMENT);
    begin();
    kit.upp.data[0] = 0xA1; /* no header */
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_PROFILE_ELEMENT);
}

static void test_memory(void)
{
    struct card_config config = {.memory = 3000};
    kit_open(&kit, &config);
    expect(BPP_LOAD_PROFILE_ELEMENTS, REASON_MEMORY);
    config.memory = KIT_UPP_SIZE;
    kit_open(&kit, &config);
    struct kit_package package;
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_package_clear(&package);
    kit_close(&kit);
}

static void test_metadata(void)
{
    begin(); /* twice in one list */
    struct buf twice;
    buf_init(&twice, METADATA_MAX);
    buf_put_bytes(&twice, buf_bytes(&kit.metadata));
    buf_put_bytes(&twice, buf_bytes(&kit.metadata));
    buf_reset(&kit.metadata);
    buf_put_bytes(&kit.metadata, buf_bytes(&twice));
    kit.metadata_piece = kit.metadata.len / 2;
    expect(BPP_STORE_METADATA, REASON_INCORRECT_INPUT);
    buf_clear(&twice);

    begin(); /* another command */
    kit.metadata.data[1] = 0x24;
    expect(BPP_STORE_METADATA, REASON_INCORRECT_INPUT);
    begin(); /* plain instead of swapped is no matter here, but no digits are */
    memset(kit.metadata.data + 5, 0xAA, ICCID_SIZE);
    expect(BPP_STORE_METADATA, REASON_INCORRECT_INPUT);
    begin(); /* a class that does not exist */
    for (size_t i = 0; i + 2 < kit.metadata.len; i++) {
        if (kit.metadata.data[i] == TAG_PROFILE_CLASS && kit.metadata.data[i + 1] == 1) {
            kit.metadata.data[i + 2] = 3;
        }
    }
    expect(BPP_STORE_METADATA, REASON_UNSUPPORTED_CLASS);
    begin(); /* a policy rule */
    buf_put(&kit.metadata, "\x99\x02\x06\x40", 4);
    kit.metadata.data[2] = (uint8_t)(kit.metadata.data[2] + 4);
    expect(BPP_STORE_METADATA, REASON_PPR);
}

/* ReplaceSessionKeys a second time: A2 again, and '87' after it. */
static void test_second_replace(void)
{
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    size_t at = 0;
    while (package.script[at].data[0] != TAG_SECOND_SEQUENCE_OF_87) {
        at++;
    }
    for (size_t i = 0; i <= at; i++) {
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
    }
    kit_send(&kit, buf_bytes(&package.script[at]));
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_LOAD_PROFILE_ELEMENTS, REASON_STRUCTURE));
    kit_package_clear(&package);
    kit_close(&kit);
}

/* A second metadata list after ReplaceSessionKeys or before it. */
static void test_metadata_list_again(void)
{
    for (int later = 0; later <= 1; later++) {
        struct kit_package package;
        begin();
        kit_begin(&kit);
        kit_build_package(&kit, &package);
        for (int i = 0; i < 4 + later; i++) {
            CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
        }
        kit_send(&kit, buf_bytes(&package.script[2]));
        CU_ASSERT_TRUE(kit_refused(
            &kit, later ? BPP_LOAD_PROFILE_ELEMENTS : BPP_REPLACE_SESSION_KEYS, REASON_STRUCTURE));
        kit_package_clear(&package);
        kit_close(&kit);
    }
}

/* The segments of another PPK set. */
static void test_other_ppk(void)
{
    struct kit_package package, other;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit.ppk.data[47] ^= 1;
    kit_build_package(&kit, &other);
    size_t last = package.count - 1;
    while (package.script[last].data[0] == BSP_TAG_PROFILE_ELEMENTS) {
        last--;
    }
    for (size_t i = 0; i <= last; i++) {
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
    }
    kit_send(&kit, buf_bytes(&other.script[last + 1]));
    CU_ASSERT_TRUE(kit_refused(&kit, BPP_LOAD_PROFILE_ELEMENTS, REASON_SECURITY));
    kit_package_clear(&package);
    kit_package_clear(&other);
    kit_close(&kit);
}

/* Session functions in the middle of a load. */
static void test_functions_within(void)
{
    static const uint8_t get_eid[] = {0xBF, 0x3E, 0x03, 0x5C, 0x01, 0x5A};
    struct kit_package package;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
    }
    CU_ASSERT_EQUAL(kit_send(&kit, BYTES_OF(get_eid)), SW_OK);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 4);
    CU_ASSERT_EQUAL(kit_prepare(&kit), 4);
    /* they took nothing away from the load */
    uint16_t sw = 0;
    kit_load_range(&kit, &package, 5, &sw);
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_package_clear(&package);
    kit_close(&kit);

    begin(); /* a new challenge ends it */
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
    }
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[5])), SW_DATA_NOT_FOUND);
    kit_package_clear(&package);
    kit_close(&kit);
}

static void test_cancel(void)
{
    struct kit_package package;
    struct buf command;
    begin();
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[i])), SW_OK);
    }
    buf_init(&command, 64);
    size_t mark = tlv_open(&command, TAG_CANCEL_SESSION);
    tlv_put(&command, TAG_TRANSACTION_ID, BYTES_OF(kit.transaction_id));
    tlv_put_uint(&command, TAG_CANCEL_REASON, 5);
    tlv_close(&command, mark);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&command)), SW_OK);
    CU_ASSERT_EQUAL_FATAL(kit.response.len > 4, 1);
    CU_ASSERT_EQUAL(kit.response.data[kit.response.data[2] & 0x80 ? 4 : 3], 0xA0);
    /* a second time there is no session: error 5 */
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&command)), SW_OK);
    TEST_BYTES(buf_bytes(&kit.response), test_hex("BF4103810105"));
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&package.script[3])), SW_DATA_NOT_FOUND);
    buf_clear(&command);
    kit_package_clear(&package);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"InitialiseSecureChannel", test_channel},
    {"otPK.EUICC of another session", test_otpk_of_another_session},
    {"keys agreed with another key", test_wrong_session_keys},
    {"replay of a package", test_replay},
    {"loading twice", test_load_twice},
    {"drop each script", test_drop},
    {"swap any two scripts", test_swap},
    {"repeat each script", test_repeat},
    {"join neighbouring scripts", test_merge},
    {"cut each script", test_split},
    {"stop at each script", test_truncated},
    {"segment of 1036 bytes", test_segment_too_long},
    {"header ICCID against metadata", test_iccid_mismatch},
    {"profile elements", test_profile_elements},
    {"memory", test_memory},
    {"StoreMetadata", test_metadata},
    {"second ReplaceSessionKeys", test_second_replace},
    {"second metadata list", test_metadata_list_again},
    {"segments of another PPK set", test_other_ppk},
    {"functions in the middle of a load", test_functions_within},
    {"CancelSession", test_cancel},
};
TEST_MAIN("simulator refuse", cases)
