/* PINs and logins. A counter is on the disk before the PIN is looked at, so
 * that pulling the plug wins no try. */
#include "base/log.h"
#include "engine/internal.h"

/* Seconds a clock may be put back when it is set right. */
enum { CLOCK_TOLERANCE = 60 };

static const char *user_name(enum tokwire_user user)
{
    return user == TOKWIRE_SO ? "so" : "user";
}

static bool is_user(uint8_t p2)
{
    return p2 == TOKWIRE_USER || p2 == TOKWIRE_SO;
}

uint16_t login_check_pin(struct engine *engine, enum tokwire_user user, struct bytes pin,
                         struct secret *keystore_pin)
{
    const struct state_pin *record = user == TOKWIRE_SO ? &engine->state.so : &engine->state.user;
    uint8_t *tries = pin_tries_of(&engine->tries, user);
    secret_clear(keystore_pin);
    if (!record->set) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (*tries == 0) {
        return TOKWIRE_SW_PIN_LOCKED;
    }
    --*tries;
    enum err err = pin_tries_save(engine->paths.tries, &engine->secret, &engine->tries);
    if (err != ERR_OK) {
        return TOKWIRE_SW_KEYSTORE;
    }
    err = pin_unwrap(&engine->secret, user, pin, record, keystore_pin);
    if (err == ERR_PIN) {
        return *tries > 0 ? TOKWIRE_SW_PIN_WRONG | *tries : TOKWIRE_SW_PIN_LOCKED;
    }
    if (err == ERR_OK) {
        *tries = PIN_TRIES;
        err = pin_tries_save(engine->paths.tries, &engine->secret, &engine->tries);
    }
    if (err != ERR_OK) {
        secret_clear(keystore_pin);
    }
    return sw_of_err(err);
}

/* A clock that has been turned back: by how many seconds. */
static void put_clock(struct engine *engine, struct journal_entry *entry)
{
    time_t behind = engine_time(engine) - engine->now();
    if (behind > CLOCK_TOLERANCE) {
        journal_entry_uint(entry, "clock_behind", (uint64_t)behind);
    }
}

static enum err journal_login(struct command *command, enum tokwire_user user, uint16_t sw)
{
    struct journal_entry entry;
    journal_entry_init(&entry, sw == TOKWIRE_SW_OK ? "login" : "login failed");
    journal_entry_text(&entry, "user", user_name(user));
    if (sw != TOKWIRE_SW_OK) {
        journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
    }
    journal_entry_text(&entry, "peer", command->connection->peer);
    put_clock(command->engine, &entry);
    return engine_journal(command->engine, &entry, true);
}

/* No login without its entry, and none that an older copy of the journal could
 * make undone. A journal tampered with stays as it was found: to read it is what
 * such a login is for. */
static enum err record_login(struct command *command, enum tokwire_user user)
{
    struct engine *engine = command->engine;
    if (engine->journal.store == NULL) {
        log_warning("a login to read a token tampered with: it is in no journal");
        return ERR_OK;
    }
    enum err err = journal_login(command, user, TOKWIRE_SW_OK);
    return err == ERR_OK && engine->fault == TOKWIRE_FAULT_NONE ? vault_anchor(engine) : err;
}

uint16_t cmd_verify_pin(struct command *command)
{
    struct engine *engine = command->engine;
    enum tokwire_user user = (enum tokwire_user)command->p2;
    struct secret keystore_pin = {0};
    if (!is_user(command->p2)) {
        return TOKWIRE_SW_P1P2;
    }
    uint16_t sw = login_check_pin(engine, user, tokwire_field(&command->fields, TOKWIRE_F_PIN),
                                  &keystore_pin);
    if (sw == TOKWIRE_SW_OK) {
        sw = sw_of_err(vault_open(engine, &keystore_pin));
    }
    secret_clear(&keystore_pin);
    if (sw != TOKWIRE_SW_OK) {
        if (journal_login(command, user, sw) != ERR_OK) {
            log_error("a failed login could not be written to the journal");
        }
        return sw;
    }
    sw = sw_of_err(record_login(command, user));
    if (sw != TOKWIRE_SW_OK) {
        vault_close(engine);
        return sw;
    }
    command->connection->login = command->p2;
    command->connection->refusals = 0;
    return TOKWIRE_SW_OK;
}

