/* Invariants 5 and 6 at the engine: killed with SIGKILL before each of its steps (every
 * write, sync, rename, answer) and behind the last one, it has released nothing that is
 * not in the journal, forgotten nothing, given no try of a PIN back, and the next start
 * goes on.
 *
 * The default run takes of a command with many steps the first and the last of each
 * kind and some in between, EUICC_LINE_LONG=1 all of them. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "scene.h"
#include "tracer.h"

enum {
    STEPS_LIMIT = 4000,           /* no command takes more: the kills would never end */
    AFTERWARDS = STEPS_LIMIT + 1, /* killed behind its answer */
    SAMPLES = 3,
    TRUNCATIONS = 3,   /* a file is shortest just behind one */
    OBJECTS_MANY = 14, /* of the 16 a token holds */
};

static bool long_run(void)
{
    const char *everything = getenv("EUICC_LINE_LONG");
    return everything != NULL && strcmp(everything, "1") == 0;
}

/* The command, killed at step `at` (0: not at all). True when it was. */
static bool attempt(struct scene *scene, const struct operation *operation, unsigned at)
{
    unsigned failures = CU_get_number_of_failures();
    if (scene->next >= OBJECTS_MANY) {
        scene->next = 0;
        scene_renew(scene);
    }
    scene_set(scene, operation);
    tracer_arm(at <= STEPS_LIMIT ? at : 0);
    scene->sw = operation->run(scene);
    tracer_disarm();
    /* One more exchange, so that what was armed has struck or never will. */
    bool killed = wire_call(&scene->wire, TOKWIRE_GET_STATUS, 0, 0, NULL) == WIRE_CLOSED;
    CU_ASSERT_EQUAL(killed, tracer_fired());
    scene->killed_at = killed ? at : 0;
    if (killed) {
        stand_reap(&scene->stand);
    } else if (at == AFTERWARDS) {
        tracer_kill(&scene->stand);
    }
    if (scene->stand.engine == 0) {
        stand_start(&scene->stand);
    }
    scene_check(scene, operation);
    if (CU_get_number_of_failures() != failures) {
        test_note("%s, killed at step %u, client saw %04X", operation->name, at, scene->sw);
    }
    scene_strike(scene);
    return killed;
}

/* The steps to die at, in order, from a run that was only counted. Returns how many. */
static size_t choose_steps(unsigned seen, unsigned steps[STEPS_LIMIT])
{
    bool chosen[STEPS_LIMIT + 2] = {false};
    size_t count = 0;
    unsigned stride = long_run() || seen <= SAMPLES ? 1 : seen / SAMPLES;
    for (unsigned at = 1; at <= seen; at += stride) {
        chosen[at] = true;
    }
    for (enum tracer_step kind = TRACER_WRITE; kind < TRACER_STEPS; kind++) {
        chosen[tracer_first(kind, 0)] = true;
        chosen[tracer_last(kind)] = true;
    }
    unsigned cut = 0;
    for (size_t i = 0; i < TRUNCATIONS; i++) {
        cut = tracer_first(TRACER_TRUNCATE, cut);
        chosen[cut != 0 ? cut + 1 : 0] = true;
    }
    for (unsigned at = 1; at <= seen; at++) {
        if (chosen[at]) {
            steps[count++] = at;
        }
    }
    return count;
}

static void run_operation(struct scene *scene, const struct operation *operation)
{
    static unsigned steps[STEPS_LIMIT];
    int64_t start = clock_ms();
    unsigned kills = 0;
    attempt(scene, operation, 0);
    unsigned seen = tracer_seen();
    CU_ASSERT_TRUE_FATAL(seen > 0 && seen <= STEPS_LIMIT);
    size_t count = choose_steps(seen, steps);
    for (size_t i = 0; i < count; i++) {
        kills += attempt(scene, operation, steps[i]) ? 1 : 0;
    }
    attempt(scene, operation, AFTERWARDS);
    /* A step may fall away in a run; not many do. */
    CU_ASSERT_TRUE(kills > count / 2);
    test_note("%s: %u steps, killed at %u of them and afterwards, %lld ms", operation->name, seen,
              kills, (long long)(clock_ms() - start));
}

static struct scene *scene(void)
{
    static struct scene kept;
    if (kept.stand.engine == 0) {
        scene_renew(&kept);
    }
    return &kept;
}

