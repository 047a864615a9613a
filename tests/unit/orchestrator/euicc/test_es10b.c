/* ES10b but for the download: requests byte by byte, answers, refusals, and
 * answers cut or changed at every byte. */
#include <string.h>

#include "card.h"
#include "euicc/es10b.h"
#include "support/test.h"

static const char key_id_hex[] = "F54172BDF98A95D65CBEB88A38A1C11D800A85C3";

/* Every prefix of a good answer, and the answer with one byte of it changed:
 * no crash, and no success on less than the whole. */
static void mangle(struct bytes good, enum err (*run)(struct isdr *isdr))
{
    uint8_t copy[4096];
    struct card card;

    CU_ASSERT_TRUE_FATAL(good.len <= sizeof(copy));
    for (size_t len = 0; len < good.len; len++) {
        card_answers(&card, BYTES_NONE, bytes_make(good.data, len));
        CU_ASSERT_NOT_EQUAL(run(&card.isdr), ERR_OK);
        CU_ASSERT_NOT_EQUAL(card.isdr.detail[0], '\0');
        card_clear(&card);
    }
    for (size_t i = 0; i < good.len; i++) {
        static const uint8_t flips[] = {0x01, 0x80, 0xFF};
        for (size_t f = 0; f < sizeof(flips); f++) {
            memcpy(copy, good.data, good.len);
            copy[i] ^= flips[f];
            card_answers(&card, BYTES_NONE, bytes_make(copy, good.len));
            run(&card.isdr);
            card_clear(&card);
        }
    }
}

/* A length of 4 GiB, one beyond size_t, an indefinite one, deep nesting. */
static void hostile(const char *tag, enum err (*run)(struct isdr *isdr))
{
    static const char *const tails[] = {"84FFFFFFFF",
                                        "85FFFFFFFFFF",
                                        "80",
                                        "83FFFFFF00",
                                        "00",
                                        "0400000000",
                                        "06A084FFFFFFFF",
                                        "0EA00CA00AA008A006A004A002A000"};
    struct card card;

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        card_answers(&card, BYTES_NONE, card_join(test_hex(tag), test_hex(tails[i])));
        CU_ASSERT_NOT_EQUAL(run(&card.isdr), ERR_OK);
        card_clear(&card);
    }
}

static struct bytes key_list(uint32_t tag, size_t count)
{
    struct bytes list = BYTES_NONE;
    for (size_t i = 0; i < count; i++) {
        list = card_join(list, card_tlv(0x04, test_hex(key_id_hex)));
    }
    return card_tlv(tag, list);
}

static struct bytes info1_answer(size_t keys)
{
    struct bytes lists = card_join(key_list(0xA9, keys), key_list(0xAA, 1));
    return card_tlv(0xBF20, card_join(test_hex("8203020202"), lists));
}

static enum err run_info1(struct isdr *isdr)
{
    struct euicc_info1 info;
    return es10b_get_euicc_info1(isdr, &info);
}

static void euicc_info1(void)
{
    struct euicc_info1 info;
    struct card card;

    card_answers(&card, test_hex("BF2000"), info1_answer(2));
    TEST_OK(es10b_get_euicc_info1(&card.isdr, &info));
    TEST_BYTES(BYTES_OF(info.svn), test_hex("020202"));
    CU_ASSERT_EQUAL(info.for_verification.count, 2);
    CU_ASSERT_EQUAL(info.for_signing.count, 1);
    TEST_BYTES(BYTES_OF(info.for_verification.id[1]), test_hex(key_id_hex));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);

    card_answers(&card, BYTES_NONE, info1_answer(CI_LIST_MAX));
    TEST_OK(es10b_get_euicc_info1(&card.isdr, &info));
    card_clear(&card);
    card_answers(&card, BYTES_NONE, info1_answer(CI_LIST_MAX + 1));
    TEST_ERR(es10b_get_euicc_info1(&card.isdr, &info), ERR_RANGE);
    card_clear(&card);
    /* an identifier of another length names no CI of ours */
    card_answers(&card, BYTES_NONE, test_hex("BF200C 8203020202 A903040101 AA00"));
    TEST_OK(es10b_get_euicc_info1(&card.isdr, &info));
    CU_ASSERT_EQUAL(info.for_verification.count, 0);
    card_clear(&card);
    mangle(info1_answer(2), run_info1);
    hostile("BF20", run_info1);
}

