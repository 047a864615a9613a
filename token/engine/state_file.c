/* The state file: E1 {..} and a MAC over it. */
#include "engine/state.h"

#include <string.h>

#include "base/file.h"
#include "tlv/tlv.h"

/* Tags of the file. */
enum {
    TAG_STATE = 0xE1,
    TAG_MAC = 0x96,
    TAG_FORMAT = 0x80,
    TAG_LABEL = 0x81,
    TAG_SERIAL = 0x82,
    TAG_KEYSTORE_SERIAL = 0x83,
    TAG_ROLE = 0x84,
    TAG_DEVELOPMENT = 0x85,
    TAG_USER_PIN = 0x86,
    TAG_SO_PIN = 0x87,
    TAG_QUOTA = 0x88,
    TAG_NOT_AFTER = 0x89,
    TAG_GENERATION = 0x8A,
    TAG_ROOT = 0x8B,
    TAG_KEY = 0xAC,
    TAG_KEY_NAME = 0x80,
    TAG_KEY_CURVE = 0x81,
    TAG_KEY_POINT = 0x82,
    TAG_KEY_CERTIFICATE = 0x83,
    TAG_KEY_ORIGIN = 0x84,
    TAG_CI = 0x8D,
    TAG_RETIRED_ROOT = 0x8E,
    TAG_RETRIES = 0x8F,
    TAG_BATCHES = 0x90,
};

enum {
    STATE_FORMAT = 2,
    ROOT_RECORD_SIZE = 2 + TOKWIRE_CHECK_VALUE_SIZE, /* version, origin, check value */
    STATE_MODE = 0600,
    PIN_RECORD_SIZE = PIN_SALT_SIZE + PIN_NONCE_SIZE + KEYSTORE_PIN_SIZE + PIN_TAG_SIZE,
};

static void put_pin(struct buf *out, uint32_t tag, const struct state_pin *pin)
{
    if (!pin->set) {
        return;
    }
    tlv_put_header(out, tag, PIN_RECORD_SIZE);
    buf_put(out, pin->salt, sizeof(pin->salt));
    buf_put(out, pin->nonce, sizeof(pin->nonce));
    buf_put(out, pin->wrapped, sizeof(pin->wrapped));
}

static void put_key(struct buf *out, uint8_t name, const struct state_key *key)
{
    if (!key->present) {
        return;
    }
    size_t mark = tlv_open(out, TAG_KEY);
    tlv_put_uint(out, TAG_KEY_NAME, name);
    tlv_put_uint(out, TAG_KEY_CURVE, key->curve);
    tlv_put(out, TAG_KEY_POINT, BYTES_OF(key->point));
    tlv_put_uint(out, TAG_KEY_ORIGIN, key->origin);
    if (key->certificate != NULL) {
        tlv_put(out, TAG_KEY_CERTIFICATE, buf_bytes(&key->certificate->der));
    }
    tlv_close(out, mark);
}

static void state_encode(const struct state *state, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_STATE);
    tlv_put_uint(out, TAG_FORMAT, STATE_FORMAT);
    tlv_put_str(out, TAG_LABEL, state->label);
    tlv_put_str(out, TAG_SERIAL, state->serial);
    tlv_put_str(out, TAG_KEYSTORE_SERIAL, state->keystore_serial);
    tlv_put_uint(out, TAG_ROLE, state->role);
    tlv_put_uint(out, TAG_DEVELOPMENT, state->development);
    put_pin(out, TAG_USER_PIN, &state->user);
    put_pin(out, TAG_SO_PIN, &state->so);
    tlv_put_uint(out, TAG_QUOTA, state->quota);
    tlv_put_uint(out, TAG_NOT_AFTER, state->not_after);
    tlv_put_uint(out, TAG_GENERATION, state->generation);
    tlv_put_uint(out, TAG_RETRIES, state->retries);
    tlv_put(out, TAG_BATCHES,
            bytes_make(state->batches, state->batch_count * TOKWIRE_BATCH_ID_SIZE));
    for (size_t i = 0; i < state->root_count; i++) {
        tlv_put_header(out, state->roots[i].retired ? TAG_RETIRED_ROOT : TAG_ROOT,
                       ROOT_RECORD_SIZE);
        buf_put_u8(out, state->roots[i].version);
        buf_put_u8(out, (uint8_t)state->roots[i].origin);
        buf_put(out, state->roots[i].check_value, TOKWIRE_CHECK_VALUE_SIZE);
    }
    for (uint8_t i = 0; i < STATE_KEYS; i++) {
        put_key(out, i, &state->keys[i]);
    }
    for (size_t i = 0; i < state->ci_count; i++) {
        tlv_put(out, TAG_CI, buf_bytes(&state->cis[i]->der));
    }
    tlv_close(out, mark);
}

