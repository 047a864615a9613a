/* The key store as the state describes it: opened, asserted, closed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/log.h"
#include "engine/diversify.h"
#include "engine/internal.h"

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

/* The lines are our own, and checked by the chain before they come here. */
static enum err count_release(void *context, const char *line, size_t len)
{
    struct engine *engine = context;
    struct eid eid;
    struct iccid iccid;
    if (strstr(line, "\"event\":\"release\"") == NULL) {
        return ERR_OK;
    }
    cJSON *root = cJSON_ParseWithLength(line, len);
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "event"));
    const char *eid_digits = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "eid"));
    const char *iccid_digits =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "iccid"));
    enum err err = ERR_OK;
    if (event == NULL) {
        err = ERR_SIGNATURE;
    } else if (strcmp(event, "release") == 0) {
        bool valid = eid_digits != NULL && iccid_digits != NULL &&
                     eid_parse(eid_digits, &eid) == ERR_OK &&
                     iccid_parse(iccid_digits, &iccid) == ERR_OK;
        err = valid ? releases_add(&engine->releases, &eid, &iccid) : ERR_SIGNATURE;
    }
    cJSON_Delete(root);
    return err;
}

struct journal_visitor vault_release_counter(struct engine *engine)
{
    releases_clear(&engine->releases);
    return (struct journal_visitor){count_release, engine};
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

static enum err open_journal(struct engine *engine)
{
    struct keystore_key key;
    struct journal_visitor counter = vault_release_counter(engine);
    enum err err = open_key(engine, KEYSTORE_CMAC, KEYSTORE_LABEL_JOURNAL_MAC, &key);
    if (err == ERR_OK) {
        err = journal_attach(&engine->journal, engine->paths.dir, engine->store, key,
                             engine->state.keystore_serial, &counter);
    }
    return err;
}

static enum err open_all(struct engine *engine)
{
    enum err err = open_key(engine, KEYSTORE_CMAC, KEYSTORE_LABEL_STATE_MAC, &engine->state_mac);
    if (err == ERR_OK) {
        err = state_verify(engine->paths.state, &engine->state, engine->store, engine->state_mac);
        if (err == ERR_SIGNATURE) {
            log_error("%s fails authentication", engine->paths.state);
        }
    }
    if (err == ERR_OK) {
        err = vault_refresh(engine);
    }
    return err == ERR_OK ? open_journal(engine) : err;
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
    engine->users = 1;
    err = open_all(engine);
    if (err == ERR_OK) {
        err = secret_set(&engine->keystore_pin, keystore_pin->data, keystore_pin->len);
    }
    if (err != ERR_OK) {
        vault_close(engine);
    }
    return err;
}

void vault_close(struct engine *engine)
{
    if (engine->users == 0 || --engine->users > 0) {
        return;
    }
    journal_detach(&engine->journal);
    keystore_logout(engine->store);
    secret_clear(&engine->keystore_pin);
    secret_zero(engine->roots, sizeof(engine->roots));
    secret_zero(engine->keys, sizeof(engine->keys));
}

enum err vault_commit(struct engine *engine, struct state *next)
{
    enum err err = state_save(engine->paths.state, next, engine->store, engine->state_mac);
    if (err == ERR_OK) {
        engine->state = *next;
    }
    return err;
}
