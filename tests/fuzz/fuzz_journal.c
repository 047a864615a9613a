/* Files of the engine's state directory, read at its start and after a login.
 *
 *   1 byte    0: the rest is the journal
 *             1: the anchor's number of entries (1 byte), a record that is the
 *             head, the rest is the journal
 *             2: the rest is the state, without its MAC
 *             3: the rest is the file of PIN tries */
#include <stdio.h>

#include "engine/internal.h"
#include "folder.h"
#include "input.h"
#include "store.h"
#include "tlv/tlv.h"

enum { MODE_JOURNAL, MODE_HEAD, MODE_STATE, MODE_TRIES, MODES };
enum { READ_MAX = 1 << 20, TAG_STATE_MAC = 0x96 };

#define SERIAL "0123456789abcdef"

static const struct keystore_key no_key = {0};

/* An entry more, and the chain holds. */
static void go_on(struct journal *journal)
{
    uint64_t count = journal->count;
    struct journal_entry entry;
    struct buf lines;
    journal_entry_init(&entry, "fuzz");
    journal_entry_text(&entry, "text", "\"\\\n");
    enum err err = journal_append(journal, &entry, 1790000000, true);
    fuzz_check(err == (journal->broken ? ERR_SIGNATURE : ERR_OK));
    if (err == ERR_OK) {
        fuzz_check(journal->count == count + 1);
        buf_init(&lines, READ_MAX);
        fuzz_check(journal_read(journal, journal->count, READ_MAX, &lines) == ERR_OK);
        fuzz_check(lines.len > 0 && lines.data[lines.len - 1] == '\n');
        buf_clear(&lines);
    }
}

/* The anchor is of whatever entry stands there, or of none. */
static void attach(struct journal *journal, uint8_t anchored, struct bytes head,
                   const struct journal_visitor *visitor)
{
    struct anchor anchor = {.count = anchored};
    if (anchored == journal->count) {
        memcpy(anchor.hash, journal->hash, sizeof(anchor.hash));
    }
    fuzz_write_file(fuzz_path("head-" SERIAL), head);
    enum err err =
        journal_attach(journal, fuzz_folder(), fuzz_store(), no_key, SERIAL, &anchor, visitor);
    fuzz_check(err != ERR_OK || !journal->broken);
    fuzz_check(err != ERR_SIGNATURE || (journal->broken && journal->fault[0] != '\0'));
}

static void open_journal(struct bytes content, bool with_head)
{
    struct history history = {.recorded = 0};
    struct journal_visitor visitor = history_visitor(&history);
    struct journal journal;
    uint8_t anchored = with_head ? fuzz_take_u8(&content) : 0;
    struct bytes head = with_head ? fuzz_take_record(&content) : BYTES_NONE;
    fuzz_write_file(fuzz_path("journal.jsonl"), content);
    enum err err = journal_open(&journal, fuzz_folder(), &visitor);
    fuzz_check(err == ERR_OK || err == ERR_SIGNATURE);
    fuzz_check(!journal.broken || journal.fault[0] != '\0');
    if (with_head && !journal.broken) {
        visitor = history_visitor(&history);
        attach(&journal, anchored, head, &visitor);
    }
    go_on(&journal);
    bool broken = journal.broken;
    journal_close(&journal);
    /* What went on is whole. */
    if (!broken) {
        fuzz_check(journal_open(&journal, fuzz_folder(), NULL) == ERR_OK && !journal.broken);
        journal_close(&journal);
    }
    history_clear(&history);
}

/* The MAC is made here, over whatever stands there. */
static void write_state(const char *path, struct bytes body)
{
    uint8_t mac[AES_BLOCK];
    struct buf file;
    buf_init(&file, 2 * STATE_FILE_MAX);
    buf_put_bytes(&file, body);
    fuzz_check(keystore_cmac(fuzz_store(), no_key, body, mac) == ERR_OK);
    tlv_put(&file, TAG_STATE_MAC, BYTES_OF(mac));
    fuzz_check(buf_err(&file) == ERR_OK);
    fuzz_write_file(path, buf_bytes(&file));
    buf_clear(&file);
}

/* What is read and authenticates is what is written again. */
static void load_state(struct bytes body)
{
    static struct state state, again;
    char path[256];
    snprintf(path, sizeof(path), "%s", fuzz_path("state"));
    write_state(path, body);
    if (state_load(path, &state) != ERR_OK) {
        fuzz_check(!state.initialised && state.root_count == 0 && state.ci_count == 0);
        return;
    }
    fuzz_check(state.initialised && state.root_count <= STATE_ROOTS_MAX);
    if (state_verify(path, &state, fuzz_store(), no_key) == ERR_OK) {
        fuzz_check(state_save(path, &state, fuzz_store(), no_key) == ERR_OK);
        fuzz_check(state_load(path, &again) == ERR_OK);
        fuzz_check(state_verify(path, &state, fuzz_store(), no_key) == ERR_OK);
        fuzz_check(strcmp(state.label, again.label) == 0 && state.role == again.role);
        state_clear(&again);
    }
    state_clear(&state);
}

/* A file that does not authenticate leaves no try. */
static void load_tries(struct bytes content)
{
    const struct secret secret = {.len = ENGINE_SECRET_SIZE, .data = {1, 2, 3}};
    struct pin_tries tries;
    char path[256];
    snprintf(path, sizeof(path), "%s", fuzz_path("pin-tries"));
    fuzz_write_file(path, content);
    enum err err = pin_tries_load(path, &secret, &tries);
    fuzz_check(err != ERR_OK || (tries.user <= PIN_TRIES && tries.so <= PIN_TRIES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t mode = fuzz_take_u8(&input) % MODES;
    if (mode == MODE_STATE) {
        load_state(input);
    } else if (mode == MODE_TRIES) {
        load_tries(input);
    } else {
        open_journal(input, mode == MODE_HEAD);
    }
    return 0;
}
