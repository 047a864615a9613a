/* A hostile PC brings genuine evidence in the wrong place: of another chip, or of
 * another time (invariants 2, 3). */
#include "evidence.h"

static struct test_pki pki;

/* One token for all cases that do not change it. */
static struct stand *line(void)
{
    return stand_line(&pki);
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
    evidence_prepare(line(), &chip, &wire, &other, &pki.eum);
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
    evidence_finish(&chip, &wire);
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
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&chip, &wire);
}

/* A login's end is its transactions' end. */
static void test_replay_after_logout(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t handle;
    evidence_prepare(line(), &chip, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&chip, &wire);
}

/* More transactions than there is room for: the oldest goes, nothing else. */
static void test_transaction_flood(void)
{
    enum { ROOM = 64 };
    struct wire wire;
    struct chip first, last, filler;
    struct evidence evidence;
    uint32_t handle;
    evidence_prepare(line(), &first, &wire, &pki.euicc, &pki.eum);
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
    evidence_finish(&first, &wire);
}

static const struct test_case cases[] = {
    {"EID substitution", test_eid_substitution},
    {"replay", test_replay},
    {"replay after a logout", test_replay_after_logout},
    {"more transactions than room", test_transaction_flood},
};

TEST_MAIN("attack: evidence, replay", cases)