static struct bytes info2_value(void)
{
    struct bytes head = test_hex("8103020301 8203020202 8303040600 840D810102820400045AA083022FA5");
    struct bytes lists = card_join(key_list(0xA9, 1), key_list(0xAA, 1));
    return card_join(card_join(head, lists), test_hex("8B0102 0403000001 0C0141"));
}

static enum err run_info2(struct isdr *isdr)
{
    struct euicc_info2 info;
    struct buf raw;
    enum err err;

    buf_init(&raw, ES10_RESPONSE_MAX);
    err = es10b_get_euicc_info2(isdr, &info, &raw);
    buf_clear(&raw);
    return err;
}

static void euicc_info2(void)
{
    struct bytes answer = card_tlv(0xBF22, info2_value());
    struct euicc_info2 info;
    struct card card;
    struct buf raw;

    buf_init(&raw, ES10_RESPONSE_MAX);
    card_answers(&card, test_hex("BF2200"), answer);
    TEST_OK(es10b_get_euicc_info2(&card.isdr, &info, &raw));
    TEST_BYTES(BYTES_OF(info.profile_version), test_hex("020301"));
    TEST_BYTES(BYTES_OF(info.firmware), test_hex("040600"));
    CU_ASSERT_EQUAL(info.for_signing.count, 1);
    TEST_BYTES(buf_bytes(&raw), answer);
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    buf_clear(&raw);
    mangle(answer, run_info2);
    hostile("BF22", run_info2);
}

static enum err run_challenge(struct isdr *isdr)
{
    uint8_t challenge[CHALLENGE_SIZE];
    return es10b_get_euicc_challenge(isdr, challenge);
}

static void euicc_challenge(void)
{
    struct bytes answer = card_tlv(0xBF2E, card_tlv(0x80, card_fill(0x5A, 16)));
    uint8_t challenge[CHALLENGE_SIZE];
    struct card card;

    card_answers(&card, test_hex("BF2E00"), answer);
    TEST_OK(es10b_get_euicc_challenge(&card.isdr, challenge));
    TEST_BYTES(BYTES_OF(challenge), card_fill(0x5A, 16));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, card_tlv(0xBF2E, card_tlv(0x80, card_fill(0x5A, 15))));
    TEST_ERR(es10b_get_euicc_challenge(&card.isdr, challenge), ERR_MALFORMED);
    card_clear(&card);
    mangle(answer, run_challenge);
    hostile("BF2E", run_challenge);
}

static struct bytes signature(void)
{
    return card_tlv(0x5F37, card_fill(0x77, 64));
}

static struct bytes certificate(uint8_t value)
{
    return card_tlv(0x30, card_tlv(0x04, card_fill(value, 300)));
}

/* 5.7.13 euiccSigned1 */
static struct bytes signed1(void)
{
    struct bytes out = card_join(card_tlv(0x80, card_fill(1, 16)), card_tlv(0x83, test_hex("61")));
    out = card_join(out, card_tlv(0x84, card_fill(2, 16)));
    out = card_join(out, card_tlv(0xBF22, info2_value()));
    return card_tlv(0x30, card_join(out, test_hex("A00AA108800411223344A100")));
}

static struct bytes authenticate_answer(void)
{
    struct bytes certificates = card_join(certificate(0x11), certificate(0x22));
    struct bytes ok = card_join(card_join(signed1(), signature()), certificates);
    return card_tlv(0xBF38, card_tlv(0xA0, ok));
}

static struct authenticate_server_request authenticate_request(void)
{
    return (struct authenticate_server_request){
        .server_signed1 = test_hex("3003800101"),
        .server_signature1 = card_fill(0x99, 64),
        .ci_key_id = test_hex(key_id_hex),
        .dpauth_certificate = test_hex("3000"),
        .tac = {0x35, 0x29, 0x06, 0x11},
    };
}

