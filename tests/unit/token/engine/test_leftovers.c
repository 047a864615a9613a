/* What a kill in the middle of INITIALISE, or of a login, leaves in SoftHSM2's
 * folder, and that the next start clears it away. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/internal.h"
#include "token.h"

/* As a process of its own would start: the key store's folder is the token's. */
static void restart(struct token *token)
{
    engine_connection_close(&token->connection);
    engine_close(&token->engine);
    unsetenv("SOFTHSM2_CONF");
    token_start(token);
}

static void open_token(struct token *token, bool initialised)
{
    unsetenv("SOFTHSM2_CONF");
    token_new(token);
    if (initialised) {
        CU_ASSERT_EQUAL_FATAL(token_initialise(token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    }
}

/* Entries of a folder whose names begin with start; the last of them in name. */
static unsigned entries(const struct token *token, const char *folder, const char *start,
                        char name[256])
{
    unsigned count = 0;
    DIR *open = opendir(token_path(token, folder));
    const struct dirent *entry;
    CU_ASSERT_PTR_NOT_NULL_FATAL(open);
    while ((entry = readdir(open)) != NULL) {
        if (entry->d_name[0] != '.' && strncmp(entry->d_name, start, strlen(start)) == 0) {
            snprintf(name, 256, "%s", entry->d_name);
            count++;
        }
    }
    closedir(open);
    return count;
}

static unsigned tokens(const struct token *token)
{
    char name[256];
    return entries(token, "keystore", "", name);
}

static void make_stray(struct token *token)
{
    struct secret pin = {0};
    char serial[KEYSTORE_SERIAL_SIZE];
    secret_set(&pin, "0123456789ABCDEF", 16);
    TEST_OK(keystore_create_token(token->engine->store, "stray", &pin, serial));
}

/* The first INITIALISE killed: nothing of it stays, and the next one works. */
static void test_first_killed(void)
{
    struct token token;
    open_token(&token, false);
    TEST_OK(leftovers_mark(token.engine));
    make_stray(&token);
    CU_ASSERT_EQUAL(tokens(&token), 1);
    restart(&token);
    CU_ASSERT_EQUAL(tokens(&token), 0);
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(tokens(&token), 1);
    CU_ASSERT_NOT_EQUAL(access(token.engine->paths.initialising, F_OK), 0);
    token_free(&token);
}

/* A later one killed before it counted: the token is the old one. */
static void test_again_killed(void)
{
    struct token token;
    char name[256];
    open_token(&token, true);
    TEST_OK(leftovers_mark(token.engine));
    make_stray(&token);
    TEST_OK(file_replace(token_path(&token, "head-0123456789abcdef"), bytes_make("x", 1), 0600));
    restart(&token);
    CU_ASSERT_EQUAL(tokens(&token), 1);
    CU_ASSERT_EQUAL(entries(&token, "", "head-", name), 1);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
    token_free(&token);
}

/* One that came through: the former token itself goes at the next start. */
static void test_again(void)
{
    struct token token;
    char former[KEYSTORE_SERIAL_SIZE], name[256];
    open_token(&token, true);
    strcpy(former, token.engine->state.keystore_serial);
    CU_ASSERT_EQUAL(token_initialise(&token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    CU_ASSERT_STRING_NOT_EQUAL(token.engine->state.keystore_serial, former);
    restart(&token);
    CU_ASSERT_EQUAL(tokens(&token), 1);
    CU_ASSERT_EQUAL(entries(&token, "", "keystore-", name), 1);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    token_free(&token);
}

/* Without the mark nothing is deleted: the state file may be on its way back from
 * a backup. */
static void test_not_marked(void)
{
    struct token token;
    open_token(&token, true);
    CU_ASSERT_EQUAL(
        rename(token_path(&token, "state"), strcat(strcpy((char[256]){0}, token.folder), "/kept")),
        0);
    restart(&token);
    CU_ASSERT_FALSE(token.engine->state.initialised);
    CU_ASSERT_EQUAL(tokens(&token), 1);
    token_free(&token);
}

/* SoftHSM2 killed in a login has emptied the token's main file. */
static void test_cut_off_token(void)
{
    struct token token;
    char uuid[256], path[1024];
    open_token(&token, true);
    CU_ASSERT_EQUAL(entries(&token, "keystore", "", uuid), 1);
    snprintf(path, sizeof(path), "%s/keystore/%s/token.object", token.folder, uuid);
    for (off_t size = 0; size < 300; size += 299) {
        engine_connection_close(&token.connection);
        engine_close(&token.engine);
        CU_ASSERT_EQUAL(truncate(path, size), 0);
        unsetenv("SOFTHSM2_CONF");
        token_start(&token);
        CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
        CU_ASSERT_EQUAL(token.engine->fault, TOKWIRE_FAULT_NONE);
    }
    token_free(&token);
}

static const struct test_case cases[] = {
    {"invariant 6: the first INITIALISE killed", test_first_killed},
    {"invariant 6: a later one killed", test_again_killed},
    {"the former token goes", test_again},
    {"nothing goes without the mark", test_not_marked},
    {"invariant 6: a token cut off in a login", test_cut_off_token},
};
TEST_MAIN("engine/leftovers", cases)
