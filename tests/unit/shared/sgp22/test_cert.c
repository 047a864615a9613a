#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "base/file.h"
#include "sgp22/cert.h"
#include "support/pki.h"

static struct test_pki pki;

static struct bytes euicc_der(void)
{
    if (pki.ci.cert == NULL) {
        test_pki_make(NULL, &pki);
    }
    return buf_bytes(&pki.euicc.der);
}

static void test_parse(void)
{
    struct cert *cert = NULL;
    char text[64];
    struct eid eid;
    TEST_OK(cert_parse(euicc_der(), &cert));
    CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
    TEST_BYTES(buf_bytes(&cert->der), euicc_der());
    CU_ASSERT_EQUAL(cert->role, CERT_ROLE_EUICC);
    CU_ASSERT_EQUAL(cert->curve, EC_CURVE_P256);
    CU_ASSERT_TRUE(cert->has_authority_key_id);
    TEST_BYTES(BYTES_OF(cert->authority_key_id), BYTES_OF(pki.eum.cert->subject_key_id));
    TEST_OK(cert_eid(cert, &eid));
    TEST_BYTES(eid_bytes(&eid), test_hex(TEST_PKI_EID));
    TEST_OK(cert_subject_text(cert, NID_organizationName, text, sizeof(text)));
    CU_ASSERT_STRING_EQUAL(text, TEST_PKI_ORGANISATION);
    cert_free(&cert);
    CU_ASSERT_PTR_NULL(cert);
    cert_free(&cert);
}

static void test_roles(void)
{
    for (int role = CERT_ROLE_CI; role <= CERT_ROLE_DPPB; role++) {
        struct test_pki_identity identity;
        struct test_pki_spec spec = test_pki_spec_of((enum cert_role)role);
        test_pki_issue(&spec, NULL, &identity);
        CU_ASSERT_PTR_NOT_NULL_FATAL(identity.cert);
        CU_ASSERT_EQUAL(identity.cert->role, role);
        test_pki_identity_clear(&identity);
        /* Two roles in one certificate count for neither. */
        spec.second_role = role == CERT_ROLE_DPPB ? CERT_ROLE_DPAUTH : CERT_ROLE_DPPB;
        test_pki_issue(&spec, NULL, &identity);
        CU_ASSERT_PTR_NOT_NULL_FATAL(identity.cert);
        CU_ASSERT_EQUAL(identity.cert->role, CERT_ROLE_SEVERAL);
        test_pki_identity_clear(&identity);
    }
}

/* Cut anywhere, or with a byte behind, it is no certificate. */
static void test_lengths(void)
{
    struct bytes der = euicc_der();
    for (size_t len = 0; len < der.len; len++) {
        struct cert *cert = NULL;
        uint8_t *copy = malloc(len > 0 ? len : 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, der.data, len);
        TEST_ERR(cert_parse(bytes_make(copy, len), &cert), len == 0 ? ERR_RANGE : ERR_MALFORMED);
        CU_ASSERT_PTR_NULL(cert);
        free(copy);
    }
    struct cert *cert = NULL;
    struct buf longer;
    buf_init(&longer, CERT_DER_MAX + 1);
    buf_put_bytes(&longer, der);
    buf_put_u8(&longer, 0);
    TEST_ERR(cert_parse(buf_bytes(&longer), &cert), ERR_MALFORMED);
    uint8_t *rest = buf_extend(&longer, CERT_DER_MAX + 1 - longer.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
    memset(rest, 0, (size_t)(longer.data + longer.len - rest));
    TEST_ERR(cert_parse(buf_bytes(&longer), &cert), ERR_RANGE);
    buf_clear(&longer);
}

/* One changed byte anywhere: refused at the latest by its signature. */
static void test_every_byte(void)
{
    struct bytes der = euicc_der();
    uint8_t *copy = malloc(der.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, der.data, der.len);
    for (size_t i = 0; i < der.len; i++) {
        struct cert *cert = NULL;
        copy[i] ^= 1;
        if (cert_parse(bytes_make(copy, der.len), &cert) == ERR_OK) {
            TEST_ERR(cert_verify_signature(cert, pki.eum.cert), ERR_CERT_CHAIN);
        }
        cert_free(&cert);
        copy[i] ^= 1;
    }
    free(copy);
}

static void test_other_keys(void)
{
    EVP_PKEY *keys[] = {EVP_RSA_gen(1024), EVP_EC_gen("secp384r1"),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    struct test_pki_identity ci;
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_CI);
    test_pki_issue(&spec, NULL, &ci);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct test_pki_identity identity;
        struct cert *cert = NULL;
        spec = test_pki_spec_of(CERT_ROLE_DPAUTH);
        spec.key = keys[i];
        test_pki_issue(&spec, &ci, &identity);
        TEST_ERR(cert_parse(buf_bytes(&identity.der), &cert), ERR_UNSUPPORTED);
        CU_ASSERT_PTR_NULL(cert);
        test_pki_identity_clear(&identity);
        EVP_PKEY_free(keys[i]);
    }
    test_pki_identity_clear(&ci);
}

static void test_brainpool(void)
{
    struct test_pki_identity identity;
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_DPPB);
    spec.curve = EC_CURVE_BRAINPOOL_P256R1;
    test_pki_issue(&spec, NULL, &identity);
    CU_ASSERT_PTR_NOT_NULL_FATAL(identity.cert);
    CU_ASSERT_EQUAL(identity.cert->curve, EC_CURVE_BRAINPOOL_P256R1);
    test_pki_identity_clear(&identity);
}

