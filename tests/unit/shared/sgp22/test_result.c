#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "sgp22/result.h"
#include "support/pki.h"
#include "tlv/tlv.h"

#define TID "0102030405060708090A0B0C0D0E0F10"
#define ICCID "98001032547698103214"
#define AID "A0000005591010FFFFFFFF8900001000"
#define HALF "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define SIGNATURE "5F3740" HALF HALF

/* BF2F: seq 5, install, "ab.com", ICCID */
#define NOTIFICATION "BF2F 1B 800105 81020780 0C0661622E636F6D 5A0A" ICCID
#define OID "06 03 883703" /* 2.999.3 */
#define SUCCESS "A219 A017 4F10" AID "0403300180"
#define FAILURE "A208 A106 800105 81010C"
#define RESULT_OK "BF37 8196 BF27 50 8010" TID NOTIFICATION OID SUCCESS SIGNATURE
#define RESULT_ERROR "BF37 8180 BF27 3A 8010" TID NOTIFICATION FAILURE SIGNATURE

static void test_success(void)
{
    struct profile_installation_result out;
    TEST_OK(profile_installation_result_decode(test_hex(RESULT_OK), &out));
    TEST_BYTES(out.whole, test_hex(RESULT_OK));
    TEST_BYTES(out.data, test_hex("BF27 50 8010" TID NOTIFICATION OID SUCCESS));
    TEST_BYTES(out.signature, test_hex(HALF HALF));
    TEST_BYTES(out.transaction_id, test_hex(TID));
    TEST_BYTES(out.smdp_oid, test_hex("883703"));
    TEST_BYTES(out.notification.whole, test_hex(NOTIFICATION));
    CU_ASSERT_EQUAL(out.notification.seq_number, 5);
    CU_ASSERT_EQUAL(out.notification.event, NOTIFICATION_INSTALL);
    TEST_BYTES(out.notification.address, bytes_make("ab.com", 6));
    CU_ASSERT_TRUE(out.notification.has_iccid);
    TEST_BYTES(iccid_bytes(&out.notification.iccid), test_hex(ICCID));
    CU_ASSERT_TRUE(out.success);
    TEST_BYTES(out.isdp_aid, test_hex(AID));
    TEST_BYTES(out.sima_response, test_hex("300180"));
}

static void test_error(void)
{
    struct profile_installation_result out;
    TEST_OK(profile_installation_result_decode(test_hex(RESULT_ERROR), &out));
    CU_ASSERT_FALSE(out.success);
    CU_ASSERT_EQUAL(out.bpp_command_id, 5);
    CU_ASSERT_EQUAL(out.error_reason, 12);
    CU_ASSERT_EQUAL(out.isdp_aid.len, 0);
    CU_ASSERT_EQUAL(out.smdp_oid.len, 0);
}

static void test_truncations(void)
{
    struct bytes whole = test_hex(RESULT_OK);
    for (size_t len = 0; len < whole.len; len++) {
        struct profile_installation_result out;
        uint8_t *copy = malloc(len > 0 ? len : 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, whole.data, len);
        CU_ASSERT_NOT_EQUAL(profile_installation_result_decode(bytes_make(copy, len), &out),
                            ERR_OK);
        CU_ASSERT_FALSE(out.success);
        CU_ASSERT_PTR_NULL(out.whole.data);
        free(copy);
    }
}

struct refusal {
    const char *what;
    const char *data; /* of BF27 behind the transactionId */
    enum err err;
};

#define SHORT_NOTIFICATION "BF2F 0F 800105 81020780 0C0661622E636F6D"

