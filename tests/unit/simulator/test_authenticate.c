/* AuthenticateServer (SGP.22 5.7.13): one defect at a time, and its code. */
#include "simulator/kit.h"

#include <string.h>

#include "sgp22/rsp.h"
#include "sgp22/tags.h"

static struct kit kit;

static void begin(void)
{
    kit_open(&kit, NULL);
    kit_challenge(&kit);
}

static void expect(int code)
{
    CU_ASSERT_EQUAL(kit_authenticate(&kit), code);
    if (code != 0) {
        CU_ASSERT_NOT_EQUAL(kit.card->isdr.session.phase, SESSION_AUTHENTICATED);
    }
    kit_close(&kit);
}

static struct pki_request dpauth_request(void)
{
    return (struct pki_request){.role = CERT_ROLE_DPAUTH,
                                .common_name = "Kit DP",
                                .organisation = "Kit",
                                .oid = KIT_DP_OID};
}

static void use(struct pki_request request, enum kit_name ci)
{
    kit.dpauth = kit_issue(&request, kit.dpauth_key, ci);
}

static void test_good(void)
{
    struct tlv_reader reader;
    struct tlv whole, ok, signed1, signature, euicc, eum;
    struct euicc_signed1 decoded;

    begin();
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    TEST_OK(tlv_single(buf_bytes(&kit.response), TAG_AUTHENTICATE_SERVER, &whole));
    TEST_OK(tlv_single(whole.value, TAG_RESPONSE_OK, &ok));
    tlv_reader_init(&reader, ok.value);
    TEST_OK(tlv_reader_expect(&reader, TAG_SEQUENCE, &signed1));
    TEST_OK(tlv_reader_expect(&reader, TAG_SIGNATURE, &signature));
    TEST_OK(tlv_reader_expect(&reader, TAG_SEQUENCE, &euicc));
    TEST_OK(tlv_reader_expect(&reader, TAG_SEQUENCE, &eum));
    CU_ASSERT_TRUE(tlv_reader_end(&reader));
    TEST_OK(ec_verify(kit_key(KIT_EUICC), signed1.whole, signature.value));
    TEST_BYTES(euicc.whole, buf_bytes(&kit_cert(KIT_EUICC)->der));
    TEST_BYTES(eum.whole, buf_bytes(&kit_cert(KIT_EUM)->der));
    TEST_OK(euicc_signed1_decode(signed1.whole, &decoded));
    TEST_BYTES(decoded.transaction_id, BYTES_OF(kit.transaction_id));
    kit_close(&kit);
}

static void test_certificates(void)
{
    struct pki_request request;

    begin(); /* another role: DPpb, and a TLS certificate */
    kit.dpauth = kit_cert(KIT_DPPB);
    kit.dpauth_key = kit_key(KIT_DPPB);
    expect(1);
    begin();
    request = dpauth_request();
    request.role = CERT_ROLE_DP_TLS;
    use(request, KIT_CI);
    expect(1);
    begin(); /* a CI itself */
    kit.dpauth = kit_cert(KIT_CI);
    kit.dpauth_key = kit_key(KIT_CI);
    expect(1);
    begin(); /* signed by the EUM instead of the CI */
    use(dpauth_request(), KIT_EUM);
    expect(1);
    begin(); /* a foreign CI */
    use(dpauth_request(), KIT_FOREIGN_CI);
    expect(1);
    begin(); /* expired, and not yet valid */
    request = dpauth_request();
    request.not_before = time(NULL) - 1000;
    request.not_after = time(NULL) - 100;
    use(request, KIT_CI);
    expect(1);
    begin();
    request.not_before = time(NULL) + 1000;
    request.not_after = time(NULL) + 100000;
    use(request, KIT_CI);
    expect(1);
    begin(); /* no OID */
    request = dpauth_request();
    request.oid = NULL;
    use(request, KIT_CI);
    expect(5);
}

/* A foreign CI under the key id of the right one. */
static void test_disguised_ci(void)
{
    struct pki_request request = {.role = CERT_ROLE_CI,
                                  .common_name = "Kit CI",
                                  .organisation = "Kit",
                                  .key_id = kit_cert(KIT_CI)->subject_key_id};
    struct cert *ci = NULL, *dpauth = NULL;
    TEST_OK(pki_issue(&request, kit_key(KIT_FOREIGN_CI), NULL, kit_key(KIT_FOREIGN_CI), &ci));
    request = dpauth_request();
    TEST_OK(pki_issue(&request, kit_key(KIT_DPAUTH), ci, kit_key(KIT_FOREIGN_CI), &dpauth));
    begin();
    kit.dpauth = dpauth;
    expect(1);
    cert_free(&ci);
    cert_free(&dpauth);
}