/* RFC 5280 4.2.1.2, method 1, where the certificate states no key id. */
static void test_key_id_without_extension(void)
{
    struct test_pki_identity with;
    struct test_pki_identity without;
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_CI);
    test_pki_issue(&spec, NULL, &with);
    spec.no_subject_key_id = true;
    test_pki_issue(&spec, NULL, &without);
    CU_ASSERT_PTR_NOT_NULL_FATAL(without.cert);
    CU_ASSERT_FALSE(without.cert->has_authority_key_id);
    TEST_BYTES(BYTES_OF(without.cert->subject_key_id), BYTES_OF(with.cert->subject_key_id));
    test_pki_identity_clear(&with);
    test_pki_identity_clear(&without);
}

static void test_subject_text(void)
{
    char text[64] = "old";
    euicc_der();
    const struct cert *cert = pki.euicc.cert;
    TEST_ERR(cert_subject_text(cert, NID_countryName, text, sizeof(text)), ERR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(text, "");
    TEST_ERR(cert_subject_text(cert, NID_commonName, text, strlen("Test eUICC")), ERR_RANGE);
    TEST_OK(cert_subject_text(cert, NID_commonName, text, strlen("Test eUICC") + 1));
    CU_ASSERT_STRING_EQUAL(text, "Test eUICC");
}

static void test_eid(void)
{
    struct eid eid = {{0xEE}};
    euicc_der();
    TEST_ERR(cert_eid(pki.dpauth.cert, &eid), ERR_CERT_EID);
    CU_ASSERT_EQUAL(eid.data[0], 0);
}

static void test_registered_oid(void)
{
    char text[CERT_OID_TEXT_SIZE];
    euicc_der();
    TEST_OK(cert_registered_oid(pki.dpauth.cert, text));
    CU_ASSERT_STRING_EQUAL(text, TEST_PKI_DP_OID);
    TEST_ERR(cert_registered_oid(pki.euicc.cert, text), ERR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void test_serial(void)
{
    char text[64];
    euicc_der();
    CU_ASSERT_STRING_EQUAL(cert_serial_text(pki.euicc.cert, text, sizeof(text)), "14");
    CU_ASSERT_STRING_EQUAL(cert_serial_text(pki.euicc.cert, text, 2), "");
}

static void test_load(void)
{
    char path[] = "/tmp/euicc-line-cert-XXXXXX";
    struct cert *cert = NULL;
    struct bytes der = euicc_der();
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    TEST_OK(file_write_all(fd, der.data, der.len));
    TEST_OK(cert_load(path, &cert));
    cert_free(&cert);

    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "text before\n");
    CU_ASSERT_EQUAL(PEM_write_X509(file, pki.euicc.x509), 1);
    fclose(file);
    TEST_OK(cert_load(path, &cert));
    CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
    TEST_BYTES(buf_bytes(&cert->der), der);
    cert_free(&cert);

    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(PEM_write_PUBKEY(file, pki.euicc.key), 1);
    fclose(file);
    TEST_ERR(cert_load(path, &cert), ERR_MALFORMED);
    CU_ASSERT_PTR_NULL(cert);
    CU_ASSERT_EQUAL(ftruncate(fd, 20000), 0);
    TEST_ERR(cert_load(path, &cert), ERR_RANGE);
    CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
    CU_ASSERT_NOT_EQUAL(cert_load(path, &cert), ERR_OK);
    close(fd);
    unlink(path);
    TEST_ERR(cert_load(path, &cert), ERR_NOT_FOUND);
}

static void test_dates(void)
{
    euicc_der();
    const struct cert *cert = pki.euicc.cert;
    TEST_OK(cert_verify_dates(cert, TEST_PKI_NOW));
    TEST_OK(cert_verify_dates(cert, TEST_PKI_NOT_BEFORE));
    TEST_OK(cert_verify_dates(cert, TEST_PKI_NOT_AFTER - 1));
    TEST_ERR(cert_verify_dates(cert, TEST_PKI_NOT_BEFORE - 1), ERR_CERT_DATE);
    TEST_ERR(cert_verify_dates(cert, TEST_PKI_NOT_AFTER + 1), ERR_CERT_DATE);
    TEST_ERR(cert_verify_dates(cert, 0), ERR_CERT_DATE);
}

static void test_signature(void)
{
    euicc_der();
    TEST_OK(cert_verify_signature(pki.euicc.cert, pki.eum.cert));
    TEST_OK(cert_verify_signature(pki.ci.cert, pki.ci.cert));
    TEST_ERR(cert_verify_signature(pki.euicc.cert, pki.ci.cert), ERR_CERT_CHAIN);
    TEST_ERR(cert_verify_signature(pki.euicc.cert, pki.euicc.cert), ERR_CERT_CHAIN);
    /* SGP.22 2.6.7: ECDSA with SHA-256 and nothing else */
    struct test_pki_identity identity;
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_EUICC);
    spec.digest = EVP_sha1();
    test_pki_issue(&spec, &pki.eum, &identity);
    CU_ASSERT_PTR_NOT_NULL_FATAL(identity.cert);
    TEST_ERR(cert_verify_signature(identity.cert, pki.eum.cert), ERR_CERT_CHAIN);
    test_pki_identity_clear(&identity);
    test_pki_clear(&pki);
}

static const struct test_case cases[] = {
    {"parse", test_parse},
    {"roles", test_roles},
    {"lengths", test_lengths},
    {"every byte counts", test_every_byte},
    {"keys of other kinds", test_other_keys},
    {"brainpoolP256r1", test_brainpool},
    {"key id without extension", test_key_id_without_extension},
    {"subject text", test_subject_text},
    {"EID of another role", test_eid},
    {"registered OID", test_registered_oid},
    {"serial number", test_serial},
    {"load from a file", test_load},
    {"dates", test_dates},
    {"signature", test_signature},
};
TEST_MAIN("shared/sgp22/cert", cases)
