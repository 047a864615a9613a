/* An engine that answers anything, as every function of the middleware's client
 * takes it.
 *
 *   1 byte    the function; the rest is the answer, data || SW1 SW2 */
#include "client/client.h"
#include "input.h"

struct engine {
    struct client_transport base;
    struct bytes answer;
    struct bytes command; /* not NULL once asked */
};

static enum err engine_exchange(struct client_transport *transport, struct bytes command,
                                struct buf *response)
{
    struct engine *engine = (struct engine *)transport;
    engine->command = command;
    buf_put_bytes(response, engine->answer);
    return buf_err(response);
}

static bool engine_alive(struct client_transport *transport)
{
    (void)transport;
    return true;
}

static void engine_close(struct client_transport *transport)
{
    (void)transport;
}

static const struct client_transport_vtable engine_vtable = {engine_exchange, engine_alive,
                                                             engine_close};

enum { OUT_MAX = 128 * 1024, RANDOM_SIZE = 24 };
static const uint8_t some[64] = {1, 2, 3};
#define SOME(len) ((struct bytes){some, (len)})

static enum err run_status(struct client *client, struct buf *out)
{
    struct client_status status;
    (void)out;
    enum err err = client_get_status(client, &status);
    fuzz_check(fuzz_is_text(status.firmware, sizeof(status.firmware)));
    fuzz_check(fuzz_is_text(status.label, sizeof(status.label)));
    fuzz_check(fuzz_is_text(status.serial, sizeof(status.serial)));
    fuzz_check(err == ERR_OK || (status.flags == 0 && status.firmware[0] == '\0'));
    fuzz_check(status.batch_count <= TOKWIRE_BATCHES_MAX);
    return err;
}

static enum err run_initialise(struct client *client, struct buf *out)
{
    const struct client_initialise request = {"label", TOKWIRE_ROLE_LINE, true, SOME(8), SOME(8)};
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    (void)out;
    enum err err = client_initialise(client, &request, serial);
    fuzz_check(fuzz_is_text(serial, sizeof(serial)) && (err == ERR_OK) == (serial[0] != '\0'));
    return err;
}

static enum err run_verify_pin(struct client *client, struct buf *out)
{
    (void)out;
    return client_verify_pin(client, TOKWIRE_USER, SOME(6));
}

static enum err run_logout(struct client *client, struct buf *out)
{
    (void)out;
    return client_logout(client);
}

static enum err run_change_pin(struct client *client, struct buf *out)
{
    (void)out;
    return client_change_pin(client, TOKWIRE_SO, SOME(6), SOME(8));
}

static enum err run_set_user_pin(struct client *client, struct buf *out)
{
    (void)out;
    return client_set_user_pin(client, SOME(6));
}

static enum err run_random(struct client *client, struct buf *out)
{
    uint8_t random[RANDOM_SIZE];
    (void)out;
    return client_get_random(client, random, sizeof(random));
}

static enum err run_set_policy(struct client *client, struct buf *out)
{
    const uint32_t quota = 5;
    const struct client_policy policy = {.quota = &quota};
    (void)out;
    return client_set_policy(client, &policy);
}

static enum err run_journal_lines(struct client *client, struct buf *out)
{
    return client_read_journal_lines(client, 1, out);
}

static enum err run_journal_head(struct client *client, struct buf *out)
{
    struct client_journal_head head;
    (void)out;
    return client_read_journal_head(client, &head);
}

static enum err run_journal_check(struct client *client, struct buf *out)
{
    struct client_journal_check check;
    (void)out;
    enum err err = client_read_journal_check(client, &check);
    fuzz_check(fuzz_is_text(check.detail, sizeof(check.detail)));
    fuzz_check(err == ERR_OK || (check.count == 0 && check.detail[0] == '\0'));
    return err;
}

static enum err run_keystore_info(struct client *client, struct buf *out)
{
    struct client_keystore keystore;
    struct client_capability capability;
    struct tlv_reader reader;
    enum err err = client_keystore_info(client, &keystore, out);
    fuzz_check(fuzz_is_text(keystore.module, sizeof(keystore.module)));
    fuzz_check(fuzz_is_text(keystore.token, sizeof(keystore.token)));
    if (err != ERR_OK) {
        return err;
    }
    tlv_reader_init(&reader, buf_bytes(out));
    while ((err = client_capability_next(&reader, &capability)) == ERR_OK) {
        fuzz_check(fuzz_is_text(capability.name, sizeof(capability.name)));
        fuzz_check(capability.name[0] != '\0');
    }
    /* What the client let in is read to its end. */
    fuzz_check(err == ERR_NOT_FOUND);
    return ERR_OK;
}

static void check_object(const struct client_object *object, const struct buf *objects)
{
    const uint8_t *end = objects->data + objects->len;
    const struct bytes views[] = {object->check_value, object->public_key, object->certificate};
    fuzz_check(object->content.data >= objects->data);
    fuzz_check(object->content.data + object->content.len <= end);
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        fuzz_check(views[i].len == 0 ||
                   (views[i].data >= object->content.data && views[i].data + views[i].len <= end));
    }
    fuzz_check(object->public_key.len == 0 || object->public_key.len == EC_POINT_SIZE);
    fuzz_check(fuzz_is_text(object->label, sizeof(object->label)) && object->label[0] != '\0');
}