static enum err run_authenticate(struct isdr *isdr)
{
    struct authenticate_server_request request = authenticate_request();
    struct authenticate_server_response response;
    struct buf raw;
    enum err err;

    buf_init(&raw, ES10_RESPONSE_MAX);
    err = es10b_authenticate_server(isdr, &request, &raw, &response);
    buf_clear(&raw);
    return err;
}

/* The request of authenticate_request() around a ctxParams1. */
static struct bytes authenticate_bytes(const char *ctx_params1)
{
    struct bytes out = card_join(test_hex("3003800101"), card_tlv(0x5F37, card_fill(0x99, 64)));
    out = card_join(out, card_tlv(0x04, test_hex(key_id_hex)));
    out = card_join(out, test_hex("3000"));
    return card_tlv(0xBF38, card_join(out, test_hex(ctx_params1)));
}

static void authenticate_server(void)
{
    struct authenticate_server_request request = authenticate_request();
    struct authenticate_server_response response;
    struct euicc_info2 info;
    struct card card;
    struct buf raw;

    buf_init(&raw, ES10_RESPONSE_MAX);
    card_answers(&card, authenticate_bytes("A00AA108800435290611A100"), authenticate_answer());
    TEST_OK(es10b_authenticate_server(&card.isdr, &request, &raw, &response));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    TEST_BYTES(response.signed1.whole, signed1());
    TEST_BYTES(response.signature1, card_fill(0x77, 64));
    TEST_BYTES(response.euicc_certificate, certificate(0x11));
    TEST_BYTES(response.eum_certificate, certificate(0x22));
    TEST_OK(euicc_info2_decode(response.signed1.euicc_info2, &info));
    card_clear(&card);

    request.imei = test_hex("5392061112345678");
    request.matching_id = test_hex("4142");
    card_answers(&card,
                 authenticate_bytes("A018 80024142 A112 800435290611 A100 82085392061112345678"),
                 authenticate_answer());
    TEST_OK(es10b_authenticate_server(&card.isdr, &request, &raw, &response));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    buf_clear(&raw);
    mangle(authenticate_answer(), run_authenticate);
    hostile("BF38", run_authenticate);
}

/* AuthenticateErrorCode (5.7.13), DownloadErrorCode (5.7.5) by their words. */
struct code_row {
    int code;
    const char *name;
};

static void check_codes(uint32_t tag, const char *function, enum err (*run)(struct isdr *isdr),
                        const struct code_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t integer[] = {0x80, 0x01, 0xAA, 0x02, 0x01, (uint8_t)rows[i].code};
        struct card card;
        card_answers(&card, BYTES_NONE, card_tlv(tag, card_tlv(0xA1, BYTES_OF(integer))));
        TEST_ERR(run(&card.isdr), ERR_REFUSED);
        CU_ASSERT_EQUAL(card.isdr.result_code, rows[i].code);
        CU_ASSERT_STRING_EQUAL(card.isdr.result_name, rows[i].name);
        CU_ASSERT_EQUAL(strncmp(card.isdr.detail, function, strlen(function)), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(card.isdr.detail, rows[i].name));
        CU_ASSERT_EQUAL(card.isdr.sw, 0x9000);
        card_clear(&card);
    }
}

static void authenticate_codes(void)
{
    static const struct code_row rows[] = {
        {1, "invalidCertificate"}, {2, "invalidSignature"}, {3, "unsupportedCurve"},
        {4, "noSessionContext"},   {5, "invalidOid"},       {6, "euiccChallengeMismatch"},
        {7, "ciPKUnknown"},        {127, "undefinedError"}, {99, "unknown"},
    };
    check_codes(0xBF38, "AuthenticateServer", run_authenticate, rows,
                sizeof(rows) / sizeof(rows[0]));
}

static struct bytes prepare_answer(void)
{
    struct bytes signed2 =
        card_tlv(0x30, card_join(card_tlv(0x80, card_fill(1, 16)),
                                 card_tlv(0x5F49, card_join(test_hex("04"), card_fill(3, 64)))));
    return card_tlv(0xBF21, card_tlv(0xA0, card_join(signed2, signature())));
}

