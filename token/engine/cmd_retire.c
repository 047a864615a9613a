/* RETIRE ROOT: a root key version ends. Its key is destroyed in the key store, its
 * version and check value stay on record, and the version is never used again. */
#include "engine/internal.h"

static enum err journal_retirement(struct engine *engine, const struct state_root *root)
{
    struct journal_entry entry;
    journal_entry_init(&entry, "root retired");
    journal_entry_uint(&entry, "version", root->version);
    journal_entry_hex(&entry, "check_value", BYTES_OF(root->check_value));
    return engine_journal(engine, &entry, true);
}

/* The state first: killed behind it, the next login destroys the key. */
static enum err retire(struct engine *engine, size_t at)
{
    char label[KEYSTORE_LABEL_SIZE];
    struct state next = engine->state;
    next.roots[at].retired = true;
    enum err err = journal_retirement(engine, &next.roots[at]);
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err == ERR_OK) {
        err = keystore_destroy(engine->store, root_label(next.roots[at].version, label));
    }
    return err == ERR_OK ? vault_refresh(engine) : err;
}

uint16_t cmd_retire_root(struct command *command)
{
    struct engine *engine = command->engine;
    uint8_t version = (uint8_t)tokwire_field_uint(&command->fields, TOKWIRE_F_VERSION);
    struct bytes check_value = tokwire_field(&command->fields, TOKWIRE_F_ROOT_CHECK_VALUE);
    size_t at = 0;
    while (at < engine->state.root_count && engine->state.roots[at].version != version) {
        at++;
    }
    /* Version and check value together: the wrong key does not come back. */
    if (at == engine->state.root_count ||
        !bytes_equal(check_value, BYTES_OF(engine->state.roots[at].check_value))) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (engine->state.roots[at].retired) {
        return TOKWIRE_SW_ROOT_RETIRED;
    }
    return sw_of_err(retire(engine, at));
}
