/* READ JOURNAL: lines, head, and what is wrong with them. */
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"
#include "engine/journal_scan.h"
#include "tlv/tlv.h"

enum { JOURNAL_ANSWER_MAX = 60000 };

static uint16_t read_head(struct command *command)
{
    struct journal *journal = &command->engine->journal;
    if (command->engine->fault != TOKWIRE_FAULT_NONE) {
        return TOKWIRE_SW_TAMPERED;
    }
    enum err err = journal->sealed == journal->count ? ERR_OK : journal_seal(journal);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    tokwire_put_uint(command->out, TOKWIRE_F_COUNT, journal->count, 8);
    tlv_put(command->out, TOKWIRE_F_HASH, BYTES_OF(journal->hash));
    tlv_put(command->out, TOKWIRE_F_MAC, BYTES_OF(journal->head_mac));
    return TOKWIRE_SW_OK;
}

static uint16_t read_lines(struct command *command)
{
    struct journal *journal = &command->engine->journal;
    struct buf lines;
    buf_init(&lines, JOURNAL_ANSWER_MAX + JOURNAL_LINE_MAX);
    enum err err = journal_read(journal, tokwire_field_uint(&command->fields, TOKWIRE_F_COUNT),
                                JOURNAL_ANSWER_MAX, &lines);
    if (err == ERR_OK) {
        tokwire_put_uint(command->out, TOKWIRE_F_COUNT, journal->count, 8);
        tlv_put(command->out, TOKWIRE_F_DATA, buf_bytes(&lines));
    }
    buf_clear(&lines);
    return sw_of_err(err);
}

/* Reads the file anew and holds it against what the engine wrote. */
static enum err check_file(struct engine *engine)
{
    struct journal *journal = &engine->journal;
    struct journal copy = {.fd = journal->fd, .head_fd = -1};
    struct journal_watch watch = {.seq = journal->count};
    memcpy(copy.path, journal->path, sizeof(copy.path));
    enum err err = journal_scan(&copy, NULL, &watch, 1);
    if (err == ERR_OK && copy.count < journal->count) {
        err = journal_break(&copy, TOKWIRE_FAULT_TRUNCATED, "entries are missing at its end");
    } else if (err == ERR_OK && memcmp(watch.hash, journal->hash, sizeof(watch.hash)) != 0) {
        err = journal_break(&copy, TOKWIRE_FAULT_EDITED, "the last entry is not the one written");
    }
    if (err == ERR_SIGNATURE) {
        engine_set_fault(engine, copy.kind, copy.fault);
        err = ERR_OK;
    }
    free(copy.index);
    return err;
}

static uint16_t check(struct command *command)
{
    struct engine *engine = command->engine;
    enum err err = engine->fault == TOKWIRE_FAULT_NONE ? check_file(engine) : ERR_OK;
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    tokwire_put_uint(command->out, TOKWIRE_F_COUNT, engine->journal.count, 8);
    tokwire_put_uint(command->out, TOKWIRE_F_FAULT, engine->fault, 1);
    if (engine->fault != TOKWIRE_FAULT_NONE) {
        tlv_put_str(command->out, TOKWIRE_F_DATA, engine->fault_text);
    }
    return TOKWIRE_SW_OK;
}

uint16_t cmd_read_journal(struct command *command)
{
    switch (command->p1) {
    case TOKWIRE_JOURNAL_HEAD:
        return read_head(command);
    case TOKWIRE_JOURNAL_CHECK:
        return check(command);
    default:
        return read_lines(command);
    }
}
