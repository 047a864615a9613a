/* The few things done with SQLite, each with its error translated once. */
#ifndef DPPLUS_DB_H
#define DPPLUS_DB_H

#include <sqlite3.h>

#include "base/bytes.h"
#include "dpplus/failure.h"

/* ERR_DATABASE with SQLite's words and the file's name. */
enum err db_fail(sqlite3 *db, struct dp_failure *failure);
enum err db_exec(sqlite3 *db, const char *sql, struct dp_failure *failure);
/* NULL *statement on failure; the caller finalizes. */
enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement,
                    struct dp_failure *failure);
/* ERR_OK: a row stands in the statement; ERR_NOT_FOUND: no more rows. */
enum err db_step(sqlite3_stmt *statement, struct dp_failure *failure);
/* Runs a statement that gives no rows, then resets it. */
enum err db_run(sqlite3_stmt *statement, struct dp_failure *failure);

/* Parameters from 1. Values are borrowed until the statement is reset; a NULL
 * text binds NULL. SQLite reports a failure at the next step. */
void db_bind_text(sqlite3_stmt *statement, int index, const char *text);
void db_bind_blob(sqlite3_stmt *statement, int index, struct bytes value);

/* Columns from 0. Views live until the next step. Text is "" for NULL. */
const char *db_text(sqlite3_stmt *statement, int column);
struct bytes db_blob(sqlite3_stmt *statement, int column);

#endif
