/* PrepareDownload (SGP.22 5.7.5): one defect at a time, and its code. */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/rsp.h"
#include "sgp22/tags.h"

static struct kit kit;

static void begin(void)
{
    kit_open(&kit, NULL);
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
}

static void expect(int code)
{
    CU_ASSERT_EQUAL(kit_prepare(&kit), code);
    if (code != 0) {
        CU_ASSERT_NOT_EQUAL(kit.card->isdr.session.phase, SESSION_PREPARED);
    }
    kit_close(&kit);
}

static struct pki_request dppb_request(void)
{
    return (struct pki_request){
        .role = CERT_ROLE_DPPB, .common_name = "Kit DP", .organisation = "Kit", .oid = KIT_DP_OID};
}

static void use(struct pki_request request, enum kit_name ci)
{
    kit.dppb = kit_issue(&request, kit.dppb_key, ci);
}

static void test_good(void)
{
    struct tlv_reader reader;
    struct tlv whole, ok, signed2, signature;
    struct euicc_signed2 decoded;
    struct buf object;

    begin();
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_PREPARE_DOWNLOAD, &whole));
    TEST_OK(tlv_single(whole.value, TAG_RESPONSE_OK, &ok));
    tlv_reader_init(&reader, ok.value);
    TEST_OK(tlv_reader_expect(&reader, TAG_SEQUENCE, &signed2));
    TEST_OK(tlv_reader_expect(&reader, TAG_SIGNATURE, &signature));
    TEST_OK(euicc_signed2_decode(signed2.whole, &decoded));
    TEST_BYTES(decoded.transaction_id, BYTES_OF(kit.transaction_id));
    CU_ASSERT_EQUAL(decoded.euicc_otpk.len, EC_POINT_SIZE);
    buf_init(&object, 80);
    rsp_put_signature(&object, BYTES_OF(kit.smdp_signature2));
    struct bytes pieces[] = {signed2.whole, buf_bytes(&object)};
    TEST_OK(ec_verify_pieces(kit_key(KIT_EUICC), pieces, 2, signature.value));
    buf_clear(&object);
    kit_close(&kit);
}

static void test_certificates(void)
{
    struct pki_request request;
    begin(); /* another role */
    kit.dppb = kit_cert(KIT_DPAUTH);
    kit.dppb_key = kit_key(KIT_DPAUTH);
    expect(1);
    begin(); /* another DP+ */
    request = dppb_request();
    request.oid = "2.999.11";
    use(request, KIT_CI);
    expect(1);
    begin(); /* no OID at all */
    request.oid = NULL;
    use(request, KIT_CI);
    expect(1);
    begin(); /* expired */
    request = dppb_request();
    request.not_before = time(NULL) - 1000;
    request.not_after = time(NULL) - 100;
    use(request, KIT_CI);
    expect(1);
    begin(); /* a foreign CI */
    use(dppb_request(), KIT_FOREIGN_CI);
    expect(1);
}

static void test_signature(void)
{
    begin(); /* another key */
    kit.dppb_key = kit_key(KIT_DPAUTH);
    expect(2);
    begin(); /* over another euiccSignature1: that of another session */
    kit.euicc_signature1[5] ^= 1;
    expect(2);
}

static void test_session(void)
{
    kit_open(&kit, NULL);
    expect(4);
    kit_open(&kit, NULL); /* a challenge alone is no session */
    kit_challenge(&kit);
    expect(4);
    begin(); /* once */
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    CU_ASSERT_EQUAL(kit_prepare(&kit), 4);
    kit_close(&kit);
    begin(); /* an error ends the session */
    EVP_PKEY *key = kit.dppb_key;
    kit.dppb_key = kit_key(KIT_DPAUTH);
    CU_ASSERT_EQUAL(kit_prepare(&kit), 2);
    kit.dppb_key = key;
    expect(4);
}

static void test_transaction(void)
{
    begin();
    kit.prepare_transaction_id[15] ^= 1;
    expect(5);
}

static void test_confirmation_code(void)
{
    struct tlv hash;
    begin(); /* required and missing */
    kit.cc_required = true;
    expect(127);
    begin();
    kit.cc_required = true;
    kit.hash_cc = true;
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    struct tlv whole, ok, signed2;
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_PREPARE_DOWNLOAD, &whole));
    TEST_OK(tlv_single(whole.value, TAG_RESPONSE_OK, &ok));
    TEST_OK(tlv_find(ok.value, TAG_SEQUENCE, &signed2));
    TEST_OK(tlv_find(signed2.value, TAG_OCTET_STRING, &hash));
    CU_ASSERT_EQUAL(hash.value.len, 32);
    kit_close(&kit);
}

/* A one-time key is new in every session. */
static void test_fresh_key(void)
{
    uint8_t before[EC_POINT_SIZE];
    begin();
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    memcpy(before, kit.euicc_otpk, sizeof(before));
    kit_begin(&kit);
    CU_ASSERT_NOT_EQUAL(memcmp(before, kit.euicc_otpk, sizeof(before)), 0);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"accepted, and what the chip says", test_good},
    {"CERT.DPpb", test_certificates},
    {"smdpSignature2", test_signature},
    {"no session", test_session},
    {"transactionId", test_transaction},
    {"confirmation code", test_confirmation_code},
    {"one-time key is fresh", test_fresh_key},
};
TEST_MAIN("simulator prepare", cases)
