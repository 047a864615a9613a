/* The token as a whole: status, random. */
#include <string.h>

#include "crypto/kdf.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

static uint32_t status_flags(const struct command *command)
{
    struct engine *engine = command->engine;
    const struct state *state = &engine->state;
    uint32_t flags = engine->fault != TOKWIRE_FAULT_NONE ? TOKWIRE_FLAG_TAMPERED : 0;
    if (!state->initialised) {
        return flags;
    }
    flags |= TOKWIRE_FLAG_INITIALISED;
    flags |= state->user.set ? TOKWIRE_FLAG_USER_PIN_SET : 0;
    flags |= state->development ? TOKWIRE_FLAG_DEVELOPMENT : 0;
    flags |= state->user.set && engine->tries.user == 0 ? TOKWIRE_FLAG_USER_LOCKED : 0;
    flags |= engine->tries.so == 0 ? TOKWIRE_FLAG_SO_LOCKED : 0;
    flags |= command->connection->login == TOKWIRE_USER ? TOKWIRE_FLAG_USER_LOGGED_IN : 0;
    flags |= command->connection->login == TOKWIRE_SO ? TOKWIRE_FLAG_SO_LOGGED_IN : 0;
    flags |= engine_expired(engine) ? TOKWIRE_FLAG_EXPIRED : 0;
    return flags;
}

uint16_t cmd_get_status(struct command *command)
{
    struct engine *engine = command->engine;
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
    tokwire_put_uint(out, TOKWIRE_F_COUNT, engine->history.releases.distinct, 8);
    tokwire_put_uint(out, TOKWIRE_F_RETRIES, state->retries, 4);
    tlv_put(out, TOKWIRE_F_BATCHES,
            bytes_make(state->batches, state->batch_count * TOKWIRE_BATCH_ID_SIZE));
    if (engine->fault != TOKWIRE_FAULT_NONE) {
        tokwire_put_uint(out, TOKWIRE_F_FAULT, engine->fault, 1);
    }
    tokwire_put_uint(out, TOKWIRE_F_TIME_SEEN, (uint64_t)engine_time(engine), 8);
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
