/* PPK sets, BSP segments, and the release of a PPK set to its chip. */
#include <string.h>

#include "base/log.h"
#include "engine/internal.h"
#include "engine/release_policy.h"
#include "tlv/tlv.h"

enum { REPLACE_PLAINTEXT_MAX = 64 };

static uint32_t handle_of(const struct command *command, uint16_t tag)
{
    return (uint32_t)tokwire_field_uint(&command->fields, tag);
}

/* Index of the root key a handle names; root_count when it names none. */
static size_t root_of_handle(const struct engine *engine, uint32_t handle)
{
    const struct state_root *roots = engine->state.roots;
    size_t i = 0;
    /* A retired key is known by the handle it had, and by the one it has. */
    while (i < engine->state.root_count &&
           token_handle(TOKWIRE_CLASS_ROOT, roots[i].version) != handle &&
           (!roots[i].retired || token_handle(TOKWIRE_CLASS_RETIRED, roots[i].version) != handle)) {
        i++;
    }
    return i;
}

static enum err fill_ppk(struct command *command, size_t root, struct ppk_set *ppk)
{
    const struct engine *engine = command->engine;
    struct bytes batch_id = tokwire_field(&command->fields, TOKWIRE_F_BATCH_ID);
    enum err err =
        diversify_ppk(engine->store, engine->roots[root], &ppk->eid, &ppk->iccid, &ppk->keys);
    if (err == ERR_OK) {
        err = bsp_init(&ppk->bsp, secret_bytes(&ppk->keys));
    }
    ppk->root_version = engine->state.roots[root].version;
    ppk->has_batch_id = batch_id.len == sizeof(ppk->batch_id);
    if (ppk->has_batch_id) {
        memcpy(ppk->batch_id, batch_id.data, sizeof(ppk->batch_id));
    }
    return err;
}

/* What the officer allows now, whatever was allowed before. */
static uint16_t derive_policy(struct command *command, size_t root)
{
    const struct state *state = &command->engine->state;
    struct bytes batch_id = tokwire_field(&command->fields, TOKWIRE_F_BATCH_ID);
    if (state->roots[root].retired) {
        return TOKWIRE_SW_ROOT_RETIRED;
    }
    return state_allows_batch(state, batch_id.data) ? TOKWIRE_SW_OK : TOKWIRE_SW_BATCH;
}

static void journal_refused_derivation(struct command *command, size_t root, uint16_t sw)
{
    struct journal_entry entry;
    struct bytes batch_id = tokwire_field(&command->fields, TOKWIRE_F_BATCH_ID);
    if (!refusal_counts(command->connection)) {
        return;
    }
    journal_entry_init(&entry, "derivation refused");
    journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
    if (batch_id.len > 0) {
        journal_entry_hex(&entry, "batch_id", batch_id);
    }
    journal_entry_uint(&entry, "root_version", command->engine->state.roots[root].version);
    if (engine_journal(command->engine, &entry, false) != ERR_OK) {
        log_error("a refused derivation could not be written to the journal");
    }
}

uint16_t cmd_derive_ppk(struct command *command)
{
    struct engine *engine = command->engine;
    struct object_table *objects = &command->connection->objects;
    struct object *object = NULL;
    struct eid eid;
    struct iccid iccid;
    size_t root = root_of_handle(engine, handle_of(command, TOKWIRE_F_HANDLE));
    if (root == engine->state.root_count) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (eid_from_bytes(tokwire_field(&command->fields, TOKWIRE_F_EID), &eid) != ERR_OK ||
        iccid_from_bytes(tokwire_field(&command->fields, TOKWIRE_F_ICCID), &iccid) != ERR_OK) {
        return TOKWIRE_SW_DATA;
    }
    uint16_t sw = derive_policy(command, root);
    if (sw != TOKWIRE_SW_OK) {
        journal_refused_derivation(command, root, sw);
        return sw;
    }
    enum err err = object_new(objects, OBJECT_PPK, &object);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    object->as.ppk.eid = eid;
    object->as.ppk.iccid = iccid;
    err = fill_ppk(command, root, &object->as.ppk);
    if (err != ERR_OK) {
        object_destroy(objects, object);
        return sw_of_err(err);
    }
    tokwire_put_uint(command->out, TOKWIRE_F_HANDLE, object->handle, 4);
    return TOKWIRE_SW_OK;
}

