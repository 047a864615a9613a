#include "ledger_fixture.h"

static const struct ledger_attempt attempt = {
    .transaction_id = {(const uint8_t *)"transaction", 11},
    .euicc_certificate = {(const uint8_t *)"euicc", 5},
    .eum_certificate = {(const uint8_t *)"eum", 3},
    .port = "/dev/ttyUSB0",
};

static void match_takes_the_oldest_ready(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    fixture_init(&fixture);
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    CU_ASSERT_EQUAL(profile.state, LEDGER_READY);
    TEST_BYTES(iccid_bytes(&profile.iccid), iccid_bytes(&fixture.iccid[0]));
    fixture_clear(&fixture);
}

static void unknown_eid_is_not_found(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    struct eid other = {{0x89}};
    fixture_init(&fixture);
    TEST_ERR(ledger_match(fixture.ledger, &other, &profile), ERR_NOT_FOUND);
    fixture_clear(&fixture);
}

static void package_comes_back_whole(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    struct ledger_package package;
    fixture_init(&fixture);
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    TEST_OK(ledger_package_read(fixture.ledger, profile.id, &package));
    TEST_BYTES(buf_bytes(&package.metadata), bytes_make("metadata", 8));
    TEST_BYTES(buf_bytes(&package.ppp), bytes_make("segments", 8));
    CU_ASSERT_EQUAL(package.batch.root_key_version, 1);
    TEST_BYTES(BYTES_OF(package.batch.root_key_check_value),
               BYTES_OF(fixture.batch.root_key_check_value));
    ledger_package_clear(&package);
    TEST_ERR(ledger_package_read(fixture.ledger, 999, &package), ERR_NOT_FOUND);
    ledger_package_clear(&package);
    fixture_clear(&fixture);
}

/* Invariant 6: a batch counts once, however often it is imported. */
static void import_twice_changes_nothing(void)
{
    struct ledger_fixture fixture;
    bool added = true;
    fixture_init(&fixture);
    TEST_ERR(ledger_import_begin(fixture.ledger, &fixture.batch), ERR_DUPLICATE);
    struct ledger_batch other = fixture.batch;
    other.id[0] = 77;
    TEST_OK(ledger_import_begin(fixture.ledger, &other));
    TEST_OK(ledger_import_add(fixture.ledger, &fixture.eid, &fixture.iccid[0], bytes_make("x", 1),
                              bytes_make("y", 1), &added));
    CU_ASSERT_FALSE(added);
    TEST_OK(ledger_import_commit(fixture.ledger));
    fixture_clear(&fixture);
}

static void rollback_leaves_nothing(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    struct eid other = {{0x89, 0x04}};
    bool added = false;
    fixture_init(&fixture);
    struct ledger_batch batch = fixture.batch;
    batch.id[0] = 77;
    TEST_OK(ledger_import_begin(fixture.ledger, &batch));
    TEST_OK(ledger_import_add(fixture.ledger, &other, &fixture.iccid[0], bytes_make("x", 1),
                              bytes_make("y", 1), &added));
    ledger_import_rollback(fixture.ledger);
    TEST_ERR(ledger_match(fixture.ledger, &other, &profile), ERR_NOT_FOUND);
    TEST_OK(ledger_import_begin(fixture.ledger, &batch)); /* the batch is not there either */
    ledger_import_rollback(fixture.ledger);
    fixture_clear(&fixture);
}

/* Invariant 6: `loading` survives a program that dies right after begin. */
static void loading_survives_a_restart(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    struct ledger_open_attempt open;
    int64_t id = 0;
    fixture_init(&fixture);
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    TEST_OK(ledger_attempt_begin(fixture.ledger, profile.id, &attempt, &id));
    ledger_close(&fixture.ledger);
    fixture_open_ledger(&fixture);
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    CU_ASSERT_EQUAL(profile.state, LEDGER_LOADING); /* comes before the ready one */
    CU_ASSERT_EQUAL(profile.attempts, 1);
    TEST_OK(ledger_attempt_open(fixture.ledger, profile.id, &open));
    CU_ASSERT_EQUAL(open.id, id);
    TEST_BYTES(buf_bytes(&open.transaction_id), attempt.transaction_id);
    TEST_BYTES(buf_bytes(&open.euicc_certificate), attempt.euicc_certificate);
    ledger_open_attempt_clear(&open);
    fixture_clear(&fixture);
}

