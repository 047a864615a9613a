/* Setting a token up: initialisation, keys, components, policy, and who may. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "chip.h"
#include "engine/internal.h"

static void open_so(struct token *token, enum tokwire_role role, bool development)
{
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, role, development), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
}

static void test_blank(void)
{
    struct token token;
    token_new(&token);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_FLAGS), 0);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_NOT_LOGGED_IN);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_NOT_LOGGED_IN);
    token_free(&token);
}

static void test_initialise(void)
{
    struct token token;
    open_so(&token, TOKWIRE_ROLE_DP, false);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_ROLE), TOKWIRE_ROLE_DP);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_FLAGS), TOKWIRE_FLAG_INITIALISED |
                                                             TOKWIRE_FLAG_USER_PIN_SET |
                                                             TOKWIRE_FLAG_SO_LOGGED_IN);
    TEST_BYTES(token_field(&token, TOKWIRE_F_LABEL), bytes_make("test token", 10));
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    token_free(&token);
}

struct initialise_row {
    const char *label, *pin, *new_pin;
    uint8_t role;
    uint32_t flags;
    uint16_t sw;
};

static void test_initialise_refused(void)
{
    static const struct initialise_row rows[] = {
        {"label", "12345", "123456", 1, 0, TOKWIRE_SW_PIN_LENGTH},
        {"label", "123456", "12345", 1, 0, TOKWIRE_SW_PIN_LENGTH},
        {"label", "123456", "123456", 3, 0, TOKWIRE_SW_DATA},
        {"label", "123456", "123456", 1, 1, TOKWIRE_SW_DATA},
        {"la\nbel", "123456", "123456", 1, 0, TOKWIRE_SW_DATA},
        {"la\xFF", "123456", "123456", 1, 0, TOKWIRE_SW_DATA},
        {"la\xC3", "123456", "123456", 1, 0, TOKWIRE_SW_DATA},
        {"", "123456", "123456", 1, 0, TOKWIRE_SW_DATA},
        {"a label of more than thirty-two by", "123456", "123456", 1, 0, TOKWIRE_SW_DATA},
        {"l\xC3\xA4"
         "bel",
         "123456", "123456", 1, 0, TOKWIRE_SW_OK},
    };
    struct token token;
    token_new(&token);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf request;
        buf_init(&request, 512);
        tlv_put_str(&request, TOKWIRE_F_LABEL, rows[i].label);
        tokwire_put_uint(&request, TOKWIRE_F_ROLE, rows[i].role, 1);
        tokwire_put_uint(&request, TOKWIRE_F_FLAGS, rows[i].flags, 4);
        tlv_put_str(&request, TOKWIRE_F_PIN, rows[i].pin);
        tlv_put_str(&request, TOKWIRE_F_NEW_PIN, rows[i].new_pin);
        CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_INITIALISE, 0, 0, &request), rows[i].sw);
    }
    token_free(&token);
}

/* The officer begins anew: keys go, the journal and `development` stay. */
static void test_initialise_again(void)
{
    struct token token;
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    open_so(&token, TOKWIRE_ROLE_LINE, true);
    token_load_root(&token);
    strcpy(serial, token.engine->state.serial);
    uint64_t entries = token.engine->journal.count;
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_DP, false), TOKWIRE_SW_NOT_LOGGED_IN);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_DP, false), TOKWIRE_SW_OK);
    CU_ASSERT_STRING_EQUAL(token.engine->state.serial, serial);
    CU_ASSERT_EQUAL(token.engine->state.root_count, 0);
    CU_ASSERT_TRUE(token.engine->state.development);
    CU_ASSERT_TRUE(token.engine->journal.count > entries);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->state.role, TOKWIRE_ROLE_DP);
    token_load_root(&token);
    token_free(&token);
}