static const struct refusal refusals[] = {
    {"no notification", SUCCESS, ERR_TAG},
    {"no final result", NOTIFICATION, ERR_TAG},
    {"empty final result", NOTIFICATION "A200", ERR_TAG},
    {"neither success nor error", NOTIFICATION "A205 A203 800105", ERR_TAG},
    {"success and error", NOTIFICATION "A21C A012 4F10" AID "A106 800105 81010C", ERR_MALFORMED},
    {"success without AID", NOTIFICATION "A202 A000", ERR_TAG},
    {"AID of 17 bytes", NOTIFICATION "A215 A013 4F11" AID "00", ERR_RANGE},
    {"error without reason", NOTIFICATION "A205 A103 800105", ERR_TAG},
    {"negative reason", NOTIFICATION "A208 A106 800105 810180", ERR_RANGE},
    {"reason of nine bytes", NOTIFICATION "A210 A10E 800105 8109010203040506070809", ERR_RANGE},
    {"ICCID of nine bytes",
     "BF2F 1A 800105 81020780 0C0661622E636F6D 5A09980010325476981032" SUCCESS, ERR_MALFORMED},
    {"no sequence number", "BF2F 0C 81020780 0C0661622E636F6D" SUCCESS, ERR_TAG},
    {"empty notification", "BF2F 00" SUCCESS, ERR_TAG},
    {"OID over 32 bytes", NOTIFICATION "0621" HALF "00" SUCCESS, ERR_RANGE},
    {"broken sima response", NOTIFICATION "A216 A014 4F10" AID "0405", ERR_TRUNCATED},
};

/* Around data: transactionId, BF27, signature, BF37. */
static void wrap(const char *data, const char *signature, struct buf *out)
{
    buf_init(out, 2000);
    size_t outer = tlv_open(out, 0xBF37);
    size_t inner = tlv_open(out, 0xBF27);
    tlv_put(out, 0x80, test_hex(TID));
    buf_put_bytes(out, test_hex(data));
    tlv_close(out, inner);
    buf_put_bytes(out, test_hex(signature));
    tlv_close(out, outer);
}

static void check_refusal(const char *what, const char *data, const char *signature, enum err want)
{
    struct buf input;
    struct profile_installation_result out;
    wrap(data, signature, &input);
    enum err err = profile_installation_result_decode(buf_bytes(&input), &out);
    if (err != want) {
        test_note("%s: %s, not %s", what, err_name(err), err_name(want));
    }
    TEST_ERR(err, want);
    CU_ASSERT_FALSE(out.success && err != ERR_OK);
    buf_clear(&input);
}

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        check_refusal(refusals[i].what, refusals[i].data, SIGNATURE, refusals[i].err);
    }
    check_refusal("no signature", NOTIFICATION SUCCESS, "", ERR_TAG);
    check_refusal("short signature", NOTIFICATION SUCCESS, "5F3720" HALF, ERR_RANGE);
    check_refusal("valid", NOTIFICATION SUCCESS, SIGNATURE, ERR_OK);
    check_refusal("notification without ICCID", SHORT_NOTIFICATION SUCCESS, SIGNATURE, ERR_OK);
    check_refusal("elements nobody knows", NOTIFICATION OID SUCCESS, SIGNATURE "8500", ERR_OK);
}

struct event_row {
    const char *bits;
    enum notification_event event;
};

static const struct event_row events[] = {
    {"81020780", NOTIFICATION_INSTALL}, {"81020640", NOTIFICATION_ENABLE},
    {"81020520", NOTIFICATION_DISABLE}, {"81020410", NOTIFICATION_DELETE},
    {"810204F0", NOTIFICATION_UNKNOWN}, {"81020700", NOTIFICATION_UNKNOWN},
    {"81020880", NOTIFICATION_UNKNOWN}, {"810107", NOTIFICATION_UNKNOWN},
    {"8100", NOTIFICATION_UNKNOWN},
};

