/* What came back: trusted CIs, the batches that went out, results. */
#include "dpplus/orderbook_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"

enum err orderbook_has_batch(struct orderbook *book, const uint8_t id[BATCH_ID_SIZE], bool *has,
                             struct dp_failure *failure)
{
    char text[2 * BATCH_ID_SIZE + 1];
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db, "SELECT 1 FROM batch WHERE id = ?", &statement, failure);

    *has = false;
    if (err == ERR_OK) {
        db_bind_text(statement, 1, hex_encode(bytes_make(id, BATCH_ID_SIZE), text));
        err = db_step(statement, failure);
        *has = err == ERR_OK;
    }
    sqlite3_finalize(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err orderbook_set_trust(struct orderbook *book, struct cert *const *cis, size_t count,
                             struct dp_failure *failure)
{
    sqlite3_stmt *statement = NULL;
    enum err err = db_exec(book->db, "DELETE FROM trusted_ci", failure);

    if (err == ERR_OK) {
        err = db_prepare(book->db, "INSERT INTO trusted_ci VALUES(?)", &statement, failure);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        db_bind_blob(statement, 1, buf_bytes(&cis[i]->der));
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

enum err orderbook_trust(struct orderbook *book, struct cert **cis, size_t max, size_t *count,
                         struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db, "SELECT certificate FROM trusted_ci", &statement, failure);

    *count = 0;
    while (err == ERR_OK && *count < max && (err = db_step(statement, failure)) == ERR_OK) {
        err = cert_parse(db_blob(statement, 0), &cis[*count]);
        if (err != ERR_OK) {
            err = dp_fail(failure, DP_BOOK, err, "the order book's CI certificate is damaged");
        }
        *count += err == ERR_OK;
    }
    sqlite3_finalize(statement);
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    while (*count > 0) {
        cert_free(&cis[--*count]);
    }
    return err;
}

enum err orderbook_identify(struct orderbook *book, const char *iccid, const char *batch,
                            struct order_identity *identity, struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err =
        db_prepare(book->db,
                   "SELECT o.eid, o.state, b.dp_oid FROM orders o"
                   " LEFT JOIN batch_order x ON x.iccid = o.iccid AND x.batch = upper(?2)"
                   " LEFT JOIN batch b ON b.id = x.batch"
                   " WHERE o.iccid = ?1",
                   &statement, failure);

    memset(identity, 0, sizeof(*identity));
    if (err == ERR_OK) {
        db_bind_text(statement, 1, iccid);
        db_bind_text(statement, 2, batch);
        err = db_step(statement, failure);
    }
    if (err == ERR_OK) {
        snprintf(identity->eid, sizeof(identity->eid), "%s", db_text(statement, 0));
        snprintf(identity->state, sizeof(identity->state), "%s", db_text(statement, 1));
        snprintf(identity->dp_oid, sizeof(identity->dp_oid), "%s", db_text(statement, 2));
        identity->in_batch = sqlite3_column_type(statement, 2) != SQLITE_NULL;
    }
    sqlite3_finalize(statement);
    return err;
}

/* ERR_DUPLICATE by the digest alone: the same result, whatever file it was in. */
static enum err result_insert(struct orderbook *book, const struct result_record *record,
                              const char *now, struct dp_failure *failure)
{
    char digest[2 * SHA256_SIZE + 1];
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db,
                              "INSERT OR IGNORE INTO result VALUES(?, ?, ?, upper(?), ?, ?, ?, ?,"
                              " ?, ?, ?, ?, ?, ?)",
                              &statement, failure);

    if (err != ERR_OK) {
        return err;
    }
    db_bind_text(statement, 1, hex_encode(BYTES_OF(record->digest), digest));
    db_bind_text(statement, 2, record->iccid);
    db_bind_text(statement, 3, record->eid);
    db_bind_text(statement, 4, record->batch);
    db_bind_text(statement, 5, record->result);
    sqlite3_bind_int(statement, 6, record->proven);
    db_bind_text(statement, 7, record->error);
    db_bind_text(statement, 8, record->stage);
    db_bind_text(statement, 9, record->detail);
    db_bind_text(statement, 10, record->time);
    db_bind_blob(statement, 11, record->pir);
    db_bind_blob(statement, 12, record->euicc_certificate);
    db_bind_blob(statement, 13, record->eum_certificate);
    db_bind_text(statement, 14, now);
    err = db_run(statement, failure);
    if (err == ERR_OK && sqlite3_changes(book->db) == 0) {
        err = ERR_DUPLICATE;
    }
    sqlite3_finalize(statement);
    return err;
}

/* The order's state never falls: installed is final, and a report of failure
 * does not undo a report of success. */
static enum err state_advance(struct orderbook *book, const struct result_record *record,
                              const char *now, struct dp_failure *failure)
{
    sqlite3_stmt *statement;
    enum err err = db_prepare(book->db,
                              "UPDATE orders SET state = ?2, detail = ?3, changed = ?4"
                              " WHERE iccid = ?1 AND state <> 'installed'"
                              " AND NOT (state = 'downloaded' AND ?2 = 'error')",
                              &statement, failure);

    if (err == ERR_OK) {
        db_bind_text(statement, 1, record->iccid);
        db_bind_text(statement, 2, record->state);
        db_bind_text(statement, 3, record->error);
        db_bind_text(statement, 4, now);
        err = db_run(statement, failure);
    }
    sqlite3_finalize(statement);
    return err;
}

enum err orderbook_add_result(struct orderbook *book, const struct result_record *record,
                              struct dp_failure *failure)
{
    char now[CLOCK_TEXT_SIZE];
    enum err err;

    clock_text(time(NULL), now);
    err = result_insert(book, record, now, failure);
    return err == ERR_OK ? state_advance(book, record, now, failure) : err;
}
