#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "sgp22/cert.h"
#include "support/pki.h"

/* One chain with one thing wrong (or right), and what must come of it. */
struct chain_row {
    const char *what;
    void (*spoil)(struct test_pki_specs *specs);
    enum err err;
};

static void nothing(struct test_pki_specs *s)
{
    (void)s;
}

/* Roles: policy, CA flag, key usage (SGP.22 4.5.2.1). */
static void euicc_role_dpauth(struct test_pki_specs *s)
{
    s->euicc.role = CERT_ROLE_DPAUTH;
}
static void euicc_role_eum(struct test_pki_specs *s)
{
    s->euicc.role = CERT_ROLE_EUM;
}
static void euicc_no_policy(struct test_pki_specs *s)
{
    s->euicc.role = CERT_ROLE_NONE;
}
static void euicc_two_roles(struct test_pki_specs *s)
{
    s->euicc.second_role = CERT_ROLE_DPPB;
}
static void eum_role_euicc(struct test_pki_specs *s)
{
    s->eum.role = CERT_ROLE_EUICC;
}
static void eum_role_ci(struct test_pki_specs *s)
{
    s->eum.role = CERT_ROLE_CI;
}
static void eum_no_policy(struct test_pki_specs *s)
{
    s->eum.role = CERT_ROLE_NONE;
}
static void ci_role_eum(struct test_pki_specs *s)
{
    s->ci.role = CERT_ROLE_EUM;
}
static void ci_no_policy(struct test_pki_specs *s)
{
    s->ci.role = CERT_ROLE_NONE;
}
static void euicc_is_ca(struct test_pki_specs *s)
{
    s->euicc.basic_constraints = true;
    s->euicc.ca = true;
}
static void euicc_states_no_ca(struct test_pki_specs *s)
{
    s->euicc.basic_constraints = true;
}
static void eum_no_ca(struct test_pki_specs *s)
{
    s->eum.ca = false;
    s->eum.path_length = -1;
}
static void eum_no_basic_constraints(struct test_pki_specs *s)
{
    s->eum.basic_constraints = false;
}
static void ci_no_ca(struct test_pki_specs *s)
{
    s->ci.ca = false;
}
static void euicc_usage_cert_sign(struct test_pki_specs *s)
{
    s->euicc.key_usage = "keyCertSign";
}
static void euicc_no_usage(struct test_pki_specs *s)
{
    s->euicc.key_usage = NULL;
}
static void eum_usage_signature(struct test_pki_specs *s)
{
    s->eum.key_usage = "digitalSignature";
}
static void eum_no_usage(struct test_pki_specs *s)
{
    s->eum.key_usage = NULL;
}
static void ci_usage_crl(struct test_pki_specs *s)
{
    s->ci.key_usage = "cRLSign";
}

/* Path length: CI -> EUM -> eUICC, the EUM being one CA below the CI. */
static void ci_path_0(struct test_pki_specs *s)
{
    s->ci.path_length = 0;
}
static void ci_path_1(struct test_pki_specs *s)
{
    s->ci.path_length = 1;
}
static void eum_path_none(struct test_pki_specs *s)
{
    s->eum.path_length = -1;
}

/* Signers and key identifiers. */
static void euicc_foreign_signer(struct test_pki_specs *s)
{
    s->euicc.foreign_signer = true;
}
static void eum_foreign_signer(struct test_pki_specs *s)
{
    s->eum.foreign_signer = true;
}
static void euicc_sha1(struct test_pki_specs *s)
{
    s->euicc.digest = EVP_sha1();
}
static void eum_sha384(struct test_pki_specs *s)
{
    s->eum.digest = EVP_sha384();
}
static void euicc_wrong_authority(struct test_pki_specs *s)
{
    s->euicc.authority_key_id = TEST_PKI_KEY_ID_WRONG;
}
static void euicc_no_authority(struct test_pki_specs *s)
{
    s->euicc.authority_key_id = TEST_PKI_KEY_ID_NONE;
}
static void eum_wrong_authority(struct test_pki_specs *s)
{
    s->eum.authority_key_id = TEST_PKI_KEY_ID_WRONG;
}
static void eum_no_authority(struct test_pki_specs *s)
{
    s->eum.authority_key_id = TEST_PKI_KEY_ID_NONE;
}
static void eum_no_subject_key_id(struct test_pki_specs *s)
{
    s->eum.no_subject_key_id = true;
}

