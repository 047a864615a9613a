/* The officer's policy: retries, batches, retired root keys, and the clock. */
#include <string.h>

#include "chip.h"
#include "engine/internal.h"

#define BATCH_A "0102030405060708090A0B0C0D0E0F10"
#define BATCH_B "1112131415161718191A1B1C1D1E1F20"
#define ROOT_CHECK "377822C093"

static uint8_t session_number;

static void open_both(struct token *token, struct pki *pki)
{
    pki_new(pki);
    chip_prepare_token(token, pki, TOKWIRE_ROLE_LINE);
}

static void close_both(struct token *token, struct pki *pki)
{
    pki_free(pki);
    token_free(token);
}

static void be(struct token *token, enum tokwire_user user)
{
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, user, user == TOKWIRE_SO ? SO_PIN : USER_PIN),
                          TOKWIRE_SW_OK);
}

/* One field of the policy, by the officer; the user is logged in again. */
static uint16_t set_policy(struct token *token, uint16_t tag, struct bytes value)
{
    be(token, TOKWIRE_SO);
    uint16_t sw = token_call_field(token, TOKWIRE_SET_POLICY, 0, 0, tag, value);
    be(token, TOKWIRE_USER);
    return sw;
}

static uint16_t set_number(struct token *token, uint16_t tag, uint64_t value, size_t width)
{
    uint8_t number[8];
    set_u64(number, value);
    return set_policy(token, tag, bytes_make(number + 8 - width, width));
}

/* The officer on a connection of their own, while the user stays logged in. */
static struct engine_connection *open_officer(struct token *token)
{
    struct engine_connection *officer = NULL;
    struct buf request;
    TEST_OK(engine_connection_open(token->engine, "officer", &officer));
    buf_init(&request, 64);
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    CU_ASSERT_EQUAL(token_call_on(token, officer, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_SO, &request),
                    TOKWIRE_SW_OK);
    return officer;
}

static uint16_t derive(struct token *token, const char *batch)
{
    struct buf request;
    buf_init(&request, 128);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, token_handle(TOKWIRE_CLASS_ROOT, 1), 4);
    tlv_put(&request, TOKWIRE_F_EID, test_hex(PKI_EID));
    tlv_put(&request, TOKWIRE_F_ICCID, test_hex(ICCID_SWAPPED));
    if (batch != NULL) {
        tlv_put(&request, TOKWIRE_F_BATCH_ID, test_hex(batch));
    }
    return token_call(token, TOKWIRE_DERIVE_PPK, 0, 0, &request);
}

/* A session, and a release of the PPK set derived for a batch. */
static uint16_t release(struct token *token, struct pki *pki, const char *batch)
{
    struct chip chip;
    chip_new(&chip, pki, ++session_number);
    uint32_t session = chip_session(&chip, token);
    uint16_t sw = derive(token, batch);
    if (sw == TOKWIRE_SW_OK) {
        sw = chip_replace(token, session, token_uint(token, TOKWIRE_F_HANDLE));
    }
    chip_free(&chip);
    return sw;
}

static void test_retries(void)
{
    struct token token;
    struct pki pki;
    open_both(&token, &pki);
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_RETRIES, 1, 4), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_RETRIES);
    /* The count is the journal's: no restart gives one back. */
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_RETRIES);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_RETRIES), 1);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"reason\":\"retries\""), 2);
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_RETRIES, POLICY_RETRIES_NONE, 4), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    close_both(&token, &pki);
}

