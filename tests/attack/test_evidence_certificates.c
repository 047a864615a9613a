/* A hostile PC brings other certificates with a chip's evidence (invariants 2, 3). */
#include <signal.h>
#include <time.h>

#include "evidence.h"

enum { DAY = 24 * 3600, YEAR = 365 * DAY };

static struct test_pki pki;

/* One token for all cases that do not change it. */
static struct stand *line(void)
{
    return stand_line(&pki);
}

static void euicc_is_dpauth(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_DPAUTH;
}
static void euicc_is_dppb(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_DPPB;
}
static void euicc_is_tls(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_DP_TLS;
}
static void euicc_is_eum(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_EUM;
}
static void euicc_is_ci(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_CI;
}
static void euicc_has_no_role(struct test_pki_specs *specs)
{
    specs->euicc.role = CERT_ROLE_NONE;
}
static void euicc_has_two_roles(struct test_pki_specs *specs)
{
    specs->euicc.second_role = CERT_ROLE_DPPB;
}
static void euicc_may_not_sign(struct test_pki_specs *specs)
{
    specs->euicc.key_usage = "keyAgreement";
}
static void euicc_is_ca(struct test_pki_specs *specs)
{
    specs->euicc.basic_constraints = true;
    specs->euicc.ca = true;
}
static void euicc_expired(struct test_pki_specs *specs)
{
    specs->euicc.not_after = TEST_PKI_NOT_BEFORE + YEAR;
}
static void euicc_not_yet(struct test_pki_specs *specs)
{
    specs->euicc.not_before = TEST_PKI_NOT_AFTER - YEAR;
}
static void euicc_foreign_signer(struct test_pki_specs *specs)
{
    specs->euicc.foreign_signer = true;
}
static void euicc_no_eid(struct test_pki_specs *specs)
{
    specs->euicc.serial_number = NULL;
}
static void euicc_bad_eid(struct test_pki_specs *specs)
{
    specs->euicc.serial_number = "89049032123451234512345678901236";
}
static void euicc_of_another_eum(struct test_pki_specs *specs)
{
    specs->euicc.serial_number = EID_FOREIGN_EUM;
}
static void euicc_other_organisation(struct test_pki_specs *specs)
{
    specs->euicc.organisation = "Another EUM";
}
static void euicc_excluded(struct test_pki_specs *specs)
{
    specs->eum.excluded_eid = "890490321234512345";
}
static void euicc_unknown_critical(struct test_pki_specs *specs)
{
    specs->euicc.unknown_critical = true;
}
static void eum_is_euicc(struct test_pki_specs *specs)
{
    specs->eum.role = CERT_ROLE_EUICC;
}
static void eum_is_dppb(struct test_pki_specs *specs)
{
    specs->eum.role = CERT_ROLE_DPPB;
}
static void eum_is_no_ca(struct test_pki_specs *specs)
{
    specs->eum.ca = false;
    specs->eum.path_length = -1;
}
static void eum_may_not_certify(struct test_pki_specs *specs)
{
    specs->eum.key_usage = "digitalSignature";
}
static void eum_expired(struct test_pki_specs *specs)
{
    specs->eum.not_after = TEST_PKI_NOT_BEFORE + YEAR;
}
static void eum_foreign_signer(struct test_pki_specs *specs)
{
    specs->eum.foreign_signer = true;
}
static void eum_permits_nothing(struct test_pki_specs *specs)
{
    specs->eum.permitted_organisation = NULL;
    specs->eum.permitted_eid = NULL;
}
static void eum_unknown_critical(struct test_pki_specs *specs)
{
    specs->eum.unknown_critical = true;
}
static void eum_names_another_ci(struct test_pki_specs *specs)
{
    specs->eum.authority_key_id = TEST_PKI_KEY_ID_WRONG;
}
/* A whole tree of another CI, with the same names. */
static void another_ci(struct test_pki_specs *specs)
{
    specs->ci.key_seed = 0x55;
}
/* The same, under the key identifier of the trusted one. */
static void another_ci_disguised(struct test_pki_specs *specs)
{
    specs->ci.key_seed = 0x55;
    specs->ci.subject_key_id_of = pki.ci.key;
}
static void another_curve(struct test_pki_specs *specs)
{
    specs->euicc.curve = EC_CURVE_BRAINPOOL_P256R1;
}

