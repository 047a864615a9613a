/* INITIALISE: a blank token becomes one, or the officer starts one anew.
 *
 * The new key store token is complete and the journal sealed under its key
 * before the state file names it: a kill at any moment leaves the old token or
 * the new one. The journal goes on through it, so that nothing released before
 * is forgotten. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

enum { SERIAL_BYTES = TOKWIRE_SERIAL_SIZE / 2, KEYSTORE_PIN_BYTES = KEYSTORE_PIN_SIZE / 2 };

/* What is needed on the way. */
struct initialise {
    struct state next;
    struct secret old_keystore_pin; /* of the token that goes */
    struct secret keystore_pin;     /* of the one that comes */
    struct keystore_key state_mac, journal_mac;
    bool again;
};

/* Length of the UTF-8 character at text, 0 when there is none valid. Overlong
 * forms and surrogates do not occur in anybody's label. */
static size_t utf8_character(struct bytes text)
{
    uint8_t first = text.data[0];
    size_t len = first < 0x80 ? 1 : (first & 0xE0) == 0xC0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : 4;
    if (first < 0x20 || first == 0x7F || (first >= 0x80 && first < 0xC2) || first > 0xF4 ||
        len > text.len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((text.data[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

static bool is_printable(struct bytes text)
{
    while (text.len > 0) {
        size_t len = utf8_character(text);
        if (len == 0) {
            return false;
        }
        text = bytes_make(text.data + len, text.len - len);
    }
    return true;
}

/* The new state, from the request and what of the old one stays. */
static uint16_t read_request(struct command *command, struct initialise *work)
{
    const struct tokwire_fields *fields = &command->fields;
    const struct state *old = &command->engine->state;
    struct state *next = &work->next;
    struct bytes label = tokwire_field(fields, TOKWIRE_F_LABEL);
    uint64_t role = tokwire_field_uint(fields, TOKWIRE_F_ROLE);
    uint64_t flags = tokwire_field_uint(fields, TOKWIRE_F_FLAGS);
    if (!is_printable(label) || role > TOKWIRE_ROLE_DP ||
        (flags & ~(uint64_t)TOKWIRE_FLAG_DEVELOPMENT) != 0) {
        return TOKWIRE_SW_DATA;
    }
    *next = (struct state){
        .initialised = true, .quota = POLICY_QUOTA_NONE, .retries = POLICY_RETRIES_NONE};
    memcpy(next->label, label.data, label.len);
    memcpy(next->serial, old->serial, sizeof(next->serial));
    /* C_InitToken states no role: it stays, and is the line's at first. */
    next->role = role != 0          ? (enum tokwire_role)role
                 : old->initialised ? old->role
                                    : TOKWIRE_ROLE_LINE;
    /* Once a development token, always one. */
    next->development = (flags & TOKWIRE_FLAG_DEVELOPMENT) != 0 || old->development;
    next->generation = old->generation;
    return TOKWIRE_SW_OK;
}

static uint16_t check_pins(struct command *command, struct initialise *work)
{
    struct engine *engine = command->engine;
    struct bytes so_pin = tokwire_field(&command->fields, TOKWIRE_F_PIN);
    if (tokwire_field_present(&command->fields, TOKWIRE_F_NEW_PIN) &&
        pin_check_new(tokwire_field(&command->fields, TOKWIRE_F_NEW_PIN)) != ERR_OK) {
        return TOKWIRE_SW_PIN_LENGTH;
    }
    if (!work->again) {
        return pin_check_new(so_pin) == ERR_OK ? TOKWIRE_SW_OK : TOKWIRE_SW_PIN_LENGTH;
    }
    /* Not under somebody's feet. */
    if (engine->users > 0) {
        return TOKWIRE_SW_STATE;
    }
    uint16_t sw = login_check_pin(engine, TOKWIRE_SO, so_pin, &work->old_keystore_pin);
    if (sw != TOKWIRE_SW_OK) {
        struct journal_entry entry;
        journal_entry_init(&entry, "initialise refused");
        journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
        journal_entry_text(&entry, "peer", command->connection->peer);
        if (engine_journal(engine, &entry, true) != ERR_OK) {
            log_error("a refused initialisation could not be written to the journal");
        }
        return sw;
    }
    /* What is there must be sound before it is built upon. */
    sw = sw_of_err(vault_open(engine, &work->old_keystore_pin));
    if (sw == TOKWIRE_SW_OK) {
        sw = engine->fault == TOKWIRE_FAULT_NONE ? TOKWIRE_SW_OK : TOKWIRE_SW_TAMPERED;
        vault_close(engine);
    }
    return sw;
}

static enum err random_hex(size_t bytes, char *text)
{
    uint8_t random[KEYSTORE_PIN_BYTES];
    enum err err = crypto_random(random, bytes);
    if (err == ERR_OK) {
        hex_encode(bytes_make(random, bytes), text);
    }
    secret_zero(random, sizeof(random));
    return err;
}

/* A token made anew gets a PIN of its own. One that stays keeps its PIN: the one
 * it has, or the one its file says. */
static enum err make_keystore_pin(const struct engine *engine, struct initialise *work)
{
    const struct keystore_config *config = &engine->keystore_config;
    char text[KEYSTORE_PIN_SIZE + 1];
    if (config->token[0] != '\0' && work->again) {
        work->keystore_pin = work->old_keystore_pin;
        return ERR_OK;
    }
    if (config->pin_file[0] != '\0') {
        enum err err = secret_read_file(config->pin_file, &work->keystore_pin);
        if (err != ERR_OK || work->keystore_pin.len > KEYSTORE_PIN_SIZE) {
            log_error("%s holds no PIN of at most %d bytes", config->pin_file, KEYSTORE_PIN_SIZE);
            return ERR_KEYSTORE;
        }
        return ERR_OK;
    }
    enum err err = random_hex(KEYSTORE_PIN_BYTES, text);
    if (err == ERR_OK) {
        err = secret_set(&work->keystore_pin, text, KEYSTORE_PIN_SIZE);
    }
    secret_zero(text, sizeof(text));
    return err;
}

static enum err make_secrets(struct command *command, struct initialise *work)
{
    const struct secret *engine_secret = &command->engine->secret;
    struct bytes so_pin = tokwire_field(&command->fields, TOKWIRE_F_PIN);
    struct bytes user_pin = tokwire_field(&command->fields, TOKWIRE_F_NEW_PIN);
    enum err err = make_keystore_pin(command->engine, work);
    if (err == ERR_OK && work->next.serial[0] == '\0') {
        err = random_hex(SERIAL_BYTES, work->next.serial);
    }
    if (err == ERR_OK) {
        err = pin_wrap(engine_secret, TOKWIRE_SO, so_pin, &work->keystore_pin, &work->next.so);
    }
    if (err == ERR_OK && user_pin.len > 0) {
        err =
            pin_wrap(engine_secret, TOKWIRE_USER, user_pin, &work->keystore_pin, &work->next.user);
    }
    return err;
}

/* A token in the key store with the two keys the engine itself needs. */
static enum err make_keystore_token(struct engine *engine, struct initialise *work)
{
    char label[KEYSTORE_LABEL_SIZE];
    snprintf(label, sizeof(label), "usbkeyd %s", work->next.serial);
    enum err err = keystore_create_token(engine->store, label, &work->keystore_pin,
                                         work->next.keystore_serial);
    if (err == ERR_OK) {
        err = keystore_select_token(engine->store, work->next.keystore_serial);
    }
    if (err == ERR_OK) {
        err = keystore_login(engine->store, &work->keystore_pin);
    }
    if (err == ERR_OK) {
        err = keystore_create_cmac_key(engine->store, KEYSTORE_LABEL_STATE_MAC, 1, NULL,
                                       &work->state_mac);
    }
    if (err == ERR_OK) {
        err = keystore_create_cmac_key(engine->store, KEYSTORE_LABEL_JOURNAL_MAC, 2, NULL,
                                       &work->journal_mac);
    }
    return err;
}

static enum err write_entry(struct command *command, const struct initialise *work)
{
    struct journal_entry entry;
    command->engine->journal.development = work->next.development;
    journal_entry_init(&entry, work->again ? "initialise again" : "initialise");
    journal_entry_text(&entry, "label", work->next.label);
    journal_entry_text(&entry, "serial", work->next.serial);
    journal_entry_text(&entry, "role", work->next.role == TOKWIRE_ROLE_DP ? "dp" : "line");
    journal_entry_text(&entry, "peer", command->connection->peer);
    return engine_journal(command->engine, &entry, true);
}

/* The new token's own memory of where the journal stands. */
static enum err make_anchor(struct engine *engine, const struct initialise *work)
{
    struct anchor anchor = {.count = engine->journal.count, .generation = work->next.generation};
    memcpy(anchor.hash, engine->journal.hash, sizeof(anchor.hash));
    engine->anchors = (struct anchors){0};
    return anchors_write(engine->store, &engine->anchors, &anchor);
}

/* Everything up to the state file, then the state file. */
static enum err commit(struct command *command, struct initialise *work)
{
    struct engine *engine = command->engine;
    const struct pin_tries full = {PIN_TRIES, PIN_TRIES};
    enum err err = write_entry(command, work);
    if (err == ERR_OK) {
        err = journal_create_head(&engine->journal, engine->paths.dir, engine->store,
                                  work->journal_mac, work->next.keystore_serial);
    }
    if (err == ERR_OK) {
        err = make_anchor(engine, work);
    }
    if (err == ERR_OK) {
        err = vault_sync(engine, work->next.keystore_serial);
    }
    if (err == ERR_OK) {
        err = pin_tries_save(engine->paths.tries, &engine->secret, &full);
    }
    if (err == ERR_OK) {
        err = state_save(engine->paths.state, &work->next, engine->store, work->state_mac);
    }
    if (err == ERR_OK) {
        engine->tries = full;
    }
    return err;
}

/* The old token's keys go. Should that fail, its PIN is in no file any more. */
static void wipe_old(struct engine *engine, const struct state *old, const struct secret *pin)
{
    char head[PATH_MAX];
    enum err err = keystore_select_token(engine->store, old->keystore_serial);
    if (err == ERR_OK) {
        err = keystore_login(engine->store, pin);
    }
    if (err == ERR_OK) {
        err = keystore_wipe(engine->store);
        keystore_logout(engine->store);
    }
    if (err != ERR_OK) {
        log_warning("the keys of the former token could not be destroyed in the key store");
    }
    int len = snprintf(head, sizeof(head), "%s/head-%s", engine->paths.dir, old->keystore_serial);
    if (len > 0 && (size_t)len < sizeof(head)) {
        unlink(head);
    }
}

uint16_t cmd_initialise(struct command *command)
{
    struct engine *engine = command->engine;
    struct initialise work = {.again = engine->state.initialised};
    enum err err;
    uint16_t sw = read_request(command, &work);
    if (sw == TOKWIRE_SW_OK) {
        sw = check_pins(command, &work);
    }
    if (sw != TOKWIRE_SW_OK) {
        goto out;
    }
    err = make_secrets(command, &work);
    if (err == ERR_OK) {
        err = leftovers_mark(engine);
    }
    if (err == ERR_OK) {
        err = make_keystore_token(engine, &work);
    }
    if (err == ERR_OK) {
        err = commit(command, &work);
    }
    keystore_logout(engine->store);
    if (err == ERR_OK) {
        struct state old = engine->state;
        engine->state = work.next;
        if (work.again) {
            /* The mark stays: the old token itself goes at the next start. */
            wipe_old(engine, &old, &work.old_keystore_pin);
        } else {
            leftovers_forget(engine);
        }
        state_clear(&old);
        tlv_put_str(command->out, TOKWIRE_F_SERIAL, engine->state.serial);
    } else {
        engine->journal.development = engine->state.development;
    }
    sw = sw_of_err(err);
out:
    secret_zero(&work, sizeof(work));
    return sw;
}
