/* What the scripts of provisioning/pki make is what the checks of SGP.22
 * 4.5.2.1 accept, and where a script is asked for a bad one, refuse. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "batch/batch.h"

/* A certificate of provisioning/pki/sign-csr.sh over the fixture's batch CSR. */
static struct cert *signed_csr(const char *role, const char *more)
{
    char path[256];

    snprintf(path, sizeof(path), "%s", fixture_path(role));
    if (!fixture_shell("provisioning/pki/sign-csr.sh --ca %s --role %s --csr %s/batch.csr"
                       " --out %s %s",
                       fixture_pki()->folder, role, fixture_pki()->folder, path, more)) {
        return NULL;
    }
    return fixture_cert(path);
}

static void chip_chains_to_the_ci(void)
{
    const struct fixture_pki *pki = fixture_pki();
    const struct cert *cis[] = {pki->ci};
    char text[EID_TEXT_SIZE];
    struct eid eid;

    TEST_OK(cert_verify_euicc(pki->euicc, pki->eum, cis, 1, time(NULL), &eid, NULL));
    CU_ASSERT_STRING_EQUAL(eid_text(&eid, text), pki->eid);
    CU_ASSERT_EQUAL(pki->ci->role, CERT_ROLE_CI);
    CU_ASSERT_EQUAL(pki->batch_ca->role, CERT_ROLE_NONE);
}

static void further_chip_chains_too(void)
{
    const struct cert *cis[] = {fixture_pki()->ci};
    struct cert *euicc, *eum;
    struct eid eid;

    CU_ASSERT_TRUE_FATAL(fixture_shell("provisioning/pki/make-euicc.sh --ca %s --out %s",
                                       fixture_pki()->folder, fixture_path("chip2")));
    euicc = fixture_cert(fixture_path("chip2/euicc.der"));
    eum = fixture_cert(fixture_path("chip2/eum.der"));
    TEST_OK(cert_verify_euicc(euicc, eum, cis, 1, time(NULL), &eid, NULL));
    cert_free(&euicc);
    cert_free(&eum);
}

static void eid_outside_the_prefix_needs_force_and_fails(void)
{
    static const char foreign[] = "$(provisioning/pki/make-eid.sh 89049011)";
    const struct fixture_pki *pki = fixture_pki();
    const struct cert *cis[] = {pki->ci};
    struct cert *euicc;
    struct eid eid;

    CU_ASSERT_FALSE(fixture_shell("provisioning/pki/make-euicc.sh --ca %s --out %s --eid %s",
                                  pki->folder, fixture_path("chip3"), foreign));
    CU_ASSERT_TRUE_FATAL(
        fixture_shell("provisioning/pki/make-euicc.sh --ca %s --out %s --eid %s --force",
                      pki->folder, fixture_path("chip3"), foreign));
    euicc = fixture_cert(fixture_path("chip3/euicc.der"));
    TEST_ERR(cert_verify_euicc(euicc, pki->eum, cis, 1, time(NULL), &eid, NULL), ERR_CERT_EID);
    cert_free(&euicc);
}

static void foreign_ci_is_refused(void)
{
    const struct fixture_pki *pki = fixture_pki();
    struct cert *other;
    struct eid eid;

    CU_ASSERT_TRUE_FATAL(
        fixture_shell("provisioning/pki/make-pki.sh --out %s", fixture_path("other")));
    other = fixture_cert(fixture_path("other/ci.der"));
    TEST_ERR(cert_verify_euicc(pki->euicc, pki->eum, (const struct cert *const[]){other}, 1,
                               time(NULL), &eid, NULL),
             ERR_CERT_CHAIN);
    cert_free(&other);
}

static void wrong_eid_is_refused_by_the_scripts(void)
{
    CU_ASSERT_FALSE(fixture_shell("provisioning/pki/make-pki.sh --out %s"
                                  " --eid 89049032123451234512345678901236",
                                  fixture_path("bad")));
    CU_ASSERT_FALSE(
        fixture_shell("provisioning/pki/make-pki.sh --out %s --eid 8904", fixture_path("bad")));
    /* the published SGP.26 EID */
    CU_ASSERT_TRUE(fixture_shell("provisioning/pki/make-pki.sh --out %s"
                                 " --eid 89049032123451234512345678901235",
                                 fixture_path("good")));
}

