/* The key store as the state describes it: opened, asserted, closed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/diversify.h"
#include "engine/internal.h"
#include "keystore/softhsm.h"

char *root_label(uint8_t version, char label[KEYSTORE_LABEL_SIZE])
{
    snprintf(label, KEYSTORE_LABEL_SIZE, "root-%u", version);
    return label;
}

const char *key_name(unsigned key)
{
    static const char *const names[] = {[TOKWIRE_KEY_ROOT] = "root",
                                        [TOKWIRE_KEY_DPAUTH] = "dpauth",
                                        [TOKWIRE_KEY_DPPB] = "dppb",
                                        [TOKWIRE_KEY_BATCH] = "batch",
                                        [TOKWIRE_KEY_CI] = "ci"};
    return key >= TOKWIRE_KEY_ROOT && key <= TOKWIRE_KEY_CI ? names[key] : "unknown";
}

enum err engine_journal(struct engine *engine, struct journal_entry *entry, bool sync)
{
    return journal_append(&engine->journal, entry, engine->now(), sync);
}

/* A key that is there, is what it must be, and for roots and pairs the same one
 * that the state recorded. */
static enum err open_key(struct engine *engine, enum keystore_kind kind, const char *label,
                         struct keystore_key *key)
{
    enum err err = keystore_find(engine->store, kind, label, key);
    if (err == ERR_OK) {
        err = keystore_check(engine->store, kind, *key);
    }
    if (err != ERR_OK) {
        log_error("key store: key %s: %s", label, err_name(err));
    }
    return err == ERR_NOT_FOUND ? ERR_MISMATCH : err;
}

static enum err open_root(struct engine *engine, size_t i)
{
    const struct state_root *root = &engine->state.roots[i];
    char label[KEYSTORE_LABEL_SIZE];
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE];
    if (root->retired) {
        engine->roots[i] = (struct keystore_key){0};
        return ERR_OK;
    }
    enum err err =
        open_key(engine, KEYSTORE_CMAC, root_label(root->version, label), &engine->roots[i]);
    if (err == ERR_OK) {
        err = diversify_check_value(engine->store, engine->roots[i], check_value);
    }
    if (err == ERR_OK && !bytes_equal(BYTES_OF(check_value), BYTES_OF(root->check_value))) {
        log_error("key store: key %s has another check value", label);
        err = ERR_MISMATCH;
    }
    return err;
}

static enum err open_pair(struct engine *engine, size_t i)
{
    const struct state_key *key = &engine->state.keys[i];
    const char *label = key_name(TOKWIRE_KEY_DPAUTH + (unsigned)i);
    uint8_t point[EC_POINT_SIZE];
    if (!key->present) {
        return ERR_OK;
    }
    enum err err = open_key(engine, KEYSTORE_EC, label, &engine->keys[i]);
    if (err == ERR_OK) {
        err = keystore_point(engine->store, label, point);
    }
    if (err == ERR_OK && !bytes_equal(BYTES_OF(point), BYTES_OF(key->point))) {
        log_error("key store: key %s has another public key", label);
        err = ERR_MISMATCH;
    }
    return err;
}

enum err vault_refresh(struct engine *engine)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < engine->state.root_count && err == ERR_OK; i++) {
        err = open_root(engine, i);
    }
    for (size_t i = 0; i < STATE_KEYS && err == ERR_OK; i++) {
        err = open_pair(engine, i);
    }
    return err;
}

/* Each look below: what it finds wrong becomes the fault, and the next look is
 * taken all the same; only a failure of the machinery is an error. */
static enum err look(struct engine *engine, enum err err, enum tokwire_fault fault,
                     const char *text)
{
    if (err == ERR_SIGNATURE || err == ERR_MISMATCH || err == ERR_NOT_FOUND) {
        engine_set_fault(engine, fault, text);
        return ERR_OK;
    }
    return err;
}

static enum err look_at_state(struct engine *engine)
{
    enum err err = open_key(engine, KEYSTORE_CMAC, KEYSTORE_LABEL_STATE_MAC, &engine->state_mac);
    if (err != ERR_OK) {
        return look(engine, err, TOKWIRE_FAULT_KEYS, "key state-mac is not what it must be");
    }
    err = state_verify(engine->paths.state, &engine->state, engine->store, engine->state_mac);
    return look(engine, err, TOKWIRE_FAULT_STATE, "the state file fails authentication");
}

static enum err look_at_anchor(struct engine *engine)
{
    char text[JOURNAL_FAULT_SIZE];
    const struct anchor *latest = &engine->anchors.latest;
    enum err err = anchors_read(engine->store, &engine->anchors);
    if (err != ERR_OK) {
        return look(engine, err, TOKWIRE_FAULT_KEYS, "the key store's anchors are missing");
    }
    if (engine->state.generation < latest->generation) {
        snprintf(text, sizeof(text), "the state file is an older copy: %" PRIu64 " of %" PRIu64,
                 engine->state.generation, latest->generation);
        engine_set_fault(engine, TOKWIRE_FAULT_ROLLED_BACK, text);
    }
    return ERR_OK;
}

