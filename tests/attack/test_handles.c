/* A hostile PC plays with handles: foreign, stale, of another kind; and with keys
 * past their use. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chip.h"
#include "stand.h"

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

static struct stand *dp(void)
{
    static struct stand stand;
    line();
    if (stand.engine == 0) {
        stand_new_token(&stand, &pki, TOKWIRE_ROLE_DP);
    }
    return &stand;
}

/* --- every kind of handle at every command ------------------------------------ */

enum kind {
    KIND_ONE_TIME_KEY,
    KIND_SESSION_KEYS,
    KIND_PPK,
    KIND_ROOT,
    KIND_DPAUTH,
    KIND_CERTIFICATE,
    KIND_CI,
    KIND_COUNTER,
    KIND_OTHERS_KEY, /* of another connection of the same user */
    KIND_OTHERS_SESSION,
    KIND_OTHERS_PPK,
    KIND_STALE_KEY, /* destroyed */
    KIND_STALE_SESSION,
    KIND_STALE_PPK,
    KIND_NEXT_SEQUENCE, /* of our session keys' slot */
    KIND_NO_TOP_BIT,
    KIND_ZERO,
    KIND_ONES,
    KIND_ABSENT_ROOT,
    KINDS
};

static const char *const kind_names[KINDS] = {
    "one-time key",
    "session keys",
    "PPK set",
    "root key",
    "dpauth",
    "certificate",
    "CI",
    "counter",
    "another's key",
    "another's session",
    "another's PPK set",
    "stale key",
    "stale session keys",
    "stale PPK set",
    "next sequence",
    "without the top bit",
    "zero",
    "ones",
    "absent root",
};

static uint16_t at_derive_session(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    struct chip chip;
    struct evidence evidence;
    uint32_t made;
    (void)good;
    chip_new(&chip, &pki.euicc, &pki.eum);
    CU_ASSERT_EQUAL(chip_authenticate(&chip, wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_prepare(&chip, wire), TOKWIRE_SW_OK);
    chip.one_time_key = handle;
    chip_evidence(&chip, &evidence);
    uint16_t sw = evidence_derive(&evidence, wire, &made);
    evidence_clear(&evidence);
    chip_clear(&chip);
    return sw;
}

static uint16_t at_derive_ppk(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    uint32_t made;
    (void)good;
    return wire_derive_ppk(wire, handle, TEST_PKI_EID, ICCID, &made);
}

static uint16_t at_encrypt(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    (void)good;
    return wire_encrypt(wire, handle, test_hex("BF2400"));
}

static uint16_t at_mac(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    (void)good;
    return wire_mac(wire, handle, test_hex("BF2500"));
}

static uint16_t at_wrap_under(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    return wire_replace(wire, handle, good[KIND_PPK]);
}

static uint16_t at_wrap_what(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    return wire_replace(wire, good[KIND_SESSION_KEYS], handle);
}

static uint16_t at_destroy(struct wire *wire, uint32_t handle, const uint32_t *good)
{
    (void)good;
    return wire_destroy(wire, handle);
}

/* The last row takes any session object, so it comes last and consumes them. */
static const struct {
    const char *name;
    uint16_t (*use)(struct wire *wire, uint32_t handle, const uint32_t *good);
    uint16_t good[KINDS]; /* what is not 6A88 */
} uses[] = {
    {"DERIVE SESSION KEYS", at_derive_session, {[KIND_ONE_TIME_KEY] = TOKWIRE_SW_OK}},
    {"DERIVE PPK", at_derive_ppk, {[KIND_ROOT] = TOKWIRE_SW_OK}},
    {"BSP ENCRYPT",
     at_encrypt,
     {[KIND_SESSION_KEYS] = TOKWIRE_SW_OK, [KIND_PPK] = TOKWIRE_SW_ROLE}},
    {"BSP MAC", at_mac, {[KIND_SESSION_KEYS] = TOKWIRE_SW_OK}},
    {"REPLACE SESSION KEYS, under", at_wrap_under, {[KIND_SESSION_KEYS] = TOKWIRE_SW_OK}},
    {"REPLACE SESSION KEYS, what", at_wrap_what, {[KIND_PPK] = TOKWIRE_SW_STATE}},
    {"DESTROY",
     at_destroy,
     {[KIND_ONE_TIME_KEY] = TOKWIRE_SW_OK,
      [KIND_SESSION_KEYS] = TOKWIRE_SW_OK,
      [KIND_PPK] = TOKWIRE_SW_OK}},
};

/* One of each session object on a connection. */
static void make_objects(struct wire *wire, uint32_t *key, uint32_t *session, uint32_t *ppk)
{
    struct chip chip;
    chip_new(&chip, &pki.euicc, &pki.eum);
    *session = chip_session(&chip, wire);
    CU_ASSERT_EQUAL(wire_derive_ppk(wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, ppk), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, wire), TOKWIRE_SW_OK);
    *key = chip.one_time_key;
    chip_clear(&chip);
}

