/* Clock and counter games of a hostile PC: a clock turned back, more retries than the officer
 * allows, other batches, keys that are retired, an older journal. */
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "chip.h"
#include "stand.h"

enum { DAY = 24 * 3600, PARALLEL = 5, RETRIES = 1, FILE_MAX = 1 << 20, HEADS = 2 };

static const uint8_t allowed[16] = {0xA1}, other[16] = {0xB2};
static struct test_pki pki;

static void new_token(struct stand *stand)
{
    if (pki.ci.key == NULL) {
        test_pki_make(NULL, &pki);
    }
    stand_new_token(stand, &pki, TOKWIRE_ROLE_LINE);
}

/* One field of the officer's policy. */
static void set_policy(struct stand *stand, uint16_t tag, struct bytes value)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand->socket));
    CU_ASSERT_EQUAL_FATAL(wire_login(&wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    expect_sw("a policy", wire_call_field(&wire, TOKWIRE_SET_POLICY, 0, 0, tag, value),
              TOKWIRE_SW_OK);
    wire_close(&wire);
}

static uint16_t release(struct stand *stand, const char *iccid)
{
    struct wire wire;
    stand_connect(stand, &wire);
    uint16_t sw = chip_release(&wire, &pki, TEST_PKI_EID, iccid);
    wire_close(&wire);
    return sw;
}

static uint16_t derive_for(struct wire *wire, const uint8_t batch[16], uint32_t *handle)
{
    struct buf request;
    struct eid eid;
    struct iccid iccid;
    TEST_OK(eid_parse(TEST_PKI_EID, &eid));
    TEST_OK(iccid_parse(ICCID, &iccid));
    buf_init(&request, 128);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, ROOT_HANDLE, 4);
    tlv_put(&request, TOKWIRE_F_EID, eid_bytes(&eid));
    tlv_put(&request, TOKWIRE_F_ICCID, iccid_bytes(&iccid));
    tlv_put(&request, TOKWIRE_F_BATCH_ID, bytes_make(batch, 16));
    uint16_t sw = wire_call(wire, TOKWIRE_DERIVE_PPK, 0, 0, &request);
    *handle = wire_uint(wire, TOKWIRE_F_HANDLE);
    return sw;
}

/* --- the clock -------------------------------------------------------------------------- */

/* The date has passed once; a clock turned back does not revive it, whatever ended the
 * engine that saw it pass. */
static void test_clock_turned_back(void)
{
    static const int ends[] = {SIGKILL, SIGTERM};
    struct stand stand;
    struct wire wire;
    new_token(&stand);
    stand_policy(&stand, UINT32_MAX, (uint64_t)time(NULL) + DAY);
    expect_sw("before the date", release(&stand, ICCID), TOKWIRE_SW_OK);
    stand_restart_at(&stand, SIGTERM, 2L * DAY);
    expect_sw("past it", release(&stand, ICCID), TOKWIRE_SW_EXPIRED);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"expired\"", NULL), 1);
    for (size_t i = 0; i < 2; i++) {
        stand_restart_at(&stand, ends[i], -(long)(i * 400) * DAY);
        CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand.socket));
        CU_ASSERT_EQUAL(wire_login(&wire, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
        CU_ASSERT_NOT_EQUAL(wire_uint(&wire, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_EXPIRED, 0);
        wire_close(&wire);
        expect_sw("the clock turned back", release(&stand, ICCID), TOKWIRE_SW_EXPIRED);
    }
    CU_ASSERT_TRUE(stand_journal_count(&stand, "\"event\":\"login\"", "\"clock_behind\"") >= 2);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release refused\"", "\"expired\""), 3);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release\"", NULL), 1);
    stand_stop(&stand, SIGTERM);
}

/* --- counters ---------------------------------------------------------------------------- */

struct session {
    struct wire wire;
    struct chip chip;
    uint32_t keys, ppk;
};

/* All but the wrap, on a connection of its own. */
static void open_session(struct stand *stand, struct session *session)
{
    stand_connect(stand, &session->wire);
    chip_new(&session->chip, &pki.euicc, &pki.eum);
    session->keys = chip_session(&session->chip, &session->wire);
    CU_ASSERT_EQUAL(derive_for(&session->wire, allowed, &session->ppk), TOKWIRE_SW_OK);
}

