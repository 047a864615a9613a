/* A hostile PC forges, substitutes and replays a chip's evidence (invariants 2, 3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chip.h"
#include "sgp22/tags.h"
#include "stand.h"

enum { FLIPS_LISTED = 64, YEAR = 365 * 24 * 3600, CI_LIFE_S = 2 };

static struct test_pki pki;

/* One token for all cases that do not change it. */
static struct stand *line(void)
{
    return stand_line(&pki);
}

/* A connection with a prepared transaction and a one-time key. */
static void prepare(struct chip *chip, struct wire *wire, const struct test_pki_identity *euicc,
                    const struct test_pki_identity *eum)
{
    stand_connect(line(), wire);
    chip_new(chip, euicc, eum);
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_prepare(chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_one_time_key(chip, wire), TOKWIRE_SW_OK);
}

static void finish(struct chip *chip, struct wire *wire)
{
    chip_clear(chip);
    wire_close(wire);
}

/* That it can succeed: the same steps without a lie end in the chip's own keys. */
static void test_honest(void)
{
    struct wire wire;
    stand_connect(line(), &wire);
    expect_sw("an honest load", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release\"", ICCID), 1);
    wire_close(&wire);
}

/* --- every byte ------------------------------------------------------------ */

static bool is_one_of(uint16_t sw, const uint16_t *allowed)
{
    while (*allowed != 0 && *allowed != sw) {
        allowed++;
    }
    return *allowed == sw;
}

/* What a changed certificate can be taken for: no certificate, another curve, no
 * chain, another role, other dates, another EID, another key; never for good. */
static const uint16_t certificate_refusals[] = {TOKWIRE_SW_DATA,
                                                TOKWIRE_SW_UNSUPPORTED,
                                                TOKWIRE_SW_CERT_CHAIN,
                                                TOKWIRE_SW_CERT_ROLE,
                                                TOKWIRE_SW_CERT_DATE,
                                                TOKWIRE_SW_CERT_EID,
                                                0};
static const uint16_t signed2_refusals[] = {TOKWIRE_SW_DATA, TOKWIRE_SW_TRANSACTION,
                                            TOKWIRE_SW_SIGNATURE, TOKWIRE_SW_UNSUPPORTED, 0};
static const uint16_t signature_refusals[] = {TOKWIRE_SW_SIGNATURE, 0};

/* Every byte of one field in turn, one bit of it (all eight in the long run). */
static void flip_field(const char *name, struct evidence *evidence, struct buf *field,
                       const uint16_t *allowed, struct wire *wire)
{
    const char *everything = getenv("EUICC_LINE_LONG");
    unsigned bits = everything != NULL && strcmp(everything, "1") == 0 ? 8 : 1;
    uint32_t handle;
    size_t refused = 0;
    for (size_t i = 0; i < field->len * bits; i++) {
        uint8_t flip = (uint8_t)(1u << (bits == 8 ? i % 8 : i / bits % 8));
        field->data[i / bits] ^= flip;
        uint16_t sw = evidence_derive(evidence, wire, &handle);
        field->data[i / bits] ^= flip;
        if (!is_one_of(sw, allowed)) {
            test_note("%s, byte %zu, bit %02X: %04X", name, i / bits, flip, sw);
            CU_FAIL("accepted, or refused for another reason than specified");
        } else {
            refused++;
        }
    }
    CU_ASSERT_EQUAL(refused, field->len * bits);
}

