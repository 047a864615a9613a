/* Keys: root keys from components, key pairs, certificate requests. */
#include <string.h>

#include "engine/csr.h"
#include "engine/diversify.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

enum { ROOT_SIZE = TOKWIRE_COMPONENT_SIZE };

_Static_assert((int)CHECK_VALUE_SIZE == (int)TOKWIRE_CHECK_VALUE_SIZE,
               "the wire carries whole check values");

/* The version asked for, or the one after the highest. 0: none left. */
static uint8_t choose_version(const struct state *state, uint64_t wanted)
{
    if (wanted != 0) {
        return (uint8_t)wanted;
    }
    const struct state_root *highest = state_root_of(state, 0);
    unsigned next = highest != NULL ? highest->version + 1u : 1;
    return next <= UINT8_MAX ? (uint8_t)next : 0;
}

static enum err journal_root(struct engine *engine, const struct state_root *root)
{
    struct journal_entry entry;
    bool generated = root->origin == TOKWIRE_ORIGIN_GENERATED;
    journal_entry_init(&entry, generated ? "root generated" : "root loaded");
    journal_entry_uint(&entry, "version", root->version);
    journal_entry_hex(&entry, "check_value", BYTES_OF(root->check_value));
    return engine_journal(engine, &entry, true);
}

static enum tokwire_origin origin_of(const struct secret *value)
{
    return value == NULL ? TOKWIRE_ORIGIN_GENERATED : TOKWIRE_ORIGIN_IMPORTED;
}

/* Makes a root key in the key store and lists it; value NULL: generated there. */
static enum err make_root(struct engine *engine, uint8_t version, const struct secret *value,
                          struct state_root *root)
{
    char label[KEYSTORE_LABEL_SIZE];
    struct state next = engine->state;
    struct keystore_key key;
    *root = (struct state_root){.version = version, .origin = origin_of(value)};
    if (version == 0 || next.root_count == STATE_ROOTS_MAX) {
        return ERR_BUSY;
    }
    if (state_root_of(&next, version) != NULL) {
        return ERR_DUPLICATE;
    }
    root_label(version, label);
    /* What a crash left between key store and state was never promised. */
    enum err err = keystore_destroy(engine->store, label);
    if (err == ERR_OK) {
        err = keystore_create_cmac_key(engine->store, label, version, value, &key);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = vault_sync(engine, engine->state.keystore_serial);
    if (err == ERR_OK) {
        err = diversify_check_value(engine->store, key, root->check_value);
    }
    if (err == ERR_OK) {
        err = state_root_add(&next, root);
    }
    if (err == ERR_OK) {
        err = journal_root(engine, root);
    }
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err != ERR_OK) {
        keystore_destroy(engine->store, label);
        return err;
    }
    return vault_refresh(engine);
}

/* Makes a key pair, replacing none; scalar NULL: generated there. */
static enum err make_pair(struct engine *engine, enum tokwire_key name, enum ec_curve curve,
                          const struct secret *scalar, uint8_t point[EC_POINT_SIZE])
{
    const char *label = key_name(name);
    struct state next = engine->state;
    struct state_key *slot = state_key_of(&next, name);
    struct journal_entry entry;
    struct keystore_key key;
    if (slot->present) {
        return ERR_DUPLICATE;
    }
    enum err err = keystore_destroy(engine->store, label);
    if (err == ERR_OK) {
        err = keystore_create_ec_key(engine->store, label, (uint8_t)name, curve, scalar, &key);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = vault_sync(engine, engine->state.keystore_serial);
    if (err == ERR_OK) {
        err = keystore_point(engine->store, label, point);
    }
    if (err == ERR_OK) {
        *slot = (struct state_key){.present = true, .curve = curve, .origin = origin_of(scalar)};
        memcpy(slot->point, point, EC_POINT_SIZE);
        journal_entry_init(&entry, scalar == NULL ? "key generated" : "key imported");
        journal_entry_text(&entry, "key", label);
        journal_entry_hex(&entry, "public_key", bytes_make(point, EC_POINT_SIZE));
        err = engine_journal(engine, &entry, true);
    }
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err != ERR_OK) {
        keystore_destroy(engine->store, label);
        return err;
    }
    return vault_refresh(engine);
}

