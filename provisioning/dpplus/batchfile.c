#include "dpplus/batchfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "dpplus/db.h"

enum { DIGEST_CHUNK = 64 * 1024, PUBLIC_MODE = 0644 };

struct batchfile {
    char path[PATH_MAX];
    char part[PATH_MAX];
    sqlite3 *db;
    sqlite3_stmt *insert;
    size_t count;
    bool published;
};

static enum err system_failure(const char *path, struct dp_failure *failure)
{
    return dp_fail(failure, DP_BOOK, ERR_SYSTEM, "%.200s: %s", path, strerror(errno));
}

/* The image is worthless until it is signed, so SQLite need not make it
 * durable: publishing does, once. */
static enum err image_create(struct batchfile *file, struct dp_failure *failure)
{
    char pragmas[200];
    enum err err;

    if (sqlite3_open_v2(file->part, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK) {
        return db_fail(file->db, failure);
    }
    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
             "PRAGMA locking_mode = EXCLUSIVE; PRAGMA application_id = %d;"
             "PRAGMA user_version = %d; BEGIN",
             BATCH_APPLICATION_ID, BATCH_FORMAT);
    err = db_exec(file->db, pragmas, failure);
    if (err == ERR_OK) {
        err = db_exec(file->db, batch_schema, failure);
    }
    if (err == ERR_OK) {
        err = db_prepare(file->db, "INSERT INTO profile VALUES(?, ?, ?, ?, ?)", &file->insert,
                         failure);
    }
    return err;
}

enum err batchfile_create(const char *path, struct batchfile **file, struct dp_failure *failure)
{
    struct batchfile *new_file;
    enum err err;

    *file = NULL;
    if (strlen(path) + sizeof(".part") > PATH_MAX) {
        return dp_fail(failure, DP_USAGE, ERR_RANGE, "the file name is too long");
    }
    new_file = calloc(1, sizeof(*new_file));
    if (new_file == NULL) {
        return dp_fail(failure, DP_BOOK, ERR_MEMORY, "out of memory");
    }
    snprintf(new_file->path, sizeof(new_file->path), "%s", path);
    stpcpy(stpcpy(new_file->part, path), ".part");
    if (unlink(new_file->part) != 0 && errno != ENOENT) {
        err = system_failure(new_file->part, failure);
    } else {
        err = image_create(new_file, failure);
    }
    if (err != ERR_OK) {
        batchfile_close(&new_file);
    }
    *file = new_file;
    return err;
}

enum err batchfile_add(struct batchfile *file, const struct eid *eid, const struct iccid *iccid,
                       struct bytes metadata, struct bytes ppp, struct dp_failure *failure)
{
    char eid_digits[EID_TEXT_SIZE], iccid_digits[ICCID_TEXT_SIZE];

    file->count++;
    sqlite3_bind_int64(file->insert, 1, (sqlite3_int64)file->count);
    db_bind_text(file->insert, 2, eid_text(eid, eid_digits));
    db_bind_text(file->insert, 3, iccid_text(iccid, iccid_digits));
    db_bind_blob(file->insert, 4, metadata);
    db_bind_blob(file->insert, 5, ppp);
    return db_run(file->insert, failure);
}

static enum err batch_row_insert(struct batchfile *file, const struct batchfile_info *info,
                                 struct dp_failure *failure)
{
    char id[2 * BATCH_ID_SIZE + 1], now[CLOCK_TEXT_SIZE];
    sqlite3_stmt *statement;
    enum err err =
        db_prepare(file->db, "INSERT INTO batch VALUES(?, ?, ?, ?, ?, ?)", &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, hex_encode(BYTES_OF(info->id), id));
        db_bind_text(statement, 2, info->dp_oid);
        sqlite3_bind_int(statement, 3, (int)info->root_key_version);
        db_bind_blob(statement, 4, BYTES_OF(info->root_key_check_value));
        sqlite3_bind_int64(statement, 5, (sqlite3_int64)file->count);
        db_bind_text(statement, 6, clock_text(time(NULL), now));
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

static enum err image_close(struct batchfile *file, struct dp_failure *failure)
{
    enum err err;

    sqlite3_finalize(file->insert);
    file->insert = NULL;
    err = db_exec(file->db, "COMMIT", failure);
    if (err == ERR_OK) {
        err = db_exec(file->db, "VACUUM", failure);
    }
    if (err == ERR_OK && sqlite3_close(file->db) != SQLITE_OK) {
        return db_fail(file->db, failure);
    }
    if (err == ERR_OK) {
        file->db = NULL;
    }
    return err;
}

/* SHA-256 of a whole file read in pieces, and its length. */
static enum err file_digest(const char *path, uint8_t digest[SHA256_SIZE], uint64_t *length,
                            struct dp_failure *failure)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    uint8_t *chunk = malloc(DIGEST_CHUNK);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err err = ERR_OK;
    ssize_t got;

