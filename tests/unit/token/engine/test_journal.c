/* The journal: its chain, its head, and every way of tampering with it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/hex.h"
#include "engine/internal.h"
#include "token.h"

enum { FILE_MAX = 8 * 1024 * 1024 };

static void open_token(struct token *token)
{
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, TOKWIRE_ROLE_LINE, true), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    token_load_root(token);
    CU_ASSERT_EQUAL_FATAL(token_logout(token), TOKWIRE_SW_OK);
}

static void read_journal(struct token *token, struct buf *file)
{
    buf_init(file, FILE_MAX);
    TEST_OK(file_read(token_path(token, "journal.jsonl"), file));
}

static void write_journal(struct token *token, struct bytes content)
{
    TEST_OK(file_replace(token_path(token, "journal.jsonl"), content, 0600));
}

static const char *head_name(const struct token *token)
{
    static char name[64];
    snprintf(name, sizeof(name), "head-%s", token->engine->state.keystore_serial);
    return name;
}

/* Offset of line n (from 1). */
static size_t line_at(const struct buf *file, unsigned n)
{
    size_t at = 0;
    while (n > 1) {
        at = (size_t)((uint8_t *)memchr(file->data + at, '\n', file->len - at) - file->data) + 1;
        n--;
    }
    return at;
}

/* What docs/token-commands.md tells an auditor to do, done here by hand. */
static void test_chain(void)
{
    struct token token;
    struct buf file;
    char expected[65];
    uint8_t hash[32];
    unsigned lines = 0;
    open_token(&token);
    read_journal(&token, &file);
    memset(expected, '0', 64);
    expected[64] = '\0';
    for (size_t at = 0; at < file.len; lines++) {
        size_t len =
            (size_t)((uint8_t *)memchr(file.data + at, '\n', file.len - at) - file.data) - at;
        cJSON *line = cJSON_ParseWithLength((const char *)file.data + at, len);
        CU_ASSERT_PTR_NOT_NULL_FATAL(line);
        CU_ASSERT_STRING_EQUAL(cJSON_GetObjectItem(line, "prev")->valuestring, expected);
        CU_ASSERT_EQUAL(cJSON_GetObjectItem(line, "seq")->valueint, (int)lines + 1);
        CU_ASSERT_TRUE(cJSON_IsTrue(cJSON_GetObjectItem(line, "development")));
        CU_ASSERT_PTR_NOT_NULL(cJSON_GetObjectItem(line, "time"));
        cJSON_Delete(line);
        TEST_OK(crypto_sha256(bytes_make(file.data + at, len), hash));
        hex_encode(BYTES_OF(hash), expected);
        at += len + 1;
    }
    CU_ASSERT_EQUAL(lines, token.engine->journal.count);
    TEST_BYTES(BYTES_OF(hash), BYTES_OF(token.engine->journal.hash));
    buf_clear(&file);
    token_free(&token);
}

/* The head read over the wire: count, hash, and a MAC anybody with the key
 * store can compute again. */
static void test_head(void)
{
    struct token token;
    struct buf message;
    struct keystore_key key;
    uint8_t mac[16];
    open_token(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_HEAD, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_COUNT), token.engine->journal.count);
    buf_init(&message, 256);
    journal_head_message(&message, token.engine->state.keystore_serial, token.engine->journal.count,
                         token.engine->journal.hash);
    TEST_OK(keystore_find(token.engine->store, KEYSTORE_CMAC, "journal-mac", &key));
    TEST_OK(keystore_cmac(token.engine->store, key, buf_bytes(&message), mac));
    TEST_BYTES(token_field(&token, TOKWIRE_F_MAC), BYTES_OF(mac));
    TEST_BYTES(token_field(&token, TOKWIRE_F_HASH), BYTES_OF(token.engine->journal.hash));
    buf_clear(&message);
    token_free(&token);
}

/* Each kind of tampering with the file while the engine is off. */
static void edit(struct buf *file)
{
    char *at = strstr((char *)file->data, "test token");
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    *at = 'T';
}

static void edit_last(struct buf *file)
{
    char *at = strstr((char *)file->data + file->len - 200, "\"so\"");
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at[1] = 'S';
}

