/* The officer's policy, and the time it is judged by. */
#include <string.h>

#include "base/log.h"
#include "engine/internal.h"

time_t engine_time(struct engine *engine)
{
    return history_now(&engine->history, engine->now());
}

bool engine_expired(struct engine *engine)
{
    struct journal_entry entry;
    const struct state *state = &engine->state;
    if (state->not_after == 0 || (uint64_t)engine_time(engine) <= state->not_after) {
        return false;
    }
    if (!engine->history.expired && engine->fault == TOKWIRE_FAULT_NONE) {
        /* On the disk, so that a clock turned back at the next start comes too late. */
        journal_entry_init(&entry, "expired");
        journal_entry_uint(&entry, "not_after", state->not_after);
        engine->history.expired = engine_journal(engine, &entry, true) == ERR_OK;
    }
    return true;
}

static void put_limit(struct journal_entry *entry, const char *name, uint32_t value)
{
    if (value == UINT32_MAX) {
        journal_entry_text(entry, name, "none");
    } else {
        journal_entry_uint(entry, name, value);
    }
}

static void put_batches(struct journal_entry *entry, const struct state *state)
{
    if (state->batch_count == 0) {
        journal_entry_text(entry, "batches", "any");
    } else {
        journal_entry_hex(entry, "batches",
                          bytes_make(state->batches, state->batch_count * TOKWIRE_BATCH_ID_SIZE));
    }
}

/* What the request names replaces what there is. */
static uint16_t read_request(const struct tokwire_fields *fields, struct state *next)
{
    struct bytes batches = tokwire_field(fields, TOKWIRE_F_BATCHES);
    if (tokwire_field_present(fields, TOKWIRE_F_QUOTA)) {
        next->quota = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_QUOTA);
    }
    if (tokwire_field_present(fields, TOKWIRE_F_NOT_AFTER)) {
        next->not_after = tokwire_field_uint(fields, TOKWIRE_F_NOT_AFTER);
    }
    if (tokwire_field_present(fields, TOKWIRE_F_RETRIES)) {
        next->retries = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_RETRIES);
    }
    if (next->not_after > INT64_MAX || batches.len % TOKWIRE_BATCH_ID_SIZE != 0) {
        return TOKWIRE_SW_DATA;
    }
    if (tokwire_field_present(fields, TOKWIRE_F_BATCHES)) {
        next->batch_count = batches.len / TOKWIRE_BATCH_ID_SIZE;
        memset(next->batches, 0, sizeof(next->batches));
        if (batches.len > 0) {
            memcpy(next->batches, batches.data, batches.len);
        }
    }
    return TOKWIRE_SW_OK;
}

uint16_t cmd_set_policy(struct command *command)
{
    struct engine *engine = command->engine;
    struct state next = engine->state;
    struct journal_entry entry;
    bool dated = tokwire_field_present(&command->fields, TOKWIRE_F_NOT_AFTER);
    uint16_t sw = read_request(&command->fields, &next);
    if (sw != TOKWIRE_SW_OK) {
        return sw;
    }
    journal_entry_init(&entry, "policy");
    put_limit(&entry, "quota", next.quota);
    put_limit(&entry, "retries", next.retries);
    journal_entry_uint(&entry, "not_after", next.not_after);
    put_batches(&entry, &next);
    if (dated) {
        journal_entry_flag(&entry, "clock_accepted", true);
    }
    enum err err = engine_journal(engine, &entry, true);
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err == ERR_OK && dated) {
        history_accept_clock(&engine->history, engine->now());
    }
    engine->history.expired = engine->history.expired && err != ERR_OK;
    return sw_of_err(err);
}