static struct prepare_download_request prepare_request(void)
{
    return (struct prepare_download_request){
        .smdp_signed2 = test_hex("3003800101"),
        .smdp_signature2 = card_fill(0x99, 64),
        .dppb_certificate = test_hex("3000"),
    };
}

static enum err run_prepare(struct isdr *isdr)
{
    struct prepare_download_request request = prepare_request();
    struct prepare_download_response response;
    struct buf raw;
    enum err err;

    buf_init(&raw, ES10_RESPONSE_MAX);
    err = es10b_prepare_download(isdr, &request, &raw, &response);
    buf_clear(&raw);
    return err;
}

static void prepare_download(void)
{
    struct bytes content = card_join(
        card_join(test_hex("3003800101"), card_tlv(0x5F37, card_fill(0x99, 64))), test_hex("3000"));
    struct prepare_download_request request = prepare_request();
    struct prepare_download_response response;
    struct card card;
    struct buf raw;

    buf_init(&raw, ES10_RESPONSE_MAX);
    card_answers(&card, card_tlv(0xBF21, content), prepare_answer());
    TEST_OK(es10b_prepare_download(&card.isdr, &request, &raw, &response));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    CU_ASSERT_EQUAL(response.signed2.euicc_otpk.len, 65);
    TEST_BYTES(response.signature2, card_fill(0x77, 64));
    card_clear(&card);
    buf_clear(&raw);
    mangle(prepare_answer(), run_prepare);
    hostile("BF21", run_prepare);
}

static void prepare_codes(void)
{
    static const struct code_row rows[] = {
        {1, "invalidCertificate"}, {2, "invalidSignature"},     {3, "unsupportedCurve"},
        {4, "noSessionContext"},   {5, "invalidTransactionId"}, {127, "undefinedError"},
    };
    check_codes(0xBF21, "PrepareDownload", run_prepare, rows, sizeof(rows) / sizeof(rows[0]));
}

static enum err run_cancel(struct isdr *isdr)
{
    return es10b_cancel_session(isdr, test_hex("0102"), CANCEL_POSTPONED);
}

static void cancel_session(void)
{
    struct bytes answer = card_tlv(0xBF41, card_tlv(0xA0, signature()));
    struct card card;

    card_answers(&card, test_hex("BF4107 80020102 810101"), answer);
    TEST_OK(run_cancel(&card.isdr));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF4103810105"));
    TEST_ERR(run_cancel(&card.isdr), ERR_REFUSED);
    CU_ASSERT_EQUAL(card.isdr.result_code, 5);
    CU_ASSERT_STRING_EQUAL(card.isdr.result_name, "invalidTransactionId");
    CU_ASSERT_STRING_EQUAL(card.isdr.detail, "CancelSession: invalidTransactionId (5)");
    card_clear(&card);
    /* a negative code, and one wider than any integer of ours */
    card_answers(&card, BYTES_NONE, test_hex("BF41038101FF"));
    TEST_ERR(run_cancel(&card.isdr), ERR_RANGE);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF410B810901FFFFFFFFFFFFFFFF"));
    TEST_ERR(run_cancel(&card.isdr), ERR_RANGE);
    card_clear(&card);
    mangle(answer, run_cancel);
}

static const char metadata_hex[] =
    "BF2F1A 800100 81020780 0C0568 74746061 5A0A98001032547698103214";

static struct bytes notifications(size_t count)
{
    struct bytes list = BYTES_NONE;
    for (size_t i = 0; i < count; i++) {
        list = card_join(list, test_hex(metadata_hex));
    }
    return card_tlv(0xBF28, card_tlv(0xA0, list));
}

static enum err run_list(struct isdr *isdr)
{
    struct notification_list list;
    return es10b_list_notification(isdr, &list);
}

