/* A hostile PC signs a chip's evidence itself, or has the chip sign what no honest
 * chip says (invariants 2, 3). */
#include <string.h>

#include "evidence.h"
#include "sgp22/tags.h"

static struct test_pki pki;

/* One token for all cases that do not change it. */
static struct stand *line(void)
{
    return stand_line(&pki);
}

/* Signed by every key that is not the chip's. */
static void test_other_signers(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    EVP_PKEY *const signers[] = {pki.eum.key, pki.ci.key, pki.dpauth.key, pki.dppb.key,
                                 pki.batch.key};
    for (size_t i = 0; i < sizeof(signers) / sizeof(signers[0]); i++) {
        chip_sign_evidence(&chip, signers[i], &evidence);
        expect_sw("signed by another", evidence_derive(&evidence, &wire, &handle),
                  TOKWIRE_SW_SIGNATURE);
    }
    evidence_clear(&evidence);
    evidence_finish(&chip, &wire);
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
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    for (size_t i = 0; i < 16; i++) {
        buf_clear(&evidence.signature);
        buf_put_bytes(&evidence.signature, test_hex(values[i / 4]));
        buf_put_bytes(&evidence.signature, test_hex(values[i % 4]));
        expect_sw("degenerate r, s", evidence_derive(&evidence, &wire, &handle),
                  TOKWIRE_SW_SIGNATURE);
    }
    evidence_clear(&evidence);
    evidence_finish(&chip, &wire);
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
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&chip, &wire);
}

static const struct test_case cases[] = {
    {"signatures of others", test_other_signers},
    {"degenerate signatures", test_degenerate_signatures},
    {"points that are none, hashCc", test_invalid_points},
};

TEST_MAIN("attack: evidence, signatures", cases)