static void close_session(struct session *session)
{
    chip_clear(&session->chip);
    wire_close(&session->wire);
}

/* One profile, asked for again by everybody at once, after restarts and kills, and after
 * the token was made anew: so often as the officer allows, and no more. */
static void test_retries(void)
{
    struct stand stand;
    struct session sessions[PARALLEL];
    size_t granted = 0;
    new_token(&stand);
    set_policy(&stand, TOKWIRE_F_RETRIES, test_hex("00000001"));
    for (size_t i = 0; i < PARALLEL; i++) {
        open_session(&stand, &sessions[i]);
    }
    for (size_t i = 0; i < PARALLEL; i++) {
        uint16_t sw = wire_replace(&sessions[i].wire, sessions[i].keys, sessions[i].ppk);
        CU_ASSERT_TRUE(sw == TOKWIRE_SW_OK || sw == TOKWIRE_SW_RETRIES);
        granted += sw == TOKWIRE_SW_OK ? 1 : 0;
        close_session(&sessions[i]);
    }
    CU_ASSERT_EQUAL(granted, 1 + RETRIES);
    stand_restart_at(&stand, SIGKILL, 0);
    expect_sw("after a kill", release(&stand, ICCID), TOKWIRE_SW_RETRIES);
    expect_sw("another profile", release(&stand, "89019990001234567901"), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release refused\"", "\"retries\""),
                    PARALLEL - granted + 1);
    /* Anew: the policy goes with the old token, what was released stays. */
    expect_sw("anew", stand_initialise(&stand, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    stand_load_keys(&stand, &pki, TOKWIRE_ROLE_LINE);
    set_policy(&stand, TOKWIRE_F_RETRIES, test_hex("00000001"));
    expect_sw("after INITIALISE", release(&stand, ICCID), TOKWIRE_SW_RETRIES);
    CU_ASSERT_EQUAL(stand_releases(&stand), 2);
    stand_stop(&stand, SIGTERM);
}

/* Batches: not another's, not none, and not one the officer took back meanwhile. */
static void test_batches(void)
{
    struct stand stand;
    struct session session;
    uint32_t ppk;
    new_token(&stand);
    set_policy(&stand, TOKWIRE_F_BATCHES, BYTES_OF(allowed));
    open_session(&stand, &session);
    expect_sw("another batch", derive_for(&session.wire, other, &ppk), TOKWIRE_SW_BATCH);
    expect_sw("no batch", wire_derive_ppk(&session.wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk),
              TOKWIRE_SW_BATCH);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"derivation refused\"", "\"batch\""),
                    2);
    set_policy(&stand, TOKWIRE_F_BATCHES, BYTES_OF(other));
    expect_sw("taken back", wire_replace(&session.wire, session.keys, session.ppk),
              TOKWIRE_SW_BATCH);
    CU_ASSERT_EQUAL(stand_journal_count(&stand, "\"event\":\"release refused\"", "\"batch\""), 1);
    set_policy(&stand, TOKWIRE_F_BATCHES, BYTES_OF(allowed));
    expect_sw("given again", wire_replace(&session.wire, session.keys, session.ppk), TOKWIRE_SW_OK);
    close_session(&session);
    stand_stop(&stand, SIGTERM);
}

static void retire_root(struct stand *stand)
{
    struct wire wire;
    struct buf request;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand->socket));
    CU_ASSERT_EQUAL_FATAL(wire_login(&wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_VERSION, 1, 1);
    tlv_put(&request, TOKWIRE_F_ROOT_CHECK_VALUE, test_hex("377822C093"));
    expect_sw("a root key retired", wire_call(&wire, TOKWIRE_RETIRE_ROOT, 0, 0, &request),
              TOKWIRE_SW_OK);
    wire_close(&wire);
}