static void test_curve(void)
{
    struct pki_request request = dpauth_request();
    EVP_PKEY *key = EVP_EC_gen("P-384");
    struct cert *cert = NULL;
    /* cert_parse() knows the two curves alone: take the DER before it is asked */
    CU_ASSERT_EQUAL(pki_issue(&request, key, kit_cert(KIT_CI), kit_key(KIT_CI), &cert),
                    ERR_UNSUPPORTED);
    EVP_PKEY_free(key);

    struct cert odd = *kit_cert(KIT_DPAUTH);
    X509 *x509 = X509_dup(odd.x509);
    key = EVP_EC_gen("P-384");
    unsigned char *der = NULL;
    X509_set_pubkey(x509, key);
    X509_sign(x509, kit_key(KIT_CI), EVP_sha256());
    int len = i2d_X509(x509, &der);
    buf_init(&odd.der, CERT_DER_MAX);
    buf_put(&odd.der, der, (size_t)len);
    begin();
    kit.dpauth = &odd;
    expect(3);
    buf_clear(&odd.der);
    OPENSSL_free(der);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void test_signature(void)
{
    begin();
    kit.dpauth_key = kit_key(KIT_DPPB);
    expect(2);
}

static void test_session(void)
{
    kit_open(&kit, NULL); /* no challenge was asked for */
    expect(4);
    begin(); /* a challenge serves one attempt */
    uint8_t challenge[16];
    memcpy(challenge, kit.challenge, sizeof(challenge));
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 0);
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 4);
    /* the session that stands is not touched by it */
    CU_ASSERT_EQUAL(kit_prepare(&kit), 0);
    kit_close(&kit);
    begin(); /* also a failed one */
    kit.challenge[15] ^= 1;
    CU_ASSERT_EQUAL(kit_authenticate(&kit), 6);
    kit.challenge[15] ^= 1;
    expect(4);
}

static void test_challenge(void)
{
    struct buf old;
    begin(); /* replay of an old AuthenticateServer, byte for byte */
    buf_init(&old, 4096);
    kit_build_authenticate(&kit, &old);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&old)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 0);
    kit_challenge(&kit);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&old)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 6);
    buf_clear(&old);
    kit_close(&kit);
}

static void test_fresh_challenges(void)
{
    uint8_t before[16];
    begin();
    memcpy(before, kit.challenge, sizeof(before));
    kit_challenge(&kit);
    CU_ASSERT_NOT_EQUAL(memcmp(before, kit.challenge, sizeof(before)), 0);
    kit_close(&kit);
}

static void test_ci_key(void)
{
    begin();
    kit.ci_key_id[0] ^= 1;
    expect(7);
}

/* Elements nobody knows, at the end: of the request, of serverSigned1. */
static void test_extensible(void)
{
    struct buf command, longer;
    struct tlv whole;
    begin();
    buf_init(&command, 4096);
    buf_init(&longer, 4096);
    kit_build_authenticate(&kit, &command);
    TEST_OK(tlv_single(buf_bytes(&command), TAG_AUTHENTICATE_SERVER, &whole));
    size_t mark = tlv_open(&longer, TAG_AUTHENTICATE_SERVER);
    buf_put_bytes(&longer, whole.value);
    tlv_put(&longer, 0xBF7F, BYTES_NONE);
    tlv_close(&longer, mark);
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&longer)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 0);
    buf_clear(&command);
    buf_clear(&longer);
    kit_close(&kit);
}

/* Cut anywhere: never accepted. */
static void test_truncated(void)
{
    struct buf command;
    begin();
    buf_init(&command, 4096);
    kit_build_authenticate(&kit, &command);
    for (size_t len = 1; len < command.len; len++) {
        uint16_t sw = kit_send(&kit, bytes_make(command.data, len));
        CU_ASSERT_NOT_EQUAL(sw, SW_OK);
    }
    CU_ASSERT_EQUAL(kit_send(&kit, buf_bytes(&command)), SW_OK);
    CU_ASSERT_EQUAL(kit_error_code(&kit), 0);
    buf_clear(&command);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"accepted, and what the chip says", test_good},
    {"CERT.DPauth", test_certificates},
    {"CI in disguise", test_disguised_ci},
    {"curve", test_curve},
    {"serverSignature1", test_signature},
    {"no session", test_session},
    {"replay under a new challenge", test_challenge},
    {"challenges are fresh", test_fresh_challenges},
    {"CI key the chip does not sign under", test_ci_key},
    {"unknown elements", test_extensible},
    {"cut anywhere", test_truncated},
};
TEST_MAIN("simulator authenticate", cases)
