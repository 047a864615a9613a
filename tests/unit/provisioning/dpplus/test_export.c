/* Export: the file as a station will check it, every byte of it, and what a
 * kill at the wrong moment leaves. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "batch/batch.h"
#include "dpplus/export.h"
#include "sgp22/bsp.h"

static const char eid1[] = "89049032123451234512345678901235";
static const char iccid1[] = "89000123456789012341";
static const char iccid2[] = "8900012345678901299";

/* A book with two orders. */
static struct orderbook *two_orders(const char *name)
{
    struct dp_failure failure = {0};
    struct orderbook *book = NULL;

    TEST_OK(orderbook_open(fixture_path(name), ORDERBOOK_CREATE, &book, &failure));
    TEST_OK(fixture_order(book, eid1, iccid1, &failure));
    TEST_OK(fixture_order(book, eid1, iccid2, &failure));
    return book;
}

static enum err export_to(struct orderbook *book, const char *name, struct dp_failure *failure)
{
    struct protector *protector = fixture_protector();
    struct export_summary summary;
    enum err err = export_run(book, protector, NULL, fixture_path(name), &summary, failure);

    protector_close(&protector);
    return err;
}

static size_t count_state(struct orderbook *book, const char *state);

/* All a station checks before SQLite sees the image. */
static enum err verify(struct bytes file)
{
    uint8_t digest[SHA256_SIZE];
    struct batch_trailer trailer;
    struct cert *cert = NULL;
    size_t len = 0;
    struct bytes image;
    enum err err;

    if (file.len < BATCH_FOOTER_SIZE) {
        return ERR_MALFORMED;
    }
    err = batch_footer_decode(
        bytes_make(file.data + file.len - BATCH_FOOTER_SIZE, BATCH_FOOTER_SIZE), &len);
    if (err != ERR_OK || len > file.len) {
        return ERR_MALFORMED;
    }
    image = bytes_make(file.data, file.len - len);
    err = batch_trailer_decode(bytes_make(file.data + image.len, len), &trailer);
    if (err == ERR_OK && trailer.manifest.image_length != image.len) {
        err = ERR_MISMATCH;
    }
    if (err == ERR_OK) {
        err = crypto_sha256(image, digest);
    }
    if (err == ERR_OK && memcmp(digest, trailer.manifest.image_digest, sizeof(digest)) != 0) {
        err = ERR_MISMATCH;
    }
    if (err == ERR_OK) {
        err = batch_trailer_verify(&trailer, fixture_pki()->batch_ca, time(NULL), &cert);
    }
    cert_free(&cert);
    return err;
}

static enum err count_row(void *context, const struct order_row *row)
{
    struct {
        const char *state;
        size_t count;
    } *counter = context;

    counter->count += strcmp(row->state, counter->state) == 0;
    return ERR_OK;
}

static size_t count_state(struct orderbook *book, const char *state)
{
    struct {
        const char *state;
        size_t count;
    } counter = {state, 0};
    struct dp_failure failure;

    TEST_OK(orderbook_list(book, count_row, &counter, &failure));
    return counter.count;
}

static void image_holds_what_was_ordered(void)
{
    struct orderbook *book = two_orders("content.db");
    struct dp_failure failure = {0};
    sqlite3_stmt *statement;
    struct buf expected;
    struct iccid iccid;
    struct eid eid;
    sqlite3 *db;
    char uri[300];

    TEST_OK(export_to(book, "content.ppb", &failure));
    TEST_OK(verify(fixture_file(fixture_path("content.ppb"))));
    CU_ASSERT_EQUAL(count_state(book, "exported"), 2);
    snprintf(uri, sizeof(uri), "file:%s?immutable=1", fixture_path("content.ppb"));
    CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL),
                          SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_prepare_v2(db,
                                       "SELECT b.count, b.dp_oid, b.root_key_version,"
                                       " hex(root_key_check_value), p.eid, p.iccid, p.ppp"
                                       " FROM batch b, profile p WHERE position = 2",
                                       -1, &statement, NULL),
                    SQLITE_OK);
    CU_ASSERT_EQUAL_FATAL(sqlite3_step(statement), SQLITE_ROW);
    CU_ASSERT_EQUAL(sqlite3_column_int(statement, 0), 2);
    CU_ASSERT_STRING_EQUAL((const char *)sqlite3_column_text(statement, 1), "2.999.10");
    CU_ASSERT_EQUAL(sqlite3_column_int(statement, 2), 1);
    CU_ASSERT_EQUAL(strlen((const char *)sqlite3_column_text(statement, 3)), 10);
    CU_ASSERT_STRING_EQUAL((const char *)sqlite3_column_text(statement, 4), eid1);
    CU_ASSERT_STRING_EQUAL((const char *)sqlite3_column_text(statement, 5), iccid2);
    TEST_OK(eid_parse(eid1, &eid));
    TEST_OK(iccid_parse(iccid2, &iccid));
    buf_init(&expected, UPP_MAX);
    fixture_ppp(&eid, &iccid, fixture_upp(iccid2, 1), &expected);
    TEST_BYTES(
        bytes_make(sqlite3_column_blob(statement, 6), (size_t)sqlite3_column_bytes(statement, 6)),
        buf_bytes(&expected));
    buf_clear(&expected);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    orderbook_close(&book);
}