/* A root key the officer retired, while somebody kept a PPK set of it. */
static void test_retired_root(void)
{
    enum { RETIRED_HANDLE = 0x00050001 };
    struct stand stand;
    struct session session;
    uint32_t ppk;
    new_token(&stand);
    open_session(&stand, &session);
    retire_root(&stand);
    expect_sw("a PPK set kept", wire_replace(&session.wire, session.keys, session.ppk),
              TOKWIRE_SW_ROOT_RETIRED);
    expect_sw("its old handle",
              wire_derive_ppk(&session.wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk),
              TOKWIRE_SW_ROOT_RETIRED);
    expect_sw("its new one",
              wire_derive_ppk(&session.wire, RETIRED_HANDLE, TEST_PKI_EID, ICCID, &ppk),
              TOKWIRE_SW_ROOT_RETIRED);
    CU_ASSERT_EQUAL(
        stand_journal_count(&stand, "\"event\":\"release refused\"", "\"root_retired\""), 1);
    CU_ASSERT_EQUAL(
        stand_journal_count(&stand, "\"event\":\"derivation refused\"", "\"root_retired\""), 2);
    close_session(&session);
    stand_stop(&stand, SIGTERM);
}

/* --- an older journal ------------------------------------------------------------------------ */

/* What the counters are counted from. */
struct copy {
    char path[1 + HEADS][160];
    struct buf content[1 + HEADS];
    size_t count;
};

static void take_copy(const struct stand *stand, struct copy *copy)
{
    char pattern[160];
    glob_t heads;
    *copy = (struct copy){.count = 1};
    snprintf(copy->path[0], sizeof(copy->path[0]), "%s", stand->journal);
    snprintf(pattern, sizeof(pattern), "%s/head-*", stand->state);
    CU_ASSERT_EQUAL_FATAL(glob(pattern, 0, NULL, &heads), 0);
    for (size_t i = 0; i < heads.gl_pathc && i < HEADS; i++) {
        snprintf(copy->path[copy->count++], sizeof(copy->path[0]), "%s", heads.gl_pathv[i]);
    }
    globfree(&heads);
    for (size_t i = 0; i < copy->count; i++) {
        buf_init(&copy->content[i], FILE_MAX);
        CU_ASSERT_EQUAL_FATAL(file_read(copy->path[i], &copy->content[i]), ERR_OK);
    }
}

static void put_back(struct copy *copy)
{
    for (size_t i = 0; i < copy->count; i++) {
        TEST_OK(file_replace(copy->path[i], buf_bytes(&copy->content[i]), 0600));
        buf_clear(&copy->content[i]);
    }
}

/* With journal and head of before a release, the quota would have room again: the engine
 * works no more, and says why. */
static void test_older_journal(void)
{
    struct stand stand;
    struct copy copy;
    struct wire wire;
    struct chip chip;
    uint32_t ppk;
    new_token(&stand);
    stand_policy(&stand, 1, 0);
    stand_stop(&stand, SIGTERM);
    take_copy(&stand, &copy);
    stand_start(&stand);
    expect_sw("the quota's one", release(&stand, ICCID), TOKWIRE_SW_OK);
    expect_sw("no more", release(&stand, "89019990001234567901"), TOKWIRE_SW_QUOTA);
    stand_stop(&stand, SIGTERM);
    put_back(&copy);
    stand_start(&stand);
    stand_connect(&stand, &wire);
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_uint(&wire, TOKWIRE_F_FAULT), TOKWIRE_FAULT_ROLLED_BACK);
    chip_new(&chip, &pki.euicc, &pki.eum);
    expect_sw("signs nothing", chip_authenticate(&chip, &wire), TOKWIRE_SW_TAMPERED);
    expect_sw("derives nothing", wire_derive_ppk(&wire, ROOT_HANDLE, TEST_PKI_EID, ICCID, &ppk),
              TOKWIRE_SW_TAMPERED);
    expect_sw("releases nothing", wire_replace(&wire, 0x80000100, 0x80000101), TOKWIRE_SW_TAMPERED);
    chip_clear(&chip);
    wire_close(&wire);
    stand_stop(&stand, SIGTERM);
}

static const struct test_case cases[] = {
    {"the clock turned back", test_clock_turned_back},
    {"more retries than allowed", test_retries},
    {"other batches", test_batches},
    {"a retired root key", test_retired_root},
    {"an older journal", test_older_journal},
};

TEST_MAIN("attack: clock and counters", cases)
