/* What a hostile engine, or something else behind the socket, may answer: a
 * clear error, the outputs clear, and the connection given up (invariant 7). */
#include <string.h>

#include "client/scripted.h"
#include "support/test.h"

/* One call of each shape of answer. */
static enum err call_status(struct client *client)
{
    struct client_status status;
    enum err err = client_get_status(client, &status);
    CU_ASSERT_EQUAL(status.flags, 0);
    return err;
}

static enum err call_sign(struct client *client)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    enum err err =
        client_sign(client, TOKWIRE_KEY_BATCH, TOKWIRE_SIGN_MESSAGE, BYTES_NONE, signature);
    CU_ASSERT_EQUAL(signature[0], 0);
    return err;
}

static enum err call_random(struct client *client)
{
    uint8_t out[4];
    enum err err = client_get_random(client, out, sizeof(out));
    CU_ASSERT_EQUAL(out[0], 0);
    return err;
}

static enum err call_encrypt(struct client *client)
{
    struct buf out;
    buf_init(&out, TOKWIRE_FRAME_MAX);
    enum err err = client_bsp_encrypt(client, 1, test_hex("00"), &out);
    CU_ASSERT_EQUAL(out.len, 0);
    buf_clear(&out);
    return err;
}

static enum err call_logout(struct client *client)
{
    return client_logout(client);
}

static enum err call_head(struct client *client)
{
    struct client_journal_head head;
    enum err err = client_read_journal_head(client, &head);
    CU_ASSERT_EQUAL(head.count, 0);
    return err;
}

static enum err call_check(struct client *client)
{
    struct client_journal_check check;
    enum err err = client_read_journal_check(client, &check);
    CU_ASSERT_EQUAL(check.count, 0);
    CU_ASSERT_EQUAL(check.detail[0], 0);
    return err;
}

static enum err call_keystore(struct client *client)
{
    struct client_keystore keystore;
    struct buf out;
    buf_init(&out, CLIENT_CAPABILITIES_MAX);
    enum err err = client_keystore_info(client, &keystore, &out);
    CU_ASSERT_EQUAL(keystore.module[0], 0);
    CU_ASSERT_EQUAL(out.len, 0);
    buf_clear(&out);
    return err;
}

static const struct {
    const char *what;
    enum err (*call)(struct client *client);
    const char *answer;
} hostile_rows[] = {
    {"nothing at all", call_status, ""},
    {"one byte", call_status, "90"},
    {"no fields", call_status, "9000"},
    {"a field that ends early", call_status, "9E05757362 9000"},
    {"a length of 4 GiB", call_status, "9E84FFFFFFFF 9000"},
    {"an indefinite length", call_status, "9E80 0000 9000"},
    {"fields in another order", call_status, "820400000000 9E0131 9000"},
    {"a field twice", call_status, "9E0131 820400000000 820400000000 9000"},
    {"a field too long", call_status, "9E0131 82050000000000 9000"},
    {"a field too short", call_status, "9E0131 8203000000 9000"},
    {"a stranger behind", call_status, "9E0131 820400000000 BF0100 9000"},
    {"data beside a refusal", call_status, "9E0131 820400000000 6982"},
    {"another's answer", call_sign, "8E024142 9000"},
    {"a short signature", call_sign, "8F02AABB 9000"},
    {"random, but less", call_random, "8E03AABBCC 9000"},
    {"random, but more", call_random, "8E05AABBCCDDEE 9000"},
    {"a segment too few", call_encrypt, "8E02AABB 9000"},
    {"data where there is none", call_logout, "8E0141 9000"},
    {"a head without its MAC", call_head, "9A080000000000000001 9000"},
    {"a check without its verdict", call_check, "9A080000000000000001 9000"},
    {"a check without its count", call_check, "9F280100 9000"},
    {"a batch id of 15 bytes", call_status,
     "9E0131 820400000001 9F270F 000102030405060708090A0B0C0D0E 9000"},
    {"a key store without a token", call_keystore, "9F2A0141 9000"},
    {"a capability without a name", call_keystore, "9F2A0141 9F2B0142 9F2C020101 9000"},
};

static void hostile_answers(void)
{
    for (size_t i = 0; i < sizeof(hostile_rows) / sizeof(hostile_rows[0]); i++) {
        struct script script;
        struct client *client = NULL;
        script_init(&script);
        script.answer = test_hex(hostile_rows[i].answer);
        TEST_OK(script_client(&script, &client));
        enum err err = hostile_rows[i].call(client);
        if (err != ERR_MALFORMED || !client_broken(client)) {
            test_note("%s: %s", hostile_rows[i].what, err_name(err));
        }
        TEST_ERR(err, ERR_MALFORMED);
        CU_ASSERT_TRUE(client_broken(client));
        CU_ASSERT_FALSE(client_alive(client));
        /* Nothing more is said to it. */
        TEST_ERR(client_logout(client), ERR_CLOSED);
        CU_ASSERT_EQUAL(script.exchanges, 1);
        client_free(&client);
        script_clear(&script);
    }
}