/* Not without the officer's PIN, and not under a login of somebody else. */
static void test_initialise_again_refused(void)
{
    struct token token;
    struct engine_connection *second = NULL;
    struct buf request;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    TEST_OK(engine_connection_open(token.engine, "second", &second));
    buf_init(&request, 256);
    tlv_put_str(&request, TOKWIRE_F_LABEL, "mine");
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_INITIALISE, 0, 0, &request),
                    TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    tlv_put_str(&request, TOKWIRE_F_LABEL, "mine");
    tlv_put_str(&request, TOKWIRE_F_PIN, "not-the-so-pin");
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_INITIALISE, 0, 0, &request),
                    TOKWIRE_SW_PIN_WRONG | 4);
    CU_ASSERT_EQUAL(token_journal_count(&token, "initialise refused"), 1);
    engine_connection_close(&second);
    token_free(&token);
}

/* A state file of another hand is not worked with. */
static void test_tampered_state(void)
{
    struct token token;
    struct buf file;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    uint8_t quota[4] = {0, 0, 0, 5};
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_QUOTA, BYTES_OF(quota)),
        TOKWIRE_SW_OK);
    buf_init(&file, STATE_FILE_MAX);
    TEST_OK(file_read(token_path(&token, "state"), &file));
    /* 88 01 05: the quota, one more. */
    uint8_t *at = memmem(file.data, file.len, "\x88\x01\x05\x89", 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at[2] = 6;
    TEST_OK(file_replace(token_path(&token, "state"), buf_bytes(&file), 0600));
    token_restart(&token);
    CU_ASSERT_EQUAL(token.engine->state.quota, 6);
    token_expect_fault(&token, TOKWIRE_FAULT_STATE);
    buf_clear(&file);
    token_free(&token);
}

/* A damaged state file is an error at the start, not a blank token. */
static void test_damaged_state(void)
{
    struct token token;
    struct buf file;
    struct engine *engine = NULL;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    engine_connection_close(&token.connection);
    engine_close(&token.engine);
    buf_init(&file, STATE_FILE_MAX);
    TEST_OK(file_read(token_path(&token, "state"), &file));
    for (size_t len = 0; len < file.len; len += 7) {
        const struct engine_config config = {.state_dir = token.folder};
        TEST_OK(file_replace(token_path(&token, "state"), bytes_make(file.data, len), 0600));
        TEST_ERR(engine_open(&config, &engine), ERR_MALFORMED);
        CU_ASSERT_PTR_NULL(engine);
    }
    buf_clear(&file);
    buf_clear(&token.response);
}

/* A key that the state lists and the key store no longer has. */
static void test_missing_key(void)
{
    struct token token;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    token_load_root(&token);
    TEST_OK(keystore_destroy(token.engine->store, "root-1"));
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    token_expect_fault(&token, TOKWIRE_FAULT_KEYS);
    token_free(&token);
}

/* ... or another one under the same label. */
static void test_exchanged_key(void)
{
    struct token token;
    struct keystore_key key;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    token_load_root(&token);
    TEST_OK(keystore_destroy(token.engine->store, "root-1"));
    TEST_OK(keystore_create_cmac_key(token.engine->store, "root-1", 1, NULL, &key));
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    token_expect_fault(&token, TOKWIRE_FAULT_KEYS);
    token_free(&token);
}

static void test_one_engine_per_folder(void)
{
    struct token token;
    struct engine *second = NULL;
    token_new(&token);
    const struct engine_config config = {.state_dir = token.folder};
    TEST_ERR(engine_open(&config, &second), ERR_BUSY);
    CU_ASSERT_PTR_NULL(second);
    token_free(&token);
}

static uint16_t component(struct token *token, uint8_t number, uint8_t of, uint8_t fill)
{
    uint8_t value[32];
    memset(value, fill, sizeof(value));
    return token_call_field(token, TOKWIRE_IMPORT_COMPONENT, number, of, TOKWIRE_F_COMPONENT,
                            BYTES_OF(value));
}