void login_end(struct engine_connection *connection)
{
    object_table_clear(&connection->objects);
    transaction_table_clear(&connection->transactions);
    secret_zero(&connection->components, sizeof(connection->components));
    if (connection->login == 0) {
        return;
    }
    struct journal_entry entry;
    journal_entry_init(&entry, "logout");
    journal_entry_text(&entry, "user", user_name((enum tokwire_user)connection->login));
    if (connection->refusals > REFUSALS_MAX) {
        journal_entry_uint(&entry, "refusals_not_listed", connection->refusals - REFUSALS_MAX);
    }
    if (engine_journal(connection->engine, &entry, false) != ERR_OK &&
        connection->engine->fault == TOKWIRE_FAULT_NONE) {
        log_error("a logout could not be written to the journal");
    }
    connection->login = 0;
    vault_close(connection->engine);
}

uint16_t cmd_logout(struct command *command)
{
    login_end(command->connection);
    return TOKWIRE_SW_OK;
}

/* Wraps the key store's PIN anew, into the journal and the state. */
static enum err replace_pin(struct engine *engine, enum tokwire_user user, struct bytes pin,
                            const struct secret *keystore_pin, const char *event)
{
    struct state next = engine->state;
    struct journal_entry entry;
    struct state_pin *record = user == TOKWIRE_SO ? &next.so : &next.user;
    enum err err = pin_wrap(&engine->secret, user, pin, keystore_pin, record);
    if (err != ERR_OK) {
        return err;
    }
    journal_entry_init(&entry, event);
    journal_entry_text(&entry, "user", user_name(user));
    err = engine_journal(engine, &entry, true);
    return err == ERR_OK ? vault_commit(engine, &next) : err;
}

uint16_t cmd_change_pin(struct command *command)
{
    struct engine *engine = command->engine;
    enum tokwire_user user = (enum tokwire_user)command->p2;
    struct bytes new_pin = tokwire_field(&command->fields, TOKWIRE_F_NEW_PIN);
    struct secret keystore_pin = {0};
    if (!is_user(command->p2)) {
        return TOKWIRE_SW_P1P2;
    }
    if (pin_check_new(new_pin) != ERR_OK) {
        return TOKWIRE_SW_PIN_LENGTH;
    }
    uint16_t sw = login_check_pin(engine, user, tokwire_field(&command->fields, TOKWIRE_F_PIN),
                                  &keystore_pin);
    if (sw != TOKWIRE_SW_OK) {
        if (journal_login(command, user, sw) != ERR_OK) {
            log_error("a failed login could not be written to the journal");
        }
        return sw;
    }
    sw = sw_of_err(vault_open(engine, &keystore_pin));
    if (sw == TOKWIRE_SW_OK) {
        sw = engine->fault != TOKWIRE_FAULT_NONE
                 ? TOKWIRE_SW_TAMPERED
                 : sw_of_err(replace_pin(engine, user, new_pin, &keystore_pin, "pin changed"));
        vault_close(engine);
    }
    secret_clear(&keystore_pin);
    return sw;
}

uint16_t cmd_set_user_pin(struct command *command)
{
    struct engine *engine = command->engine;
    struct bytes new_pin = tokwire_field(&command->fields, TOKWIRE_F_NEW_PIN);
    const char *event = "pin set";
    if (pin_check_new(new_pin) != ERR_OK) {
        return TOKWIRE_SW_PIN_LENGTH;
    }
    if (engine->state.user.set && engine->tries.user == 0) {
        event = "pin unblocked";
    }
    enum err err = replace_pin(engine, TOKWIRE_USER, new_pin, &engine->keystore_pin, event);
    if (err == ERR_OK) {
        engine->tries.user = PIN_TRIES;
        err = pin_tries_save(engine->paths.tries, &engine->secret, &engine->tries);
    }
    return sw_of_err(err);
}