static void test_every_byte(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    size_t before = stand_journal_count(line(), "\"event\":\"evidence refused\"", NULL);
    flip_field("CERT.EUICC", &evidence, &evidence.euicc, certificate_refusals, &wire);
    flip_field("CERT.EUM", &evidence, &evidence.eum, certificate_refusals, &wire);
    flip_field("euiccSigned2", &evidence, &evidence.signed2, signed2_refusals, &wire);
    flip_field("euiccSignature2", &evidence, &evidence.signature, signature_refusals, &wire);
    /* Listed up to a bound, the rest counted: the disk does not fill. */
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"evidence refused\"", NULL) - before,
                    FLIPS_LISTED);
    /* And it was the flips: the same evidence without one is good. */
    expect_sw("the evidence itself", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_LOGOUT, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"refusals_not_listed\"", NULL), 1);
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* Bytes before, behind and missing, for the fields that have an inside. */
static void test_lengths(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    struct buf *const fields[] = {&evidence.euicc, &evidence.eum, &evidence.signed2};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        buf_put_u8(fields[i], 0);
        expect_sw("a byte behind", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_DATA);
        fields[i]->len -= 2;
        expect_sw("a byte missing", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_DATA);
        fields[i]->len += 1;
    }
    expect_sw("the evidence itself", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* --- certificates ---------------------------------------------------------- */

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
        prepare(&chip, &wire, &forged.euicc, &forged.eum);
        chip_evidence(&chip, &evidence);
        size_t before = stand_journal_count(line(), "\"event\":\"evidence refused\"",
                                            tokwire_sw_name(trees[i].sw));
        expect_sw(trees[i].name, evidence_derive(&evidence, &wire, &handle), trees[i].sw);
        CU_ASSERT_EQUAL(handle, 0);
        CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"evidence refused\"",
                                            tokwire_sw_name(trees[i].sw)),
                        before + 1);
        evidence_clear(&evidence);
        finish(&chip, &wire);
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
        prepare(&chip, &wire, euicc[i], &pki.eum);
        chip_evidence(&chip, &evidence);
        CU_ASSERT_TRUE(is_one_of(evidence_derive(&evidence, &wire, &handle), refusals));
        evidence_clear(&evidence);
        finish(&chip, &wire);
    }
    for (size_t i = 0; eum[i] != NULL; i++) {
        prepare(&chip, &wire, &pki.euicc, eum[i]);
        chip_evidence(&chip, &evidence);
        CU_ASSERT_TRUE(is_one_of(evidence_derive(&evidence, &wire, &handle), refusals));
        evidence_clear(&evidence);
        finish(&chip, &wire);
    }
}

/* A CI that the officer trusted while it was valid, and that is not any more. */
static void test_ci_expires(void)
{
    struct test_pki_specs specs;
    struct test_pki brief;
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    line();
    test_pki_specs_init(&specs);
    specs.ci.key_seed = 0x56;
    specs.ci.not_after = time(NULL) + CI_LIFE_S;
    test_pki_make(&specs, &brief);
    stand_trust(line(), buf_bytes(&brief.ci.der));
    prepare(&chip, &wire, &brief.euicc, &brief.eum);
    chip_evidence(&chip, &evidence);
    sleep(CI_LIFE_S + 1);
    expect_sw("an expired CI", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_CERT_DATE);
    evidence_clear(&evidence);
    finish(&chip, &wire);
    test_pki_clear(&brief);
}

/* --- signatures and contents ------------------------------------------------ */

