/* One-time keys, and session keys for a chip that proved itself. */
#include <string.h>

#include "base/log.h"
#include "engine/evidence.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

uint16_t cmd_generate_one_time_key(struct command *command)
{
    struct object *object = NULL;
    enum ec_curve curve = (enum ec_curve)tokwire_field_uint(&command->fields, TOKWIRE_F_CURVE);
    enum ec_curve made;
    if (ec_curve_params(curve).len == 0) {
        return TOKWIRE_SW_UNSUPPORTED;
    }
    enum err err = object_new(&command->connection->objects, OBJECT_ONE_TIME_KEY, &object);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    struct one_time_key *key = &object->as.one_time_key;
    key->curve = curve;
    err = ec_generate(curve, &key->key);
    if (err == ERR_OK) {
        err = ec_point(key->key, key->point, &made);
    }
    if (err != ERR_OK) {
        object_destroy(&command->connection->objects, object);
        return sw_of_err(err);
    }
    tokwire_put_uint(command->out, TOKWIRE_F_HANDLE, object->handle, 4);
    tlv_put(command->out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(key->point));
    return TOKWIRE_SW_OK;
}

/* A chip's evidence, decoded. */
struct chip {
    struct cert *euicc;
    const struct cert *eum; /* the cache's */
    struct euicc_signed2 signed2;
    struct transaction *transaction;
    struct eid eid; /* once proven */
    char serial[CERT_SERIAL_TEXT_SIZE];
};

static enum err chip_decode(struct command *command, struct chip *chip)
{
    const struct tokwire_fields *fields = &command->fields;
    enum err err = cert_parse(tokwire_field(fields, TOKWIRE_F_CERTIFICATE), &chip->euicc);
    if (err == ERR_OK) {
        err = cert_cache_parse(&command->engine->eums,
                               tokwire_field(fields, TOKWIRE_F_EUM_CERTIFICATE), &chip->eum);
    }
    if (err == ERR_OK) {
        err = euicc_signed2_decode(tokwire_field(fields, TOKWIRE_F_EUICC_SIGNED2), &chip->signed2);
    }
    if (err == ERR_OK) {
        cert_serial_text(chip->euicc, chip->serial, sizeof(chip->serial));
        chip->transaction =
            transaction_find(&command->connection->transactions, chip->signed2.transaction_id);
    }
    return err;
}

/* Every check of evidence is on record, whichever way it went. */
static enum err journal_evidence(struct command *command, const struct chip *chip, uint16_t sw)
{
    struct journal_entry entry;
    char text[EID_TEXT_SIZE];
    if (sw != TOKWIRE_SW_OK && !refusal_counts(command->connection)) {
        return ERR_OK;
    }
    journal_entry_init(&entry, sw == TOKWIRE_SW_OK ? "evidence" : "evidence refused");
    if (sw == TOKWIRE_SW_OK) {
        journal_entry_text(&entry, "eid", eid_text(&chip->eid, text));
    } else {
        journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
    }
    journal_entry_hex(&entry, "transaction_id", chip->signed2.transaction_id);
    journal_entry_text(&entry, "euicc_certificate", chip->serial);
    return engine_journal(command->engine, &entry, false);
}

static uint16_t chip_check(struct command *command, const struct one_time_key *key,
                           struct chip *chip)
{
    struct engine *engine = command->engine;
    struct evidence evidence = {
        .euicc = chip->euicc,
        .eum = chip->eum,
        .cis = (const struct cert *const *)engine->state.cis,
        .ci_count = engine->state.ci_count,
        .now = engine_time(engine),
        .signed2 = chip->signed2,
        .euicc_signature2 = tokwire_field(&command->fields, TOKWIRE_F_SIGNATURE),
        .curve = key->curve,
        .transaction = chip->transaction,
    };
    uint16_t sw = evidence_check(&evidence, &chip->eid);
    enum err err = journal_evidence(command, chip, sw);
    if (err != ERR_OK) {
        log_error("a check of evidence could not be written to the journal");
    }
    return sw == TOKWIRE_SW_OK ? sw_of_err(err) : sw;
}

