#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "line/batch_file.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "support/pki.h"
#include "support/test.h"

/* Batches are made here from the format's description, not by the exporter. */

#define ICCID "89001012345678901231"

enum { BATCH_MAX = 1024 * 1024 };

static char folder[64];
static struct test_pki pki;

/* What a made batch holds; NULL or zero fields get the right value. */
struct made {
    const char *eid;
    const char *iccid;
    const char *extra_sql;
    int count;
    bool broken_segments;
    bool wrong_metadata;
    const struct test_pki_identity *signer;
};

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void make_ppp(struct buf *ppp)
{
    uint8_t keys[BSP_KEYS_SIZE] = {1};
    uint8_t upp[1500] = {0xA0};
    struct bsp bsp;
    TEST_OK(bsp_init(&bsp, BYTES_OF(keys)));
    TEST_OK(bsp_encrypt(&bsp, BSP_TAG_PROFILE_ELEMENTS, BYTES_OF(upp), ppp));
}

static void make_metadata(const char *digits, struct buf *out)
{
    struct store_metadata metadata = {
        .service_provider_name = bytes_make("S", 1),
        .profile_name = bytes_make("P", 1),
    };
    TEST_OK(iccid_parse(digits, &metadata.iccid));
    TEST_OK(store_metadata_encode(&metadata, out));
}

static void make_image(const struct made *made, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    char sql[512];
    struct buf ppp;
    struct buf metadata;
    const char *iccid = made->iccid != NULL ? made->iccid : ICCID;
    buf_init(&ppp, BATCH_MAX);
    buf_init(&metadata, METADATA_MAX);
    make_ppp(&ppp);
    make_metadata(made->wrong_metadata ? "89001012345678901249" : ICCID, &metadata);
    if (made->broken_segments) {
        ppp.data[1] ^= 1;
    }
    unlink(path);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL_FATAL(sqlite3_exec(db, batch_schema, NULL, NULL, NULL), SQLITE_OK);
    snprintf(sql, sizeof(sql),
             "INSERT INTO batch VALUES('07000000000000000000000000000000','2.999.10',1,"
             "x'0102030405',%d,'2026-01-01T00:00:00Z')",
             made->count != 0 ? made->count : 1);
    CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(
        sqlite3_prepare_v2(db, "INSERT INTO profile VALUES(1,?1,?2,?3,?4)", -1, &row, NULL),
        SQLITE_OK);
    sqlite3_bind_text(row, 1, made->eid != NULL ? made->eid : TEST_PKI_EID, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, iccid, -1, SQLITE_STATIC);
    sqlite3_bind_blob(row, 3, metadata.data, (int)metadata.len, SQLITE_STATIC);
    sqlite3_bind_blob(row, 4, ppp.data, (int)ppp.len, SQLITE_STATIC);
    CU_ASSERT_EQUAL(sqlite3_step(row), SQLITE_DONE);
    sqlite3_finalize(row);
    if (made->extra_sql != NULL) {
        CU_ASSERT_EQUAL(sqlite3_exec(db, made->extra_sql, NULL, NULL, NULL), SQLITE_OK);
    }
    sqlite3_close(db);
    buf_clear(&ppp);
    buf_clear(&metadata);
}

/* The whole file in memory: image and signed trailer. */
static void make_batch(const struct made *made, struct buf *file)
{
    char path[128];
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct batch_manifest manifest = {.id = {7}};
    struct buf signed_bytes;
    const struct test_pki_identity *signer = made->signer != NULL ? made->signer : &pki.batch;
    path_of("image", path);
    make_image(made, path);
    CU_ASSERT_EQUAL_FATAL(file_read(path, file), ERR_OK);
    unlink(path);
    manifest.image_length = file->len;
    TEST_OK(crypto_sha256(buf_bytes(file), manifest.image_digest));
    buf_init(&signed_bytes, BATCH_TRAILER_MAX);
    batch_manifest_encode(&manifest, &signed_bytes);
    TEST_OK(ec_sign(signer->key, buf_bytes(&signed_bytes), signature));
    batch_trailer_encode(buf_bytes(&signed_bytes), buf_bytes(&signer->der), BYTES_OF(signature),
                         file);
    buf_clear(&signed_bytes);
}

/* Opens the bytes as a batch and reads all rows. */
static enum failure_kind read_batch(struct bytes content, const struct cert *trust)
{
    char path[128];
    struct batch_file *file = NULL;
    struct failure failure = {.result_code = -1};
    bool more = true;
    path_of("batch.ppb", path);
    TEST_OK(file_replace(path, content, 0600));
    bool good = batch_file_open(path, folder, trust, TEST_PKI_NOW, &file, &failure);
    while (good && more) {
        struct batch_profile profile;
        good = batch_file_next(file, &profile, &more, &failure);
    }
    batch_file_close(&file);
    unlink(path);
    if (!good) {
        CU_ASSERT_TRUE(strlen(failure.detail) > 0);
    }
    return failure.kind;
}

static enum failure_kind read_made(const struct made *made, const struct cert *trust)
{
    struct buf file;
    buf_init(&file, BATCH_MAX);
    make_batch(made, &file);
    enum failure_kind kind = read_batch(buf_bytes(&file), trust);
    buf_clear(&file);
    return kind;
}

static void a_good_batch(void)
{
    CU_ASSERT_EQUAL(read_made(&(struct made){0}, pki.batch.cert), FAILURE_NONE);
}

/* docs/batch-format.md: every byte is covered. A flip of each byte of the image's
 * every 7th and of the whole trailer; bit 0 and bit 7. */
