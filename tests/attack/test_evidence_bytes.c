/* A hostile PC changes a chip's evidence, byte by byte (invariants 2, 3). */
#include <stdlib.h>
#include <string.h>

#include "evidence.h"

enum { FLIPS_LISTED = 64 };

static struct test_pki pki;

/* One token for all cases that do not change it. */
static struct stand *line(void)
{
    return stand_line(&pki);
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
        if (!sw_is_one_of(sw, allowed)) {
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
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&chip, &wire);
}

/* Bytes before, behind and missing, for the fields that have an inside. */
static void test_lengths(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&chip, &wire);
}

static const struct test_case cases[] = {
    {"an honest load succeeds", test_honest},
    {"every byte of the evidence", test_every_byte},
    {"bytes behind and missing", test_lengths},
};

TEST_MAIN("attack: evidence, bytes", cases)