static uint16_t encrypt(struct command *command, struct bsp *bsp, uint8_t tag)
{
    struct bytes data = tokwire_field(&command->fields, TOKWIRE_F_DATA);
    tlv_put_header(command->out, TOKWIRE_F_DATA, bsp_encrypted_len(data.len));
    return sw_of_err(bsp_encrypt(bsp, tag, data, command->out));
}

/* '86' under a PPK set: only where profiles are made. */
static uint16_t encrypt_profile(struct command *command, struct ppk_set *ppk)
{
    if (command->engine->state.role != TOKWIRE_ROLE_DP) {
        return TOKWIRE_SW_ROLE;
    }
    if (ppk->finished) {
        return TOKWIRE_SW_STATE;
    }
    /* A chunk that is not full ends the profile: a further one would begin in
     * the middle of a padding. */
    ppk->finished = tokwire_field(&command->fields, TOKWIRE_F_DATA).len != TOKWIRE_BSP_CHUNK;
    return encrypt(command, &ppk->bsp, BSP_TAG_PROFILE_ELEMENTS);
}

/* '87' under session keys: only where chips are loaded. */
static uint16_t encrypt_command(struct command *command, struct session_keys *session)
{
    if (session->exhausted) {
        return TOKWIRE_SW_STATE;
    }
    return encrypt(command, &session->bsp, BSP_TAG_COMMAND);
}

uint16_t cmd_bsp_encrypt(struct command *command)
{
    struct object *object = object_find(&command->connection->objects,
                                        handle_of(command, TOKWIRE_F_HANDLE), OBJECT_NONE);
    if (object != NULL && object->kind == OBJECT_PPK) {
        return encrypt_profile(command, &object->as.ppk);
    }
    if (object != NULL && object->kind == OBJECT_SESSION_KEYS) {
        return encrypt_command(command, &object->as.session_keys);
    }
    return TOKWIRE_SW_NOT_FOUND;
}

static struct session_keys *find_session(struct command *command)
{
    struct object *object = object_find(&command->connection->objects,
                                        handle_of(command, TOKWIRE_F_HANDLE), OBJECT_SESSION_KEYS);
    return object != NULL ? &object->as.session_keys : NULL;
}

uint16_t cmd_bsp_mac(struct command *command)
{
    struct session_keys *session = find_session(command);
    uint8_t mac[BSP_MAC_SIZE];
    if (session == NULL) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (session->exhausted) {
        return TOKWIRE_SW_STATE;
    }
    enum err err = bsp_mac(&session->bsp, tokwire_field(&command->fields, TOKWIRE_F_DATA), mac);
    if (err == ERR_OK) {
        tlv_put(command->out, TOKWIRE_F_MAC, BYTES_OF(mac));
    }
    return sw_of_err(err);
}

static void put_release(struct journal_entry *entry, const struct session_keys *session,
                        const struct ppk_set *ppk)
{
    char eid[EID_TEXT_SIZE], iccid[ICCID_TEXT_SIZE];
    journal_entry_text(entry, "eid", eid_text(&ppk->eid, eid));
    journal_entry_text(entry, "iccid", iccid_text(&ppk->iccid, iccid));
    if (ppk->has_batch_id) {
        journal_entry_hex(entry, "batch_id", BYTES_OF(ppk->batch_id));
    }
    journal_entry_hex(entry, "transaction_id",
                      bytes_make(session->transaction_id, session->transaction_id_len));
    journal_entry_hex(entry, "euicc_otpk_sha256", BYTES_OF(session->euicc_otpk_digest));
    journal_entry_text(entry, "euicc_certificate", session->euicc_serial);
    journal_entry_uint(entry, "root_version", ppk->root_version);
}

