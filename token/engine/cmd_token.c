/* The token as a whole: status, random, policy, journal. */
#include <string.h>

#include "crypto/kdf.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

enum { JOURNAL_ANSWER_MAX = 60000 };

static uint32_t status_flags(const struct command *command)
{
    const struct engine *engine = command->engine;
    const struct state *state = &engine->state;
    uint32_t flags = 0;
    if (!state->initialised) {
        return 0;
    }
    flags |= TOKWIRE_FLAG_INITIALISED;
    flags |= state->user.set ? TOKWIRE_FLAG_USER_PIN_SET : 0;
    flags |= state->development ? TOKWIRE_FLAG_DEVELOPMENT : 0;
    flags |= state->user.set && engine->tries.user == 0 ? TOKWIRE_FLAG_USER_LOCKED : 0;
    flags |= engine->tries.so == 0 ? TOKWIRE_FLAG_SO_LOCKED : 0;
    flags |= command->connection->login == TOKWIRE_USER ? TOKWIRE_FLAG_USER_LOGGED_IN : 0;
    flags |= command->connection->login == TOKWIRE_SO ? TOKWIRE_FLAG_SO_LOGGED_IN : 0;
    if (state->not_after != 0 && (uint64_t)engine->now() > state->not_after) {
        flags |= TOKWIRE_FLAG_EXPIRED;
    }
    return flags;
}

uint16_t cmd_get_status(struct command *command)
{
    const struct engine *engine = command->engine;
    const struct state *state = &engine->state;
    struct buf *out = command->out;
    tlv_put_str(out, TOKWIRE_F_FIRMWARE, "euicc-line " EUICC_LINE_VERSION);
    tokwire_put_uint(out, TOKWIRE_F_FLAGS, status_flags(command), 4);
    if (!state->initialised) {
        return TOKWIRE_SW_OK;
    }
    tlv_put_str(out, TOKWIRE_F_LABEL, state->label);
    tlv_put_str(out, TOKWIRE_F_SERIAL, state->serial);
    tokwire_put_uint(out, TOKWIRE_F_ROLE, state->role, 1);
    tokwire_put_uint(out, TOKWIRE_F_USER_TRIES, engine->tries.user, 1);
    tokwire_put_uint(out, TOKWIRE_F_SO_TRIES, engine->tries.so, 1);
    tokwire_put_uint(out, TOKWIRE_F_QUOTA, state->quota, 4);
    tokwire_put_uint(out, TOKWIRE_F_NOT_AFTER, state->not_after, 8);
    tokwire_put_uint(out, TOKWIRE_F_COUNT, engine->releases.distinct, 8);
    return TOKWIRE_SW_OK;
}

uint16_t cmd_get_random(struct command *command)
{
    uint64_t count = tokwire_field_uint(&command->fields, TOKWIRE_F_COUNT);
    if (count == 0 || count > TOKWIRE_RANDOM_MAX) {
        return TOKWIRE_SW_DATA;
    }
    tlv_put_header(command->out, TOKWIRE_F_DATA, (size_t)count);
    uint8_t *at = buf_extend(command->out, (size_t)count);
    if (at == NULL) {
        return TOKWIRE_SW_INTERNAL;
    }
    return sw_of_err(crypto_random(at, (size_t)count));
}

uint16_t cmd_set_policy(struct command *command)
{
    const struct tokwire_fields *fields = &command->fields;
    struct state next = command->engine->state;
    struct journal_entry entry;
    if (tokwire_field_present(fields, TOKWIRE_F_QUOTA)) {
        next.quota = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_QUOTA);
    }
    if (tokwire_field_present(fields, TOKWIRE_F_NOT_AFTER)) {
        next.not_after = tokwire_field_uint(fields, TOKWIRE_F_NOT_AFTER);
    }
    if (next.not_after > INT64_MAX) {
        return TOKWIRE_SW_DATA;
    }
    journal_entry_init(&entry, "policy");
    if (next.quota == POLICY_QUOTA_NONE) {
        journal_entry_text(&entry, "quota", "none");
    } else {
        journal_entry_uint(&entry, "quota", next.quota);
    }
    journal_entry_uint(&entry, "not_after", next.not_after);
    enum err err = engine_journal(command->engine, &entry, true);
    return sw_of_err(err == ERR_OK ? vault_commit(command->engine, &next) : err);
}

static uint16_t read_head(struct command *command)
{
    struct journal *journal = &command->engine->journal;
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

uint16_t cmd_read_journal(struct command *command)
{
    return command->p1 == TOKWIRE_JOURNAL_HEAD ? read_head(command) : read_lines(command);
}