/* Each tree is the honest one but for one lie. */
static const struct {
    const char *name;
    void (*lie)(struct test_pki_specs *specs);
    uint16_t sw;
} trees[] = {
    {"CERT.EUICC with role DPauth", euicc_is_dpauth, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC with role DPpb", euicc_is_dppb, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC with role DP TLS", euicc_is_tls, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC with role EUM", euicc_is_eum, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC with role CI", euicc_is_ci, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC without a role", euicc_has_no_role, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC with two roles", euicc_has_two_roles, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC without digitalSignature", euicc_may_not_sign, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC as a CA", euicc_is_ca, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUICC expired", euicc_expired, TOKWIRE_SW_CERT_DATE},
    {"CERT.EUICC not yet valid", euicc_not_yet, TOKWIRE_SW_CERT_DATE},
    {"CERT.EUICC signed by a stranger", euicc_foreign_signer, TOKWIRE_SW_CERT_CHAIN},
    {"CERT.EUICC without an EID", euicc_no_eid, TOKWIRE_SW_CERT_EID},
    {"CERT.EUICC with wrong check digits", euicc_bad_eid, TOKWIRE_SW_CERT_EID},
    {"an EID outside the EUM's prefix", euicc_of_another_eum, TOKWIRE_SW_CERT_EID},
    {"another organisation than the EUM permits", euicc_other_organisation, TOKWIRE_SW_CERT_EID},
    {"an EID the EUM excludes", euicc_excluded, TOKWIRE_SW_CERT_EID},
    {"CERT.EUICC with an unknown critical extension", euicc_unknown_critical,
     TOKWIRE_SW_CERT_CHAIN},
    {"CERT.EUM with role eUICC", eum_is_euicc, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUM with role DPpb", eum_is_dppb, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUM that is no CA", eum_is_no_ca, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUM without keyCertSign", eum_may_not_certify, TOKWIRE_SW_CERT_ROLE},
    {"CERT.EUM expired", eum_expired, TOKWIRE_SW_CERT_DATE},
    {"CERT.EUM signed by a stranger", eum_foreign_signer, TOKWIRE_SW_CERT_CHAIN},
    {"CERT.EUM that permits no EID", eum_permits_nothing, TOKWIRE_SW_CERT_EID},
    {"CERT.EUM with an unknown critical extension", eum_unknown_critical, TOKWIRE_SW_CERT_CHAIN},
    {"CERT.EUM that names another CI", eum_names_another_ci, TOKWIRE_SW_CERT_CHAIN},
    {"another CI", another_ci, TOKWIRE_SW_CERT_CHAIN},
    {"another CI in disguise", another_ci_disguised, TOKWIRE_SW_CERT_CHAIN},
    {"a chip on another curve than the one-time key", another_curve, TOKWIRE_SW_UNSUPPORTED},
};

static void test_certificates(void)
{
    struct test_pki_specs specs;
    struct test_pki forged;
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    line();
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        test_pki_specs_init(&specs);
        trees[i].lie(&specs);
        test_pki_make(&specs, &forged);
        evidence_prepare(line(), &chip, &wire, &forged.euicc, &forged.eum);
        chip_evidence(&chip, &evidence);
        size_t before = stand_journal_count(line(), "\"event\":\"evidence refused\"",
                                            tokwire_sw_name(trees[i].sw));
        expect_sw(trees[i].name, evidence_derive(&evidence, &wire, &handle), trees[i].sw);
        CU_ASSERT_EQUAL(handle, 0);
        CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"evidence refused\"",
                                            tokwire_sw_name(trees[i].sw)),
                        before + 1);
        evidence_clear(&evidence);
        evidence_finish(&chip, &wire);
        test_pki_clear(&forged);
    }
}

/* Honest certificates in the wrong place: each issuer and each subject. */
static void test_misplaced_certificates(void)
{
    const struct test_pki_identity *const euicc[] = {&pki.dpauth, &pki.dppb,  &pki.eum,
                                                     &pki.ci,     &pki.batch, NULL};
    const struct test_pki_identity *const eum[] = {&pki.ci,   &pki.euicc, &pki.dpauth,
                                                   &pki.dppb, &pki.batch, NULL};
    static const uint16_t refusals[] = {TOKWIRE_SW_CERT_ROLE, TOKWIRE_SW_CERT_CHAIN, 0};
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    line();
    for (size_t i = 0; euicc[i] != NULL; i++) {
        evidence_prepare(line(), &chip, &wire, euicc[i], &pki.eum);
        chip_evidence(&chip, &evidence);
        CU_ASSERT_TRUE(sw_is_one_of(evidence_derive(&evidence, &wire, &handle), refusals));
        evidence_clear(&evidence);
        evidence_finish(&chip, &wire);
    }
    for (size_t i = 0; eum[i] != NULL; i++) {
        evidence_prepare(line(), &chip, &wire, &pki.euicc, eum[i]);
        chip_evidence(&chip, &evidence);
        CU_ASSERT_TRUE(sw_is_one_of(evidence_derive(&evidence, &wire, &handle), refusals));
        evidence_clear(&evidence);
        evidence_finish(&chip, &wire);
    }
}

/* A CI that the officer trusted while it was valid, and that is not any more. */
static void test_ci_expires(void)
{
    struct test_pki_specs specs;
    struct test_pki brief;
    struct stand stand;
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    line();
    test_pki_specs_init(&specs);
    specs.ci.key_seed = 0x56;
    specs.ci.not_after = time(NULL) + DAY;
    test_pki_make(&specs, &brief);
    stand_new_token(&stand, &pki, TOKWIRE_ROLE_LINE);
    stand_trust(&stand, buf_bytes(&brief.ci.der));
    stand_restart_at(&stand, SIGTERM, 2L * DAY);
    evidence_prepare(&stand, &chip, &wire, &brief.euicc, &brief.eum);
    chip_evidence(&chip, &evidence);
    expect_sw("an expired CI", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_CERT_DATE);
    evidence_clear(&evidence);
    evidence_finish(&chip, &wire);
    stand_stop(&stand, SIGTERM);
    test_pki_clear(&brief);
}

static const struct test_case cases[] = {
    {"forged certificates", test_certificates},
    {"honest certificates of other roles", test_misplaced_certificates},
    {"a CI that expires", test_ci_expires},
};

TEST_MAIN("attack: evidence, certificates", cases)
