#include "module/fake_engine.h"

#include <stdlib.h>
#include <string.h>

#include "support/test.h"
#include "tlv/tlv.h"

struct fake_engine fake;

/* Breaks connections made before the last stop. */
static unsigned generation;

struct fake_transport {
    struct client_transport base;
    unsigned generation;
};

void fake_reset(void)
{
    fake = (struct fake_engine){
        .running = true,
        .role = TOKWIRE_ROLE_LINE,
        .user_tries = 5,
        .label = "Fake token",
        .last_handle = 0x80000000,
    };
}

void fake_stop(void)
{
    fake.running = false;
    fake.login = 0;
    generation++;
}

/* The same key pair for every key; the tests know its private half. */
static EVP_PKEY *fake_key(void)
{
    static EVP_PKEY *key;
    static const uint8_t scalar[EC_SCALAR_SIZE] = {[31] = 7};
    if (key == NULL && ec_private_from_scalar(EC_CURVE_P256, BYTES_OF(scalar), &key) != ERR_OK) {
        abort();
    }
    return key;
}

static void put_point(struct buf *out)
{
    uint8_t point[EC_POINT_SIZE];
    enum ec_curve curve;
    if (ec_point(fake_key(), point, &curve) != ERR_OK) {
        abort();
    }
    tlv_put(out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(point));
}

static void put_status(struct buf *out)
{
    uint32_t flags = fake.more_flags;
    flags |= fake.blank ? 0 : TOKWIRE_FLAG_INITIALISED;
    flags |= fake.blank || fake.no_user_pin ? 0 : TOKWIRE_FLAG_USER_PIN_SET;
    tlv_put_str(out, TOKWIRE_F_FIRMWARE, "fake 3.14");
    tokwire_put_uint(out, TOKWIRE_F_FLAGS, flags, 4);
    if (!fake.blank) {
        tlv_put_str(out, TOKWIRE_F_LABEL, fake.label);
        tlv_put_str(out, TOKWIRE_F_SERIAL, "FEDCBA9876543210");
        tokwire_put_uint(out, TOKWIRE_F_ROLE, fake.role, 1);
        tokwire_put_uint(out, TOKWIRE_F_USER_TRIES, fake.user_tries, 1);
        tokwire_put_uint(out, TOKWIRE_F_SO_TRIES, 5, 1);
    }
}

static size_t open_object(struct buf *out, uint32_t handle, enum tokwire_class class,
                          const char *label)
{
    size_t mark = tlv_open(out, TOKWIRE_F_OBJECT);
    tokwire_put_uint(out, TOKWIRE_F_HANDLE, handle, 4);
    tokwire_put_uint(out, TOKWIRE_F_CLASS, (uint64_t) class, 1);
    tlv_put_str(out, TOKWIRE_F_LABEL, label);
    return mark;
}

static void put_origin(struct buf *out)
{
    if (fake.origin != 0) {
        tokwire_put_uint(out, TOKWIRE_F_ORIGIN, fake.origin, 1);
    }
}

static void put_pair(struct buf *out, uint32_t handle, enum tokwire_key key, const char *label)
{
    size_t mark = open_object(out, handle, TOKWIRE_CLASS_PRIVATE, label);
    tokwire_put_uint(out, TOKWIRE_F_KEY, (uint64_t)key, 1);
    tokwire_put_uint(out, TOKWIRE_F_CURVE, EC_CURVE_P256, 1);
    put_point(out);
    put_origin(out);
    tlv_close(out, mark);
}

static void put_objects(struct buf *out)
{
    static uint64_t releases;
    size_t mark = 0;
    if (!fake.no_root) {
        mark = open_object(out, 1, TOKWIRE_CLASS_ROOT, "root-1");
        tokwire_put_uint(out, TOKWIRE_F_VERSION, 1, 1);
        tlv_put(out, TOKWIRE_F_CHECK_VALUE, test_hex("0102030405"));
        put_origin(out);
        tlv_close(out, mark);
    }
    put_pair(out, 2, TOKWIRE_KEY_DPAUTH, "dpauth");
    put_pair(out, 3, TOKWIRE_KEY_BATCH, "batch");
    mark = open_object(out, 4, TOKWIRE_CLASS_COUNTER, "releases");
    tokwire_put_uint(out, TOKWIRE_F_COUNT, ++releases, 8);
    tlv_close(out, mark);
}

static uint16_t verify_pin(const struct tokwire_fields *fields, uint8_t user)
{
    const char *right = user == TOKWIRE_SO ? FAKE_SO_PIN : FAKE_USER_PIN;
    struct bytes pin = tokwire_field(fields, TOKWIRE_F_PIN);
    if (!bytes_equal(pin, bytes_make(right, strlen(right)))) {
        fake.user_tries--;
        return (uint16_t)(TOKWIRE_SW_PIN_WRONG | fake.user_tries);
    }
    fake.login = user;
    return TOKWIRE_SW_OK;
}

static uint16_t sign(const struct apdu_command *apdu, const struct tokwire_fields *fields,
                     struct buf *out)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct bytes data = tokwire_field(fields, TOKWIRE_F_DATA);
    if (apdu->p2 == TOKWIRE_SIGN_DIGEST) {
        /* Nobody verifies it: what was asked for is all that matters. */
        memcpy(fake.digest, data.data, data.len < EC_DIGEST_SIZE ? data.len : EC_DIGEST_SIZE);
        memset(signature, 1, sizeof(signature));
    } else if (ec_sign(fake_key(), data, signature) != ERR_OK) {
        return TOKWIRE_SW_INTERNAL;
    }
    tlv_put(out, TOKWIRE_F_SIGNATURE, BYTES_OF(signature));
    return TOKWIRE_SW_OK;
}