static enum err take_text(struct tlv_reader *reader, uint32_t tag, char *text, size_t size)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, tag, &element);
    if (err != ERR_OK) {
        return err;
    }
    if (element.value.len == 0 || element.value.len >= size) {
        return ERR_RANGE;
    }
    memcpy(text, element.value.data, element.value.len);
    text[element.value.len] = '\0';
    return ERR_OK;
}

static enum err take_uint(struct tlv_reader *reader, uint32_t tag, uint64_t max, uint64_t *value)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, tag, &element);
    if (err == ERR_OK) {
        err = tlv_get_uint(element.value, value);
    }
    return err == ERR_OK && *value > max ? ERR_RANGE : err;
}

static enum err take_pin(struct tlv_reader *reader, uint32_t tag, struct state_pin *pin)
{
    struct tlv element;
    enum err err = tlv_reader_optional(reader, tag, &element);
    if (err != ERR_OK || element.tag == 0) {
        return err;
    }
    if (element.value.len != PIN_RECORD_SIZE) {
        return ERR_RANGE;
    }
    const uint8_t *at = element.value.data;
    memcpy(pin->salt, at, sizeof(pin->salt));
    memcpy(pin->nonce, at + PIN_SALT_SIZE, sizeof(pin->nonce));
    memcpy(pin->wrapped, at + PIN_SALT_SIZE + PIN_NONCE_SIZE, sizeof(pin->wrapped));
    pin->set = true;
    return ERR_OK;
}

static enum err take_batches(struct tlv_reader *reader, struct state *state)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, TAG_BATCHES, &element);
    if (err != ERR_OK) {
        return err;
    }
    if (element.value.len > sizeof(state->batches) ||
        element.value.len % TOKWIRE_BATCH_ID_SIZE != 0) {
        return ERR_RANGE;
    }
    state->batch_count = element.value.len / TOKWIRE_BATCH_ID_SIZE;
    if (state->batch_count > 0) {
        memcpy(state->batches, element.value.data, element.value.len);
    }
    return ERR_OK;
}

static enum err take_policy(struct tlv_reader *reader, struct state *state)
{
    uint64_t quota = 0, retries = 0;
    enum err err = take_uint(reader, TAG_QUOTA, UINT32_MAX, &quota);
    if (err == ERR_OK) {
        err = take_uint(reader, TAG_NOT_AFTER, UINT64_MAX, &state->not_after);
    }
    if (err == ERR_OK) {
        err = take_uint(reader, TAG_GENERATION, UINT64_MAX, &state->generation);
    }
    if (err == ERR_OK) {
        err = take_uint(reader, TAG_RETRIES, UINT32_MAX, &retries);
    }
    state->quota = (uint32_t)quota;
    state->retries = (uint32_t)retries;
    return err == ERR_OK ? take_batches(reader, state) : err;
}

/* Before anything else, for what follows may be laid out otherwise. */
static enum err take_format(struct tlv_reader *reader)
{
    uint64_t format = 0;
    enum err err = take_uint(reader, TAG_FORMAT, UINT64_MAX, &format);
    return err == ERR_OK && format != STATE_FORMAT ? ERR_UNSUPPORTED : err;
}