static enum err look_at_journal(struct engine *engine)
{
    struct keystore_key key;
    struct journal_visitor visitor = history_visitor(&engine->history);
    enum err err = open_key(engine, KEYSTORE_CMAC, KEYSTORE_LABEL_JOURNAL_MAC, &key);
    if (err != ERR_OK) {
        return look(engine, err, TOKWIRE_FAULT_KEYS, "key journal-mac is not what it must be");
    }
    err = journal_attach(&engine->journal, engine->paths.dir, engine->store, key,
                         engine->state.keystore_serial, &engine->anchors.latest, &visitor);
    return look(engine, err, engine->journal.kind, engine->journal.fault);
}

/* A kill between state and key store leaves the key of a retired version. */
static enum err destroy_retired(struct engine *engine)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < engine->state.root_count && err == ERR_OK; i++) {
        char label[KEYSTORE_LABEL_SIZE];
        const struct state_root *root = &engine->state.roots[i];
        if (root->retired) {
            err = keystore_destroy(engine->store, root_label(root->version, label));
        }
    }
    return err;
}

static enum err look_at_everything(struct engine *engine)
{
    enum err err = look_at_state(engine);
    if (err == ERR_OK) {
        err = look(engine, vault_refresh(engine), TOKWIRE_FAULT_KEYS,
                   "a key of the key store is not what it must be");
    }
    if (err == ERR_OK) {
        err = look_at_anchor(engine);
    }
    if (err == ERR_OK) {
        err = look_at_journal(engine);
    }
    if (err == ERR_OK && engine->fault == TOKWIRE_FAULT_NONE) {
        err = destroy_retired(engine);
    }
    if (err == ERR_OK && engine->fault == TOKWIRE_FAULT_NONE) {
        err = leftovers_clean_open(engine);
    }
    return err;
}

/* What was found, or is found no longer, where the journal can take it: once, not
 * at every login again. */
static enum err journal_fault(struct engine *engine, enum tokwire_fault before)
{
    struct journal_entry entry;
    bool mended = engine->fault == TOKWIRE_FAULT_NONE;
    if (engine->journal.store == NULL || engine->fault == before) {
        return ERR_OK;
    }
    journal_entry_init(&entry, mended ? "tampering mended" : "tampering found");
    journal_entry_text(&entry, "fault", fault_name(mended ? before : engine->fault));
    if (!mended) {
        journal_entry_text(&entry, "detail", engine->fault_text);
    }
    return engine_journal(engine, &entry, true);
}

enum err vault_open(struct engine *engine, const struct secret *keystore_pin)
{
    if (engine->users > 0) {
        engine->users++;
        return ERR_OK;
    }
    enum err err = keystore_select_token(engine->store, engine->state.keystore_serial);
    if (err == ERR_OK) {
        err = keystore_login(engine->store, keystore_pin);
    }
    if (err != ERR_OK) {
        /* Our own PIN for it: a failure is the store's, not a person's. */
        return ERR_KEYSTORE;
    }
    enum tokwire_fault before = engine->fault;
    engine->fault = TOKWIRE_FAULT_NONE;
    engine->users = 1;
    engine->unanchored = 0;
    err = look_at_everything(engine);
    if (err == ERR_OK) {
        err = journal_fault(engine, before);
    }
    if (err == ERR_OK) {
        err = secret_set(&engine->keystore_pin, keystore_pin->data, keystore_pin->len);
    }
    if (err != ERR_OK) {
        vault_close(engine);
        engine->fault = before; /* not on record yet: found again the next time */
    }
    return err;
}

enum err vault_anchor(struct engine *engine)
{
    struct anchor anchor = {.count = engine->journal.count, .generation = engine->state.generation};
    const struct anchor *latest = &engine->anchors.latest;
    if (engine->fault != TOKWIRE_FAULT_NONE || engine->journal.store == NULL) {
        return ERR_UNTIMELY;
    }
    memcpy(anchor.hash, engine->journal.hash, sizeof(anchor.hash));
    if (anchor.count == latest->count && anchor.generation == latest->generation) {
        return ERR_OK;
    }
    enum err err = journal_seal(&engine->journal);
    if (err == ERR_OK) {
        err = anchors_write(engine->store, &engine->anchors, &anchor);
    }
    if (err == ERR_OK) {
        engine->unanchored = 0;
    }
    return err;
}

void vault_close(struct engine *engine)
{
    if (engine->users == 0 || --engine->users > 0) {
        return;
    }
    if (engine->fault == TOKWIRE_FAULT_NONE && vault_anchor(engine) != ERR_OK) {
        log_error("the key store could not note where the journal stands");
    }
    journal_detach(&engine->journal);
    keystore_logout(engine->store);
    secret_clear(&engine->keystore_pin);
    secret_zero(engine->roots, sizeof(engine->roots));
    secret_zero(engine->keys, sizeof(engine->keys));
}

enum err vault_sync(const struct engine *engine, const char *keystore_serial)
{
    return engine->softhsm ? softhsm_keep(engine->paths.dir, keystore_serial) : ERR_OK;
}

enum err vault_commit(struct engine *engine, struct state *next)
{
    enum err err = state_save(engine->paths.state, next, engine->store, engine->state_mac);
    if (err != ERR_OK) {
        return err;
    }
    engine->state = *next;
    /* The state is what it is now; an anchor that lags is made up for later. */
    if (vault_anchor(engine) != ERR_OK) {
        log_error("the key store could not note the state file's generation");
    }
    return ERR_OK;
}
