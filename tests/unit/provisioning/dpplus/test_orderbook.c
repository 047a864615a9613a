/* The order book: what it takes, what it refuses, what a kill leaves. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "dpplus/orderbook.h"

static const char eid1[] = "89049032123451234512345678901235";
static const char iccid1[] = "89000123456789012341";
static const char iccid2[] = "8900012345678901299";

static struct orderbook *open_book(const char *name)
{
    struct dp_failure failure = {0};
    struct orderbook *book = NULL;

    TEST_OK(orderbook_open(fixture_path(name), ORDERBOOK_CREATE, &book, &failure));
    CU_ASSERT_PTR_NOT_NULL_FATAL(book);
    return book;
}

struct listing {
    size_t count;
    char states[8][16];
    char iccids[8][ICCID_TEXT_SIZE];
};

static enum err note_row(void *context, const struct order_row *row)
{
    struct listing *listing = context;

    snprintf(listing->states[listing->count], 16, "%s", row->state);
    snprintf(listing->iccids[listing->count], ICCID_TEXT_SIZE, "%s", row->iccid);
    listing->count++;
    return ERR_OK;
}

static struct listing list(struct orderbook *book)
{
    struct dp_failure failure;
    struct listing listing = {0};

    TEST_OK(orderbook_list(book, note_row, &listing, &failure));
    return listing;
}

static void orders_are_kept(void)
{
    struct orderbook *book = open_book("kept.db");
    struct dp_failure failure;
    struct listing listing;
    struct stat stat_buf;

    TEST_OK(fixture_order(book, eid1, iccid1, &failure));
    TEST_OK(fixture_order(book, eid1, iccid2, &failure));
    orderbook_close(&book);
    /* The profiles stand in it in the clear. */
    CU_ASSERT_EQUAL(stat(fixture_path("kept.db"), &stat_buf), 0);
    CU_ASSERT_EQUAL(stat_buf.st_mode & 0777, 0600);
    book = open_book("kept.db");
    listing = list(book);
    CU_ASSERT_EQUAL(listing.count, 2);
    CU_ASSERT_STRING_EQUAL(listing.iccids[0], iccid1);
    CU_ASSERT_STRING_EQUAL(listing.iccids[1], iccid2);
    CU_ASSERT_STRING_EQUAL(listing.states[0], "released");
    orderbook_close(&book);
}

static void duplicates_are_refused(void)
{
    struct orderbook *book = open_book("duplicates.db");
    const char *other = fixture_pki()->eid;
    struct dp_failure failure;

    TEST_OK(fixture_order(book, eid1, iccid1, &failure));
    TEST_ERR(fixture_order(book, eid1, iccid1, &failure), ERR_DUPLICATE);
    CU_ASSERT_EQUAL(failure.area, DP_BOOK);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, eid1));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, iccid1));
    CU_ASSERT_PTR_NULL(strstr(failure.text, "another"));
    TEST_ERR(fixture_order(book, other, iccid1, &failure), ERR_DUPLICATE);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "another EID"));
    CU_ASSERT_EQUAL(list(book).count, 1);
    orderbook_close(&book);
}

static void what_is_no_book_is_refused(void)
{
    struct dp_failure failure;
    struct orderbook *book;
    sqlite3 *db;

    TEST_ERR(orderbook_open(fixture_path("none.db"), ORDERBOOK_EXISTING, &book, &failure),
             ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(failure.area, DP_BOOK);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("none.db"), F_OK), 0);

    fixture_write(fixture_path("text.db"),
                  bytes_make("not a database at all, only text......", 38));
    TEST_ERR(orderbook_open(fixture_path("text.db"), ORDERBOOK_CREATE, &book, &failure),
             ERR_DATABASE);

    CU_ASSERT_EQUAL(sqlite3_open(fixture_path("other.db"), &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    TEST_ERR(orderbook_open(fixture_path("other.db"), ORDERBOOK_CREATE, &book, &failure),
             ERR_MALFORMED);

    book = open_book("newer.db");
    orderbook_close(&book);
    CU_ASSERT_EQUAL(sqlite3_open(fixture_path("newer.db"), &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    TEST_ERR(orderbook_open(fixture_path("newer.db"), ORDERBOOK_CREATE, &book, &failure),
             ERR_UNSUPPORTED);

    TEST_ERR(orderbook_open("/nowhere/x.db", ORDERBOOK_CREATE, &book, &failure), ERR_SYSTEM);
}

/* A stored profile that was changed behind the book's back is not exported. */
static enum err ignore(void *context, const struct order_export *order, struct dp_failure *failure)
{
    (void)context;
    (void)order;
    (void)failure;
    return ERR_OK;
}

static void damaged_profile_is_noticed(void)
{
    struct orderbook *book = open_book("damaged.db");
    struct dp_failure failure;
    size_t count;
    sqlite3 *db;

    TEST_OK(fixture_order(book, eid1, iccid1, &failure));
    TEST_OK(orderbook_released(book, ignore, NULL, &count, &failure));
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(sqlite3_open(fixture_path("damaged.db"), &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, "UPDATE profile SET upp = upp || x'00'", NULL, NULL, NULL),
                    SQLITE_OK);
    sqlite3_close(db);
    TEST_ERR(orderbook_released(book, ignore, NULL, &count, &failure), ERR_MISMATCH);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, iccid1));
    orderbook_close(&book);
}

/* Invariant 6: kill at any moment; what was ordered stays, nothing counts twice. */
static void killed_while_ordering(void)
{
    struct orderbook *book;
    struct dp_failure failure;
    struct listing listing;

    for (int round = 0; round < 4; round++) {
        pid_t child = fork();
        if (child == 0) {
            struct orderbook *mine = NULL;
            char iccid[ICCID_TEXT_SIZE];
            if (orderbook_open(fixture_path("killed.db"), ORDERBOOK_CREATE, &mine, &failure) ==
                ERR_OK) {
                snprintf(iccid, sizeof(iccid), "890001234567890120%d", round);
                fixture_order(mine, eid1, iccid, &failure);
                orderbook_begin(mine, &failure);
            }
            kill(getpid(), SIGKILL);
        }
        waitpid(child, NULL, 0);
    }
    book = open_book("killed.db");
    listing = list(book);
    CU_ASSERT_EQUAL(listing.count, 4);
    TEST_ERR(fixture_order(book, eid1, "8900012345678901202", &failure), ERR_DUPLICATE);
    orderbook_close(&book);
}

static const struct test_case cases[] = {
    {"orders are kept", orders_are_kept},
    {"duplicates are refused", duplicates_are_refused},
    {"what is no book is refused", what_is_no_book_is_refused},
    {"a damaged profile is noticed", damaged_profile_is_noticed},
    {"invariant 6: killed while ordering", killed_while_ordering},
};

TEST_MAIN("provisioning/dpplus/orderbook", cases)