static enum err run_objects(struct client *client, struct buf *out)
{
    struct client_object object;
    struct tlv_reader reader;
    enum err err = client_get_objects(client, out);
    if (err != ERR_OK) {
        return err;
    }
    tlv_reader_init(&reader, buf_bytes(out));
    while (client_object_next(&reader, &object) == ERR_OK) {
        check_object(&object, out);
    }
    return err;
}

static enum err run_generate_key(struct client *client, struct buf *out)
{
    struct client_generated_key generated;
    (void)out;
    return client_generate_key(client, TOKWIRE_KEY_DPAUTH, 1, EC_CURVE_P256, &generated);
}

static enum err run_import_component(struct client *client, struct buf *out)
{
    struct client_imported_component imported;
    (void)out;
    return client_import_component(client, 1, 2, 1, SOME(TOKWIRE_COMPONENT_SIZE), &imported);
}

static enum err run_retire_root(struct client *client, struct buf *out)
{
    (void)out;
    return client_retire_root(client, 1, some);
}

static enum err run_end_trust(struct client *client, struct buf *out)
{
    static const uint8_t sha256[SHA256_SIZE] = {1};
    (void)out;
    return client_end_trust(client, sha256);
}

static enum err run_import_key(struct client *client, struct buf *out)
{
    uint8_t point[EC_POINT_SIZE];
    (void)out;
    return client_import_key(client, TOKWIRE_KEY_DPPB, EC_CURVE_P256, SOME(EC_SCALAR_SIZE), point);
}

static enum err run_csr(struct client *client, struct buf *out)
{
    return client_create_csr(client, TOKWIRE_KEY_BATCH, "name", "organisation", "2.999.10", out);
}

static enum err run_put_certificate(struct client *client, struct buf *out)
{
    uint32_t handle;
    (void)out;
    return client_put_certificate(client, TOKWIRE_KEY_CI, SOME(64), &handle);
}

static enum err run_sign(struct client *client, struct buf *out)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    (void)out;
    return client_sign(client, TOKWIRE_KEY_DPAUTH, TOKWIRE_SIGN_MESSAGE, SOME(64), signature);
}

static enum err run_one_time_key(struct client *client, struct buf *out)
{
    uint8_t point[EC_POINT_SIZE];
    uint32_t handle;
    (void)out;
    return client_generate_one_time_key(client, EC_CURVE_P256, &handle, point);
}

static enum err run_session_keys(struct client *client, struct buf *out)
{
    const struct client_evidence evidence = {1, SOME(64), SOME(64), SOME(32), SOME(64), SOME(7)};
    struct client_session_keys keys;
    (void)out;
    enum err err = client_derive_session_keys(client, &evidence, &keys);
    fuzz_check(keys.transaction_id_len <= sizeof(keys.transaction_id));
    return err;
}

static enum err run_ppk(struct client *client, struct buf *out)
{
    uint32_t handle;
    (void)out;
    return client_derive_ppk(client, 1, SOME(EID_SIZE), SOME(ICCID_SIZE),
                             SOME(TOKWIRE_BATCH_ID_SIZE), &handle);
}

static enum err run_encrypt(struct client *client, struct buf *out)
{
    enum err err = client_bsp_encrypt(client, 1, SOME(64), out);
    fuzz_check(err != ERR_OK || out->len == bsp_encrypted_len(64));
    return err;
}

static enum err run_mac(struct client *client, struct buf *out)
{
    uint8_t mac[BSP_MAC_SIZE];
    (void)out;
    return client_bsp_mac(client, 1, SOME(64), mac);
}

static enum err run_replace(struct client *client, struct buf *out)
{
    enum err err = client_replace_session_keys(client, 1, 2, out);
    fuzz_check(err != ERR_OK || out->len == CLIENT_REPLACE_SESSION_KEYS_LEN);
    return err;
}

static enum err run_destroy(struct client *client, struct buf *out)
{
    (void)out;
    return client_destroy(client, 1);
}

static enum err (*const runs[])(struct client *client, struct buf *out) = {
    run_status,
    run_initialise,
    run_verify_pin,
    run_logout,
    run_change_pin,
    run_set_user_pin,
    run_random,
    run_set_policy,
    run_journal_lines,
    run_journal_head,
    run_objects,
    run_generate_key,
    run_import_component,
    run_import_key,
    run_csr,
    run_put_certificate,
    run_sign,
    run_one_time_key,
    run_session_keys,
    run_ppk,
    run_encrypt,
    run_mac,
    run_replace,
    run_destroy,
    run_journal_check,
    run_keystore_info,
    run_retire_root,
    run_end_trust,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t choice = fuzz_take_u8(&input);
    struct engine engine = {{&engine_vtable, -1}, input, BYTES_NONE};
    struct client *client = NULL;
    struct buf out;
    buf_init(&out, OUT_MAX);
    fuzz_check(client_new(&engine.base, &client) == ERR_OK);
    enum err err = runs[choice % (sizeof(runs) / sizeof(runs[0]))](client, &out);
    fuzz_check(engine.command.data != NULL);
    /* Yes is 9000; nothing is handed out but with it. */
    fuzz_check((err == ERR_OK) == (client_sw(client) == TOKWIRE_SW_OK && !client_broken(client)));
    fuzz_check(err == ERR_OK || out.len == 0);
    client_free(&client);
    buf_clear(&out);
    return 0;
}