static enum err take_header(struct tlv_reader *reader, struct state *state)
{
    uint64_t role = 0, development = 0;
    enum err err = take_format(reader);
    if (err == ERR_OK) {
        err = take_text(reader, TAG_LABEL, state->label, sizeof(state->label));
    }
    if (err == ERR_OK) {
        err = take_text(reader, TAG_SERIAL, state->serial, sizeof(state->serial));
    }
    if (err == ERR_OK) {
        err = take_text(reader, TAG_KEYSTORE_SERIAL, state->keystore_serial,
                        sizeof(state->keystore_serial));
    }
    if (err == ERR_OK) {
        err = take_uint(reader, TAG_ROLE, TOKWIRE_ROLE_DP, &role);
    }
    if (err == ERR_OK) {
        err = take_uint(reader, TAG_DEVELOPMENT, 1, &development);
    }
    if (err == ERR_OK) {
        err = take_pin(reader, TAG_USER_PIN, &state->user);
    }
    if (err == ERR_OK) {
        err = take_pin(reader, TAG_SO_PIN, &state->so);
    }
    if (err == ERR_OK) {
        err = take_policy(reader, state);
    }
    state->role = (enum tokwire_role)role;
    state->development = development != 0;
    return err == ERR_OK && role == 0 ? ERR_RANGE : err;
}

static enum err check_origin(uint64_t value, enum tokwire_origin *origin)
{
    *origin = (enum tokwire_origin)value;
    return value == TOKWIRE_ORIGIN_GENERATED || value == TOKWIRE_ORIGIN_IMPORTED ? ERR_OK
                                                                                 : ERR_RANGE;
}

static enum err take_roots(struct tlv_reader *reader, struct state *state)
{
    for (;;) {
        struct tlv element;
        struct state_root root;
        enum err err = tlv_reader_optional(reader, TAG_ROOT, &element);
        if (err == ERR_OK && element.tag == 0) {
            err = tlv_reader_optional(reader, TAG_RETIRED_ROOT, &element);
        }
        if (err != ERR_OK || element.tag == 0) {
            return err;
        }
        if (element.value.len != ROOT_RECORD_SIZE) {
            return ERR_RANGE;
        }
        root.retired = element.tag == TAG_RETIRED_ROOT;
        root.version = element.value.data[0];
        memcpy(root.check_value, element.value.data + 2, sizeof(root.check_value));
        err = check_origin(element.value.data[1], &root.origin);
        if (err == ERR_OK) {
            err = state_root_add(state, &root);
        }
        if (err != ERR_OK) {
            return err;
        }
    }
}

static enum err take_key(struct bytes value, struct state *state)
{
    struct tlv_reader reader;
    struct tlv element;
    uint64_t name, curve, origin;
    tlv_reader_init(&reader, value);
    enum err err = take_uint(&reader, TAG_KEY_NAME, STATE_KEYS - 1, &name);
    if (err == ERR_OK) {
        err = take_uint(&reader, TAG_KEY_CURVE, EC_CURVE_BRAINPOOL_P256R1, &curve);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_KEY_POINT, &element);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct state_key *key = &state->keys[name];
    if (element.value.len != EC_POINT_SIZE || key->present) {
        return ERR_MALFORMED;
    }
    key->present = true;
    key->curve = (enum ec_curve)curve;
    memcpy(key->point, element.value.data, EC_POINT_SIZE);
    err = take_uint(&reader, TAG_KEY_ORIGIN, TOKWIRE_ORIGIN_IMPORTED, &origin);
    if (err == ERR_OK) {
        err = check_origin(origin, &key->origin);
    }
    if (err == ERR_OK) {
        err = tlv_reader_optional(&reader, TAG_KEY_CERTIFICATE, &element);
    }
    if (err == ERR_OK && element.tag != 0) {
        err = cert_parse(element.value, &key->certificate);
    }
    return err;
}

