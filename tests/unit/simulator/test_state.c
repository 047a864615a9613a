/* What the chip keeps: across restarts, and through a kill at any point. */
#include "simulator/kit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "sgp22/metadata.h"
#include "simulator/show.h"

#define ICCID "89000123456789012341"

static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof(dir), "%s", "/tmp/simulator-state-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static void remove_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    unlink(path);
}

static void remove_dir(void)
{
    char path[128];
    remove_file("lock");
    remove_file("state.json");
    remove_file("profiles/" ICCID ".upp");
    snprintf(path, sizeof(path), "%s/profiles", dir);
    CU_ASSERT_EQUAL(rmdir(path), 0);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static bool file_is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void open_kit(struct kit *kit, const char *fault)
{
    struct card_config config = {.state_dir = dir};
    if (fault) {
        TEST_OK(faults_add(&config.faults, fault));
    }
    kit_open(kit, &config);
}

static void load(struct kit *kit)
{
    struct kit_package package;
    kit_begin(kit);
    kit_build_package(kit, &package);
    kit_load(kit, &package);
    kit_package_clear(&package);
}

static void test_restart(void)
{
    struct kit kit;
    struct buf upp;
    struct iccid iccid;

    make_dir();
    open_kit(&kit, NULL);
    load(&kit);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3111A00C5A0A980010325476981032148101FF")), SW_OK);
    CU_ASSERT_EQUAL(kit.card->isdr.state->notification_count, 2);
    kit_close(&kit);

    open_kit(&kit, NULL);
    struct state *state = kit.card->isdr.state;
    CU_ASSERT_EQUAL_FATAL(state->profile_count, 1);
    CU_ASSERT_TRUE(state->profile[0].enabled);
    CU_ASSERT_EQUAL(state->notification_count, 2);
    CU_ASSERT_EQUAL(state->next_seq_number, 2);
    TEST_OK(iccid_parse(ICCID, &iccid));
    buf_init(&upp, UPP_MAX);
    TEST_OK(state_get_upp(state, &iccid, &upp));
    TEST_BYTES(buf_bytes(&upp), buf_bytes(&kit.upp));
    buf_clear(&upp);
    /* the profile is taken, and the number after a refusal goes up */
    struct kit_package package;
    struct profile_installation_result result;
    kit_begin(&kit);
    kit_build_package(&kit, &package);
    kit_load(&kit, &package);
    CU_ASSERT_TRUE(kit_result(&kit, &result) && !result.success);
    CU_ASSERT_EQUAL(result.notification.seq_number, 2);
    kit_package_clear(&package);
    kit_close(&kit);

    open_kit(&kit, NULL);
    CU_ASSERT_EQUAL(kit.card->isdr.state->next_seq_number, 3);
    CU_ASSERT_EQUAL(kit_send(&kit, test_hex("BF3003800101")), SW_OK);
    kit_close(&kit);
    open_kit(&kit, NULL);
    CU_ASSERT_EQUAL(kit.card->isdr.state->notification_count, 2);
    kit_close(&kit);
    remove_dir();
}

static void test_lock(void)
{
    struct kit kit;
    struct state *second = NULL;
    make_dir();
    open_kit(&kit, NULL);
    TEST_ERR(state_open(dir, &second), ERR_BUSY);
    CU_ASSERT_PTR_NULL(second);
    TEST_OK(state_peek(dir, &second));
    state_free(&second);
    kit_close(&kit);
    remove_dir();
}

/* A child that loads and is killed by its fault. */
static void killed_load(const char *fault)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct kit kit;
        open_kit(&kit, fault);
        load(&kit);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void test_kill_in_load(void)
{
    struct kit kit;
    make_dir();
    killed_load("kill-in-load=12");
    CU_ASSERT_FALSE(file_is_there("profiles/" ICCID ".upp"));
    open_kit(&kit, NULL);
    CU_ASSERT_FALSE(kit_installed(&kit));
    load(&kit); /* answers, and takes it */
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_close(&kit);
    remove_dir();
}

static void test_kill_before_commit(void)
{
    struct kit kit;
    make_dir();
    killed_load("kill-after-load=before-commit");
    CU_ASSERT_TRUE(file_is_there("profiles/" ICCID ".upp"));
    open_kit(&kit, NULL);
    CU_ASSERT_FALSE(file_is_there("profiles/" ICCID ".upp"));
    CU_ASSERT_FALSE(kit_installed(&kit));
    load(&kit);
    CU_ASSERT_TRUE(kit_installed(&kit));
    kit_close(&kit);
    remove_dir();
}

static void test_kill_after_commit(void)
{
    struct kit kit;
    make_dir();
    killed_load("kill-after-load");
    open_kit(&kit, NULL);
    CU_ASSERT_TRUE(kit_installed(&kit));
    CU_ASSERT_EQUAL(kit.card->isdr.state->notification_count, 1);
    kit_close(&kit);
    remove_dir();
}

static void write_state(const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/state.json", dir);
    TEST_OK(file_replace(path, bytes_make(text, strlen(text)), 0600));
}

static void test_damaged(void)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"profiles\":[],\"notifications\":[],\"next_seq_number\":-1,\"next_isdp\":16}",
        "{\"profiles\":[],\"notifications\":[],\"next_seq_number\":1.5,\"next_isdp\":16}",
        "{\"profiles\":[{}],\"notifications\":[],\"next_seq_number\":0,\"next_isdp\":16}",
        "{\"profiles\":[],\"notifications\":[{\"seq_number\":0,\"event\":9,"
        "\"notification\":\"00\"}],\"next_seq_number\":0,\"next_isdp\":16}",
        "{\"profiles\":[],\"notifications\":[{\"seq_number\":0,\"event\":0,"
        "\"notification\":\"0\"}],\"next_seq_number\":0,\"next_isdp\":16}",
    };
    struct kit kit;
    make_dir();
    open_kit(&kit, NULL);
    load(&kit);
    kit_close(&kit);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct state *state = NULL;
        write_state(texts[i]);
        TEST_ERR(state_open(dir, &state), ERR_MALFORMED);
        CU_ASSERT_PTR_NULL(state);
    }
    remove_dir();
}