/* No profile leaves in the clear: 16 bytes of one occur nowhere in the file. */
static void no_profile_byte_in_the_clear(void)
{
    struct orderbook *book = two_orders("clear.db");
    struct bytes upp = fixture_upp(iccid1, 1), file;
    struct dp_failure failure = {0};
    size_t found = 0;

    TEST_OK(export_to(book, "clear.ppb", &failure));
    file = fixture_file(fixture_path("clear.ppb"));
    /* past the ICCID, which metadata rightly carries */
    for (size_t at = 100; at + 16 <= upp.len; at += 16) {
        found += memmem(file.data, file.len, upp.data + at, 16) != NULL;
    }
    CU_ASSERT_EQUAL(found, 0);
    orderbook_close(&book);
}

/* Invariant 7, and the promise of batch.h: every byte counts. */
static void every_changed_byte_is_refused(void)
{
    struct orderbook *book = two_orders("flip.db");
    struct dp_failure failure = {0};
    size_t accepted = 0;
    struct bytes file;
    uint8_t *copy;

    TEST_OK(export_to(book, "flip.ppb", &failure));
    file = fixture_file(fixture_path("flip.ppb"));
    copy = malloc(file.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, file.data, file.len);
    for (size_t i = 0; i < file.len; i++) {
        copy[i] ^= (uint8_t)(1u << (i % 8));
        accepted += verify(bytes_make(copy, file.len)) == ERR_OK;
        copy[i] = file.data[i];
    }
    CU_ASSERT_EQUAL(accepted, 0);
    TEST_OK(verify(bytes_make(copy, file.len)));
    test_note("%zu bytes, each changed once", file.len);
    free(copy);
    orderbook_close(&book);
}

static void every_truncation_is_refused(void)
{
    struct orderbook *book = two_orders("cut.db");
    struct dp_failure failure = {0};
    size_t accepted = 0;
    struct bytes file;

    TEST_OK(export_to(book, "cut.ppb", &failure));
    file = fixture_file(fixture_path("cut.ppb"));
    for (size_t len = 0; len < file.len; len += len + 2000 < file.len ? 97 : 1) {
        accepted += verify(bytes_make(file.data, len)) == ERR_OK;
    }
    CU_ASSERT_EQUAL(accepted, 0);
    orderbook_close(&book);
}

static void nothing_to_export(void)
{
    struct orderbook *book = two_orders("nothing.db");
    struct dp_failure failure = {0};

    TEST_OK(export_to(book, "first.ppb", &failure));
    TEST_ERR(export_to(book, "second.ppb", &failure), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(failure.area, DP_BOOK);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("second.ppb"), F_OK), 0);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("second.ppb.part"), F_OK), 0);
    orderbook_close(&book);
}

static void existing_files_are_kept(void)
{
    struct orderbook *book = two_orders("existing.db");
    struct dp_failure failure = {0};

    fixture_write(fixture_path("mine.txt"), bytes_make("mine", 4));
    TEST_ERR(export_to(book, "mine.txt", &failure), ERR_DUPLICATE);
    CU_ASSERT_EQUAL(fixture_file(fixture_path("mine.txt")).len, 4);
    TEST_OK(export_to(book, "taken.ppb", &failure));
    TEST_OK(fixture_order(book, eid1, "89000123456789012358", &failure));
    TEST_ERR(export_to(book, "taken.ppb", &failure), ERR_DUPLICATE);
    CU_ASSERT_EQUAL(count_state(book, "released"), 1);
    TEST_ERR(export_to(book, "no/such/folder.ppb", &failure), ERR_DATABASE);
    CU_ASSERT_EQUAL(count_state(book, "released"), 1);
    orderbook_close(&book);
}

