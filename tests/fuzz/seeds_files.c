/* Batches, configurations and results. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "base/hex.h"
#include "batch/batch.h"
#include "seed_file.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

#define ICCID_TEXT "89000123456789012341"
#define ICCID "98001032547698103214"
#define BATCH_ID "07000000000000000000000000000000"
#define METADATA "BF25{ 5A{" ICCID "} 9104'GSMA' 9207'TS48 v7' 950102 }"
#define BLOCK "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECF"
#define SEGMENT "86{" BLOCK BLOCK "0001020304050607}"
#define REQUIRED                                                                                   \
    "\"module\":\"usbkey\",\"token\":\"pkcs11:token=a\",\"database\":\"l.db\","                    \
    "\"server_address\":\"a.com\",\"batch_trust\":\"b.pem\""

static const struct seed seeds[] = {
    {"batch_file", "empty", "00"},
    {"batch_file", "footer-alone", "00 00000000 'EUICCPPB'"},
    {"batch_file", "footer-longer-than-file", "00 00001FF4 'EUICCPPB'"},
    {"batch_file", "no-sqlite-in-it", "01 'SQLite format 4'00"},
    {"batch_file", "no-image", "01"},
    {"batch_file", "segments", "02" SEGMENT SEGMENT},
    {"batch_file", "segments-one-cut", "02" SEGMENT "86 28" BLOCK},
    {"batch_file", "segments-no-whole-blocks", "02 86{" BLOCK BLOCK "00010203040506}"},
    {"batch_file", "segments-mac-alone", "02 86{0001020304050607}"},
    {"batch_file", "segments-87-among-them", "02" SEGMENT "87{" BLOCK "0001020304050607}"},
    {"batch_file", "segments-of-4-gib", "02 86 84FFFFFFFF" BLOCK},

    {"config", "station", "'{" REQUIRED "}'"},
    {"config", "station-full",
     "'{" REQUIRED ",\"pin_file\":\"/p\",\"baud\":9600,\"ports\":[\"ttyUSB0\",\"tcp:h:1\"],"
     "\"enable_profile\":true,\"attempts_max\":3,\"apdu_timeout_ms\":5000}'"},
    {"config", "station-key-twice", "'{" REQUIRED ",\"database\":\"m.db\"}'"},
    {"config", "station-unknown-key", "'{" REQUIRED ",\"baudrate\":1}'"},
    {"config", "station-key-in-capitals", "'{" REQUIRED ",\"BAUD\":1}'"},
    {"config", "station-baud-0", "'{" REQUIRED ",\"baud\":0}'"},
    {"config", "station-baud-1e308", "'{" REQUIRED ",\"baud\":1e308}'"},
    {"config", "station-baud-1e999", "'{" REQUIRED ",\"baud\":-1e999}'"},
    {"config", "station-baud-a-fraction", "'{" REQUIRED ",\"baud\":1.5}'"},
    {"config", "station-ports-no-list", "'{" REQUIRED ",\"ports\":\"ttyUSB0\"}'"},
    {"config", "station-ports-of-numbers", "'{" REQUIRED ",\"ports\":[1,null,\"\"]}'"},
    {"config", "station-list-of-lists", "'[[[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]]]'"},
    {"config", "station-nul-in-text", "'{" REQUIRED ",\"pin_file\":\"a\\u0000b\"}'"},
    {"config", "station-half-a-surrogate", "'{" REQUIRED ",\"pin_file\":\"\\ud800\"}'"},
    {"config", "station-bytes-behind", "'{" REQUIRED "}}'"},
    {"config", "station-text-without-end", "'{" REQUIRED ",\"pin_file\":\"'"},
    {"config", "station-escape-at-the-end", "'{" REQUIRED ",\"pin_file\":\"\\'"},
    {"config", "station-u-escape-at-the-end", "'{" REQUIRED ",\"pin_file\":\"\\u12'"},
    {"config", "station-number-at-the-end", "'{" REQUIRED ",\"baud\":1234567890123456789'"},
    {"config", "byte-order-mark", "EFBBBF'{" REQUIRED "}'"},
    {"config", "export", "'{\"module\":\"m\",\"token\":\"pkcs11:\"}'"},
    {"config", "export-full",
     "'{\"module\":\"/m.so\",\"token\":\"pkcs11:\",\"pin_file\":\"p\",\"root_key_version\":255,"
     "\"dp_oid\":\"2.999.10\",\"ci\":[\"a.pem\",\"b.pem\"]}'"},
    {"config", "export-root-256", "'{\"module\":\"m\",\"token\":\"t\",\"root_key_version\":256}'"},
    {"config", "export-ci-no-path", "'{\"module\":\"m\",\"token\":\"t\",\"ci\":[null]}'"},
    {"config", "export-ci-nested",
     "'{\"module\":\"m\",\"token\":\"t\",\"ci\":[\"a\",[\"b\"],{\"c\":\"d\"}]}'"},
    {"config", "export-module-empty", "'{\"module\":\"\",\"token\":\"t\"}'"},
    {"config", "export-module-folder", "'{\"module\":\"/\",\"token\":\"t\"}'"},
    {"config", "nothing", ""},
    {"config", "null", "'null'"},

    {"result_line", "header-alone", "'{\"format\":\"ppr\",\"version\":1}'"},
    {"result_line", "header-of-another-version", "'{\"format\":\"ppr\",\"version\":1e99}'0A'{}'"},
    {"result_line", "failed",
     "'{\"format\":\"ppr\",\"version\":1}'0A'{\"eid\":\"" TEST_PKI_EID "\",\"iccid\":\"" ICCID_TEXT
     "\",\"batch\":\"" BATCH_ID "\",\"result\":\"failed\",\"error\":\"euicc_refused\","
     "\"stage\":\"load\",\"detail\":\"SW 6985\",\"time\":\"2026-01-01T00:00:00Z\"}'"},
    {"result_line", "no-object", "0A'[]'"},
    {"result_line", "members-of-other-types",
     "0A'{\"eid\":1,\"iccid\":[],\"batch\":{},\"result\":true}'"},
    {"result_line", "hexadecimal-odd",
     "0A'{\"eid\":\"1\",\"iccid\":\"2\",\"batch\":\"\",\"result\":\"failed\",\"pir\":\"BF3\"}'"},
    {"result_line", "result-of-4-gib",
     "0A'{\"eid\":\"1\",\"iccid\":\"2\",\"batch\":\"\",\"result\":\"downloaded\","
     "\"pir\":\"BF3784FFFFFFFF\",\"euicc_certificate\":\"3000\",\"eum_certificate\":\"3000\"}'"},
    {"result_line", "bytes-behind",
     "0A'{\"eid\":\"1\",\"iccid\":\"2\",\"batch\":\"\",\"result\":\"failed\"} x'"},
};

/* Batch images ------------------------------------------------------------- */