/* Dates. */
static void euicc_expired(struct test_pki_specs *s)
{
    s->euicc.not_after = TEST_PKI_NOW - 1;
}
static void euicc_early(struct test_pki_specs *s)
{
    s->euicc.not_before = TEST_PKI_NOW + 1;
}
static void eum_expired(struct test_pki_specs *s)
{
    s->eum.not_after = TEST_PKI_NOW - 1;
}
static void eum_early(struct test_pki_specs *s)
{
    s->eum.not_before = TEST_PKI_NOW + 1;
}
static void ci_expired(struct test_pki_specs *s)
{
    s->ci.not_after = TEST_PKI_NOW - 1;
}
static void ci_early(struct test_pki_specs *s)
{
    s->ci.not_before = TEST_PKI_NOW + 1;
}

/* EID and the EUM's name constraints. */
static void eid_outside_prefix(struct test_pki_specs *s)
{
    s->eum.permitted_eid = "89049033";
}
static void eid_longer_prefix(struct test_pki_specs *s)
{
    s->eum.permitted_eid = "890490321234";
}
static void eid_outside_longer_prefix(struct test_pki_specs *s)
{
    s->eum.permitted_eid = "890490321235";
}
static void eid_prefix_whole_eid(struct test_pki_specs *s)
{
    s->eum.permitted_eid = TEST_PKI_EID;
}
static void eid_prefix_beyond_eid(struct test_pki_specs *s)
{
    s->eum.permitted_eid = TEST_PKI_EID "0";
}
static void organisation_other(struct test_pki_specs *s)
{
    s->euicc.organisation = "Other EUM";
}
static void organisation_longer(struct test_pki_specs *s)
{
    s->euicc.organisation = TEST_PKI_ORGANISATION " ";
}
static void organisation_missing(struct test_pki_specs *s)
{
    s->euicc.organisation = NULL;
}
static void no_name_constraints(struct test_pki_specs *s)
{
    s->eum.permitted_eid = NULL;
    s->eum.permitted_organisation = NULL;
}
static void permits_no_eid(struct test_pki_specs *s)
{
    s->eum.permitted_eid = NULL;
}
static void permits_no_organisation(struct test_pki_specs *s)
{
    s->eum.permitted_organisation = NULL;
}
static void excluded_subtree(struct test_pki_specs *s)
{
    s->eum.excluded_eid = "89049032";
}
static void excluded_other_subtree(struct test_pki_specs *s)
{
    s->eum.excluded_eid = "99999999";
}
static void eid_check_digits(struct test_pki_specs *s)
{
    s->euicc.serial_number = "89049032123451234512345678901236";
}
static void eid_short(struct test_pki_specs *s)
{
    s->euicc.serial_number = "8904903212345123451234567890123";
}
static void eid_letters(struct test_pki_specs *s)
{
    s->euicc.serial_number = "8904903212345123451234567890123A";
}
static void eid_missing(struct test_pki_specs *s)
{
    s->euicc.serial_number = NULL;
}

/* Extensions nobody here checks (RFC 5280 4.2). */
static void euicc_unknown_critical(struct test_pki_specs *s)
{
    s->euicc.unknown_critical = true;
}
static void eum_unknown_critical(struct test_pki_specs *s)
{
    s->eum.unknown_critical = true;
}
static void ci_unknown_critical(struct test_pki_specs *s)
{
    s->ci.unknown_critical = true;
}

/* Curves (SGP.22 2.6.7.2). */
static void all_brainpool(struct test_pki_specs *s)
{
    s->ci.curve = EC_CURVE_BRAINPOOL_P256R1;
    s->eum.curve = EC_CURVE_BRAINPOOL_P256R1;
    s->euicc.curve = EC_CURVE_BRAINPOOL_P256R1;
}
static void ci_brainpool(struct test_pki_specs *s)
{
    s->ci.curve = EC_CURVE_BRAINPOOL_P256R1;
}

