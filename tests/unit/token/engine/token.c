#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "stores.h"

enum { FOLDERS_MAX = 64, REQUEST_MAX = TOKWIRE_FRAME_MAX, JOURNAL_MAX = 16 * 1024 * 1024 };

time_t token_now = 1790000000; /* September 2026 */

static char folders[FOLDERS_MAX][64];
static size_t folder_count;

static void remove_folders(void)
{
    for (size_t i = 0; i < folder_count; i++) {
        char command[128];
        snprintf(command, sizeof(command), "rm -rf '%.63s'", folders[i]);
        if (system(command) != 0) {
            test_note("%s stays behind", folders[i]);
        }
    }
}

static time_t now(void)
{
    return token_now;
}

void token_start(struct token *token)
{
    char path[128];
    struct engine_config config = {.state_dir = token->folder, .now = now};
    if (getenv("USBKEY_TEST_KEYSTORE") != NULL) {
        snprintf(path, sizeof(path), "%s/keystore.json", token->folder);
        test_store_configure(path, token->folder);
        config.keystore_config = path;
    }
    CU_ASSERT_FATAL(engine_open(&config, &token->engine) == ERR_OK);
    CU_ASSERT_FATAL(engine_connection_open(token->engine, "test", &token->connection) == ERR_OK);
}

void token_new(struct token *token)
{
    *token = (struct token){.folder = "/tmp/euicc-line-engine-XXXXXX"};
    CU_ASSERT_FATAL(folder_count < FOLDERS_MAX && mkdtemp(token->folder) != NULL);
    if (folder_count == 0) {
        atexit(remove_folders);
    }
    strcpy(folders[folder_count++], token->folder);
    buf_init(&token->response, TOKWIRE_FRAME_MAX);
    token_start(token);
}

void token_restart(struct token *token)
{
    engine_connection_close(&token->connection);
    engine_close(&token->engine);
    token_start(token);
}

void token_free(struct token *token)
{
    engine_connection_close(&token->connection);
    engine_close(&token->engine);
    buf_clear(&token->response);
}

uint16_t token_call_on(struct token *token, struct engine_connection *connection, uint8_t ins,
                       uint8_t p1, uint8_t p2, struct buf *request)
{
    struct apdu_command command = {TOKWIRE_CLA, ins, p1, p2, BYTES_NONE, APDU_LE_ANY};
    struct apdu_response answer;
    struct buf apdu;
    if (request != NULL) {
        CU_ASSERT_EQUAL_FATAL(buf_err(request), ERR_OK);
        command.data = buf_bytes(request);
    }
    buf_init(&apdu, REQUEST_MAX);
    CU_ASSERT_EQUAL_FATAL(apdu_encode_extended(&command, &apdu), ERR_OK);
    engine_execute(connection, buf_bytes(&apdu), &token->response);
    buf_clear(&apdu);
    if (request != NULL) {
        buf_clear(request);
    }
    CU_ASSERT_EQUAL_FATAL(apdu_decode_response(buf_bytes(&token->response), &answer), ERR_OK);
    token->fields = (struct tokwire_fields){.shape = tokwire_commands[0].request};
    if (answer.sw != TOKWIRE_SW_OK) {
        CU_ASSERT_EQUAL(answer.data.len, 0);
        return answer.sw;
    }
    const struct tokwire_command *row = tokwire_command_find(ins);
    TEST_OK(tokwire_fields_decode(row->response, answer.data, &token->fields));
    return answer.sw;
}

uint16_t token_call(struct token *token, uint8_t ins, uint8_t p1, uint8_t p2, struct buf *request)
{
    return token_call_on(token, token->connection, ins, p1, p2, request);
}

uint16_t token_call_field(struct token *token, uint8_t ins, uint8_t p1, uint8_t p2, uint16_t tag,
                          struct bytes value)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tlv_put(&request, tag, value);
    return token_call(token, ins, p1, p2, &request);
}