#define BATCH_ROW(count)                                                                           \
    "INSERT INTO batch VALUES('" BATCH_ID "','2.999.10',1,x'0102030405'," count ",'2026');"

/* What is in the image besides a profile that is all right; the schema is the
 * usual one unless it says its own. */
static const struct image {
    const char *name;
    const char *schema;
    const char *sql;
    bool no_profile;
} images[] = {
    {"image", NULL, BATCH_ROW("1"), false},
    {"image-without-profiles", NULL, BATCH_ROW("0"), true},
    {"image-announces-more", NULL, BATCH_ROW("4294967297"), false},
    {"image-with-two-batches", NULL, BATCH_ROW("1") BATCH_ROW("1"), false},
    {"image-iccid-of-another-profile", NULL,
     BATCH_ROW("1") "UPDATE profile SET iccid='89000123456789012358'", false},
    {"image-eid-a-number", NULL, BATCH_ROW("1") "UPDATE profile SET eid=89", false},
    {"image-segments-a-number", NULL, BATCH_ROW("1") "UPDATE profile SET ppp=7", false},
    {"image-metadata-empty", NULL, BATCH_ROW("1") "UPDATE profile SET metadata=x''", false},
    {"image-segments-of-a-gigabyte",
     "CREATE TABLE batch(id,dp_oid,root_key_version,root_key_check_value,count,created);"
     "CREATE TABLE profile(position,eid,iccid,metadata,ppp AS (zeroblob(999999999)));",
     BATCH_ROW("1") "INSERT INTO profile VALUES(1,'" TEST_PKI_EID "','" ICCID_TEXT "',x'00')",
     true},
    {"image-batch-is-an-endless-view",
     "CREATE VIEW batch AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id+1 FROM c)"
     " SELECT id, id AS dp_oid, id AS root_key_version, id AS root_key_check_value,"
     " id AS count, id AS created FROM c; CREATE TABLE profile(position,eid,iccid,metadata,ppp);",
     "", true},
    {"image-profile-is-an-endless-view",
     "CREATE TABLE batch(id,dp_oid,root_key_version,root_key_check_value,count,created);"
     "CREATE VIEW profile AS WITH RECURSIVE c(position) AS (SELECT 1 UNION ALL SELECT position+1"
     " FROM c) SELECT position, '' AS eid, '' AS iccid, x'' AS metadata, x'' AS ppp FROM c;",
     BATCH_ROW("1"), true},
};

static void run_sql(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    int result = sqlite3_exec(db, sql, NULL, NULL, &message);
    seed_require(result == SQLITE_OK, message != NULL ? message : sql);
}