static const struct chain_row chains[] = {
    {"valid", nothing, ERR_OK},
    {"eUICC says CA:FALSE", euicc_states_no_ca, ERR_OK},
    {"EUM without path length", eum_path_none, ERR_OK},
    {"CI of path length 1", ci_path_1, ERR_OK},
    {"EUM without SubjectKeyIdentifier", eum_no_subject_key_id, ERR_OK},
    {"longer prefix permitted", eid_longer_prefix, ERR_OK},
    {"whole EID permitted", eid_prefix_whole_eid, ERR_OK},
    {"brainpoolP256r1", all_brainpool, ERR_OK},
    {"CI on the other curve", ci_brainpool, ERR_OK},

    {"eUICC with policy of DPauth", euicc_role_dpauth, ERR_CERT_ROLE},
    {"eUICC with policy of EUM", euicc_role_eum, ERR_CERT_ROLE},
    {"eUICC without policy", euicc_no_policy, ERR_CERT_ROLE},
    {"eUICC with two roles", euicc_two_roles, ERR_CERT_ROLE},
    {"EUM with policy of eUICC", eum_role_euicc, ERR_CERT_ROLE},
    {"EUM with policy of CI", eum_role_ci, ERR_CERT_ROLE},
    {"EUM without policy", eum_no_policy, ERR_CERT_ROLE},
    {"CI with policy of EUM", ci_role_eum, ERR_CERT_ROLE},
    {"CI without policy", ci_no_policy, ERR_CERT_ROLE},
    {"eUICC that is a CA", euicc_is_ca, ERR_CERT_ROLE},
    {"EUM that is no CA", eum_no_ca, ERR_CERT_ROLE},
    {"EUM without basicConstraints", eum_no_basic_constraints, ERR_CERT_ROLE},
    {"CI that is no CA", ci_no_ca, ERR_CERT_ROLE},
    {"eUICC without digitalSignature", euicc_usage_cert_sign, ERR_CERT_ROLE},
    {"eUICC without keyUsage", euicc_no_usage, ERR_CERT_ROLE},
    {"EUM without keyCertSign", eum_usage_signature, ERR_CERT_ROLE},
    {"EUM without keyUsage", eum_no_usage, ERR_CERT_ROLE},
    {"CI without keyCertSign", ci_usage_crl, ERR_CERT_ROLE},

    {"CI of path length 0", ci_path_0, ERR_CERT_CHAIN},
    {"eUICC signed by a stranger", euicc_foreign_signer, ERR_CERT_CHAIN},
    {"EUM signed by a stranger", eum_foreign_signer, ERR_CERT_CHAIN},
    {"eUICC signed with SHA-1", euicc_sha1, ERR_CERT_CHAIN},
    {"EUM signed with SHA-384", eum_sha384, ERR_CERT_CHAIN},
    {"eUICC names another key", euicc_wrong_authority, ERR_CERT_CHAIN},
    {"eUICC names no key", euicc_no_authority, ERR_CERT_CHAIN},
    {"EUM names another key", eum_wrong_authority, ERR_CERT_CHAIN},
    {"EUM names no key", eum_no_authority, ERR_CERT_CHAIN},
    {"eUICC with an unknown critical extension", euicc_unknown_critical, ERR_CERT_CHAIN},
    {"EUM with an unknown critical extension", eum_unknown_critical, ERR_CERT_CHAIN},
    {"CI with an unknown critical extension", ci_unknown_critical, ERR_CERT_CHAIN},

    {"eUICC expired", euicc_expired, ERR_CERT_DATE},
    {"eUICC not yet valid", euicc_early, ERR_CERT_DATE},
    {"EUM expired", eum_expired, ERR_CERT_DATE},
    {"EUM not yet valid", eum_early, ERR_CERT_DATE},
    {"CI expired", ci_expired, ERR_CERT_DATE},
    {"CI not yet valid", ci_early, ERR_CERT_DATE},

    {"EID outside the prefix", eid_outside_prefix, ERR_CERT_EID},
    {"EID outside a longer prefix", eid_outside_longer_prefix, ERR_CERT_EID},
    {"prefix longer than an EID", eid_prefix_beyond_eid, ERR_CERT_EID},
    {"organisation other than permitted", organisation_other, ERR_CERT_EID},
    {"organisation that only begins as permitted", organisation_longer, ERR_CERT_EID},
    {"no organisation", organisation_missing, ERR_CERT_EID},
    {"EUM without name constraints", no_name_constraints, ERR_CERT_EID},
    {"EUM that permits no EID", permits_no_eid, ERR_CERT_EID},
    {"EUM that permits no organisation", permits_no_organisation, ERR_CERT_EID},
    {"excluded subtree", excluded_subtree, ERR_CERT_EID},
    {"excluded subtree elsewhere", excluded_other_subtree, ERR_CERT_EID},
    {"wrong check digits", eid_check_digits, ERR_CERT_EID},
    {"EID of 31 digits", eid_short, ERR_CERT_EID},
    {"EID with a letter", eid_letters, ERR_CERT_EID},
    {"no EID", eid_missing, ERR_CERT_EID},
};