static void fill_handles(struct wire *wire, struct wire *other, uint32_t *handles)
{
    make_objects(wire, &handles[KIND_STALE_KEY], &handles[KIND_STALE_SESSION],
                 &handles[KIND_STALE_PPK]);
    CU_ASSERT_EQUAL(wire_destroy(wire, handles[KIND_STALE_KEY]), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_destroy(wire, handles[KIND_STALE_SESSION]), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_destroy(wire, handles[KIND_STALE_PPK]), TOKWIRE_SW_OK);
    make_objects(wire, &handles[KIND_ONE_TIME_KEY], &handles[KIND_SESSION_KEYS],
                 &handles[KIND_PPK]);
    /* The other connection counts on, so that none of its handles is one of ours. */
    for (int i = 0; i < 8; i++) {
        uint32_t filler;
        CU_ASSERT_EQUAL(wire_derive_ppk(other, ROOT_HANDLE, TEST_PKI_EID, ICCID, &filler),
                        TOKWIRE_SW_OK);
    }
    make_objects(other, &handles[KIND_OTHERS_KEY], &handles[KIND_OTHERS_SESSION],
                 &handles[KIND_OTHERS_PPK]);
    handles[KIND_ROOT] = ROOT_HANDLE;
    handles[KIND_DPAUTH] = 0x00020002;
    handles[KIND_CERTIFICATE] = 0x00030002;
    handles[KIND_CI] = 0x00030005;
    handles[KIND_COUNTER] = 0x00040001;
    handles[KIND_NEXT_SEQUENCE] = handles[KIND_SESSION_KEYS] + 0x100;
    handles[KIND_NO_TOP_BIT] = handles[KIND_SESSION_KEYS] & 0x7FFFFFFF;
    handles[KIND_ONES] = 0xFFFFFFFF;
    handles[KIND_ABSENT_ROOT] = ROOT_HANDLE + 1;
}

/* First every handle that must fail, with the good ones beside it untouched; then
 * the good ones, which shows that it was the handle. */
static void test_every_kind(void)
{
    struct wire wire, other;
    uint32_t handles[KINDS] = {0};
    char what[96];
    stand_connect(line(), &wire);
    stand_connect(line(), &other);
    fill_handles(&wire, &other, handles);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
            for (size_t kind = 0; kind < KINDS; kind++) {
                uint16_t good = uses[i].good[kind];
                if ((good != 0) != (pass == 1)) {
                    continue;
                }
                snprintf(what, sizeof(what), "%s of %s", uses[i].name, kind_names[kind]);
                expect_sw(what, uses[i].use(&wire, handles[kind], handles),
                          good != 0 ? good : TOKWIRE_SW_NOT_FOUND);
            }
        }
    }
    wire_close(&wire);
    wire_close(&other);
}

/* The other connection's objects are alive all the while, for it alone. */
static void test_handles_of_others(void)
{
    struct wire wire, other;
    uint32_t key, session, ppk;
    stand_connect(line(), &wire);
    stand_connect(line(), &other);
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_EQUAL(wire_derive_ppk(&other, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk),
                        TOKWIRE_SW_OK);
    }
    make_objects(&other, &key, &session, &ppk);
    /* Handles can be guessed: every slot and sequence near the others'. */
    for (uint32_t sequence = 1; sequence < 16; sequence++) {
        for (uint32_t slot = 0; slot < 16; slot++) {
            uint32_t guess = 0x80000000u | sequence << 8 | slot;
            CU_ASSERT_EQUAL(wire_encrypt(&wire, guess, test_hex("00")), TOKWIRE_SW_NOT_FOUND);
            CU_ASSERT_EQUAL(wire_replace(&wire, guess, guess), TOKWIRE_SW_NOT_FOUND);
        }
    }
    expect_sw("its owner", wire_replace(&other, session, ppk), TOKWIRE_SW_OK);
    wire_close(&wire);
    wire_close(&other);
}

/* A logout ends what the login made, though the connection stays. */
static void test_after_logout(void)
{
    struct wire wire;
    uint32_t key, session, ppk;
    stand_connect(line(), &wire);
    make_objects(&wire, &key, &session, &ppk);
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_LOGOUT, 0, 0, NULL), TOKWIRE_SW_OK);
    expect_sw("logged out", wire_replace(&wire, session, ppk), TOKWIRE_SW_NOT_LOGGED_IN);
    CU_ASSERT_EQUAL(wire_login(&wire, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    expect_sw("logged in again", wire_replace(&wire, session, ppk), TOKWIRE_SW_NOT_FOUND);
    expect_sw("logged in again", wire_destroy(&wire, key), TOKWIRE_SW_NOT_FOUND);
    wire_close(&wire);
}

/* --- keys past their use --------------------------------------------------------- */

/* One wrap per session; nothing is encrypted or MACed under its keys behind it. */
static void test_after_wrap(void)
{
    struct wire wire;
    uint32_t key, session, ppk, second;
    stand_connect(line(), &wire);
    make_objects(&wire, &key, &session, &ppk);
    CU_ASSERT_EQUAL(
        wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, "89019990001234567901", &second),
        TOKWIRE_SW_OK);
    size_t before = stand_journal_count(line(), "\"event\":\"release\"", NULL);
    expect_sw("a wrap", wire_replace(&wire, session, ppk), TOKWIRE_SW_OK);
    expect_sw("a second wrap", wire_replace(&wire, session, ppk), TOKWIRE_SW_STATE);
    expect_sw("a second set", wire_replace(&wire, session, second), TOKWIRE_SW_STATE);
    expect_sw("encrypt after it", wire_encrypt(&wire, session, test_hex("BF2400")),
              TOKWIRE_SW_STATE);
    expect_sw("MAC after it", wire_mac(&wire, session, test_hex("BF2500")), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release\"", NULL), before + 1);
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release refused\"",
                                        "\"iccid\":\"89019990001234567901\""),
                    1);
    wire_close(&wire);
}