static void journal_refused_release(struct command *command, const struct session_keys *session,
                                    const struct ppk_set *ppk, uint16_t sw)
{
    struct journal_entry entry;
    char eid[EID_TEXT_SIZE];
    if (!refusal_counts(command->connection)) {
        return;
    }
    journal_entry_init(&entry, "release refused");
    journal_entry_text(&entry, "reason", tokwire_sw_name(sw));
    journal_entry_text(&entry, "session_eid", eid_text(&session->eid, eid));
    put_release(&entry, session, ppk);
    if (engine_journal(command->engine, &entry, false) != ERR_OK) {
        log_error("a refused release could not be written to the journal");
    }
}

/* The wrapped set goes to out; the session keys are used up either way. */
static enum err wrap(struct session_keys *session, const struct ppk_set *ppk, struct buf *out)
{
    struct buf plaintext;
    buf_init(&plaintext, REPLACE_PLAINTEXT_MAX);
    bsp_put_replace_session_keys(&plaintext, secret_bytes(&ppk->keys));
    enum err err = buf_err(&plaintext);
    if (err == ERR_OK) {
        tlv_put_header(out, TOKWIRE_F_DATA, bsp_encrypted_len(plaintext.len));
        err = bsp_encrypt(&session->bsp, BSP_TAG_COMMAND, buf_bytes(&plaintext), out);
    }
    buf_clear(&plaintext);
    session->exhausted = true;
    return err == ERR_OK ? buf_err(out) : err;
}

/* Wraps, records, counts: the answer leaves only after the entry is on the disk
 * (invariant 5), and the count follows the journal. */
static enum err release(struct command *command, struct session_keys *session,
                        const struct ppk_set *ppk)
{
    struct engine *engine = command->engine;
    struct journal_entry entry;
    enum err err = releases_reserve(&engine->history.releases);
    if (err == ERR_OK) {
        err = wrap(session, ppk, command->out);
    }
    if (err != ERR_OK) {
        return err;
    }
    journal_entry_init(&entry, "release");
    put_release(&entry, session, ppk);
    uint64_t before = engine->journal.count;
    err = engine_journal(engine, &entry, true);
    /* Also when only the head could not be written: the entry is there. */
    if (engine->journal.count != before) {
        enum err counted = releases_add(&engine->history.releases, &ppk->eid, &ppk->iccid);
        err = err == ERR_OK ? counted : err;
        engine->unanchored++;
    }
    if (err == ERR_OK && engine->unanchored >= engine->keystore_config.anchor_every) {
        err = vault_anchor(engine);
    }
    return err;
}

uint16_t cmd_replace_session_keys(struct command *command)
{
    struct engine *engine = command->engine;
    struct session_keys *session = find_session(command);
    struct object *object = object_find(&command->connection->objects,
                                        handle_of(command, TOKWIRE_F_KEY_HANDLE), OBJECT_PPK);
    if (session == NULL || object == NULL) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    const struct ppk_set *ppk = &object->as.ppk;
    const struct state_root *root = state_root_of(&engine->state, ppk->root_version);
    struct release_request request = {
        .role = engine->state.role,
        .session_exhausted = session->exhausted,
        .session_eid = session->eid,
        .ppk_eid = ppk->eid,
        .quota = engine->state.quota,
        .used = engine->history.releases.distinct,
        .retries = engine->state.retries,
        .times_released = releases_count(&engine->history.releases, &ppk->eid, &ppk->iccid),
        .not_after = engine->state.not_after,
        .now = (uint64_t)engine_time(engine),
        .root_retired = root == NULL || root->retired,
        .batch_disallowed =
            !state_allows_batch(&engine->state, ppk->has_batch_id ? ppk->batch_id : NULL),
        .trust_ended = session->trust_epoch != engine->trust_epoch,
    };
    engine_expired(engine);
    uint16_t sw = release_policy(&request);
    if (sw != TOKWIRE_SW_OK) {
        journal_refused_release(command, session, ppk, sw);
        return sw;
    }
    return sw_of_err(release(command, session, ppk));
}
