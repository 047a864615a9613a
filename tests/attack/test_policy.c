/* A hostile PC against the officer's limits: quota, expiry, retry counters, by
 * parallel sessions, restarts and kills. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chip.h"
#include "stand.h"

enum { PARALLEL = 6, QUOTA = 2, PIN_TRIES = 5 };

static struct test_pki pki;

static void new_token(struct stand *stand)
{
    if (pki.ci.key == NULL) {
        test_pki_make(NULL, &pki);
    }
    stand_new_token(stand, &pki, TOKWIRE_ROLE_LINE);
}

static char *iccid_of(unsigned number, char text[21])
{
    snprintf(text, 21, "8901999000%010u", number);
    return text;
}

/* --- quota ------------------------------------------------------------------------- */

/* One hostile session, all but the last step done. */
struct session {
    struct wire wire;
    struct chip chip;
    uint32_t keys, ppk;
};

static void open_session(struct stand *stand, unsigned number, struct session *session)
{
    char iccid[21];
    stand_connect(stand, &session->wire);
    chip_new(&session->chip, &pki.euicc, &pki.eum);
    session->keys = chip_session(&session->chip, &session->wire);
    CU_ASSERT_EQUAL(wire_derive_ppk(&session->wire, ROOT_HANDLE, TEST_PKI_EID,
                                    iccid_of(number, iccid), &session->ppk),
                    TOKWIRE_SW_OK);
}

static void close_session(struct session *session)
{
    chip_clear(&session->chip);
    wire_close(&session->wire);
}

/* The wrap's frame leaves; its answer is not waited for. */
static void send_replace(struct session *session)
{
    struct buf request, apdu;
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, session->keys, 4);
    tokwire_put_uint(&request, TOKWIRE_F_KEY_HANDLE, session->ppk, 4);
    wire_apdu(&apdu, TOKWIRE_REPLACE_SESSION_KEYS, 0, 0, buf_bytes(&request));
    CU_ASSERT_TRUE(wire_send_frame(&session->wire, buf_bytes(&apdu)));
    buf_clear(&request);
    buf_clear(&apdu);
}

/* Everybody asks at once, each on a connection of its own: the quota holds. */
static void test_quota_by_parallel_sessions(void)
{
    struct stand stand;
    struct session sessions[PARALLEL];
    size_t granted = 0;
    new_token(&stand);
    stand_policy(&stand, QUOTA, 0);
    for (unsigned i = 0; i < PARALLEL; i++) {
        open_session(&stand, i, &sessions[i]);
    }
    for (unsigned i = 0; i < PARALLEL; i++) {
        send_replace(&sessions[i]);
    }
    for (unsigned i = 0; i < PARALLEL; i++) {
        uint16_t sw = wire_receive(&sessions[i].wire);
        CU_ASSERT_TRUE(sw == TOKWIRE_SW_OK || sw == TOKWIRE_SW_QUOTA);
        granted += sw == TOKWIRE_SW_OK ? 1 : 0;
    }
    CU_ASSERT_EQUAL(granted, QUOTA);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release\"", NULL), QUOTA);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release refused\"", "\"quota\""),
                    PARALLEL - QUOTA);
    for (unsigned i = 0; i < PARALLEL; i++) {
        close_session(&sessions[i]);
    }
    CU_ASSERT_EQUAL(stand_releases(&stand), QUOTA);
    stand_stop(&stand, SIGTERM);
}

/* Neither a restart nor a kill gives any of it back; and it counts profiles, not
 * attempts. */
