/* PINs: wrapping, counters that survive, locking and unblocking. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/internal.h"
#include "token.h"

static uint16_t call_pins(struct token *token, uint8_t ins, uint8_t p2, const char *pin,
                          const char *new_pin)
{
    struct buf request;
    buf_init(&request, 256);
    if (pin != NULL) {
        tlv_put_str(&request, TOKWIRE_F_PIN, pin);
    }
    tlv_put_str(&request, TOKWIRE_F_NEW_PIN, new_pin);
    return token_call(token, ins, 0, p2, &request);
}

static void open_token(struct token *token)
{
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
}

static uint32_t status(struct token *token, uint16_t tag)
{
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    return token_uint(token, tag);
}

/* AES-GCM under PBKDF2: the right PIN, the right person, an unchanged record. */
static void test_wrap(void)
{
    struct secret engine_secret = {.len = ENGINE_SECRET_SIZE},
                  other_secret = {.len = ENGINE_SECRET_SIZE};
    struct secret keystore_pin = {0}, out = {0};
    struct state_pin record, changed;
    struct bytes pin = bytes_make("123456", 6);
    other_secret.data[0] = 1;
    secret_set(&keystore_pin, "0123456789ABCDEF0123456789ABCDEF", KEYSTORE_PIN_SIZE);
    TEST_OK(pin_wrap(&engine_secret, TOKWIRE_USER, pin, &keystore_pin, &record));
    TEST_OK(pin_unwrap(&engine_secret, TOKWIRE_USER, pin, &record, &out));
    TEST_BYTES(secret_bytes(&out), secret_bytes(&keystore_pin));
    TEST_ERR(pin_unwrap(&engine_secret, TOKWIRE_USER, bytes_make("123457", 6), &record, &out),
             ERR_PIN);
    CU_ASSERT_EQUAL(out.len, 0);
    TEST_ERR(pin_unwrap(&engine_secret, TOKWIRE_SO, pin, &record, &out), ERR_PIN);
    /* A PIN alone, without the engine's secret, opens nothing. */
    TEST_ERR(pin_unwrap(&other_secret, TOKWIRE_USER, pin, &record, &out), ERR_PIN);
    changed = record;
    changed.wrapped[5] ^= 1;
    TEST_ERR(pin_unwrap(&engine_secret, TOKWIRE_USER, pin, &changed, &out), ERR_PIN);
    changed = (struct state_pin){0};
    TEST_ERR(pin_unwrap(&engine_secret, TOKWIRE_USER, pin, &changed, &out), ERR_NOT_FOUND);
}

/* The counter goes down for good, and a restart gives no try back. */
static void test_counter_survives_restart(void)
{
    struct token token;
    open_token(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong-1"), TOKWIRE_SW_PIN_WRONG | 4);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong-2"), TOKWIRE_SW_PIN_WRONG | 3);
    token_restart(&token);
    CU_ASSERT_EQUAL(status(&token, TOKWIRE_F_USER_TRIES), 3);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong-3"), TOKWIRE_SW_PIN_WRONG | 2);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(status(&token, TOKWIRE_F_USER_TRIES), PIN_TRIES);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"login failed\""), 3);
    token_free(&token);
}

static void test_lock_and_unblock(void)
{
    struct token token;
    open_token(&token);
    for (int i = 4; i > 0; i--) {
        CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong"), TOKWIRE_SW_PIN_WRONG | i);
    }
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong"), TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_TRUE((status(&token, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_USER_LOCKED) != 0);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_SET_USER_PIN, 0, NULL, "new-user-pin"),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "new-user-pin"), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"pin unblocked\""), 1);
    token_free(&token);
}

static void test_so_locks_for_good(void)
{
    struct token token;
    open_token(&token);
    for (int i = 4; i > 0; i--) {
        CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, "wrong"), TOKWIRE_SW_PIN_WRONG | i);
    }
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, "wrong"), TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_PIN_LOCKED);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    token_free(&token);
}

static void test_change(void)
{
    struct token token;
    open_token(&token);
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_CHANGE_PIN, TOKWIRE_USER, "wrong-pin", "another-pin"),
                    TOKWIRE_SW_PIN_WRONG | 4);
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_CHANGE_PIN, TOKWIRE_USER, USER_PIN, "short"),
                    TOKWIRE_SW_PIN_LENGTH);
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_CHANGE_PIN, TOKWIRE_USER, USER_PIN, "another-pin"),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_CHANGE_PIN, TOKWIRE_SO, SO_PIN, "another-so-pin"),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_PIN_WRONG | 4);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "another-pin"), TOKWIRE_SW_OK);
    /* Also within a login. */
    CU_ASSERT_EQUAL(call_pins(&token, TOKWIRE_CHANGE_PIN, TOKWIRE_USER, "another-pin", USER_PIN),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, "another-so-pin"), TOKWIRE_SW_OK);
    token_free(&token);
}

/* A counter file that is gone or changed by hand is read as used up. */
static void test_forged_counter(void)
{
    struct token token;
    struct buf file;
    open_token(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong"), TOKWIRE_SW_PIN_WRONG | 4);
    buf_init(&file, 64);
    TEST_OK(file_read(token_path(&token, "pin-tries"), &file));
    file.data[1] = PIN_TRIES;
    TEST_OK(file_replace(token_path(&token, "pin-tries"), buf_bytes(&file), 0600));
    buf_clear(&file);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_PIN_LOCKED);
    unlink(token_path(&token, "pin-tries"));
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_PIN_LOCKED);
    token_free(&token);
}

/* Two connections, two logins: each checks its PIN, each ends by itself. */
static void test_two_connections(void)
{
    struct token token;
    struct engine_connection *second = NULL;
    struct buf request;
    open_token(&token);
    TEST_OK(engine_connection_open(token.engine, "second", &second));
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    buf_init(&request, 64);
    tlv_put_str(&request, TOKWIRE_F_PIN, "wrong-pin");
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_USER, &request),
                    TOKWIRE_SW_PIN_WRONG | 4);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_READ_JOURNAL, 0, 0, NULL),
                    TOKWIRE_SW_NOT_LOGGED_IN);
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_SO, &request),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call_on(&token, second, TOKWIRE_READ_JOURNAL, 0, 0, NULL), TOKWIRE_SW_OK);
    engine_connection_close(&second);
    CU_ASSERT_EQUAL(token.engine->users, 0);
    CU_ASSERT_EQUAL(token.engine->keystore_pin.len, 0);
    token_free(&token);
}

static const struct test_case cases[] = {
    {"wrapping the key store's PIN", test_wrap},
    {"the counter survives a restart", test_counter_survives_restart},
    {"locked, then unblocked by the officer", test_lock_and_unblock},
    {"the officer's PIN locks for good", test_so_locks_for_good},
    {"changing PINs", test_change},
    {"a forged counter locks", test_forged_counter},
    {"two connections", test_two_connections},
};
TEST_MAIN("engine/pin", cases)