void token_expect_fault(struct token *token, enum tokwire_fault fault)
{
    uint8_t quota[4] = {0};
    CU_ASSERT_EQUAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_TRUE((token_uint(token, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_TAMPERED) != 0);
    CU_ASSERT_EQUAL(token_uint(token, TOKWIRE_F_FAULT), fault);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_LINES, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_HEAD, 0, NULL),
                    TOKWIRE_SW_TAMPERED);
    CU_ASSERT_EQUAL(token_call(token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_CHECK, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(token, TOKWIRE_F_FAULT), fault);
    CU_ASSERT_NOT_EQUAL(token_field(token, TOKWIRE_F_DATA).len, 0);
    CU_ASSERT_EQUAL(
        token_call_field(token, TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_QUOTA, BYTES_OF(quota)),
        TOKWIRE_SW_TAMPERED);
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call_field(token, TOKWIRE_SIGN, TOKWIRE_KEY_DPAUTH, 0, TOKWIRE_F_DATA,
                                     bytes_make("x", 1)),
                    TOKWIRE_SW_TAMPERED);
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
}

struct bytes token_field(const struct token *token, uint16_t tag)
{
    return tokwire_field(&token->fields, tag);
}

uint32_t token_uint(const struct token *token, uint16_t tag)
{
    return (uint32_t)tokwire_field_uint(&token->fields, tag);
}

uint16_t token_initialise(struct token *token, enum tokwire_role role, bool development)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tlv_put_str(&request, TOKWIRE_F_LABEL, "test token");
    tokwire_put_uint(&request, TOKWIRE_F_ROLE, role, 1);
    if (development) {
        tokwire_put_uint(&request, TOKWIRE_F_FLAGS, TOKWIRE_FLAG_DEVELOPMENT, 4);
    }
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    tlv_put_str(&request, TOKWIRE_F_NEW_PIN, USER_PIN);
    return token_call(token, TOKWIRE_INITIALISE, 0, 0, &request);
}

uint16_t token_login(struct token *token, enum tokwire_user user, const char *pin)
{
    return token_call_field(token, TOKWIRE_VERIFY_PIN, 0, user, TOKWIRE_F_PIN,
                            bytes_make(pin, strlen(pin)));
}

uint16_t token_logout(struct token *token)
{
    return token_call(token, TOKWIRE_LOGOUT, 0, 0, NULL);
}

void token_load_root(struct token *token)
{
    uint8_t first[32], second[32];
    for (uint8_t i = 0; i < sizeof(first); i++) {
        first[i] = (uint8_t)(0xA0 ^ i);
        second[i] = 0xA0;
    }
    CU_ASSERT_EQUAL(token_call_field(token, TOKWIRE_IMPORT_COMPONENT, 1, 2, TOKWIRE_F_COMPONENT,
                                     BYTES_OF(first)),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call_field(token, TOKWIRE_IMPORT_COMPONENT, 2, 2, TOKWIRE_F_COMPONENT,
                                     BYTES_OF(second)),
                    TOKWIRE_SW_OK);
}

uint16_t token_sign(struct token *token, enum tokwire_key key, struct bytes message,
                    uint8_t signature[64])
{
    uint16_t sw =
        token_call_field(token, TOKWIRE_SIGN, key, TOKWIRE_SIGN_MESSAGE, TOKWIRE_F_DATA, message);
    memset(signature, 0, 64);
    if (sw == TOKWIRE_SW_OK) {
        memcpy(signature, token_field(token, TOKWIRE_F_SIGNATURE).data, 64);
    }
    return sw;
}

size_t token_journal_count(struct token *token, const char *needle)
{
    struct buf file;
    size_t count = 0;
    buf_init(&file, JOURNAL_MAX);
    TEST_OK(file_read(token_path(token, "journal.jsonl"), &file));
    buf_put_u8(&file, 0);
    for (const char *at = (const char *)file.data; (at = strstr(at, needle)) != NULL; at++) {
        count++;
    }
    buf_clear(&file);
    return count;
}

const char *token_path(const struct token *token, const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", token->folder, name);
    return path;
}
