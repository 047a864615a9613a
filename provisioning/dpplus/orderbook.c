/* Opening the book, taking orders, listing and exporting them. */
#include "dpplus/orderbook_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "p11/p11.h"

/* "DPOB"; a file with another number is not an order book. */
#define ORDERBOOK_APPLICATION_ID 0x44504F42
enum { ORDERBOOK_SCHEMA = 1, ORDERBOOK_BUSY_MS = 30000 };

static const char schema[] =
    "CREATE TABLE profile("
    " iccid TEXT PRIMARY KEY,"
    " profile_type TEXT NOT NULL,"
    " upp_sha256 TEXT NOT NULL,"
    " upp BLOB NOT NULL);"
    "CREATE TABLE batch("
    " id TEXT PRIMARY KEY,"
    " file TEXT NOT NULL,"
    " dp_oid TEXT NOT NULL,"
    " root_key_version INTEGER NOT NULL,"
    " root_key_check_value TEXT NOT NULL,"
    " count INTEGER NOT NULL,"
    " image_sha256 TEXT NOT NULL,"
    " created TEXT NOT NULL);"
    /* eid may be empty once orders can be taken without one (ES2+) */
    "CREATE TABLE orders("
    " number INTEGER PRIMARY KEY,"
    " iccid TEXT NOT NULL UNIQUE REFERENCES profile(iccid),"
    " eid TEXT,"
    " state TEXT NOT NULL CHECK(state IN ('available','allocated','linked','confirmed',"
    "  'released','exported','downloaded','installed','error','unavailable')),"
    " profile_name TEXT NOT NULL,"
    " service_provider TEXT NOT NULL,"
    " profile_class INTEGER NOT NULL,"
    " address TEXT,"
    " metadata BLOB NOT NULL,"
    " batch TEXT REFERENCES batch(id),"
    " detail TEXT,"
    " created TEXT NOT NULL,"
    " changed TEXT NOT NULL);"
    "CREATE INDEX orders_state ON orders(state);"
    "CREATE TABLE batch_order("
    " batch TEXT NOT NULL REFERENCES batch(id),"
    " iccid TEXT NOT NULL REFERENCES orders(iccid),"
    " PRIMARY KEY(iccid, batch)) WITHOUT ROWID;"
    "CREATE TABLE result("
    " digest TEXT PRIMARY KEY,"
    " iccid TEXT NOT NULL REFERENCES orders(iccid),"
    " eid TEXT NOT NULL,"
    " batch TEXT NOT NULL REFERENCES batch(id),"
    " result TEXT NOT NULL,"
    " proven INTEGER NOT NULL,"
    " error TEXT, stage TEXT, detail TEXT, time TEXT,"
    " pir BLOB, euicc_certificate BLOB, eum_certificate BLOB,"
    " imported TEXT NOT NULL);"
    "CREATE TABLE trusted_ci(certificate BLOB NOT NULL);";

/* A file that only its owner reads: the profiles stand in it in the clear.
 * SQLite gives its journal files the same mode. */
static enum err file_create(const char *path, struct dp_failure *failure)
{
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) {
        return dp_fail(failure, DP_BOOK, ERR_SYSTEM, "order book %s: %s", path, strerror(errno));
    }
    close(fd);
    return ERR_OK;
}

static enum err pragma_number(struct orderbook *book, const char *sql, int64_t *value,
                              struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db, sql, &statement, failure);

    *value = 0;
    if (err == ERR_OK) {
        err = db_step(statement, failure);
    }
    if (err == ERR_OK) {
        *value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return err;
}

/* An empty file becomes a book; a book must be of this version. */
static enum err schema_ready(struct orderbook *book, const char *path, struct dp_failure *failure)
{
    char text[128];
    int64_t application, version, tables;
    enum err err = orderbook_begin(book, failure);

