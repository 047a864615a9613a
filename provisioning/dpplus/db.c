#include "dpplus/db.h"

#include <limits.h>
#include <stddef.h>

enum err db_fail(sqlite3 *db, struct dp_failure *failure)
{
    const char *name = sqlite3_db_filename(db, "main");
    bool busy = sqlite3_errcode(db) == SQLITE_BUSY;

    return dp_fail(failure, DP_BOOK, busy ? ERR_BUSY : ERR_DATABASE, "%s: %s%s",
                   name != NULL ? name : "database", sqlite3_errmsg(db),
                   busy ? "; another dpplus is at work on it, try again" : "");
}

enum err db_exec(sqlite3 *db, const char *sql, struct dp_failure *failure)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : db_fail(db, failure);
}

enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement,
                    struct dp_failure *failure)
{
    *statement = NULL;
    return sqlite3_prepare_v2(db, sql, -1, statement, NULL) == SQLITE_OK ? ERR_OK
                                                                         : db_fail(db, failure);
}

enum err db_step(sqlite3_stmt *statement, struct dp_failure *failure)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return ERR_OK;
    case SQLITE_DONE:
        return ERR_NOT_FOUND;
    default:
        return db_fail(sqlite3_db_handle(statement), failure);
    }
}

enum err db_run(sqlite3_stmt *statement, struct dp_failure *failure)
{
    enum err err = db_step(statement, failure);

    sqlite3_reset(statement);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void db_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void db_bind_blob(sqlite3_stmt *statement, int index, struct bytes value)
{
    /* An empty value is an empty blob, not NULL. */
    sqlite3_bind_blob64(statement, index, value.len > 0 ? (const void *)value.data : "", value.len,
                        SQLITE_STATIC);
}

const char *db_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text != NULL ? (const char *)text : "";
}

struct bytes db_blob(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);

    return bytes_make(data, data != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}