static void test_components(void)
{
    struct token token;
    uint8_t mac[16], value[32];
    static const uint8_t zero[16];
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    CU_ASSERT_EQUAL(component(&token, 1, 3, 0x11), TOKWIRE_SW_OK);
    memset(value, 0x11, sizeof(value));
    TEST_OK(crypto_cmac(BYTES_OF(value), BYTES_OF(zero), mac));
    TEST_BYTES(token_field(&token, TOKWIRE_F_CHECK_VALUE), bytes_make(mac, 5));
    CU_ASSERT_EQUAL(token_field(&token, TOKWIRE_F_ROOT_CHECK_VALUE).len, 0);
    CU_ASSERT_EQUAL(component(&token, 2, 3, 0x22), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(component(&token, 3, 3, 0x44), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_VERSION), 1);
    memset(value, 0x77, sizeof(value));
    TEST_OK(crypto_cmac(BYTES_OF(value), BYTES_OF(zero), mac));
    TEST_BYTES(token_field(&token, TOKWIRE_F_ROOT_CHECK_VALUE), bytes_make(mac, 5));
    /* A next version, found again after a restart. */
    CU_ASSERT_EQUAL(component(&token, 1, 2, 1), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(component(&token, 2, 2, 2), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_VERSION), 2);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->state.root_count, 2);
    token_free(&token);
}

static void test_components_refused(void)
{
    struct token token;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    CU_ASSERT_EQUAL(component(&token, 1, 1, 1), TOKWIRE_SW_P1P2);
    CU_ASSERT_EQUAL(component(&token, 0, 2, 1), TOKWIRE_SW_P1P2);
    CU_ASSERT_EQUAL(component(&token, 3, 2, 1), TOKWIRE_SW_P1P2);
    CU_ASSERT_EQUAL(component(&token, 1, 9, 1), TOKWIRE_SW_P1P2);
    CU_ASSERT_EQUAL(component(&token, 2, 2, 1), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(component(&token, 1, 3, 1), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(component(&token, 2, 2, 1), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(component(&token, 3, 3, 1), TOKWIRE_SW_STATE);
    /* The same component twice would make a key of zeros. */
    CU_ASSERT_EQUAL(component(&token, 1, 2, 9), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(component(&token, 2, 2, 9), TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(token.engine->state.root_count, 0);
    /* Not across a logout. */
    CU_ASSERT_EQUAL(component(&token, 1, 2, 1), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(component(&token, 2, 2, 2), TOKWIRE_SW_STATE);
    token_free(&token);
}

/* A root version that is there is not replaced. */
static void test_version_exists(void)
{
    struct token token;
    const uint8_t version = 7;
    open_so(&token, TOKWIRE_ROLE_DP, false);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0,
                                     TOKWIRE_F_VERSION, bytes_make(&version, 1)),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_VERSION), 7);
    CU_ASSERT_EQUAL(token_field(&token, TOKWIRE_F_CHECK_VALUE).len, 5);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0,
                                     TOKWIRE_F_VERSION, bytes_make(&version, 1)),
                    TOKWIRE_SW_EXISTS);
    token_free(&token);
}

static void test_key_pairs(void)
{
    struct token token;
    const uint8_t brainpool = EC_CURVE_BRAINPOOL_P256R1, no_curve = 9;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPAUTH, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_field(&token, TOKWIRE_F_PUBLIC_KEY).len, EC_POINT_SIZE);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPAUTH, 0, NULL),
                    TOKWIRE_SW_EXISTS);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPPB, 0,
                                     TOKWIRE_F_CURVE, bytes_make(&no_curve, 1)),
                    TOKWIRE_SW_UNSUPPORTED);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPPB, 0,
                                     TOKWIRE_F_CURVE, bytes_make(&brainpool, 1)),
                    TOKWIRE_SW_OK);
    /* The batch key is the DP+'s. */
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_BATCH, 0, NULL),
                    TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, 0, 0, NULL), TOKWIRE_SW_P1P2);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    token_free(&token);
}