/* ECKA and the KDF of 2.6.4.1. */
static enum err agree(struct command *command, const struct one_time_key *key,
                      const struct chip *chip, struct bsp *bsp)
{
    struct secret shared = {0}, keys = {0};
    EVP_PKEY *euicc = NULL;
    enum err err = ec_public_from_point(key->curve, chip->signed2.euicc_otpk, &euicc);
    if (err == ERR_OK) {
        err = ec_agree(key->key, euicc, &shared);
    }
    if (err == ERR_OK) {
        err = bsp_derive_session_keys(secret_bytes(&shared),
                                      tokwire_field(&command->fields, TOKWIRE_F_HOST_ID),
                                      &chip->eid, &keys);
    }
    if (err == ERR_OK) {
        err = bsp_init(bsp, secret_bytes(&keys));
    }
    EVP_PKEY_free(euicc);
    secret_clear(&shared);
    secret_clear(&keys);
    return err;
}

/* The one-time key has served; the transaction and the session keys remember
 * for what. */
static void bind(struct command *command, struct one_time_key *key, const struct chip *chip,
                 struct session_keys *session)
{
    struct transaction *transaction = chip->transaction;
    struct bytes host_id = tokwire_field(&command->fields, TOKWIRE_F_HOST_ID);
    EVP_PKEY_free(key->key);
    key->key = NULL;
    memcpy(transaction->dp_otpk, key->point, sizeof(transaction->dp_otpk));
    memcpy(transaction->euicc_otpk, chip->signed2.euicc_otpk.data, sizeof(transaction->euicc_otpk));
    memcpy(transaction->host_id, host_id.data, host_id.len);
    transaction->host_id_len = host_id.len;
    transaction->state = TRANSACTION_ATTESTED;
    session->eid = chip->eid;
    session->trust_epoch = command->engine->trust_epoch;
    memcpy(session->transaction_id, transaction->id, transaction->id_len);
    session->transaction_id_len = transaction->id_len;
    memcpy(session->euicc_serial, chip->serial, sizeof(session->euicc_serial));
}

/* Session keys in a new object, given evidence that holds. */
static uint16_t derive(struct command *command, struct one_time_key *key, const struct chip *chip,
                       struct object **object)
{
    struct object_table *objects = &command->connection->objects;
    enum err err = object_new(objects, OBJECT_SESSION_KEYS, object);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    struct session_keys *session = &(*object)->as.session_keys;
    err = crypto_sha256(chip->signed2.euicc_otpk, session->euicc_otpk_digest);
    if (err == ERR_OK) {
        err = agree(command, key, chip, &session->bsp);
    }
    if (err != ERR_OK) {
        object_destroy(objects, *object);
        /* What the chip signed is no point of the curve. */
        return err == ERR_MEMORY ? TOKWIRE_SW_INTERNAL : TOKWIRE_SW_DATA;
    }
    bind(command, key, chip, session);
    return TOKWIRE_SW_OK;
}

uint16_t cmd_derive_session_keys(struct command *command)
{
    struct engine_connection *connection = command->connection;
    struct chip chip = {0};
    struct object *made = NULL;
    uint32_t handle = (uint32_t)tokwire_field_uint(&command->fields, TOKWIRE_F_HANDLE);
    struct object *object = object_find(&connection->objects, handle, OBJECT_ONE_TIME_KEY);
    if (object == NULL) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (object->as.one_time_key.key == NULL) {
        return TOKWIRE_SW_KEY_USED;
    }
    uint16_t sw = sw_of_err(chip_decode(command, &chip));
    if (sw == TOKWIRE_SW_OK) {
        sw = chip_check(command, &object->as.one_time_key, &chip);
    }
    if (sw == TOKWIRE_SW_OK) {
        sw = derive(command, &object->as.one_time_key, &chip, &made);
    }
    if (sw == TOKWIRE_SW_OK) {
        tokwire_put_uint(command->out, TOKWIRE_F_HANDLE, made->handle, 4);
        tlv_put(command->out, TOKWIRE_F_EID, eid_bytes(&chip.eid));
        tlv_put(command->out, TOKWIRE_F_TRANSACTION_ID, transaction_id(chip.transaction));
    }
    cert_free(&chip.euicc);
    return sw;
}

uint16_t cmd_destroy(struct command *command)
{
    uint32_t handle = (uint32_t)tokwire_field_uint(&command->fields, TOKWIRE_F_HANDLE);
    struct object *object = object_find(&command->connection->objects, handle, OBJECT_NONE);
    if (object == NULL) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    object_destroy(&command->connection->objects, object);
    return TOKWIRE_SW_OK;
}