static void test_batches(void)
{
    struct token token;
    struct pki pki;
    open_both(&token, &pki);
    CU_ASSERT_EQUAL(set_policy(&token, TOKWIRE_F_BATCHES, test_hex("01")), TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(set_policy(&token, TOKWIRE_F_BATCHES, test_hex(BATCH_A)), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(derive(&token, NULL), TOKWIRE_SW_BATCH);
    CU_ASSERT_EQUAL(derive(&token, BATCH_B), TOKWIRE_SW_BATCH);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"derivation refused\""), 2);
    CU_ASSERT_EQUAL(release(&token, &pki, BATCH_A), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(set_policy(&token, TOKWIRE_F_BATCHES, test_hex(BATCH_A BATCH_B)),
                    TOKWIRE_SW_OK);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, BATCH_B), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    TEST_BYTES(token_field(&token, TOKWIRE_F_BATCHES), test_hex(BATCH_A BATCH_B));
    CU_ASSERT_EQUAL(set_policy(&token, TOKWIRE_F_BATCHES, BYTES_NONE), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    close_both(&token, &pki);
}

/* What was derived before the officer thought better of it is not released. */
static void test_batch_changed_on_the_way(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    struct buf request;
    open_both(&token, &pki);
    chip_new(&chip, &pki, ++session_number);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(derive(&token, BATCH_B), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    struct engine_connection *officer = open_officer(&token);
    buf_init(&request, 512);
    tlv_put(&request, TOKWIRE_F_BATCHES, test_hex(BATCH_A));
    CU_ASSERT_EQUAL(token_call_on(&token, officer, TOKWIRE_SET_POLICY, 0, 0, &request),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_BATCH);
    engine_connection_close(&officer);
    chip_free(&chip);
    close_both(&token, &pki);
}

/* A CI that is trusted no more: nothing new of it, and nothing that was under way. */
static void test_trust_ended(void)
{
    struct token token;
    struct pki pki;
    struct chip chip, next;
    uint8_t hash[SHA256_SIZE], other[SHA256_SIZE] = {1};
    struct buf request;
    open_both(&token, &pki);
    TEST_OK(crypto_sha256(pki_der(pki.ci), hash));
    CU_ASSERT_EQUAL(
        token_call_field(&token, TOKWIRE_END_TRUST, 0, 0, TOKWIRE_F_HASH, BYTES_OF(hash)),
        TOKWIRE_SW_NOT_LOGGED_IN);
    chip_new(&chip, &pki, ++session_number);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(derive(&token, NULL), TOKWIRE_SW_OK);
    uint32_t ppk = token_uint(&token, TOKWIRE_F_HANDLE);
    struct engine_connection *officer = open_officer(&token);
    buf_init(&request, 512);
    tlv_put(&request, TOKWIRE_F_HASH, BYTES_OF(other));
    CU_ASSERT_EQUAL(token_call_on(&token, officer, TOKWIRE_END_TRUST, 0, 0, &request),
                    TOKWIRE_SW_NOT_FOUND);
    tlv_put(&request, TOKWIRE_F_HASH, BYTES_OF(hash));
    CU_ASSERT_EQUAL(token_call_on(&token, officer, TOKWIRE_END_TRUST, 0, 0, &request),
                    TOKWIRE_SW_OK);
    tlv_put(&request, TOKWIRE_F_HASH, BYTES_OF(hash));
    CU_ASSERT_EQUAL(token_call_on(&token, officer, TOKWIRE_END_TRUST, 0, 0, &request),
                    TOKWIRE_SW_NOT_FOUND);
    engine_connection_close(&officer);
    CU_ASSERT_EQUAL(chip_replace(&token, session, ppk), TOKWIRE_SW_CERT_CHAIN);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"trust ended\""), 1);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"reason\":\"cert_chain\""), 1);
    /* For good. */
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->state.ci_count, 0);
    chip_new(&next, &pki, ++session_number);
    CU_ASSERT_EQUAL(chip_server_signed1(&next, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_smdp_signed2(&next, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_one_time_key(&next, &token), TOKWIRE_SW_OK);
    struct chip_evidence evidence = chip_evidence(&next, pki.euicc_key, BYTES_NONE);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_CERT_CHAIN);
    chip_free(&next);
    chip_free(&chip);
    close_both(&token, &pki);
}

static uint16_t retire(struct token *token, uint8_t version, const char *check_value)
{
    struct buf request;
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_VERSION, version, 1);
    tlv_put(&request, TOKWIRE_F_ROOT_CHECK_VALUE, test_hex(check_value));
    return token_call(token, TOKWIRE_RETIRE_ROOT, 0, 0, &request);
}

static void test_retire(void)
{
    struct token token;
    struct pki pki;
    struct keystore_key key;
    const uint8_t version = 1;
    open_both(&token, &pki);
    be(&token, TOKWIRE_SO);
    CU_ASSERT_EQUAL(retire(&token, 2, ROOT_CHECK), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(retire(&token, 1, "0000000000"), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(retire(&token, 1, ROOT_CHECK), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(retire(&token, 1, ROOT_CHECK), TOKWIRE_SW_ROOT_RETIRED);
    TEST_ERR(keystore_find(token.engine->store, KEYSTORE_CMAC, "root-1", &key), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"root retired\""), 1);
    /* Never again under that number. */
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0,
                                     TOKWIRE_F_VERSION, bytes_make(&version, 1)),
                    TOKWIRE_SW_EXISTS);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_VERSION), 2);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(derive(&token, NULL), TOKWIRE_SW_ROOT_RETIRED);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_OK);
    struct bytes objects = token_field(&token, TOKWIRE_F_OBJECT);
    /* HANDLE 00050001, CLASS 05 */
    CU_ASSERT_PTR_NOT_NULL(
        memmem(objects.data, objects.len, "\x86\x04\x00\x05\x00\x01\x9F\x1F\x01\x05", 10));
    close_both(&token, &pki);
}