/* Invariant 6: killed before the file has its name. */
static void killed_before_the_signature(void)
{
    struct orderbook *book = two_orders("killed.db");
    struct dp_failure failure = {0};
    pid_t child;

    orderbook_close(&book);
    child = fork();
    if (child == 0) {
        struct protector *protector = fixture_protector();
        struct export_summary summary;
        fixture_protector_kill_at_sign(protector);
        if (orderbook_open(fixture_path("killed.db"), ORDERBOOK_EXISTING, &book, &failure) ==
            ERR_OK) {
            export_run(book, protector, NULL, fixture_path("killed.ppb"), &summary, &failure);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CU_ASSERT_EQUAL(access(fixture_path("killed.ppb.part"), F_OK), 0);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("killed.ppb"), F_OK), 0);
    TEST_OK(orderbook_open(fixture_path("killed.db"), ORDERBOOK_EXISTING, &book, &failure));
    CU_ASSERT_EQUAL(count_state(book, "released"), 2);
    TEST_OK(export_to(book, "killed.ppb", &failure));
    TEST_OK(verify(fixture_file(fixture_path("killed.ppb"))));
    CU_ASSERT_EQUAL(count_state(book, "exported"), 2);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("killed.ppb.part"), F_OK), 0);
    orderbook_close(&book);
}

/* Invariant 6: killed after the rename, before the orders were marked: the
 * book as it was before, the file as it is. */
static void killed_after_the_rename(void)
{
    struct orderbook *book = two_orders("renamed.db");
    struct dp_failure failure = {0};
    struct bytes before;

    orderbook_close(&book);
    before = fixture_file(fixture_path("renamed.db"));
    TEST_OK(orderbook_open(fixture_path("renamed.db"), ORDERBOOK_EXISTING, &book, &failure));
    TEST_OK(export_to(book, "renamed.ppb", &failure));
    orderbook_close(&book);
    fixture_write(fixture_path("renamed.db"), before);
    TEST_OK(orderbook_open(fixture_path("renamed.db"), ORDERBOOK_EXISTING, &book, &failure));
    CU_ASSERT_EQUAL(count_state(book, "released"), 2);
    TEST_OK(export_to(book, "renamed.ppb", &failure));
    TEST_OK(verify(fixture_file(fixture_path("renamed.ppb"))));
    CU_ASSERT_EQUAL(count_state(book, "exported"), 2);
    orderbook_close(&book);
}

/* A certificate that no station would accept is noticed before it goes out. */
static void unusable_batch_certificate(void)
{
    struct orderbook *book = two_orders("unusable.db");
    struct protector *protector = fixture_protector();
    struct export_summary summary;
    struct dp_failure failure = {0};

    protector->batch_certificate = fixture_pki()->euicc;
    TEST_ERR(
        export_run(book, protector, "2.999.10", fixture_path("unusable.ppb"), &summary, &failure),
        ERR_CERT_ROLE);
    CU_ASSERT_EQUAL(failure.area, DP_TOKEN);
    TEST_ERR(export_run(book, protector, NULL, fixture_path("unusable.ppb"), &summary, &failure),
             ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "dp_oid"));
    CU_ASSERT_EQUAL(count_state(book, "released"), 2);
    CU_ASSERT_NOT_EQUAL(access(fixture_path("unusable.ppb"), F_OK), 0);
    protector_close(&protector);
    orderbook_close(&book);
}

/* docs/batch-format.md: anyone can verify a batch with openssl and coreutils. */
static void the_documents_commands_verify_it(void)
{
    struct orderbook *book = two_orders("document.db");
    struct dp_failure failure = {0};
    char folder[256];

    TEST_OK(export_to(book, "document.ppb", &failure));
    snprintf(folder, sizeof(folder), "%s", fixture_path("by-hand"));
    CU_ASSERT_TRUE_FATAL(
        fixture_shell("mkdir %s && cp %s %s/batch.ppb && cp %s/batch-ca.pem %s/trust.pem", folder,
                      fixture_path("document.ppb"), folder, fixture_pki()->folder, folder));
    CU_ASSERT_TRUE(fixture_document("docs/batch-format.md", 1, folder, "Verified OK"));
    CU_ASSERT_TRUE(fixture_document("docs/batch-format.md", 1, folder, "batch.pem: OK"));
    CU_ASSERT_TRUE(
        fixture_shell("printf x | dd of=%s/batch.ppb bs=1 seek=9000 conv=notrunc", folder));
    CU_ASSERT_FALSE(fixture_document("docs/batch-format.md", 1, folder, "Verified OK"));
    orderbook_close(&book);
}

static const struct test_case cases[] = {
    {"the image holds what was ordered", image_holds_what_was_ordered},
    {"invariant 1: no profile byte in the clear", no_profile_byte_in_the_clear},
    {"invariant 7: every changed byte is refused", every_changed_byte_is_refused},
    {"every truncation is refused", every_truncation_is_refused},
    {"nothing to export", nothing_to_export},
    {"existing files are kept", existing_files_are_kept},
    {"invariant 6: killed before the signature", killed_before_the_signature},
    {"invariant 6: killed after the rename", killed_after_the_rename},
    {"unusable batch certificate", unusable_batch_certificate},
    {"the document's commands verify it", the_documents_commands_verify_it},
};

TEST_MAIN("provisioning/dpplus/export", cases)