static void a_changed_byte_is_refused(void)
{
    struct buf file;
    size_t accepted = 0;
    buf_init(&file, BATCH_MAX);
    make_batch(&(struct made){0}, &file);
    size_t trailer = 1024;
    for (size_t i = 0; i < file.len; i += i + trailer < file.len ? 97 : 1) {
        uint8_t flip = i % 2 == 0 ? 0x01 : 0x80;
        file.data[i] ^= flip;
        enum failure_kind kind = read_batch(buf_bytes(&file), pki.batch.cert);
        file.data[i] ^= flip;
        accepted += kind == FAILURE_NONE;
        CU_ASSERT_TRUE(kind == FAILURE_BATCH || kind == FAILURE_BATCH_SIGNATURE ||
                       kind == FAILURE_BATCH_TRUST);
    }
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_EQUAL(read_batch(buf_bytes(&file), pki.batch.cert), FAILURE_NONE);
    buf_clear(&file);
}

static void a_cut_batch_is_refused(void)
{
    struct buf file;
    buf_init(&file, BATCH_MAX);
    make_batch(&(struct made){0}, &file);
    for (size_t len = 0; len < file.len; len += len < 64 || len + 64 > file.len ? 1 : 511) {
        CU_ASSERT_NOT_EQUAL(read_batch(bytes_make(file.data, len), pki.batch.cert), FAILURE_NONE);
    }
    buf_put_u8(&file, 0);
    CU_ASSERT_EQUAL(read_batch(buf_bytes(&file), pki.batch.cert), FAILURE_BATCH);
    buf_clear(&file);
}

static void trust_is_the_certificate_or_its_issuer(void)
{
    struct test_pki_identity issued = {0};
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_NONE);
    spec.key_seed = 99;
    test_pki_issue(&spec, &pki.ci, &issued);
    const struct made made = {.signer = &issued};
    CU_ASSERT_EQUAL(read_made(&made, issued.cert), FAILURE_NONE);
    CU_ASSERT_EQUAL(read_made(&made, pki.ci.cert), FAILURE_NONE);
    CU_ASSERT_EQUAL(read_made(&made, pki.batch.cert), FAILURE_BATCH_TRUST);
    test_pki_identity_clear(&issued);
}

/* A key of another role must not pass for the batch key. */
static void other_roles_do_not_sign_batches(void)
{
    const struct made dpauth = {.signer = &pki.dpauth};
    const struct made euicc = {.signer = &pki.euicc};
    CU_ASSERT_EQUAL(read_made(&dpauth, pki.ci.cert), FAILURE_BATCH_TRUST);
    CU_ASSERT_EQUAL(read_made(&euicc, pki.eum.cert), FAILURE_BATCH_TRUST);
}

/* Signed all the same, so that what SQLite holds is checked too. */
static const struct made bad_content[] = {
    {.eid = "89049032123451234512345678901236"},
    {.eid = "short"},
    {.iccid = "890010123456789012x1"},
    {.iccid = "89001012345678901249"},
    {.wrong_metadata = true},
    {.broken_segments = true},
    {.count = 2},
    {.extra_sql = "DELETE FROM batch"},
    {.extra_sql = "INSERT INTO batch SELECT * FROM batch"},
    {.extra_sql = "UPDATE batch SET id = 'ff'"},
    {.extra_sql = "UPDATE batch SET id = '08000000000000000000000000000000'"},
    {.extra_sql = "UPDATE batch SET root_key_version = 0"},
    {.extra_sql = "UPDATE batch SET root_key_check_value = x'01'"},
    {.extra_sql = "DROP TABLE profile"},
    {.extra_sql = "UPDATE profile SET metadata = x''"},
    {.extra_sql = "UPDATE profile SET ppp = x''"},
};

static void signed_nonsense_is_refused(void)
{
    for (size_t i = 0; i < sizeof(bad_content) / sizeof(bad_content[0]); i++) {
        CU_ASSERT_EQUAL(read_made(&bad_content[i], pki.batch.cert), FAILURE_BATCH);
    }
}

static void files_that_are_not_there(void)
{
    struct batch_file *file = NULL;
    struct failure failure = {.result_code = -1};
    CU_ASSERT_FALSE(
        batch_file_open("/nonexistent.ppb", folder, pki.batch.cert, TEST_PKI_NOW, &file, &failure));
    CU_ASSERT_EQUAL(failure.kind, FAILURE_FILE);
    CU_ASSERT_FALSE(batch_file_open(folder, folder, pki.batch.cert, TEST_PKI_NOW, &file, &failure));
    CU_ASSERT_EQUAL(failure.kind, FAILURE_FILE);
}

static void set_up(void)
{
    strcpy(folder, "/tmp/euicc-line-test.XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    test_pki_make(NULL, &pki);
}

/* The folder is empty: no copy of a batch, good or bad, is left behind. */
static void tear_down(void)
{
    test_pki_clear(&pki);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static const struct test_case cases[] = {
    {"set up", set_up},
    {"a good batch", a_good_batch},
    {"a changed byte is refused", a_changed_byte_is_refused},
    {"a cut batch is refused", a_cut_batch_is_refused},
    {"trust is the certificate or its issuer", trust_is_the_certificate_or_its_issuer},
    {"other roles do not sign batches", other_roles_do_not_sign_batches},
    {"signed nonsense is refused", signed_nonsense_is_refused},
    {"files that are not there", files_that_are_not_there},
    {"tear down", tear_down},
};
TEST_MAIN("line/batch_file", cases)