static void expect_err(const char *what, enum err err, enum err want)
{
    if (err != want) {
        test_note("%s: %s, not %s", what, err_name(err), err_name(want));
    }
    TEST_ERR(err, want);
}

static enum err verify(const struct test_pki *pki, struct eid *eid, size_t *ci)
{
    const struct cert *cis[] = {pki->ci.cert};
    return cert_verify_euicc(pki->euicc.cert, pki->eum.cert, cis, 1, TEST_PKI_NOW, eid, ci);
}

static void check_chain(const struct chain_row *row)
{
    struct test_pki pki;
    struct test_pki_specs specs;
    struct eid eid = {{0xEE}};
    const struct eid none = {{0}};
    size_t ci = 7;
    test_pki_specs_init(&specs);
    row->spoil(&specs);
    test_pki_make(&specs, &pki);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pki.euicc.cert);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pki.eum.cert);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pki.ci.cert);
    expect_err(row->what, verify(&pki, &eid, &ci), row->err);
    CU_ASSERT_EQUAL(ci, 0);
    TEST_BYTES(eid_bytes(&eid), row->err == ERR_OK ? test_hex(TEST_PKI_EID) : eid_bytes(&none));
    test_pki_clear(&pki);
}

static void test_chains(void)
{
    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
        check_chain(&chains[i]);
    }
}

static struct test_pki_spec stranger_ci(void)
{
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_CI);
    spec.common_name = "Other CI";
    spec.key_seed = 0x55;
    return spec;
}

/* The trusted CI: none, a foreign one, the right one behind others. */
static void test_trusted_cis(void)
{
    struct test_pki pki;
    struct test_pki_identity foreign;
    struct test_pki_identity pretender;
    struct test_pki_identity twin;
    struct test_pki_spec spec = stranger_ci();
    struct eid eid;
    size_t ci = 9;
    test_pki_make(NULL, &pki);
    test_pki_issue(&spec, NULL, &foreign);
    /* says the right key identifier over another key */
    spec.subject_key_id_of = pki.ci.key;
    test_pki_issue(&spec, NULL, &pretender);
    /* the same key under another name, as in SGP.26 */
    spec = test_pki_spec_of(CERT_ROLE_CI);
    spec.common_name = "GSMA Test CI";
    test_pki_issue(&spec, NULL, &twin);

    const struct cert *cis[] = {foreign.cert, pretender.cert, pki.ci.cert, twin.cert};
    const struct cert *euicc = pki.euicc.cert;
    const struct cert *eum = pki.eum.cert;
    time_t now = TEST_PKI_NOW;
    TEST_ERR(cert_verify_euicc(euicc, eum, NULL, 0, now, &eid, &ci), ERR_CERT_CHAIN);
    CU_ASSERT_EQUAL(ci, 0);
    TEST_ERR(cert_verify_euicc(euicc, eum, cis, 1, now, &eid, NULL), ERR_CERT_CHAIN);
    TEST_ERR(cert_verify_euicc(euicc, eum, cis, 2, now, &eid, NULL), ERR_CERT_CHAIN);
    TEST_OK(cert_verify_euicc(euicc, eum, cis, 3, now, &eid, &ci));
    CU_ASSERT_EQUAL(ci, 2);
    TEST_OK(cert_verify_euicc(euicc, eum, cis, 4, now, &eid, &ci));
    CU_ASSERT_EQUAL(ci, 2);
    TEST_OK(cert_verify_euicc(euicc, eum, cis + 3, 1, now, &eid, NULL));
    TEST_OK(cert_verify_dp(pki.dpauth.cert, CERT_ROLE_DPAUTH, cis, 4, now));
    TEST_OK(cert_verify_dp(pki.dpauth.cert, CERT_ROLE_DPAUTH, cis + 3, 1, now));
    TEST_ERR(cert_verify_dp(pki.dpauth.cert, CERT_ROLE_DPAUTH, cis, 2, now), ERR_CERT_CHAIN);
    TEST_ERR(cert_verify_dp(pki.dpauth.cert, CERT_ROLE_DPAUTH, NULL, 0, now), ERR_CERT_CHAIN);
    test_pki_identity_clear(&foreign);
    test_pki_identity_clear(&pretender);
    test_pki_identity_clear(&twin);
    test_pki_clear(&pki);
}

