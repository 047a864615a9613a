#include "token.h"

#include <stdio.h>

#include "evidence_seed.h"
#include "folder.h"
#include "input.h"
#include "tlv/tlv.h"

enum {
    REQUEST_MAX = 16384,
    JOURNAL_SIZE_MAX = 16 * 1024 * 1024, /* then a new token */
    ROOT_SIZE = 32,
    TELLING = 16, /* bytes of a key that do not come by chance */
};

static const char so_pin[] = "so-pin-1";
static const char user_pin[] = "user-pin-1";

/* Open to the end: at exit the key store's module is gone first. */
static struct fuzz_token tokens[TOKWIRE_ROLE_DP + 1];

static time_t now(void)
{
    return TEST_PKI_NOW;
}

const struct test_pki *fuzz_pki(void)
{
    static struct test_pki pki;
    if (pki.ci.cert == NULL) {
        test_pki_make(NULL, &pki);
    }
    return &pki;
}

/* The root key's byte, and those of the components it is made of. */
static uint8_t root_byte(size_t i)
{
    return (uint8_t)i;
}

/* Invariant 1: the beginnings of the root key, of EncKey for the PKI's EID, and
 * of the PPK set for it and the ICCID of the seeds (design's known answers). */
static void check_no_secret(struct bytes response)
{
    static const uint8_t secrets[][TELLING] = {
        {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E,
         0x0F},
        {0x1F, 0x2D, 0x6A, 0xD6, 0x78, 0x48, 0x68, 0xF7, 0x38, 0x50, 0x74, 0xE9, 0x0B, 0xBF, 0x0C,
         0x8A},
        {0xFF, 0x7D, 0x44, 0xB7, 0x72, 0x7C, 0x28, 0xEB, 0x2F, 0xED, 0xCD, 0xA8, 0x15, 0xDA, 0x7D,
         0x36},
        {0x7B, 0xE3, 0x17, 0x36, 0x56, 0x0D, 0xFD, 0x23, 0x95, 0xEA, 0x03, 0x37, 0x9E, 0xA2, 0x35,
         0x61},
        {0x3F, 0x97, 0x62, 0x7D, 0x50, 0x0E, 0x25, 0xF2, 0x01, 0x17, 0xE5, 0xBE, 0xA6, 0xBB, 0x8E,
         0x71},
    };
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        fuzz_check(memmem(response.data, response.len, secrets[i], TELLING) == NULL);
    }
}

uint16_t fuzz_execute(struct fuzz_token *token, enum fuzz_user user, struct bytes apdu)
{
    struct apdu_response answer;
    struct apdu_command command;
    struct tokwire_fields fields;
    engine_execute(token->connections[user], apdu, &token->response);
    fuzz_check(buf_err(&token->response) == ERR_OK);
    fuzz_check(apdu_decode_response(buf_bytes(&token->response), &answer) == ERR_OK);
    fuzz_check(answer.sw != TOKWIRE_SW_INTERNAL && answer.sw != TOKWIRE_SW_KEYSTORE);
    if (answer.sw != TOKWIRE_SW_OK) {
        fuzz_check(answer.data.len == 0);
        return answer.sw;
    }
    fuzz_check(apdu_decode_extended(apdu, &command) == ERR_OK);
    const struct tokwire_command *row = tokwire_command_find(command.ins);
    fuzz_check(row != NULL);
    fuzz_check(tokwire_fields_decode(row->response, answer.data, &fields) == ERR_OK);
    check_no_secret(answer.data);
    return answer.sw;
}

uint16_t fuzz_call(struct fuzz_token *token, enum fuzz_user user, const struct apdu_command *apdu)
{
    struct buf encoded;
    buf_init(&encoded, APDU_EXTENDED_MAX);
    fuzz_check(apdu_encode_extended(apdu, &encoded) == ERR_OK);
    uint8_t *copy = fuzz_copy(buf_bytes(&encoded));
    uint16_t sw = fuzz_execute(token, user, bytes_make(copy, encoded.len));
    free(copy);
    buf_clear(&encoded);
    return sw;
}