static void cut(struct buf *file)
{
    file->len = line_at(file, 3);
}

static void cut_everything(struct buf *file)
{
    file->len = 0;
}

static void remove_line(struct buf *file)
{
    size_t from = line_at(file, 2), to = line_at(file, 3);
    memmove(file->data + from, file->data + to, file->len - to);
    file->len -= to - from;
}

static void swap_lines(struct buf *file)
{
    size_t a = line_at(file, 2), b = line_at(file, 3), c = line_at(file, 4);
    uint8_t copy[4096];
    memcpy(copy, file->data + a, b - a);
    memmove(file->data + a, file->data + b, c - b);
    memcpy(file->data + a + (c - b), copy, b - a);
}

static void long_line(struct buf *file)
{
    memset(file->data + line_at(file, 2), 'x', file->len - line_at(file, 2));
}

struct tampering {
    const char *name;
    void (*change)(struct buf *file);
    enum tokwire_fault fault;
};

static void test_tampering(void)
{
    static const struct tampering rows[] = {
        {"edited", edit, TOKWIRE_FAULT_EDITED},
        {"last line edited", edit_last, TOKWIRE_FAULT_EDITED},
        {"cut", cut, TOKWIRE_FAULT_TRUNCATED},
        {"emptied", cut_everything, TOKWIRE_FAULT_TRUNCATED},
        {"line removed", remove_line, TOKWIRE_FAULT_REMOVED},
        {"lines swapped", swap_lines, TOKWIRE_FAULT_REORDERED},
        {"garbage", long_line, TOKWIRE_FAULT_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct token token;
        struct buf file;
        open_token(&token);
        read_journal(&token, &file);
        buf_put(&file, "", 1); /* for strstr() */
        file.len--;
        rows[i].change(&file);
        write_journal(&token, buf_bytes(&file));
        token_restart(&token);
        token_expect_fault(&token, rows[i].fault);
        if (token.engine->fault != rows[i].fault) {
            test_note("%s: %s", rows[i].name, token.engine->fault_text);
        }
        CU_ASSERT_TRUE(token.engine->journal.broken);
        CU_ASSERT_EQUAL(token.engine->users, 0);
        buf_clear(&file);
        token_free(&token);
    }
}

/* Also between two logins of a running engine. */
static void test_tampering_while_running(void)
{
    struct token token;
    struct buf file;
    open_token(&token);
    read_journal(&token, &file);
    file.data[file.len - 10] ^= 1;
    int fd = open(token_path(&token, "journal.jsonl"), O_WRONLY);
    CU_ASSERT_EQUAL(pwrite(fd, file.data, file.len, 0), (ssize_t)file.len);
    close(fd);
    token_expect_fault(&token, TOKWIRE_FAULT_EDITED);
    buf_clear(&file);
    token_free(&token);
}

static void test_head_tampering(void)
{
    struct token token;
    struct buf head;
    open_token(&token);
    buf_init(&head, 2048);
    TEST_OK(file_read(token_path(&token, head_name(&token)), &head));
    for (unsigned record = 0; record < 2; record++) {
        head.data[512 * record + 19] ^= 1; /* the count's last digit */
    }
    TEST_OK(file_replace(token_path(&token, head_name(&token)), buf_bytes(&head), 0600));
    token_restart(&token);
    token_expect_fault(&token, TOKWIRE_FAULT_HEAD);
    unlink(token_path(&token, head_name(&token)));
    token_restart(&token);
    token_expect_fault(&token, TOKWIRE_FAULT_HEAD);
    buf_clear(&head);
    token_free(&token);
}

/* Invariant 6: killed between the file and the head, the head lags; the next
 * login continues the chain and seals it. */
static void test_head_lags(void)
{
    struct token token;
    struct buf head;
    open_token(&token);
    buf_init(&head, 2048);
    TEST_OK(file_read(token_path(&token, head_name(&token)), &head));
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    TEST_OK(file_replace(token_path(&token, head_name(&token)), buf_bytes(&head), 0600));
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->journal.sealed, token.engine->journal.count);
    buf_clear(&head);
    token_free(&token);
}