/* Killed between the state and the key store: the next login destroys the key. */
static void test_retire_killed(void)
{
    struct token token;
    struct pki pki;
    struct keystore_key key;
    open_both(&token, &pki);
    be(&token, TOKWIRE_SO);
    struct state next = token.engine->state;
    next.roots[0].retired = true;
    TEST_OK(vault_commit(token.engine, &next));
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    TEST_ERR(keystore_find(token.engine->store, KEYSTORE_CMAC, "root-1", &key), ERR_NOT_FOUND);
    close_both(&token, &pki);
}

static bool is_expired(struct token *token)
{
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    return (token_uint(token, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_EXPIRED) != 0;
}

/* A clock turned back brings nothing back, be the engine running or started anew,
 * and the login says so; the officer's word on the date does. */
static void test_clock_turned_back(void)
{
    struct token token;
    struct pki pki;
    const time_t start = token_now;
    open_both(&token, &pki);
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_NOT_AFTER, (uint64_t)start + 3600, 8),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    token_now = start + 3601;
    CU_ASSERT_TRUE(is_expired(&token));
    CU_ASSERT_TRUE(is_expired(&token));
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"expired\""), 1);
    token_now = start;
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_EXPIRED);
    token_restart(&token);
    CU_ASSERT_TRUE(is_expired(&token));
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"clock_behind\":3601"), 1);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_EXPIRED);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"expired\""), 1);
    /* Another limit is no word on the date. */
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_QUOTA, 5, 4), TOKWIRE_SW_OK);
    CU_ASSERT_TRUE(is_expired(&token));
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_NOT_AFTER, (uint64_t)start + 7200, 8),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(release(&token, &pki, NULL), TOKWIRE_SW_OK);
    token_restart(&token);
    CU_ASSERT_FALSE(is_expired(&token));
    token_now = start;
    close_both(&token, &pki);
}

/* A clock that once ran ahead is put right by the officer's word alone. */
static void test_clock_ran_ahead(void)
{
    struct token token;
    struct pki pki;
    const time_t start = token_now;
    open_both(&token, &pki);
    token_now = start + 1000000;
    be(&token, TOKWIRE_USER);
    token_now = start;
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(tokwire_field_uint(&token.fields, TOKWIRE_F_TIME_SEEN),
                    (uint64_t)start + 1000000);
    CU_ASSERT_EQUAL(set_number(&token, TOKWIRE_F_NOT_AFTER, (uint64_t)start + 60, 8),
                    TOKWIRE_SW_OK);
    CU_ASSERT_FALSE(is_expired(&token));
    token_restart(&token);
    CU_ASSERT_FALSE(is_expired(&token));
    CU_ASSERT_EQUAL(tokwire_field_uint(&token.fields, TOKWIRE_F_TIME_SEEN), (uint64_t)start);
    close_both(&token, &pki);
}

/* What the key store can do, as the officer's tool asks for it. */
static void test_keystore_info(void)
{
    struct token token;
    struct pki pki;
    struct tlv_reader reader;
    struct tlv element;
    unsigned found = 0;
    open_both(&token, &pki);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_KEYSTORE_INFO, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_NOT_EQUAL(token_field(&token, TOKWIRE_F_MODULE).len, 0);
    CU_ASSERT_NOT_EQUAL(token_field(&token, TOKWIRE_F_TOKEN).len, 0);
    tlv_reader_init(&reader, token_field(&token, TOKWIRE_F_CAPABILITY));
    while (!tlv_reader_end(&reader)) {
        TEST_OK(tlv_reader_next(&reader, &element));
        CU_ASSERT_TRUE(element.value.data[0] >= TOKWIRE_CAPABILITY_MECHANISM &&
                       element.value.data[0] <= TOKWIRE_CAPABILITY_USE);
        CU_ASSERT_TRUE(element.value.data[1] <= TOKWIRE_VERDICT_UNTOLD);
        found++;
    }
    CU_ASSERT_TRUE(found > 30);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_KEYSTORE_INFO, 0, 0, NULL),
                    TOKWIRE_SW_NOT_LOGGED_IN);
    close_both(&token, &pki);
}

static const struct test_case cases[] = {
    {"retries of one profile", test_retries},
    {"allowed batches", test_batches},
    {"a batch no longer allowed", test_batch_changed_on_the_way},
    {"a CI trusted no more", test_trust_ended},
    {"a retired root key", test_retire},
    {"invariant 6: killed while retiring", test_retire_killed},
    {"a clock turned back", test_clock_turned_back},
    {"a clock that ran ahead", test_clock_ran_ahead},
    {"what the key store can do", test_keystore_info},
};
TEST_MAIN("engine/policy", cases)