/* Private keys come in only where `development` says so, and says it for ever. */
static void test_import(void)
{
    struct token token;
    struct bytes scalar =
        test_hex("00000000000000000000000000000000000000000000000000000000000000FF");
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPAUTH, 0,
                                     TOKWIRE_F_PRIVATE_KEY, scalar),
                    TOKWIRE_SW_ROLE);
    token_free(&token);
    open_so(&token, TOKWIRE_ROLE_LINE, true);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPAUTH, 0,
                                     TOKWIRE_F_PRIVATE_KEY, scalar),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPPB, 0,
                                     TOKWIRE_F_PRIVATE_KEY,
                                     test_hex("00000000000000000000000000000000"
                                              "00000000000000000000000000000000")),
                    TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"development\":true"),
                    token.engine->journal.count);
    token_free(&token);
}

/* Origin of an object as GET OBJECTS says it, 0 when it does not. */
static uint64_t origin_of(struct token *token, const char *label)
{
    struct tlv_reader reader;
    struct tlv object;
    uint64_t origin = 0;
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_OK);
    tlv_reader_init(&reader, token_field(token, TOKWIRE_F_OBJECT));
    while (tlv_reader_next(&reader, &object) == ERR_OK) {
        struct tokwire_fields fields;
        TEST_OK(tokwire_fields_decode(tokwire_object_shape, object.value, &fields));
        if (bytes_equal(tokwire_field(&fields, TOKWIRE_F_LABEL),
                        bytes_make(label, strlen(label)))) {
            origin = tokwire_field_uint(&fields, TOKWIRE_F_ORIGIN);
        }
    }
    return origin;
}

/* Where each key was made is on record as long as the key is. */
static void test_origin(void)
{
    struct token token;
    struct bytes scalar =
        test_hex("00000000000000000000000000000000000000000000000000000000000000FF");
    open_so(&token, TOKWIRE_ROLE_LINE, true);
    token_load_root(&token);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPAUTH, 0,
                                     TOKWIRE_F_PRIVATE_KEY, scalar),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPPB, 0, NULL),
                    TOKWIRE_SW_OK);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(origin_of(&token, "root-1"), TOKWIRE_ORIGIN_IMPORTED);
    CU_ASSERT_EQUAL(origin_of(&token, "root-2"), TOKWIRE_ORIGIN_GENERATED);
    CU_ASSERT_EQUAL(origin_of(&token, "dpauth"), TOKWIRE_ORIGIN_IMPORTED);
    CU_ASSERT_EQUAL(origin_of(&token, "dppb"), TOKWIRE_ORIGIN_GENERATED);
    CU_ASSERT_EQUAL(origin_of(&token, "releases"), 0);
    token_free(&token);
}

static void test_roots_full(void)
{
    struct token token;
    struct keystore_key key;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    for (size_t i = 0; i < STATE_ROOTS_MAX; i++) {
        CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, NULL),
                        TOKWIRE_SW_OK);
    }
    uint64_t entries = token.engine->journal.count;
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, NULL),
                    TOKWIRE_SW_FULL);
    TEST_ERR(keystore_find(token.engine->store, KEYSTORE_CMAC, "root-17", &key), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(token.engine->journal.count, entries);
    token_free(&token);
}