/* Certificates of the tree in places that are not theirs. */
static void test_wrong_places(void)
{
    struct test_pki pki;
    struct eid eid;
    test_pki_make(NULL, &pki);
    const struct cert *all[] = {pki.ci.cert,     pki.eum.cert,  pki.euicc.cert,
                                pki.dpauth.cert, pki.dppb.cert, pki.batch.cert};
    const struct cert *cis[] = {pki.ci.cert};
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 6; k++) {
            enum err err = cert_verify_euicc(all[i], all[k], cis, 1, TEST_PKI_NOW, &eid, NULL);
            bool right = i == 2 && k == 1;
            CU_ASSERT_EQUAL(err == ERR_OK, right);
        }
        enum err err = cert_verify_dp(all[i], CERT_ROLE_DPAUTH, cis, 1, TEST_PKI_NOW);
        TEST_ERR(err, i == 3 ? ERR_OK : ERR_CERT_ROLE);
        err = cert_verify_dp(all[i], CERT_ROLE_DPPB, cis, 1, TEST_PKI_NOW);
        TEST_ERR(err, i == 4 ? ERR_OK : ERR_CERT_ROLE);
        /* any certificate but the CI as the trust anchor */
        err = cert_verify_euicc(all[2], all[1], &all[i], 1, TEST_PKI_NOW, &eid, NULL);
        TEST_ERR(err, i == 0 ? ERR_OK : ERR_CERT_CHAIN);
    }
    test_pki_clear(&pki);
}

static void dp_no_oid(struct test_pki_specs *s)
{
    s->dpauth.registered_id = NULL;
}
static void dp_two_roles(struct test_pki_specs *s)
{
    s->dpauth.second_role = CERT_ROLE_DPPB;
}
static void dp_tls(struct test_pki_specs *s)
{
    s->dpauth.role = CERT_ROLE_DP_TLS;
}
static void dp_is_ca(struct test_pki_specs *s)
{
    s->dpauth.basic_constraints = true;
    s->dpauth.ca = true;
}
static void dp_no_usage(struct test_pki_specs *s)
{
    s->dpauth.key_usage = NULL;
}
static void dp_usage_agreement(struct test_pki_specs *s)
{
    s->dpauth.key_usage = "keyAgreement";
}
static void dp_foreign_signer(struct test_pki_specs *s)
{
    s->dpauth.foreign_signer = true;
}
static void dp_wrong_authority(struct test_pki_specs *s)
{
    s->dpauth.authority_key_id = TEST_PKI_KEY_ID_WRONG;
}
static void dp_no_authority(struct test_pki_specs *s)
{
    s->dpauth.authority_key_id = TEST_PKI_KEY_ID_NONE;
}
static void dp_unknown_critical(struct test_pki_specs *s)
{
    s->dpauth.unknown_critical = true;
}
static void dp_expired(struct test_pki_specs *s)
{
    s->dpauth.not_after = TEST_PKI_NOW - 1;
}
static void dp_early(struct test_pki_specs *s)
{
    s->dpauth.not_before = TEST_PKI_NOW + 1;
}
static void dp_brainpool(struct test_pki_specs *s)
{
    s->dpauth.curve = EC_CURVE_BRAINPOOL_P256R1;
}

