#include "line/batch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sqlite3.h>

#include "base/file.h"
#include "base/hex.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "tlv/tlv.h"

enum {
    COPY_CHUNK = 256 * 1024,
    PPP_MAX = 2 * UPP_MAX,
    ROW_MAX = PPP_MAX + METADATA_MAX + 4096,
    PPP_SEGMENT_MIN = 16 + BSP_MAC_SIZE, /* one padded block and the MAC */
};

struct batch_file {
    sqlite3 *db;
    sqlite3_stmt *rows;
    struct ledger_batch info;
    unsigned count;
    unsigned taken;
};

/* The source file and its signed trailer. */
struct source {
    int fd;
    uint64_t image_length;
    struct buf trailer_bytes;
    struct batch_trailer trailer;
};

static bool damaged(struct failure *failure, const char *what)
{
    return failure_set(failure, FAILURE_BATCH, "not a whole batch file: %s", what);
}

static bool read_at(int fd, uint64_t offset, size_t len, struct buf *out)
{
    uint8_t *at = buf_extend(out, len);
    size_t done = 0;
    while (at != NULL && done < len) {
        ssize_t got = pread(fd, at + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return at != NULL;
}

/* Footer, then the trailer it announces. */
static bool read_trailer(struct source *source, uint64_t size, struct failure *failure)
{
    struct buf footer;
    size_t trailer_len = 0;
    buf_init(&footer, BATCH_FOOTER_SIZE);
    bool good = size > BATCH_FOOTER_SIZE &&
                read_at(source->fd, size - BATCH_FOOTER_SIZE, BATCH_FOOTER_SIZE, &footer) &&
                batch_footer_decode(buf_bytes(&footer), &trailer_len) == ERR_OK &&
                trailer_len < size;
    buf_clear(&footer);
    if (!good) {
        return damaged(failure, "its end is missing");
    }
    source->image_length = size - trailer_len;
    if (!read_at(source->fd, source->image_length, trailer_len, &source->trailer_bytes) ||
        batch_trailer_decode(buf_bytes(&source->trailer_bytes), &source->trailer) != ERR_OK) {
        return damaged(failure, "its trailer is malformed");
    }
    if (source->trailer.manifest.image_length != source->image_length) {
        return failure_set(failure, FAILURE_BATCH_SIGNATURE,
                           "the batch's length is not the signed one");
    }
    return true;
}

static bool source_open(const char *path, struct source *source, struct failure *failure)
{
    struct stat status;
    *source = (struct source){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    buf_init(&source->trailer_bytes, BATCH_TRAILER_MAX);
    if (source->fd < 0 || fstat(source->fd, &status) != 0) {
        return failure_set(failure, FAILURE_FILE, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return failure_set(failure, FAILURE_FILE, "%s: not a regular file", path);
    }
    return read_trailer(source, (uint64_t)status.st_size, failure);
}

static void source_close(struct source *source)
{
    if (source->fd >= 0) {
        close(source->fd);
    }
    buf_clear(&source->trailer_bytes);
}

/* Copies the image, hashing what it writes. */
static bool copy_image(const struct source *source, int out, uint8_t digest[SHA256_SIZE])
{
    uint8_t *chunk = malloc(COPY_CHUNK);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    uint64_t offset = 0;
    bool good = chunk != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while (good && offset < source->image_length) {
        uint64_t rest = source->image_length - offset;
        size_t want = rest < COPY_CHUNK ? (size_t)rest : COPY_CHUNK;
        ssize_t got = pread(source->fd, chunk, want, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        good = got > 0 && EVP_DigestUpdate(hash, chunk, (size_t)got) == 1 &&
               file_write_all(out, chunk, (size_t)got) == ERR_OK;
        offset += good ? (uint64_t)got : 0;
    }
    good = good && EVP_DigestFinal_ex(hash, digest, NULL) == 1;
    EVP_MD_CTX_free(hash);
    free(chunk);
    return good;
}

static bool verify_trailer(const struct source *source, const struct cert *trust, time_t now,
                           struct failure *failure)
{
    struct cert *cert = NULL;
    enum err err = batch_trailer_verify(&source->trailer, trust, now, &cert);
    cert_free(&cert);
    switch (err) {
    case ERR_OK:
        return true;
    case ERR_SIGNATURE:
        return failure_set(failure, FAILURE_BATCH_SIGNATURE,
                           "the batch's signature does not verify");
    case ERR_CERT_CHAIN:
        return failure_set(failure, FAILURE_BATCH_TRUST,
                           "the batch's certificate is not the trusted one nor issued by it");
    case ERR_CERT_ROLE:
        return failure_set(failure, FAILURE_BATCH_TRUST,
                           "the batch's certificate is not one for signing batches");
    case ERR_CERT_DATE:
        return failure_set(failure, FAILURE_BATCH_TRUST,
                           "the batch's certificate is not valid today");
    default:
        return damaged(failure, "its certificate is malformed");
    }
}

/* Tables, and nothing that could stand for one: a view may go on for ever. No row
 * is longer than a profile's has to be. */
static bool has_tables_only(sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, ROW_MAX);
    bool good = sqlite3_prepare_v2(db,
                                   "SELECT count(*) FROM sqlite_master"
                                   " WHERE sql NOT LIKE 'CREATE TABLE %'"
                                   " AND sql NOT LIKE 'CREATE INDEX %'"
                                   " AND sql NOT LIKE 'CREATE UNIQUE INDEX %'",
                                   -1, &row, NULL) == SQLITE_OK &&
                sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == 0;
    sqlite3_finalize(row);
    return good;
}

/* Copy, digest, and SQLite on the copy, which is unlinked once it is open. */
static bool open_copy(struct batch_file *file, const struct source *source, const char *folder,
                      struct failure *failure)
{
    char path[PATH_MAX];
    char uri[PATH_MAX + 32];
    uint8_t digest[SHA256_SIZE];
    if (snprintf(path, sizeof(path), "%s/.import-XXXXXX", folder) >= (int)sizeof(path)) {
        return failure_set(failure, FAILURE_FILE, "%s: path too long", folder);
    }
    int fd = mkstemp(path);
    if (fd < 0) {
        return failure_set(failure, FAILURE_FILE, "%s: %s", folder, strerror(errno));
    }
    bool good = copy_image(source, fd, digest);
    close(fd);
    if (!good) {
        failure_set(failure, FAILURE_FILE, "the batch cannot be copied to %s: %s", folder,
                    strerror(errno));
    } else if (!bytes_equal(BYTES_OF(digest), BYTES_OF(source->trailer.manifest.image_digest))) {
        good = failure_set(failure, FAILURE_BATCH_SIGNATURE,
                           "the batch's content is not what was signed");
    } else {
        /* immutable: no locks, no journal, nothing is ever written */
        snprintf(uri, sizeof(uri), "file:%s?mode=ro&immutable=1", path);
        good = sqlite3_open_v2(uri, &file->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ==
                   SQLITE_OK &&
               has_tables_only(file->db) &&
               sqlite3_exec(file->db,
                            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                            "SELECT count(*) FROM batch",
                            NULL, NULL, NULL) == SQLITE_OK;
        if (!good) {
            int code = sqlite3_errcode(file->db);
            damaged(failure, code == SQLITE_OK || code == SQLITE_ROW ? "more than tables in it"
                                                                     : sqlite3_errmsg(file->db));
        }
    }
    unlink(path);
    return good;
}

static struct bytes column_blob(sqlite3_stmt *row, int at)
{
    const void *data = sqlite3_column_blob(row, at);
    return bytes_make(data, data == NULL ? 0 : (size_t)sqlite3_column_bytes(row, at));
}

static const char *column_text(sqlite3_stmt *row, int at)
{
    const unsigned char *text = sqlite3_column_text(row, at);
    return text == NULL ? "" : (const char *)text;
}

static bool take_info(struct batch_file *file, sqlite3_stmt *row,
                      const struct batch_manifest *manifest)
{
    uint8_t id[BATCH_ID_SIZE];
    size_t len = 0;
    const char *text = column_text(row, 0);
    struct bytes check_value = column_blob(row, 3);
    int version = sqlite3_column_int(row, 2);
    if (hex_decode(text, strlen(text), id, sizeof(id), &len) != ERR_OK ||
        !bytes_equal(bytes_make(id, len), BYTES_OF(manifest->id)) || version < 1 ||
        version > UINT8_MAX || check_value.len != LEDGER_CHECK_VALUE_SIZE) {
        return false;
    }
    memcpy(file->info.id, id, sizeof(id));
    memcpy(file->info.root_key_check_value, check_value.data, check_value.len);
    file->info.root_key_version = (unsigned)version;
    snprintf(file->info.dp_oid, sizeof(file->info.dp_oid), "%s", column_text(row, 1));
    snprintf(file->info.created, sizeof(file->info.created), "%s", column_text(row, 5));
    file->count = (unsigned)sqlite3_column_int(row, 4);
    return true;
}

static bool read_info(struct batch_file *file, const struct batch_manifest *manifest,
                      struct failure *failure)
{
    sqlite3_stmt *row = NULL;
    bool good = sqlite3_prepare_v2(file->db,
                                   "SELECT id, dp_oid, root_key_version, root_key_check_value,"
                                   " count, created FROM batch",
                                   -1, &row, NULL) == SQLITE_OK &&
                sqlite3_step(row) == SQLITE_ROW && take_info(file, row, manifest) &&
                sqlite3_step(row) == SQLITE_DONE;
    sqlite3_finalize(row);
    good = good && sqlite3_prepare_v2(file->db,
                                      "SELECT eid, iccid, metadata, ppp FROM profile"
                                      " ORDER BY position",
                                      -1, &file->rows, NULL) == SQLITE_OK;
    return good ? true : damaged(failure, "its tables are not a batch's");
}

bool batch_file_open(const char *path, const char *folder, const struct cert *trust, time_t now,
                     struct batch_file **file, struct failure *failure)
{
    struct source source;
    *file = NULL;
    struct batch_file *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return failure_set(failure, FAILURE_INTERNAL, "out of memory");
    }
    bool good = source_open(path, &source, failure) &&
                verify_trailer(&source, trust, now, failure) &&
                open_copy(made, &source, folder, failure) &&
                read_info(made, &source.trailer.manifest, failure);
    source_close(&source);
    if (!good) {
        batch_file_close(&made);
        return false;
    }
    *file = made;
    return true;
}

void batch_file_close(struct batch_file **file)
{
    if (*file == NULL) {
        return;
    }
    sqlite3_finalize((*file)->rows);
    sqlite3_close((*file)->db);
    free(*file);
    *file = NULL;
}

const struct ledger_batch *batch_file_info(const struct batch_file *file)
{
    return &file->info;
}

unsigned batch_file_count(const struct batch_file *file)
{
    return file->count;
}

enum err ppp_check(struct bytes ppp)
{
    struct tlv_reader reader;
    if (ppp.len == 0 || ppp.len > PPP_MAX) {
        return ERR_RANGE;
    }
    tlv_reader_init(&reader, ppp);
    while (!tlv_reader_end(&reader)) {
        struct tlv segment;
        enum err err = tlv_reader_expect(&reader, BSP_TAG_PROFILE_ELEMENTS, &segment);
        if (err != ERR_OK) {
            return err;
        }
        if (segment.whole.len > BSP_SEGMENT_MAX || segment.value.len < PPP_SEGMENT_MIN ||
            (segment.value.len - BSP_MAC_SIZE) % AES_BLOCK != 0) {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

static bool row_bad(struct batch_file *file, struct failure *failure, const char *what)
{
    return failure_set(failure, FAILURE_BATCH, "profile %u of the batch: %s", file->taken + 1,
                       what);
}

static bool take_row(struct batch_file *file, struct batch_profile *profile,
                     struct failure *failure)
{
    struct store_metadata metadata;
    if (eid_parse(column_text(file->rows, 0), &profile->eid) != ERR_OK) {
        return row_bad(file, failure, "no valid EID");
    }
    if (iccid_parse(column_text(file->rows, 1), &profile->iccid) != ERR_OK) {
        return row_bad(file, failure, "no valid ICCID");
    }
    profile->metadata = column_blob(file->rows, 2);
    profile->ppp = column_blob(file->rows, 3);
    if (profile->metadata.len > METADATA_MAX ||
        store_metadata_decode(profile->metadata, &metadata) != ERR_OK) {
        return row_bad(file, failure, "its metadata is malformed");
    }
    if (!bytes_equal(iccid_bytes(&metadata.iccid), iccid_bytes(&profile->iccid))) {
        return row_bad(file, failure, "its metadata names another ICCID");
    }
    if (ppp_check(profile->ppp) != ERR_OK) {
        return row_bad(file, failure, "its segments are malformed");
    }
    file->taken++;
    return true;
}

bool batch_file_next(struct batch_file *file, struct batch_profile *profile, bool *more,
                     struct failure *failure)
{
    *profile = (struct batch_profile){0};
    int result = sqlite3_step(file->rows);
    *more = result == SQLITE_ROW;
    if (*more) {
        return take_row(file, profile, failure);
    }
    if (result != SQLITE_DONE) {
        return damaged(failure, sqlite3_errmsg(file->db));
    }
    if (file->taken != file->count) {
        return failure_set(failure, FAILURE_BATCH, "the batch announces %u profiles and holds %u",
                           file->count, file->taken);
    }
    return true;
}