static void two_stations_cannot_load_one_profile(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    struct ledger *other = NULL;
    char detail[LEDGER_DETAIL_SIZE];
    int64_t id = 0;
    fixture_init(&fixture);
    TEST_OK(ledger_open(fixture.path, &other, detail));
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    TEST_OK(ledger_attempt_begin(fixture.ledger, profile.id, &attempt, &id));
    TEST_ERR(ledger_attempt_begin(other, profile.id, &attempt, &id), ERR_BUSY);
    ledger_close(&other);
    fixture_clear(&fixture);
}

static void outcomes_set_the_state(void)
{
    static const struct {
        struct ledger_outcome outcome;
        enum ledger_state next; /* of what match gives then */
    } rows[] = {
        {{.state = LEDGER_FAILED, .error = "euicc_refused", .stage = "load", .detail = "x"},
         LEDGER_READY},
        {{.state = LEDGER_DOWNLOADED, .result = {(const uint8_t *)"pir", 3}}, LEDGER_FAILED},
    };
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    fixture_init(&fixture);
    for (size_t i = 0; i < 2; i++) {
        int64_t id = 0;
        TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
        TEST_OK(ledger_attempt_begin(fixture.ledger, profile.id, &attempt, &id));
        TEST_OK(ledger_attempt_end(fixture.ledger, id, &rows[i].outcome));
        /* an attempt ends once */
        TEST_ERR(ledger_attempt_end(fixture.ledger, id, &rows[i].outcome), ERR_BUSY);
        TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
        CU_ASSERT_EQUAL(profile.state, rows[i].next);
    }
    CU_ASSERT_STRING_EQUAL(profile.error, "euicc_refused");
    fixture_clear(&fixture);
}

static void a_downloaded_profile_is_never_loaded_again(void)
{
    struct ledger_fixture fixture;
    struct ledger_profile profile;
    const struct ledger_outcome downloaded = {.state = LEDGER_DOWNLOADED};
    int64_t id = 0;
    fixture_init(&fixture);
    TEST_OK(ledger_match(fixture.ledger, &fixture.eid, &profile));
    TEST_OK(ledger_attempt_begin(fixture.ledger, profile.id, &attempt, &id));
    TEST_OK(ledger_attempt_end(fixture.ledger, id, &downloaded));
    TEST_ERR(ledger_attempt_begin(fixture.ledger, profile.id, &attempt, &id), ERR_BUSY);
    fixture_clear(&fixture);
}

static void a_file_that_is_no_ledger_is_refused(void)
{
    char path[] = "/tmp/euicc-line-test.XXXXXX";
    char detail[LEDGER_DETAIL_SIZE];
    struct ledger *ledger = NULL;
    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    for (int i = 0; i < 200; i++) {
        CU_ASSERT_EQUAL(write(fd, "this is no database ", 20), 20);
    }
    close(fd);
    CU_ASSERT_NOT_EQUAL(ledger_open(path, &ledger, detail), ERR_OK);
    CU_ASSERT_PTR_NULL(ledger);
    CU_ASSERT_TRUE(strlen(detail) > 0);
    unlink(path);
}

static const struct test_case cases[] = {
    {"match takes the oldest ready", match_takes_the_oldest_ready},
    {"unknown EID is not found", unknown_eid_is_not_found},
    {"package comes back whole", package_comes_back_whole},
    {"import twice changes nothing", import_twice_changes_nothing},
    {"rollback leaves nothing", rollback_leaves_nothing},
    {"loading survives a restart", loading_survives_a_restart},
    {"two stations cannot load one profile", two_stations_cannot_load_one_profile},
    {"outcomes set the state", outcomes_set_the_state},
    {"a downloaded profile is never loaded again", a_downloaded_profile_is_never_loaded_again},
    {"a file that is no ledger is refused", a_file_that_is_no_ledger_is_refused},
};
TEST_MAIN("line/ledger", cases)