/* What the user cannot do is the officer's, and the other way round. */
static void test_states(void)
{
    struct token token;
    static const uint8_t officers[] = {TOKWIRE_GENERATE_KEY,     TOKWIRE_SET_USER_PIN,
                                       TOKWIRE_IMPORT_COMPONENT, TOKWIRE_IMPORT_KEY,
                                       TOKWIRE_PUT_CERTIFICATE,  TOKWIRE_SET_POLICY};
    static const uint8_t users[] = {TOKWIRE_SIGN,
                                    TOKWIRE_GENERATE_ONE_TIME_KEY,
                                    TOKWIRE_DERIVE_SESSION_KEYS,
                                    TOKWIRE_DERIVE_PPK,
                                    TOKWIRE_BSP_ENCRYPT,
                                    TOKWIRE_BSP_MAC,
                                    TOKWIRE_REPLACE_SESSION_KEYS,
                                    TOKWIRE_DESTROY};
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    for (size_t i = 0; i < sizeof(users); i++) {
        CU_ASSERT_EQUAL(token_call(&token, users[i], 0, 0, NULL), TOKWIRE_SW_NOT_LOGGED_IN);
    }
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    for (size_t i = 0; i < sizeof(officers); i++) {
        CU_ASSERT_EQUAL(token_call(&token, officers[i], 0, 0, NULL), TOKWIRE_SW_NOT_LOGGED_IN);
    }
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_NOT_LOGGED_IN);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_NOT_LOGGED_IN);
    for (size_t i = 0; i < sizeof(users); i++) {
        CU_ASSERT_EQUAL(token_call(&token, users[i], 0, 0, NULL), TOKWIRE_SW_NOT_LOGGED_IN);
    }
    token_free(&token);
}

static void test_random(void)
{
    struct token token;
    uint8_t number[8] = {0};
    token_new(&token);
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_GET_RANDOM, 0, 0, TOKWIRE_F_COUNT, BYTES_OF(number)),
        TOKWIRE_SW_DATA);
    number[6] = 0x10;
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_GET_RANDOM, 0, 0, TOKWIRE_F_COUNT, BYTES_OF(number)),
        TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_field(&token, TOKWIRE_F_DATA).len, TOKWIRE_RANDOM_MAX);
    number[7] = 1;
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_GET_RANDOM, 0, 0, TOKWIRE_F_COUNT, BYTES_OF(number)),
        TOKWIRE_SW_DATA);
    token_free(&token);
}

/* A state file of an earlier or later version is not called damaged. */
static void test_other_format(void)
{
    static const uint8_t format[] = {0x80, 0x01, 0x02};
    struct token token;
    struct buf file;
    open_so(&token, TOKWIRE_ROLE_LINE, false);
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", token.engine->paths.state);
    struct engine_config config = {.state_dir = token.folder};
    struct engine *engine = NULL;
    buf_init(&file, 65536);
    TEST_OK(file_read(path, &file));
    uint8_t *at = memmem(file.data, file.len, format, sizeof(format));
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    for (uint8_t other = 1; other <= 3; other += 2) {
        at[sizeof(format) - 1] = other;
        TEST_OK(file_replace(path, buf_bytes(&file), 0600));
        struct state state;
        TEST_ERR(state_load(path, &state), ERR_UNSUPPORTED);
    }
    token_free(&token);
    TEST_ERR(engine_open(&config, &engine), ERR_UNSUPPORTED);
    buf_clear(&file);
}

static const struct test_case cases[] = {
    {"a blank token", test_blank},
    {"initialise", test_initialise},
    {"initialise refused", test_initialise_refused},
    {"initialise again", test_initialise_again},
    {"initialise again refused", test_initialise_again_refused},
    {"a tampered state file", test_tampered_state},
    {"a damaged state file", test_damaged_state},
    {"a key missing in the key store", test_missing_key},
    {"a key exchanged in the key store", test_exchanged_key},
    {"one engine per state directory", test_one_engine_per_folder},
    {"root key components", test_components},
    {"root key components refused", test_components_refused},
    {"root key versions", test_version_exists},
    {"key pairs", test_key_pairs},
    {"key import: development only", test_import},
    {"origin of keys", test_origin},
    {"a state file of another format", test_other_format},
    {"no seventeenth root key", test_roots_full},
    {"commands and login states", test_states},
    {"random", test_random},
};
TEST_MAIN("engine/setup", cases)