static void test_events(void)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct notification_metadata out;
        struct buf input;
        buf_init(&input, 100);
        size_t mark = tlv_open(&input, 0xBF2F);
        tlv_put_uint(&input, 0x80, 0); /* sequence number 0 is valid */
        buf_put_bytes(&input, test_hex(events[i].bits));
        tlv_put_str(&input, 0x0C, "a");
        tlv_close(&input, mark);
        TEST_OK(notification_metadata_decode(buf_bytes(&input), &out));
        CU_ASSERT_EQUAL(out.event, events[i].event);
        CU_ASSERT_EQUAL(out.seq_number, 0);
        CU_ASSERT_FALSE(out.has_iccid);
        buf_clear(&input);
    }
}

/* A notification that lacks a part is malformed, not absent. */
static void test_notification_refusals(void)
{
    struct notification_metadata out;
    TEST_ERR(notification_metadata_decode(test_hex("BF2F 00"), &out), ERR_TAG);
    TEST_ERR(notification_metadata_decode(test_hex("BF2F 03 800105"), &out), ERR_TAG);
    TEST_ERR(notification_metadata_decode(test_hex("BF2F 07 800105 81020780"), &out), ERR_TAG);
    TEST_ERR(notification_metadata_decode(test_hex("BF30 00"), &out), ERR_TAG);
    TEST_ERR(notification_metadata_decode(BYTES_NONE, &out), ERR_TAG);
}

/* euiccSignPIR covers BF27, every byte of it (SGP.22 2.5.6). */
static void test_verify(void)
{
    struct test_pki pki;
    struct buf input;
    struct profile_installation_result result;
    uint8_t signature[EC_SIGNATURE_SIZE];
    test_pki_make(NULL, &pki);
    wrap(NOTIFICATION SUCCESS, SIGNATURE, &input);
    TEST_OK(profile_installation_result_decode(buf_bytes(&input), &result));
    TEST_ERR(profile_installation_result_verify(&result, pki.euicc.cert), ERR_SIGNATURE);
    TEST_OK(ec_sign(pki.euicc.key, result.data, signature));
    memcpy(input.data + input.len - sizeof(signature), signature, sizeof(signature));
    TEST_OK(profile_installation_result_verify(&result, pki.euicc.cert));
    TEST_ERR(profile_installation_result_verify(&result, pki.eum.cert), ERR_SIGNATURE);
    size_t start = (size_t)(result.data.data - input.data);
    for (size_t i = 0; i < result.data.len; i++) {
        input.data[start + i] ^= 1;
        TEST_ERR(profile_installation_result_verify(&result, pki.euicc.cert), ERR_SIGNATURE);
        input.data[start + i] ^= 1;
    }
    buf_clear(&input);
    test_pki_clear(&pki);
}

static void test_names(void)
{
    CU_ASSERT_STRING_EQUAL(bpp_command_id_name(0), "initialiseSecureChannel");
    CU_ASSERT_STRING_EQUAL(bpp_command_id_name(5), "loadProfileElements");
    CU_ASSERT_STRING_EQUAL(bpp_command_id_name(6), "unknown");
    CU_ASSERT_STRING_EQUAL(bpp_command_id_name(UINT64_MAX), "unknown");
    CU_ASSERT_STRING_EQUAL(error_reason_name(0), "unknown");
    CU_ASSERT_STRING_EQUAL(error_reason_name(9), "installFailedDueToIccidAlreadyExistsOnEuicc");
    CU_ASSERT_STRING_EQUAL(error_reason_name(15), "pprNotAllowed");
    CU_ASSERT_STRING_EQUAL(error_reason_name(16), "unknown");
    CU_ASSERT_STRING_EQUAL(error_reason_name(127), "installFailedDueToUnknownError");
    CU_ASSERT_STRING_EQUAL(error_reason_name(UINT64_MAX), "unknown");
}

static const struct test_case cases[] = {
    {"success", test_success},
    {"error", test_error},
    {"truncation at every byte", test_truncations},
    {"refusals", test_refusals},
    {"events", test_events},
    {"notification: refusals", test_notification_refusals},
    {"euiccSignPIR", test_verify},
    {"names", test_names},
};
TEST_MAIN("shared/sgp22/result", cases)