static void made_eids_have_right_check_digits(void)
{
    for (int i = 0; i < 10; i++) {
        char text[EID_TEXT_SIZE];
        struct bytes content;
        struct eid eid;

        CU_ASSERT_TRUE_FATAL(
            fixture_shell("provisioning/pki/make-eid.sh >%s", fixture_path("eid")));
        content = fixture_file(fixture_path("eid"));
        CU_ASSERT_EQUAL_FATAL(content.len, EID_TEXT_SIZE);
        snprintf(text, sizeof(text), "%.32s", (const char *)content.data);
        TEST_OK(eid_parse(text, &eid));
    }
}

static void dp_certificates_have_their_roles(void)
{
    const struct cert *cis[] = {fixture_pki()->ci};
    struct cert *dpauth = signed_csr("dpauth", "");
    struct cert *dppb = signed_csr("dppb", "--oid 2.999.77");
    char oid[CERT_OID_TEXT_SIZE];

    CU_ASSERT_PTR_NOT_NULL_FATAL(dpauth);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dppb);
    TEST_OK(cert_verify_dp(dpauth, CERT_ROLE_DPAUTH, cis, 1, time(NULL)));
    TEST_OK(cert_verify_dp(dppb, CERT_ROLE_DPPB, cis, 1, time(NULL)));
    TEST_ERR(cert_verify_dp(dppb, CERT_ROLE_DPAUTH, cis, 1, time(NULL)), ERR_CERT_ROLE);
    TEST_OK(cert_registered_oid(dpauth, oid));
    CU_ASSERT_STRING_EQUAL(oid, "2.999.10");
    TEST_OK(cert_registered_oid(dppb, oid));
    CU_ASSERT_STRING_EQUAL(oid, "2.999.77");
    cert_free(&dpauth);
    cert_free(&dppb);
}

static void dates_are_as_asked(void)
{
    struct cert *old = signed_csr("dpauth", "--start 2020-01-01 --days 10");

    CU_ASSERT_PTR_NOT_NULL_FATAL(old);
    TEST_ERR(cert_verify_dates(old, time(NULL)), ERR_CERT_DATE);
    TEST_OK(cert_verify_dates(old, 1578000000));                 /* 2020-01-02T21:20:00Z */
    TEST_ERR(cert_verify_dates(old, 1577800000), ERR_CERT_DATE); /* 2019-12-31 */
    cert_free(&old);
}

static void bad_requests_are_refused(void)
{
    const char *folder = fixture_pki()->folder;

    CU_ASSERT_FALSE(fixture_shell("provisioning/pki/sign-csr.sh --ca %s --role ci"
                                  " --csr %s/batch.csr --out %s",
                                  folder, folder, fixture_path("x.der")));
    CU_ASSERT_FALSE(fixture_shell("provisioning/pki/sign-csr.sh --ca %s --role dppb"
                                  " --csr %s/ci.der --out %s",
                                  folder, folder, fixture_path("x.der")));
    CU_ASSERT_FALSE(fixture_shell("provisioning/pki/sign-csr.sh --ca /nowhere --role dppb"
                                  " --csr %s/batch.csr --out %s",
                                  folder, fixture_path("x.der")));
    CU_ASSERT_FALSE(fixture_shell("test -e %s", fixture_path("x.der")));
}

static const struct test_case cases[] = {
    {"chip chains to the CI", chip_chains_to_the_ci},
    {"a further chip chains too", further_chip_chains_too},
    {"EID outside the EUM's prefix", eid_outside_the_prefix_needs_force_and_fails},
    {"a foreign CI is refused", foreign_ci_is_refused},
    {"wrong EID is refused by the scripts", wrong_eid_is_refused_by_the_scripts},
    {"made EIDs have right check digits", made_eids_have_right_check_digits},
    {"DP certificates have their roles", dp_certificates_have_their_roles},
    {"dates are as asked", dates_are_as_asked},
    {"bad requests are refused", bad_requests_are_refused},
};

TEST_MAIN("provisioning/pki", cases)
