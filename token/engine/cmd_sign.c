/* SIGN: structure in, signature out, as sign_policy() allows. */
#include <string.h>

#include "base/log.h"
#include "engine/internal.h"
#include "engine/sign_policy.h"
#include "tlv/tlv.h"

bool refusal_counts(struct engine_connection *connection)
{
    return connection->refusals++ < REFUSALS_MAX;
}

static void journal_refusal(struct command *command, uint16_t sw, const uint8_t digest[SHA256_SIZE])
{
    struct journal_entry entry;
    if (!refusal_counts(command->connection)) {
        return;
    }
    journal_entry_init(&entry, "sign refused");
    journal_entry_text(&entry, "key", key_name(command->p1));
    journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
    journal_entry_hex(&entry, "sha256", bytes_make(digest, SHA256_SIZE));
    if (engine_journal(command->engine, &entry, false) != ERR_OK) {
        log_error("a refused signature could not be written to the journal");
    }
}

/* Batch signatures are few, and each stands for a whole delivery. */
static enum err journal_batch(struct command *command, const uint8_t digest[SHA256_SIZE])
{
    struct journal_entry entry;
    journal_entry_init(&entry, "batch signed");
    journal_entry_hex(&entry, "sha256", bytes_make(digest, SHA256_SIZE));
    return engine_journal(command->engine, &entry, true);
}

/* What the signature means for the transaction. */
static void record(struct command *command, const struct sign_decision *decision,
                   const uint8_t signature[EC_SIGNATURE_SIZE])
{
    switch (decision->kind) {
    case SIGN_SERVER_SIGNED1:
        transaction_begin(&command->connection->transactions, decision->transaction_id);
        break;
    case SIGN_SMDP_SIGNED2:
        memcpy(decision->transaction->smdp_signature2, signature, EC_SIGNATURE_SIZE);
        decision->transaction->state = TRANSACTION_PREPARED;
        break;
    case SIGN_INITIALISE_SECURE_CHANNEL:
        decision->transaction->state = TRANSACTION_BOUND;
        break;
    default:
        break;
    }
}

uint16_t cmd_sign(struct command *command)
{
    struct engine *engine = command->engine;
    const struct state_key *key = state_key_of(&engine->state, (enum tokwire_key)command->p1);
    struct sign_request request = {
        .key = (enum tokwire_key)command->p1,
        .mode = (enum tokwire_sign_mode)command->p2,
        .message = tokwire_field(&command->fields, TOKWIRE_F_DATA),
        .transactions = &command->connection->transactions,
    };
    struct sign_decision decision;
    uint8_t digest[EC_DIGEST_SIZE], signature[EC_SIGNATURE_SIZE];
    if (key == NULL) {
        return TOKWIRE_SW_P1P2;
    }
    if (!key->present) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    uint16_t sw = sign_policy(&request, &decision);
    enum err err = crypto_sha256(request.message, digest);
    if (sw != TOKWIRE_SW_OK) {
        journal_refusal(command, sw, digest);
        return sw;
    }
    if (decision.kind == SIGN_BATCH_DIGEST) {
        memcpy(digest, request.message.data, sizeof(digest));
    }
    if (err == ERR_OK && command->p1 == TOKWIRE_KEY_BATCH) {
        err = journal_batch(command, digest);
    }
    if (err == ERR_OK) {
        err = keystore_sign(engine->store, engine->keys[command->p1 - TOKWIRE_KEY_DPAUTH], digest,
                            signature);
    }
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    record(command, &decision, signature);
    tlv_put(command->out, TOKWIRE_F_SIGNATURE, BYTES_OF(signature));
    return TOKWIRE_SW_OK;
}