/* Setting up ----------------------------------------------------------------- */

static void must(struct fuzz_token *token, enum fuzz_user user, uint8_t ins, uint8_t p1, uint8_t p2,
                 struct buf *request)
{
    const struct apdu_command apdu = {TOKWIRE_CLA, ins, p1, p2, buf_bytes(request), APDU_LE_ANY};
    fuzz_check(buf_err(request) == ERR_OK);
    fuzz_check(fuzz_call(token, user, &apdu) == TOKWIRE_SW_OK);
    buf_reset(request);
}

static void initialise(struct fuzz_token *token, enum tokwire_role role, struct buf *request)
{
    tlv_put_str(request, TOKWIRE_F_LABEL, "fuzz");
    tokwire_put_uint(request, TOKWIRE_F_ROLE, role, 1);
    tokwire_put_uint(request, TOKWIRE_F_FLAGS, TOKWIRE_FLAG_DEVELOPMENT, 4);
    tlv_put_str(request, TOKWIRE_F_PIN, so_pin);
    tlv_put_str(request, TOKWIRE_F_NEW_PIN, user_pin);
    must(token, FUZZ_NOBODY, TOKWIRE_INITIALISE, 0, 0, request);
}

static void login(struct fuzz_token *token, enum fuzz_user user, enum tokwire_user as,
                  const char *pin, struct buf *request)
{
    tlv_put_str(request, TOKWIRE_F_PIN, pin);
    must(token, user, TOKWIRE_VERIFY_PIN, 0, as, request);
}

static void load_root(struct fuzz_token *token, struct buf *request)
{
    uint8_t component[ROOT_SIZE];
    for (uint8_t number = 1; number <= 2; number++) {
        for (size_t i = 0; i < sizeof(component); i++) {
            component[i] = number == 1 ? root_byte(i) ^ 0xA0 : 0xA0;
        }
        tlv_put(request, TOKWIRE_F_COMPONENT, BYTES_OF(component));
        must(token, FUZZ_SO, TOKWIRE_IMPORT_COMPONENT, number, 2, request);
    }
}

/* The PKI's own key and certificate. */
static void import(struct fuzz_token *token, enum tokwire_key name, uint8_t seed,
                   const struct test_pki_identity *identity, struct buf *request)
{
    uint8_t scalar[EC_SCALAR_SIZE];
    memset(scalar, seed, sizeof(scalar));
    tlv_put(request, TOKWIRE_F_PRIVATE_KEY, BYTES_OF(scalar));
    must(token, FUZZ_SO, TOKWIRE_IMPORT_KEY, name, 0, request);
    tlv_put(request, TOKWIRE_F_CERTIFICATE, buf_bytes(&identity->der));
    must(token, FUZZ_SO, TOKWIRE_PUT_CERTIFICATE, name, 0, request);
}

static void set_up(struct fuzz_token *token, enum tokwire_role role)
{
    const struct test_pki *pki = fuzz_pki();
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    initialise(token, role, &request);
    login(token, FUZZ_SO, TOKWIRE_SO, so_pin, &request);
    load_root(token, &request);
    tlv_put(&request, TOKWIRE_F_CERTIFICATE, buf_bytes(&pki->ci.der));
    must(token, FUZZ_SO, TOKWIRE_PUT_CERTIFICATE, TOKWIRE_KEY_CI, 0, &request);
    import(token, TOKWIRE_KEY_DPAUTH, test_pki_spec_of(CERT_ROLE_DPAUTH).key_seed, &pki->dpauth,
           &request);
    import(token, TOKWIRE_KEY_DPPB, test_pki_spec_of(CERT_ROLE_DPPB).key_seed, &pki->dppb,
           &request);
    if (role == TOKWIRE_ROLE_DP) {
        must(token, FUZZ_SO, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_BATCH, 0, &request);
    }
    login(token, FUZZ_USER, TOKWIRE_USER, user_pin, &request);
    buf_clear(&request);
}