static void put_zeros(struct buf *out, uint16_t tag, size_t len)
{
    uint8_t *place = NULL;
    tlv_put_header(out, tag, len);
    place = buf_extend(out, len);
    if (place != NULL) {
        memset(place, 0xA5, len);
    }
}

static void initialise(const struct tokwire_fields *fields, struct buf *out)
{
    struct bytes label = tokwire_field(fields, TOKWIRE_F_LABEL);
    memset(fake.label, 0, sizeof(fake.label));
    memcpy(fake.label, label.data, label.len);
    fake.blank = false;
    fake.no_user_pin = true;
    tlv_put_str(out, TOKWIRE_F_SERIAL, "FEDCBA9876543210");
}

static uint16_t run(const struct apdu_command *apdu, const struct tokwire_fields *fields,
                    struct buf *out)
{
    struct bytes data = tokwire_field(fields, TOKWIRE_F_DATA);
    switch (apdu->ins) {
    case TOKWIRE_GET_STATUS:
        put_status(out);
        break;
    case TOKWIRE_INITIALISE:
        initialise(fields, out);
        break;
    case TOKWIRE_VERIFY_PIN:
        return verify_pin(fields, apdu->p2);
    case TOKWIRE_LOGOUT:
        fake.login = 0;
        break;
    case TOKWIRE_GET_OBJECTS:
        put_objects(out);
        break;
    case TOKWIRE_GET_RANDOM:
        put_zeros(out, TOKWIRE_F_DATA, (size_t)tokwire_field_uint(fields, TOKWIRE_F_COUNT));
        break;
    case TOKWIRE_SIGN:
        return sign(apdu, fields, out);
    case TOKWIRE_GENERATE_ONE_TIME_KEY:
        tokwire_put_uint(out, TOKWIRE_F_HANDLE, ++fake.last_handle, 4);
        put_point(out);
        break;
    case TOKWIRE_DERIVE_SESSION_KEYS:
        tokwire_put_uint(out, TOKWIRE_F_HANDLE, ++fake.last_handle, 4);
        tlv_put(out, TOKWIRE_F_EID, test_hex(FAKE_EID));
        tlv_put(out, TOKWIRE_F_TRANSACTION_ID, test_hex("0102"));
        break;
    case TOKWIRE_DERIVE_PPK:
        tokwire_put_uint(out, TOKWIRE_F_HANDLE, ++fake.last_handle, 4);
        break;
    case TOKWIRE_BSP_ENCRYPT:
        if (fake.chunk_count < FAKE_CHUNKS_MAX) {
            fake.chunks[fake.chunk_count++] = data.len;
        }
        put_zeros(out, TOKWIRE_F_DATA, bsp_encrypted_len(data.len));
        break;
    case TOKWIRE_BSP_MAC:
        put_zeros(out, TOKWIRE_F_MAC, BSP_MAC_SIZE);
        break;
    case TOKWIRE_REPLACE_SESSION_KEYS:
        put_zeros(out, TOKWIRE_F_DATA, CLIENT_REPLACE_SESSION_KEYS_LEN);
        break;
    case TOKWIRE_DESTROY:
        fake.destroyed = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_HANDLE);
        break;
    default:
        break;
    }
    return TOKWIRE_SW_OK;
}

static bool fake_alive(struct client_transport *transport)
{
    return ((struct fake_transport *)transport)->generation == generation;
}

static enum err fake_exchange(struct client_transport *transport, struct bytes command,
                              struct buf *response)
{
    struct apdu_command apdu;
    struct tokwire_fields fields;
    if (!fake_alive(transport)) {
        return ERR_CLOSED;
    }
    TEST_OK(apdu_decode_extended(command, &apdu));
    const struct tokwire_command *row = tokwire_command_find(apdu.ins);
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    TEST_OK(tokwire_fields_decode(row->request, apdu.data, &fields));
    fake.commands[apdu.ins]++;
    if (fake.talks_nonsense) {
        buf_put_str(response, "HTTP/1.1 400 Bad Request");
        return ERR_OK;
    }
    uint16_t sw = fake.refuse_ins == apdu.ins && fake.refuse_sw != 0
                      ? fake.refuse_sw
                      : run(&apdu, &fields, response);
    if (sw != TOKWIRE_SW_OK) {
        buf_reset(response);
    }
    buf_put_u16(response, sw);
    return buf_err(response);
}

static void fake_close(struct client_transport *transport)
{
    if (fake_alive(transport)) {
        fake.login = 0;
    }
    free(transport);
}

static const struct client_transport_vtable fake_vtable = {
    .exchange = fake_exchange,
    .alive = fake_alive,
    .close = fake_close,
};

enum err fake_connect(const char *path, struct client **client)
{
    (void)path;
    *client = NULL;
    if (!fake.running) {
        return ERR_NOT_FOUND;
    }
    struct fake_transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL) {
        return ERR_MEMORY;
    }
    fake.connections++;
    transport->base = (struct client_transport){.vtable = &fake_vtable, .descriptor = -1};
    transport->generation = generation;
    return client_new(&transport->base, client);
}