static void transport_failures(void)
{
    const enum err errors[] = {ERR_CLOSED, ERR_TIMEOUT, ERR_SYSTEM, ERR_RANGE};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct script script;
        struct client *client = NULL;
        script_init(&script);
        script.err = errors[i];
        TEST_OK(script_client(&script, &client));
        TEST_ERR(call_status(client), errors[i]);
        CU_ASSERT_TRUE(client_broken(client));
        client_free(&client);
        script_clear(&script);
    }
}

/* Refusals leave the connection as it is. */
static void refusals(void)
{
    const struct {
        const char *answer;
        enum err err;
    } rows[] = {
        {"6982", ERR_DENIED},     {"6983", ERR_PIN_LOCKED}, {"6A88", ERR_NOT_FOUND},
        {"6601", ERR_CERT_CHAIN}, {"6611", ERR_DENIED},     {"6F00", ERR_SYSTEM},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script script;
        struct client *client = NULL;
        script_init(&script);
        script.answer = test_hex(rows[i].answer);
        TEST_OK(script_client(&script, &client));
        TEST_ERR(call_sign(client), rows[i].err);
        CU_ASSERT_FALSE(client_broken(client));
        client_free(&client);
        script_clear(&script);
    }
}

/* What the engine's table would refuse is not sent at all. */
static void own_mistakes(void)
{
    struct script script;
    struct client *client = NULL;
    uint8_t signature[EC_SIGNATURE_SIZE], byte;
    static const uint8_t big[TOKWIRE_MESSAGE_MAX + 1];
    script_init(&script);
    TEST_OK(script_client(&script, &client));
    TEST_ERR(client_verify_pin(client, TOKWIRE_USER, BYTES_NONE), ERR_ARGUMENT);
    TEST_ERR(client_verify_pin(client, TOKWIRE_USER, bytes_make(big, TOKWIRE_PIN_MAX + 1)),
             ERR_ARGUMENT);
    TEST_ERR(client_sign(client, TOKWIRE_KEY_BATCH, TOKWIRE_SIGN_MESSAGE, BYTES_OF(big), signature),
             ERR_ARGUMENT);
    TEST_ERR(client_sign(client, TOKWIRE_KEY_CI, TOKWIRE_SIGN_MESSAGE, BYTES_NONE, signature),
             ERR_ARGUMENT);
    TEST_ERR(client_get_random(client, &byte, 0), ERR_ARGUMENT);
    CU_ASSERT_EQUAL(script.exchanges, 0);
    CU_ASSERT_FALSE(client_broken(client));
    client_free(&client);
    script_clear(&script);
}

/* Elements of GET OBJECTS are checked one by one. */
static void hostile_objects(void)
{
    const char *const rows[] = {
        "A0 02 8000",                              /* no handle */
        "A0 06 860400000001",                      /* no class */
        "A0 0B 860400000001 9F1F0101 80",          /* cut short */
        "A1 00",                                   /* another tag */
        "A0 84 FFFFFFFF",                          /* too long */
        "A0 10 860400000001 9F1F0101 800141 8900", /* empty version */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlv_reader reader;
        struct client_object object;
        tlv_reader_init(&reader, test_hex(rows[i]));
        TEST_ERR(client_object_next(&reader, &object), ERR_MALFORMED);
        CU_ASSERT_EQUAL(object.handle, 0);
    }
}

/* And those of KEYSTORE INFO. */
static void hostile_capabilities(void)
{
    const char *const rows[] = {
        "9F2C 02 0101",      /* no name */
        "9F2C 04 0101",      /* cut short */
        "9F2B 03 010141",    /* another tag */
        "9F2C 84 FFFFFFFF",  /* too long */
        "9F2C 81 03 010141", /* a length longer than needed */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tlv_reader reader;
        struct client_capability capability;
        tlv_reader_init(&reader, test_hex(rows[i]));
        TEST_ERR(client_capability_next(&reader, &capability), ERR_MALFORMED);
        CU_ASSERT_EQUAL(capability.name[0], 0);
    }
}

static const struct test_case cases[] = {
    {"hostile_answers", hostile_answers},
    {"transport_failures", transport_failures},
    {"refusals", refusals},
    {"own_mistakes", own_mistakes},
    {"hostile_objects", hostile_objects},
    {"hostile_capabilities", hostile_capabilities},
};
TEST_MAIN("token/client answers", cases)