    if (err != ERR_OK) {
        return err;
    }
    err = pragma_number(book, "PRAGMA application_id", &application, failure);
    if (err == ERR_OK) {
        err = pragma_number(book, "PRAGMA user_version", &version, failure);
    }
    if (err == ERR_OK) {
        err = pragma_number(book, "SELECT count(*) FROM sqlite_schema", &tables, failure);
    }
    if (err == ERR_OK && application == 0 && tables == 0) {
        snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 ORDERBOOK_APPLICATION_ID, ORDERBOOK_SCHEMA);
        err = db_exec(book->db, schema, failure);
        if (err == ERR_OK) {
            err = db_exec(book->db, text, failure);
        }
    } else if (err == ERR_OK && application != ORDERBOOK_APPLICATION_ID) {
        err = dp_fail(failure, DP_BOOK, ERR_MALFORMED, "%s is no order book", path);
    } else if (err == ERR_OK && version != ORDERBOOK_SCHEMA) {
        err = dp_fail(failure, DP_BOOK, ERR_UNSUPPORTED,
                      "%s has schema %" PRId64 "; this program knows %d", path, version,
                      ORDERBOOK_SCHEMA);
    }
    if (err == ERR_OK) {
        return orderbook_commit(book, failure);
    }
    orderbook_rollback(book);
    return err;
}

enum err orderbook_open(const char *path, enum orderbook_mode mode, struct orderbook **book,
                        struct dp_failure *failure)
{
    struct orderbook *new_book;
    enum err err = ERR_OK;