static void insert_profile(sqlite3 *db)
{
    struct buf metadata, segments;
    char sql[1024], metadata_hex[256], segments_hex[256];
    buf_init(&metadata, METADATA_MAX);
    buf_init(&segments, SEED_MAX);
    seed_assemble(METADATA, &metadata);
    seed_assemble(SEGMENT, &segments);
    snprintf(sql, sizeof(sql), "INSERT INTO profile VALUES(1,'%s','%s',x'%s',x'%s')", TEST_PKI_EID,
             ICCID_TEXT, hex_encode(buf_bytes(&metadata), metadata_hex),
             hex_encode(buf_bytes(&segments), segments_hex));
    run_sql(db, sql);
    buf_clear(&metadata);
    buf_clear(&segments);
}

static void write_image(const char *folder, const struct image *image)
{
    char path[] = "/tmp/fuzz-image-XXXXXX";
    sqlite3 *db = NULL;
    struct buf seed;
    int fd = mkstemp(path);
    seed_require(fd >= 0 && sqlite3_open(path, &db) == SQLITE_OK, path);
    run_sql(db, "PRAGMA page_size=512; PRAGMA journal_mode=OFF");
    run_sql(db, image->schema != NULL ? image->schema : batch_schema);
    if (!image->no_profile) {
        insert_profile(db);
    }
    run_sql(db, image->sql);
    sqlite3_close(db);
    buf_init(&seed, SEED_MAX);
    buf_put_u8(&seed, 1);
    seed_require(file_read(path, &seed) == ERR_OK, image->name);
    seed_write(folder, "batch_file", image->name, buf_bytes(&seed));
    buf_clear(&seed);
    close(fd);
    unlink(path);
}

/* Results with the chip's signature --------------------------------------------- */

#define RESULT_DATA(operation, final)                                                              \
    "BF27{ 80{0102030405060708} BF2F{ 800105 8102" operation " 0C{'a.com'} 5A{" ICCID "} }"        \
    "06{88370A} A2{" final "} }"

static const struct result {
    const char *name;
    const char *said;
    const char *data;
} results[] = {
    {"downloaded", "downloaded",
     RESULT_DATA("0780", "A0{ 4F{A0000005591010FFFFFFFF8900001000} 04{ 30{ 80 01 00 } } }")},
    {"refused-by-the-chip", "failed", RESULT_DATA("0780", "A1{ 800105 81010C }")},
    {"line-says-otherwise", "downloaded", RESULT_DATA("0780", "A1{ 800105 81010C }")},
    {"result-of-an-enabling", "failed", RESULT_DATA("0640", "A1{ 800105 81010C }")},
};

static void put_hex_member(struct buf *out, const char *name, struct bytes value)
{
    char start[64];
    snprintf(start, sizeof(start), ",\"%s\":\"", name);
    buf_put_str(out, start);
    hex_put(out, value);
    buf_put_str(out, "\"");
}

static void write_result(const char *folder, const struct result *result,
                         const struct test_pki *pki)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf data, pir, line;
    buf_init(&data, SEED_MAX);
    buf_init(&pir, SEED_MAX);
    buf_init(&line, SEED_MAX);
    seed_assemble(result->data, &data);
    seed_require(ec_sign(pki->euicc.key, buf_bytes(&data), signature) == ERR_OK, "sign");
    size_t mark = tlv_open(&pir, TAG_PROFILE_INSTALLATION_RESULT);
    buf_put_bytes(&pir, buf_bytes(&data));
    tlv_put(&pir, TAG_SIGNATURE, BYTES_OF(signature));
    tlv_close(&pir, mark);
    buf_put_str(&line, "{\"format\":\"ppr\",\"version\":1}\n{\"eid\":\"" TEST_PKI_EID
                       "\",\"iccid\":\"" ICCID_TEXT "\",\"batch\":\"" BATCH_ID "\",\"result\":\"");
    buf_put_str(&line, result->said);
    buf_put_str(&line, "\"");
    put_hex_member(&line, "pir", buf_bytes(&pir));
    put_hex_member(&line, "euicc_certificate", buf_bytes(&pki->euicc.der));
    put_hex_member(&line, "eum_certificate", buf_bytes(&pki->eum.der));
    buf_put_str(&line, "}");
    seed_write(folder, "result_line", result->name, buf_bytes(&line));
    buf_clear(&data);
    buf_clear(&pir);
    buf_clear(&line);
}

void seeds_of_files(const char *folder)
{
    struct test_pki pki;
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
        write_image(folder, &images[i]);
    }
    test_pki_make(NULL, &pki);
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        write_result(folder, &results[i], &pki);
    }
    test_pki_clear(&pki);
}