    *length = 0;
    if (fd < 0) {
        err = system_failure(path, failure);
        goto out;
    }
    if (sha == NULL || chunk == NULL || EVP_DigestInit_ex(sha, EVP_sha256(), NULL) != 1) {
        err = dp_fail(failure, DP_BOOK, ERR_MEMORY, "out of memory");
        goto out;
    }
    while ((got = read(fd, chunk, DIGEST_CHUNK)) > 0 || (got < 0 && errno == EINTR)) {
        if (got > 0) {
            EVP_DigestUpdate(sha, chunk, (size_t)got);
            *length += (uint64_t)got;
        }
    }
    if (got < 0) {
        err = system_failure(path, failure);
    } else if (EVP_DigestFinal_ex(sha, digest, NULL) != 1) {
        err = dp_fail(failure, DP_BOOK, ERR_CRYPTO, "SHA-256 failed");
    }
out:
    if (fd >= 0) {
        close(fd);
    }
    free(chunk);
    EVP_MD_CTX_free(sha);
    return err;
}

enum err batchfile_seal(struct batchfile *file, const struct batchfile_info *info,
                        struct batch_manifest *manifest, struct dp_failure *failure)
{
    enum err err = batch_row_insert(file, info, failure);

    memset(manifest, 0, sizeof(*manifest));
    memcpy(manifest->id, info->id, sizeof(manifest->id));
    if (err == ERR_OK) {
        err = image_close(file, failure);
    }
    if (err == ERR_OK) {
        err = file_digest(file->part, manifest->image_digest, &manifest->image_length, failure);
    }
    return err;
}

/* A rename is durable once its folder is. */
static enum err folder_sync(const char *path, struct dp_failure *failure)
{
    char copy[PATH_MAX];
    int fd, result;

    snprintf(copy, sizeof(copy), "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return system_failure(path, failure);
    }
    result = fsync(fd);
    close(fd);
    return result == 0 ? ERR_OK : system_failure(path, failure);
}

enum err batchfile_publish(struct batchfile *file, struct bytes trailer, struct dp_failure *failure)
{
    int fd = open(file->part, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool written;

    if (fd < 0) {
        return system_failure(file->part, failure);
    }
    written = file_write_all(fd, trailer.data, trailer.len) == ERR_OK &&
              fchmod(fd, PUBLIC_MODE) == 0 && fsync(fd) == 0;
    if (close(fd) != 0 || !written) {
        return system_failure(file->part, failure);
    }
    if (rename(file->part, file->path) != 0) {
        return system_failure(file->path, failure);
    }
    file->published = true;
    return folder_sync(file->path, failure);
}

void batchfile_close(struct batchfile **file)
{
    struct batchfile *old = *file;

    if (old == NULL) {
        return;
    }
    sqlite3_finalize(old->insert);
    sqlite3_close(old->db);
    if (!old->published) {
        unlink(old->part);
    }
    free(old);
    *file = NULL;
}

enum err batchfile_id(const char *path, uint8_t id[BATCH_ID_SIZE])
{
    uint8_t tail[BATCH_TRAILER_MAX];
    struct batch_trailer trailer;
    size_t trailer_len;
    struct stat stat;
    ssize_t got;
    enum err err = ERR_MALFORMED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    memset(id, 0, BATCH_ID_SIZE);
    if (fd < 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
    }
    if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size >= BATCH_FOOTER_SIZE) {
        off_t len = stat.st_size < BATCH_TRAILER_MAX ? stat.st_size : BATCH_TRAILER_MAX;
        got = pread(fd, tail, (size_t)len, stat.st_size - len);
        if (got == len &&
            batch_footer_decode(bytes_make(tail + len - BATCH_FOOTER_SIZE, BATCH_FOOTER_SIZE),
                                &trailer_len) == ERR_OK &&
            trailer_len <= (size_t)len) {
            err = batch_trailer_decode(bytes_make(tail + len - trailer_len, trailer_len), &trailer);
        }
    }
    close(fd);
    if (err != ERR_OK) {
        return ERR_MALFORMED;
    }
    memcpy(id, trailer.manifest.id, BATCH_ID_SIZE);
    return ERR_OK;
}