static void close_token(struct fuzz_token *token)
{
    for (size_t i = 0; i < FUZZ_USERS; i++) {
        engine_connection_close(&token->connections[i]);
    }
    if (token->engine != NULL) {
        token->engine->users = 1; /* the one of our own */
        vault_close(token->engine);
    }
    engine_close(&token->engine);
    buf_clear(&token->response);
}

static void open_token(struct fuzz_token *token, enum tokwire_role role)
{
    static unsigned number;
    char name[32];
    snprintf(name, sizeof(name), "token-%u", number++);
    const struct engine_config config = {.state_dir = fuzz_path(name), .now = now};
    buf_init(&token->response, TOKWIRE_FRAME_MAX);
    fuzz_check(engine_open(&config, &token->engine) == ERR_OK);
    for (size_t i = 0; i < FUZZ_USERS; i++) {
        fuzz_check(engine_connection_open(token->engine, "fuzz", &token->connections[i]) == ERR_OK);
    }
    set_up(token, role);
    /* One user more than there are: the key store never closes. */
    token->engine->users++;
    fuzz_token_reset(token);
}

struct fuzz_token *fuzz_token(enum tokwire_role role)
{
    static bool first = true;
    struct fuzz_token *token = &tokens[role];
    if (first) {
        first = false;
        unsetenv("SOFTHSM2_CONF");
    }
    if (token->engine != NULL && token->engine->journal.size > JOURNAL_SIZE_MAX) {
        close_token(token);
    }
    if (token->engine == NULL) {
        open_token(token, role);
    }
    return token;
}

void fuzz_token_attest(struct fuzz_token *token)
{
    static const uint8_t keys[BSP_KEYS_SIZE] = {1, 2, 3, [16] = 4, 5, [32] = 6, 7};
    struct engine_connection *connection = token->connections[FUZZ_USER];
    struct transaction *transaction =
        transaction_begin(&connection->transactions, BYTES_OF(evidence_transaction_id));
    struct object *object = NULL;
    transaction->state = TRANSACTION_ATTESTED;
    memcpy(transaction->dp_otpk, evidence_point, sizeof(transaction->dp_otpk));
    memcpy(transaction->euicc_otpk, evidence_point, sizeof(transaction->euicc_otpk));
    transaction->host_id_len = sizeof(evidence_host_id) - 1;
    memcpy(transaction->host_id, evidence_host_id, transaction->host_id_len);
    fuzz_check(object_new(&connection->objects, OBJECT_SESSION_KEYS, &object) == ERR_OK);
    struct session_keys *session = &object->as.session_keys;
    fuzz_check(eid_parse(TEST_PKI_EID, &session->eid) == ERR_OK);
    fuzz_check(bsp_init(&session->bsp, BYTES_OF(keys)) == ERR_OK);
    session->transaction_id_len = sizeof(evidence_transaction_id);
    memcpy(session->transaction_id, evidence_transaction_id, sizeof(evidence_transaction_id));
    memcpy(session->euicc_serial, "01", sizeof("01"));
}

void fuzz_token_reset(struct fuzz_token *token)
{
    static const uint8_t logins[FUZZ_USERS] = {0, TOKWIRE_USER, TOKWIRE_SO};
    struct engine *engine = token->engine;
    unsigned users = 1;
    for (size_t i = 0; i < FUZZ_USERS; i++) {
        struct engine_connection *connection = token->connections[i];
        object_table_clear(&connection->objects);
        connection->objects.sequence = 0;
        transaction_table_clear(&connection->transactions);
        secret_zero(&connection->components, sizeof(connection->components));
        connection->login = logins[i];
        connection->refusals = REFUSALS_MAX; /* no entries for these */
        users += logins[i] != 0;
    }
    engine->users = users;
    /* A PIN is not even looked at: PBKDF2 is not what is tried here. */
    engine->tries = (struct pin_tries){0, 0};
    engine->state.quota = POLICY_QUOTA_NONE;
    engine->state.retries = POLICY_RETRIES_NONE;
    engine->state.batch_count = 0;
    engine->state.not_after = 0;
}