static enum err take_keys_and_cis(struct tlv_reader *reader, struct state *state)
{
    while (!tlv_reader_end(reader)) {
        struct tlv element;
        enum err err = tlv_reader_next(reader, &element);
        if (err == ERR_OK && element.tag == TAG_KEY) {
            err = take_key(element.value, state);
        } else if (err == ERR_OK && element.tag == TAG_CI && state->ci_count < STATE_CIS_MAX) {
            err = cert_parse(element.value, &state->cis[state->ci_count]);
            state->ci_count += err == ERR_OK;
        } else if (err == ERR_OK) {
            err = ERR_TAG;
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* Splits the file; the MAC is checked by whoever has the key. */
static enum err split(struct bytes file, struct tlv *body, struct bytes *mac)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, file);
    enum err err = tlv_reader_expect(&reader, TAG_STATE, body);
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_MAC, &element);
    }
    if (err != ERR_OK || element.value.len != AES_BLOCK || !tlv_reader_end(&reader)) {
        return ERR_MALFORMED;
    }
    *mac = element.value;
    return ERR_OK;
}

enum err state_load(const char *path, struct state *state)
{
    struct buf file;
    struct tlv body;
    struct bytes mac;
    buf_init(&file, STATE_FILE_MAX);
    *state = (struct state){.quota = POLICY_QUOTA_NONE, .retries = POLICY_RETRIES_NONE};
    enum err err = file_read(path, &file);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = split(buf_bytes(&file), &body, &mac);
    }
    if (err == ERR_OK) {
        struct tlv_reader reader;
        tlv_reader_init(&reader, body.value);
        err = take_header(&reader, state);
        if (err == ERR_OK) {
            err = take_roots(&reader, state);
        }
        if (err == ERR_OK) {
            err = take_keys_and_cis(&reader, state);
        }
    }
    buf_clear(&file);
    if (err != ERR_OK) {
        state_clear(state);
        return err == ERR_MEMORY || err == ERR_SYSTEM || err == ERR_UNSUPPORTED ? err
                                                                                : ERR_MALFORMED;
    }
    state->initialised = true;
    return ERR_OK;
}

enum err state_save(const char *path, struct state *state, struct keystore *store,
                    struct keystore_key mac_key)
{
    struct buf file;
    uint8_t mac[AES_BLOCK];
    buf_init(&file, STATE_FILE_MAX);
    state->generation++;
    state_encode(state, &file);
    enum err err = buf_err(&file);
    if (err == ERR_OK) {
        err = keystore_cmac(store, mac_key, buf_bytes(&file), mac);
    }
    if (err == ERR_OK) {
        tlv_put(&file, TAG_MAC, BYTES_OF(mac));
        err = buf_err(&file);
    }
    if (err == ERR_OK) {
        err = file_replace(path, buf_bytes(&file), STATE_MODE);
    }
    if (err != ERR_OK) {
        state->generation--;
    }
    buf_clear(&file);
    return err;
}

enum err state_verify(const char *path, const struct state *state, struct keystore *store,
                      struct keystore_key mac_key)
{
    struct buf file, expected;
    struct tlv body;
    struct bytes mac;
    uint8_t computed[AES_BLOCK];
    buf_init(&file, STATE_FILE_MAX);
    buf_init(&expected, STATE_FILE_MAX);
    enum err err = file_read(path, &file);
    if (err == ERR_OK) {
        err = split(buf_bytes(&file), &body, &mac);
    }
    if (err == ERR_OK) {
        err = keystore_cmac(store, mac_key, body.whole, computed);
    }
    if (err == ERR_OK && !bytes_equal_secret(mac, BYTES_OF(computed))) {
        err = ERR_SIGNATURE;
    }
    if (err == ERR_OK) {
        state_encode(state, &expected);
        err = buf_err(&expected);
    }
    /* What was read before the login is what is authentic now. */
    if (err == ERR_OK && !bytes_equal(body.whole, buf_bytes(&expected))) {
        err = ERR_SIGNATURE;
    }
    buf_clear(&file);
    buf_clear(&expected);
    return err == ERR_MALFORMED || err == ERR_NOT_FOUND ? ERR_SIGNATURE : err;
}