static void test_show(void)
{
    struct kit kit;
    char *text = NULL;
    size_t len = 0;
    make_dir();
    open_kit(&kit, NULL);
    load(&kit);
    FILE *stream = open_memstream(&text, &len);
    TEST_OK(show(dir, true, stream));
    fclose(stream);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\"iccid\":\"" ICCID "\",\"state\":\"disabled\",\"bytes\":"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"sha256\":\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "{\"seq_number\":0,\"event\":\"install\"}"));
    free(text);
    kit_close(&kit);
    remove_dir();
    TEST_ERR(show(dir, false, stdout), ERR_NOT_FOUND);
}

/* More results than are kept: the oldest goes, numbers go on. */
static void test_many_notifications(void)
{
    struct kit kit;
    kit_open(&kit, NULL);
    for (unsigned i = 0; i < STATE_NOTIFICATIONS_MAX + 3; i++) {
        kit_begin(&kit);
        struct kit_package package;
        kit_build_package(&kit, &package);
        package.script[1].data[package.script[1].len - 1] ^= 1;
        kit_load(&kit, &package);
        kit_package_clear(&package);
    }
    const struct state *state = kit.card->isdr.state;
    CU_ASSERT_EQUAL(state->notification_count, STATE_NOTIFICATIONS_MAX);
    CU_ASSERT_EQUAL(state->notification[0].seq_number, 3);
    CU_ASSERT_EQUAL(state->next_seq_number, STATE_NOTIFICATIONS_MAX + 3);
    kit_close(&kit);
}

static const struct test_case cases[] = {
    {"restart", test_restart},
    {"one simulator at a time", test_lock},
    {"killed in the middle of a load", test_kill_in_load},
    {"killed before the commit", test_kill_before_commit},
    {"killed after the commit", test_kill_after_commit},
    {"damaged state", test_damaged},
    {"show", test_show},
    {"many notifications", test_many_notifications},
};
TEST_MAIN("simulator state", cases)