/* One damaged record of the two: the other still vouches. */
static void test_torn_head(void)
{
    struct token token;
    struct buf head;
    open_token(&token);
    for (unsigned record = 0; record < 2; record++) {
        buf_init(&head, 2048);
        TEST_OK(file_read(token_path(&token, head_name(&token)), &head));
        memset(head.data + 512 * record, 0, 100);
        TEST_OK(file_replace(token_path(&token, head_name(&token)), buf_bytes(&head), 0600));
        token_restart(&token);
        CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
        buf_clear(&head);
    }
    token_free(&token);
}

/* A line torn by a crash was not synced: it goes, and the chain goes on. */
static void test_torn_line(void)
{
    struct token token;
    struct buf file;
    open_token(&token);
    uint64_t before = token.engine->journal.count;
    read_journal(&token, &file);
    buf_put_str(&file, "{\"seq\":99,\"time\":\"2026-");
    write_journal(&token, buf_bytes(&file));
    token_restart(&token);
    CU_ASSERT_EQUAL(token.engine->journal.count, before);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_journal_count(&token, "seq\":99"), 0);
    buf_clear(&file);
    token_free(&token);
}

/* Failed logins are chained while the key store is closed, sealed at the next. */
static void test_entries_while_closed(void)
{
    struct token token;
    open_token(&token);
    uint64_t before = token.engine->journal.count;
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, "wrong-pin"), TOKWIRE_SW_PIN_WRONG | 4);
    CU_ASSERT_EQUAL(token.engine->journal.count, before + 1);
    CU_ASSERT_EQUAL(token.engine->journal.sealed, before);
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->journal.sealed, before + 2);
    token_free(&token);
}

/* Reading in pages gives the file, byte for byte. */
static void test_read_pages(void)
{
    struct token token;
    struct buf file, read;
    open_token(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    for (int i = 0; i < 250; i++) {
        uint8_t quota[4] = {0, 0, 1, (uint8_t)i};
        CU_ASSERT_EQUAL_FATAL(
            token_call_field(&token, TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_QUOTA, BYTES_OF(quota)),
            TOKWIRE_SW_OK);
    }
    buf_init(&read, FILE_MAX);
    for (uint64_t from = 1;;) {
        uint8_t number[8];
        set_u64(number, from);
        CU_ASSERT_EQUAL_FATAL(token_call_field(&token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_LINES,
                                               0, TOKWIRE_F_COUNT, BYTES_OF(number)),
                              TOKWIRE_SW_OK);
        struct bytes lines = token_field(&token, TOKWIRE_F_DATA);
        if (lines.len == 0) {
            break;
        }
        buf_put_bytes(&read, lines);
        for (size_t i = 0; i < lines.len; i++) {
            from += lines.data[i] == '\n';
        }
    }
    read_journal(&token, &file);
    TEST_BYTES(buf_bytes(&read), buf_bytes(&file));
    buf_clear(&read);
    buf_clear(&file);
    token_free(&token);
}

/* Text of others is data, not structure. */
static void test_escaping(void)
{
    struct journal_entry entry;
    journal_entry_init(&entry, "x");
    journal_entry_text(&entry, "label", "a\"b\\c\n\x01\",\"event\":\"release");
    buf_put_u8(&entry.fields, 0);
    CU_ASSERT_STRING_EQUAL((const char *)entry.fields.data,
                           "\"event\":\"x\",\"label\":"
                           "\"a\\\"b\\\\c\\u000a\\u0001\\\",\\\"event\\\":\\\"release\"");
    buf_clear(&entry.fields);
}

static const struct test_case cases[] = {
    {"the chain, checked by hand", test_chain},
    {"the head and its MAC", test_head},
    {"every tampering with the file is found", test_tampering},
    {"tampering while the engine runs", test_tampering_while_running},
    {"a forged or missing head", test_head_tampering},
    {"invariant 6: a head that lags", test_head_lags},
    {"a torn head record", test_torn_head},
    {"a torn last line", test_torn_line},
    {"entries while the key store is closed", test_entries_while_closed},
    {"reading in pages", test_read_pages},
    {"escaping", test_escaping},
};
TEST_MAIN("engine/journal", cases)