static void test_quota_by_restarts(void)
{
    static const int ends[] = {SIGTERM, SIGKILL, SIGKILL};
    struct stand stand;
    struct wire wire;
    char iccid[21];
    new_token(&stand);
    stand_policy(&stand, QUOTA, 0);
    for (unsigned i = 0; i < 3; i++) {
        stand_connect(&stand, &wire);
        expect_sw("within the quota or past it",
                  chip_release(&wire, &pki, TEST_PKI_EID, iccid_of(i, iccid)),
                  i < QUOTA ? TOKWIRE_SW_OK : TOKWIRE_SW_QUOTA);
        expect_sw("the first again", chip_release(&wire, &pki, TEST_PKI_EID, iccid_of(0, iccid)),
                  TOKWIRE_SW_OK);
        stand_stop(&stand, ends[i]);
        wire_close(&wire);
        stand_start(&stand);
        CU_ASSERT_EQUAL(stand_releases(&stand), i < QUOTA ? i + 1 : QUOTA);
    }
    /* The same ICCID for another chip is another profile. */
    stand_connect(&stand, &wire);
    expect_sw("another EID", chip_release(&wire, &pki, EID_OTHER, iccid_of(0, iccid)),
              TOKWIRE_SW_QUOTA);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

/* A quota of nothing is nothing, and more of it opens the way. */
static void test_quota_of_nothing(void)
{
    struct stand stand;
    struct wire wire;
    new_token(&stand);
    stand_policy(&stand, 0, 0);
    stand_connect(&stand, &wire);
    expect_sw("none", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_QUOTA);
    wire_close(&wire);
    stand_policy(&stand, 1, 0);
    stand_connect(&stand, &wire);
    expect_sw("one", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    wire_close(&wire);
    /* Under what is used already: the officer can take back. */
    stand_policy(&stand, 0, 0);
    stand_connect(&stand, &wire);
    expect_sw("none any more", chip_release(&wire, &pki, TEST_PKI_EID, "89019990001234567901"),
              TOKWIRE_SW_QUOTA);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

/* --- clock -------------------------------------------------------------------------- */

static void test_not_after(void)
{
    struct stand stand;
    struct session session;
    struct wire wire;
    new_token(&stand);
    stand_policy(&stand, UINT32_MAX, (uint64_t)time(NULL) - 1);
    stand_connect(&stand, &wire);
    expect_sw("past", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_EXPIRED);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release refused\"", "\"expired\""), 1);
    wire_close(&wire);
    /* Also one that passes while a session is open, however early it began. */
    stand_policy(&stand, UINT32_MAX, (uint64_t)time(NULL) + 1);
    open_session(&stand, 1, &session);
    sleep(3);
    expect_sw("passed meanwhile", wire_replace(&session.wire, session.keys, session.ppk),
              TOKWIRE_SW_EXPIRED);
    close_session(&session);
    /* And a profile that was released before it. */
    stand_policy(&stand, UINT32_MAX, 0);
    stand_connect(&stand, &wire);
    expect_sw("no date", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    wire_close(&wire);
    stand_policy(&stand, UINT32_MAX, 1);
    stand_connect(&stand, &wire);
    expect_sw("1970", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_EXPIRED);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

/* A date the clock cannot say is refused, and the old one stays. */
static void test_not_after_out_of_range(void)
{
    struct stand stand;
    struct wire wire;
    new_token(&stand);
    stand_policy(&stand, UINT32_MAX, 1);
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand.socket));
    CU_ASSERT_EQUAL(wire_login(&wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    expect_sw("past 2^63",
              wire_call_field(&wire, TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_NOT_AFTER,
                              test_hex("8000000000000000")),
              TOKWIRE_SW_DATA);
    wire_close(&wire);
    stand_connect(&stand, &wire);
    expect_sw("as before", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_EXPIRED);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

/* --- PINs ------------------------------------------------------------------------------ */

static uint16_t try_pin(struct stand *stand, enum tokwire_user user, const char *pin)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand->socket));
    uint16_t sw = wire_login(&wire, user, pin);
    wire_close(&wire);
    return sw;
}

/* Guessing, with the engine killed after every guess and the guesses spread over
 * connections: the tries run out all the same, for the right PIN too. */
static void test_pin_guessing(void)
{
    struct stand stand;
    new_token(&stand);
    for (unsigned left = PIN_TRIES - 1; left > 0; left--) {
        expect_sw("a guess", try_pin(&stand, TOKWIRE_USER, "guess-1"),
                  (uint16_t)(TOKWIRE_SW_PIN_WRONG | left));
        stand_stop(&stand, SIGKILL);
        stand_start(&stand);
    }
    expect_sw("the last guess", try_pin(&stand, TOKWIRE_USER, "guess-1"), TOKWIRE_SW_PIN_LOCKED);
    stand_stop(&stand, SIGKILL);
    stand_start(&stand);
    expect_sw("the right one, too late", try_pin(&stand, TOKWIRE_USER, USER_PIN),
              TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"login failed\"", "pin_wrong"),
                    PIN_TRIES - 1);
    CU_ASSERT_TRUE(stand_journal_count(&stand, "\"event\":\"login failed\"", "pin_locked") >= 2);
    /* The SO's own tries are another matter, and run out just as well. */
    for (unsigned left = PIN_TRIES - 1; left > 1; left--) {
        expect_sw("a guess", try_pin(&stand, TOKWIRE_SO, "guess-1"),
                  (uint16_t)(TOKWIRE_SW_PIN_WRONG | left));
    }
    expect_sw("the SO", try_pin(&stand, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    stand_stop(&stand, SIGTERM);
}

/* CHANGE PIN and INITIALISE guess no more than VERIFY PIN does. */
static void test_pin_guessing_elsewhere(void)
{
    struct stand stand;
    struct wire wire;
    struct buf request;
    new_token(&stand);
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand.socket));
    for (unsigned left = PIN_TRIES - 1; left > 0; left--) {
        buf_init(&request, 128);
        tlv_put_str(&request, TOKWIRE_F_PIN, "guess-1");
        tlv_put_str(&request, TOKWIRE_F_NEW_PIN, "mine-now");
        expect_sw("CHANGE PIN", wire_call(&wire, TOKWIRE_CHANGE_PIN, 0, TOKWIRE_USER, &request),
                  (uint16_t)(TOKWIRE_SW_PIN_WRONG | left));
    }
    expect_sw("and VERIFY PIN goes on from there", wire_login(&wire, TOKWIRE_USER, "guess-1"),
              TOKWIRE_SW_PIN_LOCKED);
    for (unsigned left = PIN_TRIES - 1; left > 0; left--) {
        buf_init(&request, 128);
        tlv_put_str(&request, TOKWIRE_F_LABEL, "mine now");
        tlv_put_str(&request, TOKWIRE_F_PIN, "guess-1");
        expect_sw("INITIALISE", wire_call(&wire, TOKWIRE_INITIALISE, 0, 0, &request),
                  (uint16_t)(TOKWIRE_SW_PIN_WRONG | left));
    }
    expect_sw("and VERIFY PIN goes on from there", wire_login(&wire, TOKWIRE_SO, "guess-1"),
              TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_TRUE(stand_journal_count(&stand, "\"event\":\"initialise refused\"", NULL) >= 1);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

/* Under the feet of a login: no initialisation, not even with the right SO PIN. */
static void test_initialise_under_a_login(void)
{
    struct stand stand;
    struct wire user;
    new_token(&stand);
    stand_connect(&stand, &user);
    expect_sw("a user is at work", stand_initialise(&stand, TOKWIRE_ROLE_DP, true),
              TOKWIRE_SW_STATE);
    expect_sw("and goes on", chip_release(&user, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    wire_close(&user);
    stand_stop(&stand, SIGTERM);
}

/* Initialising anew forgets keys and limits, and not what was released. */
static void test_journal_outlives_initialise(void)
{
    struct stand stand;
    struct wire wire;
    new_token(&stand);
    stand_connect(&stand, &wire);
    expect_sw("a release", chip_release(&wire, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    wire_close(&wire);
    expect_sw("anew", stand_initialise(&stand, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(stand_releases(&stand), 1);
    stand_stop(&stand, SIGKILL);
    stand_start(&stand);
    CU_ASSERT_EQUAL(stand_releases(&stand), 1);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release\"", NULL), 1);
    stand_stop(&stand, SIGTERM);
}

static const struct test_case cases[] = {
    {"quota by parallel sessions", test_quota_by_parallel_sessions},
    {"quota by restarts and kills", test_quota_by_restarts},
    {"quota of nothing", test_quota_of_nothing},
    {"not-after", test_not_after},
    {"not-after out of range", test_not_after_out_of_range},
    {"guessing the PIN, killing between", test_pin_guessing},
    {"guessing the PIN elsewhere", test_pin_guessing_elsewhere},
    {"initialise under a login", test_initialise_under_a_login},
    {"the journal outlives INITIALISE", test_journal_outlives_initialise},
};

TEST_MAIN("attack: policy", cases)