/* A refused wrap uses nothing up and leaves nothing behind. */
static void test_refused_wrap(void)
{
    struct wire wire;
    uint32_t key, session, ppk, foreign;
    stand_connect(line(), &wire);
    make_objects(&wire, &key, &session, &ppk);
    CU_ASSERT_EQUAL(wire_derive_ppk(&wire, ROOT_HANDLE, EID_OTHER, ICCID, &foreign), TOKWIRE_SW_OK);
    size_t before = stand_journal_count(line(), "\"event\":\"release refused\"", EID_OTHER);
    for (int i = 0; i < 3; i++) {
        expect_sw("another EID's keys", wire_replace(&wire, session, foreign),
                  TOKWIRE_SW_EID_MISMATCH);
    }
    CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"release refused\"", EID_OTHER),
                    before + 3);
    expect_sw("its own", wire_replace(&wire, session, ppk), TOKWIRE_SW_OK);
    wire_close(&wire);
}

/* More objects than there is room for: refused, and only on that connection. */
static void test_object_flood(void)
{
    enum { ROOM = 256 };
    struct wire wire, other;
    uint32_t handle = 0;
    stand_connect(line(), &wire);
    stand_connect(line(), &other);
    for (int i = 0; i < ROOM; i++) {
        CU_ASSERT_EQUAL(wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &handle),
                        TOKWIRE_SW_OK);
    }
    uint32_t more;
    expect_sw("one more", wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &more),
              TOKWIRE_SW_FULL);
    expect_sw("another connection", chip_release(&other, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_destroy(&wire, handle), TOKWIRE_SW_OK);
    expect_sw("one for one", wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &more),
              TOKWIRE_SW_OK);
    wire_close(&wire);
    wire_close(&other);
}

/* --- roles ------------------------------------------------------------------------ */

/* A line token makes no profiles: with '86' it would decrypt them, since what is
 * encrypted once is known. */
static void test_line_makes_no_profile(void)
{
    struct wire wire;
    uint32_t ppk;
    stand_connect(line(), &wire);
    CU_ASSERT_EQUAL(wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk), TOKWIRE_SW_OK);
    for (size_t len = 0; len < 3; len++) {
        expect_sw("'86' on a line token", wire_encrypt(&wire, ppk, bytes_make("xyz", len)),
                  TOKWIRE_SW_ROLE);
    }
    wire_close(&wire);
}

/* A dp token agrees on no keys and wraps nothing. */
static void test_dp_loads_no_chip(void)
{
    static const uint8_t curve = EC_CURVE_P256;
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    uint32_t ppk, handle;
    stand_connect(dp(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_evidence(&chip, &evidence);
    expect_sw("one-time key",
              wire_call_field(&wire, TOKWIRE_GENERATE_ONE_TIME_KEY, 0, 0, TOKWIRE_F_CURVE,
                              bytes_make(&curve, 1)),
              TOKWIRE_SW_ROLE);
    expect_sw("ECKA", evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk), TOKWIRE_SW_OK);
    expect_sw("MAC", wire_mac(&wire, ppk, test_hex("00")), TOKWIRE_SW_ROLE);
    expect_sw("wrap", wire_replace(&wire, ppk, ppk), TOKWIRE_SW_ROLE);
    expect_sw("'86'", wire_encrypt(&wire, ppk, test_hex("00")), TOKWIRE_SW_OK);
    expect_sw("'86' past the end", wire_encrypt(&wire, ppk, test_hex("00")), TOKWIRE_SW_STATE);
    evidence_clear(&evidence);
    chip_clear(&chip);
    wire_close(&wire);
}

static const struct test_case cases[] = {
    {"every kind of handle at every command", test_every_kind},
    {"handles of another connection, guessed", test_handles_of_others},
    {"handles after a logout", test_after_logout},
    {"wrap twice, encrypt after the wrap", test_after_wrap},
    {"wrap another EID's keys", test_refused_wrap},
    {"more objects than room", test_object_flood},
    {"'86' on a line token", test_line_makes_no_profile},
    {"ECKA on a dp token", test_dp_loads_no_chip},
};

TEST_MAIN("attack: handles", cases)