static void put_root_answer(struct buf *out, const struct state_root *root, uint16_t check_tag)
{
    tokwire_put_uint(out, TOKWIRE_F_VERSION, root->version, 1);
    tlv_put(out, check_tag, BYTES_OF(root->check_value));
}

/* Curve of a request, P-256 when it names none. */
static enum ec_curve wanted_curve(const struct tokwire_fields *fields)
{
    uint64_t curve = tokwire_field_uint(fields, TOKWIRE_F_CURVE);
    return curve == 0 ? EC_CURVE_P256 : (enum ec_curve)curve;
}

/* Which key pairs a token of this role has at all. */
static uint16_t check_pair(const struct engine *engine, unsigned key, enum ec_curve curve)
{
    if (key < TOKWIRE_KEY_DPAUTH || key > TOKWIRE_KEY_BATCH) {
        return TOKWIRE_SW_P1P2;
    }
    if (key == TOKWIRE_KEY_BATCH && engine->state.role != TOKWIRE_ROLE_DP) {
        return TOKWIRE_SW_ROLE;
    }
    return ec_curve_params(curve).len > 0 ? TOKWIRE_SW_OK : TOKWIRE_SW_UNSUPPORTED;
}

uint16_t cmd_generate_key(struct command *command)
{
    struct engine *engine = command->engine;
    const struct tokwire_fields *fields = &command->fields;
    enum ec_curve curve = wanted_curve(fields);
    uint8_t point[EC_POINT_SIZE];
    if (command->p1 == TOKWIRE_KEY_ROOT) {
        struct state_root root;
        uint8_t version =
            choose_version(&engine->state, tokwire_field_uint(fields, TOKWIRE_F_VERSION));
        enum err err = make_root(engine, version, NULL, &root);
        if (err == ERR_OK) {
            put_root_answer(command->out, &root, TOKWIRE_F_CHECK_VALUE);
        }
        return sw_of_err(err);
    }
    uint16_t sw = check_pair(engine, command->p1, curve);
    if (sw != TOKWIRE_SW_OK) {
        return sw;
    }
    enum err err = make_pair(engine, (enum tokwire_key)command->p1, curve, NULL, point);
    if (err == ERR_OK) {
        tlv_put(command->out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(point));
    }
    return sw_of_err(err);
}

uint16_t cmd_import_key(struct command *command)
{
    struct engine *engine = command->engine;
    enum ec_curve curve = wanted_curve(&command->fields);
    struct bytes value = tokwire_field(&command->fields, TOKWIRE_F_PRIVATE_KEY);
    struct secret scalar = {0};
    uint8_t point[EC_POINT_SIZE];
    uint16_t sw = check_pair(engine, command->p1, curve);
    if (sw != TOKWIRE_SW_OK) {
        return sw;
    }
    /* A key that was ever outside proves nothing in production. */
    if (!engine->state.development) {
        return TOKWIRE_SW_ROLE;
    }
    enum err err = secret_set(&scalar, value.data, value.len);
    if (err == ERR_OK) {
        err = make_pair(engine, (enum tokwire_key)command->p1, curve, &scalar, point);
    }
    secret_clear(&scalar);
    if (err == ERR_OK) {
        tlv_put(command->out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(point));
    }
    return err == ERR_CRYPTO || err == ERR_ARGUMENT ? TOKWIRE_SW_DATA : sw_of_err(err);
}

static bool is_zero(const struct secret *value)
{
    uint8_t any = 0;
    for (size_t i = 0; i < value->len; i++) {
        any |= value->data[i];
    }
    return any == 0;
}