    *book = NULL;
    if (mode == ORDERBOOK_CREATE) {
        err = file_create(path, failure);
    } else if (access(path, F_OK) != 0) {
        err = dp_fail(failure, DP_BOOK, ERR_NOT_FOUND,
                      "no order book %s: dpplus order makes one with its first order", path);
    }
    if (err != ERR_OK) {
        return err;
    }
    new_book = calloc(1, sizeof(*new_book));
    if (new_book == NULL) {
        return dp_fail(failure, DP_BOOK, ERR_MEMORY, "out of memory");
    }
    if (sqlite3_open_v2(path, &new_book->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        err = dp_fail(failure, DP_BOOK, ERR_DATABASE, "order book %s: %s", path,
                      sqlite3_errmsg(new_book->db));
        goto out;
    }
    sqlite3_busy_timeout(new_book->db, ORDERBOOK_BUSY_MS);
    sqlite3_db_config(new_book->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    err = db_exec(new_book->db,
                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                  "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
                  failure);
    if (err == ERR_OK) {
        err = schema_ready(new_book, path, failure);
    }
out:
    if (err != ERR_OK) {
        orderbook_close(&new_book);
    }
    *book = new_book;
    return err;
}

void orderbook_close(struct orderbook **book)
{
    if (*book == NULL) {
        return;
    }
    sqlite3_close_v2((*book)->db);
    free(*book);
    *book = NULL;
}

enum err orderbook_begin(struct orderbook *book, struct dp_failure *failure)
{
    return db_exec(book->db, "BEGIN IMMEDIATE", failure);
}

enum err orderbook_commit(struct orderbook *book, struct dp_failure *failure)
{
    return db_exec(book->db, "COMMIT", failure);
}

void orderbook_rollback(struct orderbook *book)
{
    sqlite3_exec(book->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ERR_DUPLICATE when the ICCID is in the book. */
static enum err duplicate_check(struct orderbook *book, const char *eid, const char *iccid,
                                struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err =
        db_prepare(book->db, "SELECT eid, state FROM orders WHERE iccid = ?", &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, iccid);
        err = db_step(statement, failure);
    }
    if (err == ERR_NOT_FOUND) {
        err = ERR_OK;
    } else if (err == ERR_OK) {
        bool same = strcmp(db_text(statement, 0), eid) == 0;
        err = dp_fail(failure, DP_BOOK, ERR_DUPLICATE,
                      same ? "ICCID %s is already ordered for EID %s (%s)"
                           : "ICCID %s is already ordered for another EID, %s (%s)",
                      iccid, db_text(statement, 0), db_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return err;
}

static enum err profile_insert(struct orderbook *book, const char *iccid, const struct order *order,
                               struct dp_failure *failure)
{
    char digest[2 * SHA256_SIZE + 1];
    sqlite3_stmt *statement;
    enum err err =
        db_prepare(book->db, "INSERT INTO profile VALUES(?, ?, ?, ?)", &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, iccid);
        db_bind_text(statement, 2, order->profile_type);
        db_bind_text(statement, 3, hex_encode(BYTES_OF(order->upp_digest), digest));
        db_bind_blob(statement, 4, order->upp);
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

static enum err order_insert(struct orderbook *book, const char *eid, const char *iccid,
                             const struct order *order, struct dp_failure *failure)
{
    char now[CLOCK_TEXT_SIZE];
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db,
                              "INSERT INTO orders(iccid, eid, state, profile_name,"
                              " service_provider, profile_class, address, metadata, created,"
                              " changed) VALUES(?1, ?2, 'released', ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
                              &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, iccid);
        db_bind_text(statement, 2, eid);
        db_bind_text(statement, 3, order->profile_name);
        db_bind_text(statement, 4, order->service_provider);
        sqlite3_bind_int(statement, 5, order->profile_class);
        db_bind_text(statement, 6, order->address);
        db_bind_blob(statement, 7, buf_bytes(&order->metadata));
        db_bind_text(statement, 8, clock_text(time(NULL), now));
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

enum err orderbook_add(struct orderbook *book, const struct order *order,
                       struct dp_failure *failure)
{
    char eid[EID_TEXT_SIZE], iccid[ICCID_TEXT_SIZE];
    enum err err = orderbook_begin(book, failure);

    if (err != ERR_OK) {
        return err;
    }
    eid_text(&order->eid, eid);
    iccid_text(&order->iccid, iccid);
    err = duplicate_check(book, eid, iccid, failure);
    if (err == ERR_OK) {
        err = profile_insert(book, iccid, order, failure);
    }
    if (err == ERR_OK) {
        err = order_insert(book, eid, iccid, order, failure);
    }
    if (err == ERR_OK) {
        return orderbook_commit(book, failure);
    }
    orderbook_rollback(book);
    return err;
}

static void row_read(sqlite3_stmt *statement, struct order_row *row)
{
    row->eid = db_text(statement, 0);
    row->iccid = db_text(statement, 1);
    row->state = db_text(statement, 2);
    row->profile_name = db_text(statement, 3);
    row->service_provider = db_text(statement, 4);
    row->profile_type = db_text(statement, 5);
    row->address = db_text(statement, 6);
    row->profile_class = (enum profile_class)sqlite3_column_int(statement, 7);
    row->upp_sha256 = db_text(statement, 8);
    row->upp_size = (uint64_t)sqlite3_column_int64(statement, 9);
    row->batch = db_text(statement, 10);
    row->detail = db_text(statement, 11);
    row->created = db_text(statement, 12);
    row->changed = db_text(statement, 13);
}

enum err orderbook_list(struct orderbook *book,
                        enum err (*visit)(void *context, const struct order_row *row),
                        void *context, struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    struct order_row row;
    enum err err = db_prepare(book->db,
                              "SELECT eid, iccid, state, profile_name, service_provider,"
                              " profile_type, address, profile_class, upp_sha256, length(upp),"
                              " batch, detail, created, changed"
                              " FROM orders JOIN profile USING(iccid) ORDER BY number",
                              &statement, failure);

    while (err == ERR_OK && (err = db_step(statement, failure)) == ERR_OK) {
        row_read(statement, &row);
        err = visit(context, &row);
    }
    sqlite3_finalize(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* A row of the book as an order to export; what is stored is checked again. */
static enum err export_read(sqlite3_stmt *statement, struct order_export *order,
                            struct dp_failure *failure)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];

    order->metadata = db_blob(statement, 2);
    order->upp = db_blob(statement, 3);
    if (eid_parse(db_text(statement, 0), &order->eid) != ERR_OK ||
        iccid_parse(db_text(statement, 1), &order->iccid) != ERR_OK ||
        crypto_sha256(order->upp, digest) != ERR_OK ||
        strcmp(hex_encode(BYTES_OF(digest), text), db_text(statement, 4)) != 0) {
        return dp_fail(failure, DP_BOOK, ERR_MISMATCH,
                       "EID %.32s, ICCID %.20s: the order book is damaged: the profile is not the "
                       "one that was ordered",
                       db_text(statement, 0), db_text(statement, 1));
    }
    return ERR_OK;
}

enum err orderbook_released(struct orderbook *book,
                            enum err (*visit)(void *context, const struct order_export *order,
                                              struct dp_failure *failure),
                            void *context, size_t *count, struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    struct order_export order;
    enum err err = db_prepare(book->db,
                              "SELECT eid, iccid, metadata, upp, upp_sha256"
                              " FROM orders JOIN profile USING(iccid)"
                              " WHERE state = 'released' ORDER BY number",
                              &statement, failure);

    *count = 0;
    while (err == ERR_OK && (err = db_step(statement, failure)) == ERR_OK) {
        err = export_read(statement, &order, failure);
        if (err == ERR_OK) {
            err = visit(context, &order, failure);
        }
        *count += err == ERR_OK;
    }
    sqlite3_finalize(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err batch_insert(struct orderbook *book, const char *id, const char *now,
                             const struct batch_record *record, struct dp_failure *failure)
{
    char check_value[2 * P11_CHECK_VALUE_SIZE + 1], digest[2 * SHA256_SIZE + 1];
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db, "INSERT INTO batch VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                              &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, id);
        db_bind_text(statement, 2, record->file);
        db_bind_text(statement, 3, record->dp_oid);
        sqlite3_bind_int(statement, 4, (int)record->root_key_version);
        db_bind_text(statement, 5,
                     hex_encode(bytes_make(record->root_key_check_value, P11_CHECK_VALUE_SIZE),
                                check_value));
        sqlite3_bind_int64(statement, 6, (sqlite3_int64)record->count);
        db_bind_text(statement, 7, hex_encode(BYTES_OF(record->image_digest), digest));
        db_bind_text(statement, 8, now);
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

/* One statement with the batch as ?1 and the time as ?2. */
static enum err batch_update(struct orderbook *book, const char *sql, const char *id,
                             const char *now, size_t expected, struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db, sql, &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, id);
        if (sqlite3_bind_parameter_count(statement) == 2) {
            db_bind_text(statement, 2, now);
        }
        err = db_run(statement, failure);
    }
    if (err == ERR_OK && (size_t)sqlite3_changes(book->db) != expected) {
        err = dp_fail(failure, DP_BOOK, ERR_MISMATCH,
                      "the order book changed under the export; nothing was marked, export again");
    }
    sqlite3_finalize(statement);
    return err;
}

enum err orderbook_exported(struct orderbook *book, const struct batch_record *record,
                            struct dp_failure *failure)
{
    char id[2 * BATCH_ID_SIZE + 1], now[CLOCK_TEXT_SIZE];
    enum err err;

    hex_encode(BYTES_OF(record->id), id);
    clock_text(time(NULL), now);
    err = batch_insert(book, id, now, record, failure);
    if (err == ERR_OK) {
        err = batch_update(book,
                           "INSERT INTO batch_order SELECT ?1, iccid FROM orders"
                           " WHERE state = 'released'",
                           id, now, record->count, failure);
    }
    if (err == ERR_OK) {
        err = batch_update(book,
                           "UPDATE orders SET state = 'exported', batch = ?1, changed = ?2"
                           " WHERE state = 'released'",
                           id, now, record->count, failure);
    }
    return err;
}
