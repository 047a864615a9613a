/* GET OBJECTS: what is on the token. */
#include <stdio.h>

#include "base/hex.h"
#include "engine/internal.h"
#include "tlv/tlv.h"

enum { KEY_ID_HEX = 8, COUNTERS = 3 };

/* Opens an object and puts what every one has. */
static size_t open_object(struct buf *out, enum tokwire_class class, unsigned number,
                          const char *label)
{
    size_t mark = tlv_open(out, TOKWIRE_F_OBJECT);
    tokwire_put_uint(out, TOKWIRE_F_HANDLE, token_handle(class, number), 4);
    tokwire_put_uint(out, TOKWIRE_F_CLASS, class, 1);
    tlv_put_str(out, TOKWIRE_F_LABEL, label);
    return mark;
}

static void put_root(struct buf *out, const struct state_root *root)
{
    char label[KEYSTORE_LABEL_SIZE];
    size_t mark = open_object(out, root->retired ? TOKWIRE_CLASS_RETIRED : TOKWIRE_CLASS_ROOT,
                              root->version, root_label(root->version, label));
    tokwire_put_uint(out, TOKWIRE_F_KEY, TOKWIRE_KEY_ROOT, 1);
    tokwire_put_uint(out, TOKWIRE_F_VERSION, root->version, 1);
    tlv_put(out, TOKWIRE_F_CHECK_VALUE, BYTES_OF(root->check_value));
    tokwire_put_uint(out, TOKWIRE_F_ORIGIN, root->origin, 1);
    tlv_close(out, mark);
}

static void put_pair(struct buf *out, unsigned name, const struct state_key *key)
{
    if (!key->present) {
        return;
    }
    size_t mark = open_object(out, TOKWIRE_CLASS_PRIVATE, name, key_name(name));
    tokwire_put_uint(out, TOKWIRE_F_KEY, name, 1);
    tokwire_put_uint(out, TOKWIRE_F_CURVE, key->curve, 1);
    tlv_put(out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(key->point));
    tokwire_put_uint(out, TOKWIRE_F_ORIGIN, key->origin, 1);
    tlv_close(out, mark);
    if (key->certificate == NULL) {
        return;
    }
    mark = open_object(out, TOKWIRE_CLASS_CERTIFICATE, name, key_name(name));
    tokwire_put_uint(out, TOKWIRE_F_KEY, name, 1);
    tlv_put(out, TOKWIRE_F_CERTIFICATE, buf_bytes(&key->certificate->der));
    tlv_close(out, mark);
}

/* "ci-" and the beginning of the SubjectKeyIdentifier. Numbers of CIs begin
 * after those of the keys. */
static void put_ci(struct buf *out, unsigned number, const struct cert *ci)
{
    char label[KEYSTORE_LABEL_SIZE], id[KEY_ID_HEX + 1];
    hex_encode(bytes_make(ci->subject_key_id, KEY_ID_HEX / 2), id);
    snprintf(label, sizeof(label), "ci-%s", id);
    size_t mark = open_object(out, TOKWIRE_CLASS_CERTIFICATE, TOKWIRE_KEY_CI + number, label);
    tokwire_put_uint(out, TOKWIRE_F_KEY, TOKWIRE_KEY_CI, 1);
    tlv_put(out, TOKWIRE_F_CERTIFICATE, buf_bytes(&ci->der));
    tlv_close(out, mark);
}

static void put_counter(struct buf *out, unsigned number, const char *label, uint64_t count)
{
    size_t mark = open_object(out, TOKWIRE_CLASS_COUNTER, number, label);
    tokwire_put_uint(out, TOKWIRE_F_COUNT, count, 8);
    tlv_close(out, mark);
}

uint16_t cmd_get_objects(struct command *command)
{
    const struct engine *engine = command->engine;
    const struct state *state = &engine->state;
    for (size_t i = 0; i < state->root_count; i++) {
        put_root(command->out, &state->roots[i]);
    }
    for (unsigned i = 0; i < STATE_KEYS; i++) {
        put_pair(command->out, TOKWIRE_KEY_DPAUTH + i, &state->keys[i]);
    }
    for (unsigned i = 0; i < state->ci_count; i++) {
        put_ci(command->out, i, state->cis[i]);
    }
    put_counter(command->out, 1, "profiles-released", engine->history.releases.distinct);
    put_counter(command->out, 2, "releases", engine->history.releases.total);
    put_counter(command->out, COUNTERS, "journal-entries", engine->journal.count);
    return TOKWIRE_SW_OK;
}
