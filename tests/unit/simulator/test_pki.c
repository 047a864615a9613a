/* The certificates made on the spot are what the roles ask for (4.5.2). */
#include "simulator/pki.h"

#include <string.h>

#include "simulator/dp_cert.h"
#include "support/test.h"

#define EID "89049032123451234512345678901235"

static EVP_PKEY *key(void)
{
    EVP_PKEY *made = NULL;
    TEST_OK(ec_generate(EC_CURVE_P256, &made));
    return made;
}

static void test_chain(void)
{
    EVP_PKEY *ci_key = key(), *eum_key = key(), *euicc_key = key(), *dp_key = key();
    struct cert *ci = NULL, *eum = NULL, *euicc = NULL, *dp = NULL;
    struct eid eid;
    char text[EID_TEXT_SIZE], oid[CERT_OID_TEXT_SIZE];
    struct pki_request request = {.role = CERT_ROLE_CI, .common_name = "CI", .organisation = "O"};

    TEST_OK(pki_issue(&request, ci_key, NULL, ci_key, &ci));
    request = (struct pki_request){.role = CERT_ROLE_EUM,
                                   .common_name = "EUM",
                                   .organisation = "Maker",
                                   .serial_number = "89049032"};
    TEST_OK(pki_issue(&request, eum_key, ci, ci_key, &eum));
    request = (struct pki_request){.role = CERT_ROLE_EUICC,
                                   .common_name = "eUICC",
                                   .organisation = "Maker",
                                   .serial_number = EID};
    TEST_OK(pki_issue(&request, euicc_key, eum, eum_key, &euicc));
    request = (struct pki_request){
        .role = CERT_ROLE_DPPB, .common_name = "DP", .organisation = "O", .oid = "2.999.10"};
    TEST_OK(pki_issue(&request, dp_key, ci, ci_key, &dp));

    const struct cert *cis[] = {ci};
    TEST_OK(cert_verify_euicc(euicc, eum, cis, 1, time(NULL), &eid, NULL));
    CU_ASSERT_STRING_EQUAL(eid_text(&eid, text), EID);
    TEST_OK(cert_verify_dp(dp, CERT_ROLE_DPPB, cis, 1, time(NULL)));
    TEST_ERR(cert_verify_dp(dp, CERT_ROLE_DPAUTH, cis, 1, time(NULL)), ERR_CERT_ROLE);
    TEST_OK(cert_registered_oid(dp, oid));
    CU_ASSERT_STRING_EQUAL(oid, "2.999.10");

    /* the chip's own check says the same as the product's */
    struct identity identity = {.ci = {ci}, .ci_count = 1};
    struct cert *checked = NULL;
    struct bytes der = buf_bytes(&dp->der);
    time_t now = time(NULL);
    TEST_OK(dp_cert_check(&identity, der, CERT_ROLE_DPPB, now, &checked, oid));
    cert_free(&checked);
    TEST_ERR(dp_cert_check(&identity, der, CERT_ROLE_DPAUTH, now, &checked, oid), ERR_CERT_ROLE);
    TEST_ERR(dp_cert_check(&identity, der, CERT_ROLE_DPPB, now + 20LL * 365 * 86400, &checked, oid),
             ERR_CERT_DATE);
    identity.ci_count = 0;
    TEST_ERR(dp_cert_check(&identity, der, CERT_ROLE_DPPB, now, &checked, oid), ERR_CERT_CHAIN);

    cert_free(&ci);
    cert_free(&eum);
    cert_free(&euicc);
    cert_free(&dp);
    EVP_PKEY_free(ci_key);
    EVP_PKEY_free(eum_key);
    EVP_PKEY_free(euicc_key);
    EVP_PKEY_free(dp_key);
}

/* The SGP.26 identity the demonstration uses. */
static void test_published_identity(void)
{
    static char names[6][256];
    static const char *const files[] = {"sgp26/euicc.der",   "sgp26/euicc-key.pem",
                                        "sgp26/eum.der",     "sgp26/ci.der",
                                        "sgp26/ci-2017.der", "sgp26/dpauth.der"};
    struct identity *identity = NULL;
    struct cert *dp = NULL;
    const char *bad = NULL;
    char text[EID_TEXT_SIZE], oid[CERT_OID_TEXT_SIZE];
    for (size_t i = 0; i < 6; i++) {
        const char *path = test_data(files[i]);
        if (!path) {
            test_note("published certificates not there");
            return;
        }
        snprintf(names[i], sizeof(names[i]), "%s", path);
    }
    struct identity_files chip = {names[0], names[1], names[2], {names[3], names[4]}, 2};
    TEST_OK(identity_load(&chip, &identity, &bad));
    CU_ASSERT_STRING_EQUAL(eid_text(&identity->eid, text), EID);
    TEST_OK(cert_load(names[5], &dp));
    struct cert *checked = NULL;
    TEST_OK(
        dp_cert_check(identity, buf_bytes(&dp->der), CERT_ROLE_DPAUTH, time(NULL), &checked, oid));
    CU_ASSERT_STRING_EQUAL(oid, "2.999.10");
    cert_free(&checked);
    cert_free(&dp);
    identity_free(&identity);
    /* the key of another */
    chip.eum_cert = names[0];
    TEST_ERR(identity_load(&chip, &identity, &bad), ERR_CERT_ROLE);
}

static const struct test_case cases[] = {
    {"chain and roles", test_chain},
    {"SGP.26 identity", test_published_identity},
};
TEST_MAIN("simulator pki", cases)