static void add_component(struct components *sum, struct bytes component, uint8_t total)
{
    if (sum->seen == 0) {
        *sum = (struct components){.total = total, .sum = {.len = ROOT_SIZE}};
    }
    for (size_t i = 0; i < ROOT_SIZE; i++) {
        sum->sum.data[i] ^= component.data[i];
    }
    sum->seen++;
}

static enum err journal_component(const struct command *command, const uint8_t *check_value)
{
    struct journal_entry entry;
    journal_entry_init(&entry, "root component");
    journal_entry_uint(&entry, "number", command->p1);
    journal_entry_uint(&entry, "of", command->p2);
    journal_entry_hex(&entry, "check_value", bytes_make(check_value, TOKWIRE_CHECK_VALUE_SIZE));
    return engine_journal(command->engine, &entry, true);
}

/* The last component is in: the sum is the key. */
static uint16_t finish_components(struct command *command)
{
    struct components *sum = &command->connection->components;
    struct state_root root;
    uint8_t version = choose_version(&command->engine->state,
                                     tokwire_field_uint(&command->fields, TOKWIRE_F_VERSION));
    uint16_t sw = TOKWIRE_SW_DATA;
    /* The same component twice cancels out: no key, and a mistake. */
    if (!is_zero(&sum->sum)) {
        sw = sw_of_err(make_root(command->engine, version, &sum->sum, &root));
    }
    secret_zero(sum, sizeof(*sum));
    if (sw == TOKWIRE_SW_OK) {
        put_root_answer(command->out, &root, TOKWIRE_F_ROOT_CHECK_VALUE);
    }
    return sw;
}

uint16_t cmd_import_component(struct command *command)
{
    struct components *sum = &command->connection->components;
    struct bytes component = tokwire_field(&command->fields, TOKWIRE_F_COMPONENT);
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE];
    if (command->p2 < COMPONENTS_MIN || command->p2 > COMPONENTS_MAX || command->p1 < 1 ||
        command->p1 > command->p2) {
        return TOKWIRE_SW_P1P2;
    }
    if (command->p1 == 1) {
        secret_zero(sum, sizeof(*sum)); /* begins anew */
    }
    if (command->p1 != sum->seen + 1 || (sum->seen > 0 && sum->total != command->p2)) {
        return TOKWIRE_SW_STATE;
    }
    enum err err = crypto_check_value(component, check_value);
    if (err == ERR_OK) {
        err = journal_component(command, check_value);
    }
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    add_component(sum, component, command->p2);
    tlv_put(command->out, TOKWIRE_F_CHECK_VALUE, BYTES_OF(check_value));
    return command->p1 == command->p2 ? finish_components(command) : TOKWIRE_SW_OK;
}

uint16_t cmd_create_csr(struct command *command)
{
    struct engine *engine = command->engine;
    const struct tokwire_fields *fields = &command->fields;
    const struct state_key *key = state_key_of(&engine->state, (enum tokwire_key)command->p1);
    struct buf der;
    if (key == NULL) {
        return TOKWIRE_SW_P1P2;
    }
    if (!key->present) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    struct csr_request request = {
        .key = (enum tokwire_key)command->p1,
        .curve = key->curve,
        .point = BYTES_OF(key->point),
        .common_name = tokwire_field(fields, TOKWIRE_F_SUBJECT),
        .organisation = tokwire_field(fields, TOKWIRE_F_ORGANISATION),
        .oid = tokwire_field(fields, TOKWIRE_F_OID),
        .store = engine->store,
        .signer = engine->keys[command->p1 - TOKWIRE_KEY_DPAUTH],
    };
    buf_init(&der, CERT_DER_MAX);
    enum err err = csr_build(&request, &der);
    if (err == ERR_OK) {
        struct journal_entry entry;
        journal_entry_init(&entry, "certificate request");
        journal_entry_text(&entry, "key", key_name(command->p1));
        err = engine_journal(engine, &entry, true);
    }
    if (err == ERR_OK) {
        tlv_put(command->out, TOKWIRE_F_DATA, buf_bytes(&der));
    }
    buf_clear(&der);
    return sw_of_err(err);
}