static const struct chain_row dps[] = {
    {"valid", nothing, ERR_OK},
    {"brainpoolP256r1", dp_brainpool, ERR_OK},
    {"CI of path length 0: no CA between", ci_path_0, ERR_OK},
    {"no registeredID", dp_no_oid, ERR_CERT_ROLE},
    {"two roles", dp_two_roles, ERR_CERT_ROLE},
    {"policy of DP TLS", dp_tls, ERR_CERT_ROLE},
    {"a CA", dp_is_ca, ERR_CERT_ROLE},
    {"no keyUsage", dp_no_usage, ERR_CERT_ROLE},
    {"keyAgreement alone", dp_usage_agreement, ERR_CERT_ROLE},
    {"CI with policy of EUM", ci_role_eum, ERR_CERT_ROLE},
    {"CI that is no CA", ci_no_ca, ERR_CERT_ROLE},
    {"signed by a stranger", dp_foreign_signer, ERR_CERT_CHAIN},
    {"names another key", dp_wrong_authority, ERR_CERT_CHAIN},
    {"names no key", dp_no_authority, ERR_CERT_CHAIN},
    {"unknown critical extension", dp_unknown_critical, ERR_CERT_CHAIN},
    {"expired", dp_expired, ERR_CERT_DATE},
    {"not yet valid", dp_early, ERR_CERT_DATE},
    {"CI expired", ci_expired, ERR_CERT_DATE},
    {"CI not yet valid", ci_early, ERR_CERT_DATE},
};

static void test_dp(void)
{
    for (size_t i = 0; i < sizeof(dps) / sizeof(dps[0]); i++) {
        struct test_pki pki;
        struct test_pki_specs specs;
        test_pki_specs_init(&specs);
        dps[i].spoil(&specs);
        test_pki_make(&specs, &pki);
        const struct cert *cis[] = {pki.ci.cert};
        expect_err(dps[i].what,
                   cert_verify_dp(pki.dpauth.cert, CERT_ROLE_DPAUTH, cis, 1, TEST_PKI_NOW),
                   dps[i].err);
        test_pki_clear(&pki);
    }
}

/* 2027-01-01: within the dates of all the SGP.26 certificates. */
enum { SGP26_NOW = 1798761600, SGP26_COUNT = 6 };

static bool load_sgp26(struct cert *certs[SGP26_COUNT])
{
    static const char *const names[SGP26_COUNT] = {"ci",    "ci-2017", "eum",
                                                   "euicc", "dpauth",  "dppb"};
    bool all = true;
    for (size_t i = 0; i < SGP26_COUNT; i++) {
        char relative[64];
        snprintf(relative, sizeof(relative), "sgp26/%s.der", names[i]);
        const char *path = test_data(relative);
        certs[i] = NULL;
        if (path == NULL) {
            all = false;
            continue;
        }
        TEST_OK(cert_load(path, &certs[i]));
        all = all && certs[i] != NULL;
    }
    return all;
}

/* GSMA SGP.26: EUM and DP certificates name two forms of one CI; either form
 * alone verifies all, for the key is the same. */
static void test_sgp26(void)
{
    struct cert *certs[SGP26_COUNT];
    if (!load_sgp26(certs)) {
        test_note("SGP.26 certificates are not here: the test's own PKI alone was used");
    } else {
        for (size_t i = 0; i < 2; i++) {
            const struct cert *cis[] = {certs[i]};
            struct eid eid;
            char oid[CERT_OID_TEXT_SIZE];
            TEST_OK(cert_verify_euicc(certs[3], certs[2], cis, 1, SGP26_NOW, &eid, NULL));
            TEST_BYTES(eid_bytes(&eid), test_hex("89049032123451234512345678901235"));
            TEST_OK(cert_verify_dp(certs[4], CERT_ROLE_DPAUTH, cis, 1, SGP26_NOW));
            TEST_OK(cert_verify_dp(certs[5], CERT_ROLE_DPPB, cis, 1, SGP26_NOW));
            TEST_OK(cert_registered_oid(certs[4], oid));
            CU_ASSERT_STRING_EQUAL(oid, "2.999.10");
            TEST_ERR(cert_verify_dp(certs[5], CERT_ROLE_DPAUTH, cis, 1, SGP26_NOW), ERR_CERT_ROLE);
        }
    }
    for (size_t i = 0; i < SGP26_COUNT; i++) {
        cert_free(&certs[i]);
    }
}

static const struct test_case cases[] = {
    {"CI, EUM, eUICC (4.5.2.1)", test_chains},
    {"which CI is trusted", test_trusted_cis},
    {"certificates in wrong places", test_wrong_places},
    {"DPauth, DPpb", test_dp},
    {"SGP.26 certificates", test_sgp26},
};
TEST_MAIN("shared/sgp22/cert_chain", cases)