static void list_notification(void)
{
    struct notification_list list;
    struct card card;

    card_answers(&card, test_hex("BF2800"), notifications(2));
    TEST_OK(es10b_list_notification(&card.isdr, &list));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_EQUAL(list.item[1].seq_number, 0); /* 0 is valid */
    CU_ASSERT_EQUAL(list.item[1].event, NOTIFICATION_INSTALL);
    CU_ASSERT_TRUE(list.item[1].has_iccid);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF2802A000"));
    TEST_OK(es10b_list_notification(&card.isdr, &list));
    CU_ASSERT_EQUAL(list.count, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, notifications(NOTIFICATION_LIST_MAX + 1));
    TEST_ERR(es10b_list_notification(&card.isdr, &list), ERR_RANGE);
    CU_ASSERT_EQUAL(list.count, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF280381017F"));
    TEST_ERR(run_list(&card.isdr), ERR_REFUSED);
    CU_ASSERT_STRING_EQUAL(card.isdr.result_name, "undefinedError");
    card_clear(&card);
    mangle(notifications(1), run_list);
    hostile("BF28", run_list);
}

/* A ProfileInstallationResult with seqNumber 5 and an other notification with 6. */
static struct bytes pending(void)
{
    struct bytes result =
        card_tlv(0xBF37, card_tlv(0xBF27, test_hex("800101 BF2F0A 800105 81020780 0C0161")));
    struct bytes other =
        card_tlv(0x30, card_join(test_hex("BF2F0A 800106 81020410 0C0161"), signature()));
    return card_tlv(0xBF2B, card_tlv(0xA0, card_join(result, other)));
}

static enum err run_retrieve(struct isdr *isdr)
{
    struct buf out;
    enum err err;

    buf_init(&out, ES10_RESPONSE_MAX);
    err = es10b_retrieve_notification(isdr, 6, &out);
    buf_clear(&out);
    return err;
}

static void retrieve_notification(void)
{
    struct card card;
    struct buf out;

    buf_init(&out, ES10_RESPONSE_MAX);
    card_answers(&card, test_hex("BF2B05A003800105"), pending());
    TEST_OK(es10b_retrieve_notification(&card.isdr, 5, &out));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    CU_ASSERT_EQUAL(out.data[0], 0xBF);
    TEST_OK(run_retrieve(&card.isdr)); /* also from a list longer than asked for */
    card.request = BYTES_NONE;
    TEST_ERR(es10b_retrieve_notification(&card.isdr, 7, &out), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(out.len, 0);
    card_clear(&card);
    card_answers(&card, test_hex("BF2B06A00480020080"), test_hex("BF2B03810101"));
    TEST_ERR(es10b_retrieve_notification(&card.isdr, 128, &out), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF2B0381017F"));
    TEST_ERR(run_retrieve(&card.isdr), ERR_REFUSED);
    card_clear(&card);
    buf_clear(&out);
    mangle(pending(), run_retrieve);
    hostile("BF2B", run_retrieve);
}

static enum err run_sent(struct isdr *isdr)
{
    return es10b_notification_sent(isdr, 0);
}

static void notification_sent(void)
{
    struct card card;

    card_answers(&card, test_hex("BF3003800100"), test_hex("BF3003800100"));
    TEST_OK(run_sent(&card.isdr));
    CU_ASSERT_EQUAL(card.mismatches, 0);
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF3003800101"));
    TEST_ERR(run_sent(&card.isdr), ERR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(card.isdr.result_name, "nothingToDelete");
    card_clear(&card);
    card_answers(&card, BYTES_NONE, test_hex("BF300380017F"));
    TEST_ERR(run_sent(&card.isdr), ERR_REFUSED);
    card_clear(&card);
    mangle(test_hex("BF3003800100"), run_sent);
}

static const struct test_case cases[] = {
    {"GetEUICCInfo1 (5.7.8)", euicc_info1},
    {"GetEUICCInfo2 (5.7.8)", euicc_info2},
    {"GetEUICCChallenge (5.7.7)", euicc_challenge},
    {"AuthenticateServer (5.7.13)", authenticate_server},
    {"AuthenticateServer error codes", authenticate_codes},
    {"PrepareDownload (5.7.5)", prepare_download},
    {"PrepareDownload error codes", prepare_codes},
    {"CancelSession (5.7.14)", cancel_session},
    {"ListNotification (5.7.9)", list_notification},
    {"RetrieveNotificationsList (5.7.10)", retrieve_notification},
    {"NotificationSent (5.7.11)", notification_sent},
};
TEST_MAIN("euicc/es10b", cases)
