#include "scene.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "tracer.h"

enum { JOURNAL_MAX = 16 * 1024 * 1024 };

void scene_read_journal(const struct scene *scene, struct buf *journal)
{
    buf_init(journal, JOURNAL_MAX);
    CU_ASSERT_EQUAL_FATAL(file_read(scene->stand.journal, journal), ERR_OK);
}

void scene_chain(const struct buf *journal, struct audit_chain *chain)
{
    size_t start = 0;
    audit_chain_init(chain);
    for (size_t at = 0; at < journal->len; at++) {
        if (journal->data[at] == '\n') {
            audit_chain_line(chain, bytes_make(journal->data + start, at - start));
            start = at + 1;
        }
    }
}

/* The journal on the disk is the one that was, and more; whole, and the one whose
 * head the engine authenticates. */
static void check_journal(const struct scene *scene, struct wire *wire)
{
    struct buf journal;
    struct audit_chain chain;
    scene_read_journal(scene, &journal);
    bool kept = journal.len >= scene->journal.len &&
                memcmp(journal.data, scene->journal.data, scene->journal.len) == 0;
    CU_ASSERT_TRUE(kept);
    expect_sw("the journal's head",
              wire_call(wire, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_HEAD, 0, NULL), TOKWIRE_SW_OK);
    struct bytes hash = wire_field(wire, TOKWIRE_F_HASH);
    scene_chain(&journal, &chain);
    if (hash.len == SHA256_SIZE) {
        audit_chain_end(&chain, wire_uint(wire, TOKWIRE_F_COUNT), hash.data);
    }
    CU_ASSERT_EQUAL(hash.len, SHA256_SIZE);
    CU_ASSERT_EQUAL(chain.fault, AUDIT_FAULT_NONE);
    buf_clear(&journal);
}

/* Invariant 5, and that the counters say what the journal says. */
static void check_releases(const struct scene *scene, struct wire *wire)
{
    char entry[64];
    snprintf(entry, sizeof(entry), "\"iccid\":\"%s\"", scene->iccid);
    size_t entries = stand_journal_count(&scene->stand, "\"event\":\"release\"", entry);
    if (scene->sw == TOKWIRE_SW_OK && scene->iccid[0] != '\0') {
        CU_ASSERT_EQUAL(entries, 1);
    }
    CU_ASSERT_TRUE(entries <= 1);
    CU_ASSERT_EQUAL(wire_call(wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    uint64_t releases = wire_uint(wire, TOKWIRE_F_COUNT);
    CU_ASSERT_TRUE(releases >= scene->releases);
    CU_ASSERT_EQUAL(releases, stand_journal_count(&scene->stand, "\"event\":\"release\"", "iccid"));
}

/* A right PIN that is killed may cost a try; none gains one. */
static void check_tries(struct scene *scene, struct wire *wire)
{
    CU_ASSERT_EQUAL(wire_call(wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    uint8_t tries = (uint8_t)wire_uint(wire, TOKWIRE_F_USER_TRIES);
    CU_ASSERT_TRUE(tries <= scene->tries && tries + 1 >= scene->tries);
    scene->tries = tries;
}

/* The user's PIN is the one or, when a change was under way, the other. False: the
 * token is of no use any more. */
static bool log_in(struct scene *scene, struct wire *wire, bool pin_changing)
{
    uint16_t sw = wire_login(wire, TOKWIRE_USER, scene->pin);
    if (pin_changing && sw != TOKWIRE_SW_OK) {
        scene->pin = strcmp(scene->pin, USER_PIN) == 0 ? OTHER_PIN : USER_PIN;
        sw = wire_login(wire, TOKWIRE_USER, scene->pin);
    }
    return expect_sw("the next login", sw, TOKWIRE_SW_OK);
}

/* A token ready for use, its engine under trace. */
void scene_renew(struct scene *scene)
{
    if (scene->pki.ci.key == NULL) {
        test_pki_make(NULL, &scene->pki);
    }
    if (scene->stand.engine != 0) {
        stand_stop(&scene->stand, SIGTERM);
    }
    scene->pin = USER_PIN;
    stand_new_token(&scene->stand, &scene->pki, TOKWIRE_ROLE_LINE);
    stand_stop(&scene->stand, SIGTERM);
    tracer_attach(&scene->stand);
    stand_start(&scene->stand);
}

/* Before the attempt: what is there, and a connection to make it on. */
void scene_set(struct scene *scene, const struct operation *operation)
{
    struct wire *wire = &scene->wire;
    CU_ASSERT_TRUE_FATAL(wire_open(wire, scene->stand.socket));
    if (!operation->logged_out) {
        expect_sw("a login",
                  wire_login(wire, operation->as_so ? TOKWIRE_SO : TOKWIRE_USER,
                             operation->as_so ? SO_PIN : scene->pin),
                  TOKWIRE_SW_OK);
    }
    scene->iccid[0] = '\0';
    scene->number++;
    if (operation->prepare != NULL) {
        operation->prepare(scene);
    }
    CU_ASSERT_EQUAL(wire_call(wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    scene->releases = wire_uint(wire, TOKWIRE_F_COUNT);
    scene->tries = (uint8_t)wire_uint(wire, TOKWIRE_F_USER_TRIES);
    scene_read_journal(scene, &scene->journal);
}

void scene_strike(struct scene *scene)
{
    wire_close(&scene->wire);
    buf_clear(&scene->journal);
    chip_clear(&scene->chip);
    evidence_clear(&scene->evidence);
    scene->evidence = (struct evidence){0};
}

/* What must hold after whatever was done. A token that is of no use any more has
 * been said so, and makes room for another. */
void scene_check(struct scene *scene, const struct operation *operation)
{
    struct wire wire;
    if (operation->check != NULL) {
        operation->check(scene);
    }
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    check_tries(scene, &wire);
    bool usable = log_in(scene, &wire, operation->changes_pin);
    if (usable) {
        check_journal(scene, &wire);
        check_releases(scene, &wire);
    }
    wire_close(&wire);
    if (!usable) {
        test_note("the token is lost: see %s", scene->stand.log);
        scene_renew(scene);
    }
}
