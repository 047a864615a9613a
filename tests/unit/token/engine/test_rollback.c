/* Older copies put back, while the key store stays: each is found and named. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/internal.h"
#include "token.h"

enum { FILE_MAX = 1 << 20, FILES = 3 };

/* Journal, head and state at one time. */
struct copy {
    struct buf files[FILES];
};

static const char *name_of(const struct token *token, unsigned file)
{
    static char head[64];
    snprintf(head, sizeof(head), "head-%s", token->engine->state.keystore_serial);
    return file == 0 ? "journal.jsonl" : file == 1 ? head : "state";
}

static void take(const struct token *token, struct copy *copy)
{
    for (unsigned i = 0; i < FILES; i++) {
        buf_init(&copy->files[i], FILE_MAX);
        TEST_OK(file_read(token_path(token, name_of(token, i)), &copy->files[i]));
    }
}

/* files: a bit for each that is put back. */
static void put_back(struct token *token, const struct copy *copy, unsigned files)
{
    for (unsigned i = 0; i < FILES; i++) {
        if ((files & 1u << i) != 0) {
            TEST_OK(file_replace(token_path(token, name_of(token, i)), buf_bytes(&copy->files[i]),
                                 0600));
        }
    }
}

static void clear(struct copy *copy)
{
    for (unsigned i = 0; i < FILES; i++) {
        buf_clear(&copy->files[i]);
    }
}

static void set_quota(struct token *token, uint8_t quota)
{
    uint8_t value[4] = {0, 0, 0, quota};
    CU_ASSERT_EQUAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(
        token_call_field(token, TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_QUOTA, BYTES_OF(value)),
        TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_logout(token), TOKWIRE_SW_OK);
}

struct row {
    const char *name;
    unsigned files;
    enum tokwire_fault fault;
};

static const struct row rows[] = {
    {"journal and head", 3, TOKWIRE_FAULT_ROLLED_BACK},
    {"journal, head and state", 7, TOKWIRE_FAULT_ROLLED_BACK},
    {"state", 4, TOKWIRE_FAULT_ROLLED_BACK},
    {"journal", 1, TOKWIRE_FAULT_TRUNCATED},
    {"head", 2, TOKWIRE_FAULT_NONE}, /* it may lag */
};

static void test_older_copies(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct token token;
        struct copy old;
        token_new(&token);
        CU_ASSERT_EQUAL_FATAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
        set_quota(&token, 1);
        take(&token, &old);
        set_quota(&token, 2);
        put_back(&token, &old, rows[i].files);
        token_restart(&token);
        if (rows[i].fault == TOKWIRE_FAULT_NONE) {
            CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
            CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
        } else {
            token_expect_fault(&token, rows[i].fault);
        }
        if (token.engine->fault != rows[i].fault) {
            test_note("%s: %s", rows[i].name, token.engine->fault_text);
        }
        clear(&old);
        token_free(&token);
    }
}

/* Taken after the login and put back after a kill: what the login anchored. */
static void test_killed_after_login(void)
{
    struct token token;
    struct copy old;
    token_new(&token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    take(&token, &old);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->anchors.latest.count, token.engine->journal.count);
    put_back(&token, &old, 3);
    /* The engine that wrote it is gone without a logout. */
    token.engine->fault = TOKWIRE_FAULT_EDITED;
    token_restart(&token);
    token_expect_fault(&token, TOKWIRE_FAULT_ROLLED_BACK);
    clear(&old);
    token_free(&token);
}

/* The right files back: it works again, and the journal says what there was. */
static void test_mended(void)
{
    struct token token;
    struct copy old, right;
    token_new(&token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    take(&token, &old);
    set_quota(&token, 2);
    take(&token, &right);
    put_back(&token, &old, 3);
    token_expect_fault(&token, TOKWIRE_FAULT_ROLLED_BACK);
    put_back(&token, &right, 3);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"tampering mended\""), 1);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_CHECK, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_FAULT), TOKWIRE_FAULT_NONE);
    clear(&old);
    clear(&right);
    token_free(&token);
}

/* One anchor lost to a kill: the other stands. Both gone: somebody was at the key
 * store. */
static void test_anchors(void)
{
    struct token token;
    token_new(&token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
        TEST_OK(keystore_destroy(token.engine->store,
                                 i == 0 ? "journal-anchor-0" : "journal-anchor-1"));
        CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    }
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
    token.engine->fault = TOKWIRE_FAULT_KEYS; /* no anchor at the logout */
    TEST_OK(keystore_destroy(token.engine->store, "journal-anchor-0"));
    TEST_OK(keystore_destroy(token.engine->store, "journal-anchor-1"));
    CU_ASSERT_EQUAL(token_logout(&token), TOKWIRE_SW_OK);
    token_restart(&token);
    token_expect_fault(&token, TOKWIRE_FAULT_KEYS);
    /* Once, whoever logs in after that. */
    CU_ASSERT_EQUAL(token_journal_count(&token, "\"event\":\"tampering found\""), 1);
    token_free(&token);
}

/* An edit under a running login is found when somebody asks. */
static void test_check(void)
{
    struct token token;
    struct copy copy;
    token_new(&token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    take(&token, &copy);
    CU_ASSERT_EQUAL(truncate(token_path(&token, "journal.jsonl"), 0), 0);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_CHECK, 0, NULL),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token_uint(&token, TOKWIRE_F_FAULT), TOKWIRE_FAULT_TRUNCATED);
    CU_ASSERT_EQUAL(token_call_field(&token, TOKWIRE_SIGN, TOKWIRE_KEY_DPAUTH, 0, TOKWIRE_F_DATA,
                                     bytes_make("x", 1)),
                    TOKWIRE_SW_TAMPERED);
    clear(&copy);
    token_free(&token);
}

static const struct test_case cases[] = {
    {"older copies of the files", test_older_copies},
    {"an older copy after a kill", test_killed_after_login},
    {"the right files again", test_mended},
    {"anchors lost", test_anchors},
    {"asked to check", test_check},
};
TEST_MAIN("engine/rollback", cases)