/* Signed by every key that is not the chip's. */
static void test_other_signers(void)
{
    EVP_PKEY *const signers[] = {pki.eum.key, pki.ci.key, pki.dpauth.key, pki.dppb.key,
                                 pki.batch.key};
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        chip_sign_evidence(&chip, signers[i], &evidence);
        expect_sw("signed by another", evidence_derive(&evidence, &wire, &handle),
                  TOKWIRE_SW_SIGNATURE);
    }
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* Values of r and s no signature has. */
static void test_degenerate_signatures(void)
{
    static const char order[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char one[] = "0000000000000000000000000000000000000000000000000000000000000001";
    static const char ones[] = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
    const char *const values[] = {order, zero, one, ones};
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < 16; i++) {
        buf_clear(&evidence.signature);
        buf_put_bytes(&evidence.signature, test_hex(values[i / 4]));
        buf_put_bytes(&evidence.signature, test_hex(values[i % 4]));
        expect_sw("degenerate r, s", evidence_derive(&evidence, &wire, &handle),
                  TOKWIRE_SW_SIGNATURE);
    }
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* euiccSigned2 with other contents, rightly signed by the chip. */
static void sign_contents(const struct chip *chip, struct bytes otpk, struct bytes hash_cc,
                          struct evidence *evidence)
{
    buf_reset(&evidence->signed2);
    size_t mark = tlv_open(&evidence->signed2, TAG_SEQUENCE);
    tlv_put(&evidence->signed2, TAG_TRANSACTION_ID, BYTES_OF(chip->transaction_id));
    tlv_put(&evidence->signed2, TAG_OTPK, otpk);
    if (hash_cc.len > 0) {
        tlv_put(&evidence->signed2, TAG_OCTET_STRING, hash_cc);
    }
    tlv_close(&evidence->signed2, mark);
    chip_sign_evidence(chip, chip->euicc->key, evidence);
}

/* Points that would give the shared secret away: none of the curve, of its twist,
 * the infinite one, compressed. The one-time key must survive each. */
static void test_invalid_points(void)
{
    uint8_t off_curve[EC_POINT_SIZE], infinite[EC_POINT_SIZE] = {0}, brainpool[EC_POINT_SIZE];
    uint8_t zero[EC_POINT_SIZE] = {4};
    static const uint8_t hash_cc[32] = {1};
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    EVP_PKEY *key = NULL;
    enum ec_curve curve;
    uint32_t handle;
    TEST_OK(ec_generate(EC_CURVE_BRAINPOOL_P256R1, &key));
    TEST_OK(ec_point(key, brainpool, &curve));
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    memcpy(off_curve, chip.otpk, sizeof(off_curve));
    off_curve[EC_POINT_SIZE - 1] ^= 1;
    const struct bytes points[] = {
        BYTES_OF(off_curve), BYTES_OF(infinite),        BYTES_OF(zero),
        BYTES_OF(brainpool), bytes_make(chip.otpk, 33), bytes_make(chip.otpk, 1)};
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        sign_contents(&chip, points[i], BYTES_NONE, &evidence);
        expect_sw("otPK.EUICC is no point", evidence_derive(&evidence, &wire, &handle),
                  TOKWIRE_SW_DATA);
    }
    sign_contents(&chip, BYTES_OF(chip.otpk), BYTES_OF(hash_cc), &evidence);
    expect_sw("hashCc", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_UNSUPPORTED);
    sign_contents(&chip, BYTES_OF(chip.otpk), BYTES_NONE, &evidence);
    expect_sw("the chip's own point", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    EVP_PKEY_free(key);
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* --- substitution ----------------------------------------------------------- */

/* A genuine chip B is plugged, and the PC wants chip A's keys. */
static void test_eid_substitution(void)
{
    struct test_pki_identity other;
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle, ppk;
    line();
    chip_issue(&pki, EID_OTHER, &other);
    prepare(&chip, &wire, &other, &pki.eum);
    chip_evidence(&chip, &evidence);
    /* A's certificate over B's signature. */
    buf_clear(&evidence.euicc);
    buf_put_bytes(&evidence.euicc, buf_bytes(&pki.euicc.der));
    expect_sw("A's certificate, B's signature", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_SIGNATURE);
    /* B's own evidence, A's keys. */
    buf_clear(&evidence.euicc);
    buf_put_bytes(&evidence.euicc, buf_bytes(&other.der));
    expect_sw("B's evidence", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    TEST_BYTES(wire_field(&wire, TOKWIRE_F_EID), test_hex(EID_OTHER));
    expect_sw("PPK for A", wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk),
              TOKWIRE_SW_OK);
    size_t before = stand_journal_count(line(), "\"event\":\"release refused\"", "eid_mismatch");
    expect_sw("A's keys for B", wire_replace(&wire, handle, ppk), TOKWIRE_SW_EID_MISMATCH);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release refused\"", "eid_mismatch"),
                    before + 1);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release refused\"",
                                        "\"session_eid\":\"" EID_OTHER "\""),
                    1);
    /* Its own it may have: the refusal was for the EID. */
    expect_sw("PPK for B", wire_derive_ppk(&wire, ROOT_HANDLE, EID_OTHER, ICCID, &ppk),
              TOKWIRE_SW_OK);
    expect_sw("B's keys for B", wire_replace(&wire, handle, ppk), TOKWIRE_SW_OK);
    evidence_clear(&evidence);
    finish(&chip, &wire);
    test_pki_identity_clear(&other);
}