static void test_commands(void)
{
    for (size_t i = 0; i < operation_count; i++) {
        run_operation(scene(), &operations[i]);
    }
}

/* Killed in its own start, and then in what the next login does: it starts all the
 * same. */
static void test_start(void)
{
    static const struct operation start = {.name = "a start"};
    struct scene *at_start = scene();
    unsigned kills = 0;
    bool listens = false;
    scene_set(at_start, &operations[0]);
    for (unsigned at = 1; !listens && at < STEPS_LIMIT; at++) {
        tracer_kill(&at_start->stand);
        tracer_arm(at);
        listens = stand_try_start(&at_start->stand);
        tracer_disarm();
        /* Its step may have been behind the first answer to a connection. */
        if (listens && tracer_fired()) {
            stand_reap(&at_start->stand);
            listens = false;
        }
        at_start->killed_at = at;
        at_start->sw = WIRE_CLOSED;
        if (!listens) {
            kills++;
            stand_start(&at_start->stand);
        }
        scene_check(at_start, &start);
    }
    CU_ASSERT_TRUE(kills > 0 && listens);
    scene_strike(at_start);
}

/* That the checks can fail: a journal with its last entry gone, with a byte changed,
 * and one from before. */
static void test_checks_find(void)
{
    struct scene *doctored = scene();
    struct audit_chain chain;
    struct buf journal;
    uint8_t hash[SHA256_SIZE];
    scene_read_journal(doctored, &journal);
    scene_chain(&journal, &chain);
    CU_ASSERT_EQUAL(chain.fault, AUDIT_FAULT_NONE);
    CU_ASSERT_TRUE_FATAL(chain.count > 10);
    uint64_t count = chain.count;
    memcpy(hash, chain.hash, sizeof(hash));
    /* one line less */
    struct buf shorter = journal;
    do {
        shorter.len--;
    } while (shorter.data[shorter.len - 1] != '\n');
    scene_chain(&shorter, &chain);
    audit_chain_end(&chain, count, hash);
    CU_ASSERT_EQUAL(chain.fault, AUDIT_FAULT_TRUNCATED);
    /* one bit of an early line */
    journal.data[journal.len / 3] ^= 1;
    scene_chain(&journal, &chain);
    audit_chain_end(&chain, count, hash);
    CU_ASSERT_NOT_EQUAL(chain.fault, AUDIT_FAULT_NONE);
    buf_clear(&journal);
}

/* Where the last line begins that holds the text. */
static size_t last_line_with(const struct buf *journal, const char *text)
{
    size_t start = 0, found = 0;
    for (size_t at = 0; at < journal->len; at++) {
        if (journal->data[at] != '\n') {
            continue;
        }
        found = memmem(journal->data + start, at - start, text, strlen(text)) ? start : found;
        start = at + 1;
    }
    return found;
}

/* And so can the engine: with a release gone from its journal it works no more. */
static void test_engine_finds(void)
{
    struct scene *doctored = scene();
    struct wire wire;
    struct buf journal;
    scene_renew(doctored);
    stand_connect(&doctored->stand, &wire);
    expect_sw("a release", chip_release(&wire, &doctored->pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
    tracer_kill(&doctored->stand);
    wire_close(&wire);
    scene_read_journal(doctored, &journal);
    size_t cut = last_line_with(&journal, "\"event\":\"release\"");
    CU_ASSERT_TRUE_FATAL(cut > 0);
    TEST_OK(file_replace(doctored->stand.journal, bytes_make(journal.data, cut), 0600));
    buf_clear(&journal);
    stand_start(&doctored->stand);
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, doctored->stand.socket));
    /* A login may be granted to read what is there, and nothing more. */
    uint16_t sw = wire_login(&wire, TOKWIRE_USER, USER_PIN);
    struct chip chip;
    chip_new(&chip, &doctored->pki.euicc, &doctored->pki.eum);
    sw = sw == TOKWIRE_SW_OK ? chip_authenticate(&chip, &wire) : sw;
    expect_sw("a journal that lost a release", sw, TOKWIRE_SW_TAMPERED);
    chip_clear(&chip);
    wire_close(&wire);
    stand_stop(&doctored->stand, SIGTERM);
}

static const struct test_case cases[] = {
    {"every step of every command", test_commands},
    {"every step of a start", test_start},
    {"the checks find what is wrong", test_checks_find},
    {"and so does the engine", test_engine_finds},
};

TEST_MAIN("attack: kills", cases)