/* --- replay ----------------------------------------------------------------- */

/* The same evidence in every later place. */
static void test_replay(void)
{
    struct wire wire, second;
    struct chip chip, copy;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    expect_sw("once", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    expect_sw("with the same one-time key", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_KEY_USED);
    copy = chip;
    CU_ASSERT_EQUAL(chip_one_time_key(&copy, &wire), TOKWIRE_SW_OK);
    evidence.one_time_key = copy.one_time_key;
    expect_sw("with a fresh one-time key", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_STATE);
    /* The transaction anew, under the same id. */
    CU_ASSERT_EQUAL(chip_authenticate(&copy, &wire), TOKWIRE_SW_OK);
    expect_sw("before smdpSigned2", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(chip_prepare(&copy, &wire), TOKWIRE_SW_OK);
    expect_sw("under another smdpSignature2", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_SIGNATURE);
    /* On another connection, without and with a transaction of that id. */
    stand_connect(line(), &second);
    CU_ASSERT_EQUAL(chip_one_time_key(&copy, &second), TOKWIRE_SW_OK);
    evidence.one_time_key = copy.one_time_key;
    expect_sw("another connection", evidence_derive(&evidence, &second, &handle),
              TOKWIRE_SW_TRANSACTION);
    CU_ASSERT_EQUAL(chip_authenticate(&copy, &second), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_prepare(&copy, &second), TOKWIRE_SW_OK);
    expect_sw("another connection, same id", evidence_derive(&evidence, &second, &handle),
              TOKWIRE_SW_SIGNATURE);
    wire_close(&second);
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* A login's end is its transactions' end. */
static void test_replay_after_logout(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    prepare(&chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_LOGOUT, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_login(&wire, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    expect_sw("the one-time key is gone", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, &wire), TOKWIRE_SW_OK);
    evidence.one_time_key = chip.one_time_key;
    expect_sw("and so is the transaction", evidence_derive(&evidence, &wire, &handle),
              TOKWIRE_SW_TRANSACTION);
    evidence_clear(&evidence);
    finish(&chip, &wire);
}

/* More transactions than there is room for: the oldest goes, nothing else. */
static void test_transaction_flood(void)
{
    enum { ROOM = 64 };
    struct wire wire;
    struct chip first, last, filler;
    struct evidence evidence;
    uint32_t handle;
    prepare(&first, &wire, &pki.euicc, &pki.eum);
    for (int i = 0; i < ROOM - 1; i++) {
        chip_new(&filler, &pki.euicc, &pki.eum);
        CU_ASSERT_EQUAL(chip_authenticate(&filler, &wire), TOKWIRE_SW_OK);
        chip_clear(&filler);
    }
    chip_new(&last, &pki.euicc, &pki.eum);
    CU_ASSERT_EQUAL(chip_authenticate(&last, &wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_prepare(&last, &wire), TOKWIRE_SW_OK);
    chip_evidence(&first, &evidence);
    expect_sw("pushed out", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_TRANSACTION);
    evidence_clear(&evidence);
    last.one_time_key = first.one_time_key;
    chip_evidence(&last, &evidence);
    expect_sw("still there", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    evidence_clear(&evidence);
    chip_clear(&last);
    finish(&first, &wire);
}

static const struct test_case cases[] = {
    {"an honest load succeeds", test_honest},
    {"every byte of the evidence", test_every_byte},
    {"bytes behind and missing", test_lengths},
    {"forged certificates", test_certificates},
    {"honest certificates of other roles", test_misplaced_certificates},
    {"a CI that expires", test_ci_expires},
    {"signatures of others", test_other_signers},
    {"degenerate signatures", test_degenerate_signatures},
    {"points that are none, hashCc", test_invalid_points},
    {"EID substitution", test_eid_substitution},
    {"replay", test_replay},
    {"replay after a logout", test_replay_after_logout},
    {"more transactions than room", test_transaction_flood},
};

TEST_MAIN("attack: evidence", cases)
