#include "line/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/hex.h"
#include "sgp22/metadata.h"

enum {
    BUSY_MS = 10000,
    SCHEMA_VERSION = 1,
    BLOB_MAX = 2 * UPP_MAX,
    ID_TEXT_SIZE = 2 * LEDGER_BATCH_ID_SIZE + 1,
};

/* Every statement the ledger knows, prepared once. */
enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_BATCH_KNOWN,
    SQL_BATCH_INSERT,
    SQL_PROFILE_INSERT,
    SQL_MATCH,
    SQL_PACKAGE,
    SQL_TO_LOADING,
    SQL_ATTEMPT_INSERT,
    SQL_ATTEMPT_END,
    SQL_PROFILE_END,
    SQL_ATTEMPT_OPEN,
    SQL_EACH,
    SQL_EACH_RESULT,
    SQL_COUNT
};

struct ledger {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    int64_t import_batch;
    char detail[LEDGER_DETAIL_SIZE];
};

static const char schema[] =
    "CREATE TABLE batch("
    " rowid INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " dp_oid TEXT NOT NULL,"
    " root_key_version INTEGER NOT NULL,"
    " root_key_check_value BLOB NOT NULL,"
    " created TEXT NOT NULL,"
    " imported TEXT NOT NULL);"
    "CREATE TABLE profile("
    " id INTEGER PRIMARY KEY,"
    " batch INTEGER NOT NULL REFERENCES batch(rowid),"
    " eid TEXT NOT NULL,"
    " iccid TEXT NOT NULL,"
    " metadata BLOB NOT NULL,"
    " ppp BLOB NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN ('ready','loading','downloaded','failed')),"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " error TEXT,"
    " changed TEXT NOT NULL,"
    " UNIQUE(eid, iccid));"
    "CREATE TABLE attempt("
    " id INTEGER PRIMARY KEY,"
    " profile INTEGER NOT NULL REFERENCES profile(id),"
    " port TEXT NOT NULL,"
    " transaction_id BLOB NOT NULL,"
    " euicc_certificate BLOB NOT NULL,"
    " eum_certificate BLOB NOT NULL,"
    " began TEXT NOT NULL,"
    " ended TEXT,"
    " result BLOB,"
    " error TEXT,"
    " stage TEXT,"
    " detail TEXT);"
    "CREATE INDEX attempt_profile ON attempt(profile);"
    "PRAGMA user_version = 1;";

#define PROFILE_COLUMNS                                                                            \
    "profile.id, profile.eid, profile.iccid, profile.state, profile.attempts, profile.error,"      \
    " profile.changed"
enum { PROFILE_COLUMN_COUNT = 7 };

static const char *const statement_texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_BATCH_KNOWN] = "SELECT 1 FROM batch WHERE id = ?1",
    [SQL_BATCH_INSERT] =
        "INSERT INTO batch(id, dp_oid, root_key_version, root_key_check_value, created, imported)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_PROFILE_INSERT] =
        "INSERT OR IGNORE INTO profile(batch, eid, iccid, metadata, ppp, state, changed)"
        " VALUES(?1, ?2, ?3, ?4, ?5, 'ready', ?6)",
    [SQL_MATCH] = "SELECT " PROFILE_COLUMNS " FROM profile WHERE eid = ?1 ORDER BY CASE state"
                  " WHEN 'loading' THEN 0 WHEN 'ready' THEN 1 WHEN 'failed' THEN 2 ELSE 3 END,"
                  " CASE state WHEN 'downloaded' THEN -id ELSE id END LIMIT 1",
    [SQL_PACKAGE] = "SELECT batch.id, batch.dp_oid, batch.root_key_version,"
                    " batch.root_key_check_value, batch.created, profile.metadata, profile.ppp"
                    " FROM profile JOIN batch ON batch.rowid = profile.batch WHERE profile.id = ?1",
    [SQL_TO_LOADING] = "UPDATE profile SET state = 'loading', attempts = attempts + 1,"
                       " error = NULL, changed = ?2 WHERE id = ?1 AND state IN ('ready','failed')",
    [SQL_ATTEMPT_INSERT] =
        "INSERT INTO attempt(profile, port, transaction_id, euicc_certificate, eum_certificate,"
        " began) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_ATTEMPT_END] = "UPDATE attempt SET ended = ?2, result = ?3, error = ?4, stage = ?5,"
                        " detail = ?6 WHERE id = ?1 AND ended IS NULL",
    [SQL_PROFILE_END] = "UPDATE profile SET state = ?2, error = ?3, changed = ?4"
                        " WHERE id = (SELECT profile FROM attempt WHERE id = ?1)",
    [SQL_ATTEMPT_OPEN] = "SELECT id, transaction_id, euicc_certificate, eum_certificate"
                         " FROM attempt WHERE profile = ?1 AND ended IS NULL"
                         " ORDER BY id DESC LIMIT 1",
    [SQL_EACH] = "SELECT " PROFILE_COLUMNS " FROM profile ORDER BY id",
    [SQL_EACH_RESULT] =
        "SELECT " PROFILE_COLUMNS ", batch.id, attempt.result, attempt.euicc_certificate,"
        " attempt.eum_certificate, attempt.stage, attempt.detail"
        " FROM profile JOIN batch ON batch.rowid = profile.batch"
        " LEFT JOIN attempt ON attempt.id ="
        " (SELECT max(id) FROM attempt WHERE attempt.profile = profile.id)"
        " ORDER BY profile.id",
};

static const char *const state_names[] = {
    [LEDGER_READY] = "ready",
    [LEDGER_LOADING] = "loading",
    [LEDGER_DOWNLOADED] = "downloaded",
    [LEDGER_FAILED] = "failed",
};

const char *ledger_state_name(enum ledger_state state)
{
    return state_names[state];
}

const char *ledger_detail(const struct ledger *ledger)
{
    return ledger->detail;
}

static enum err database_error(struct ledger *ledger)
{
    snprintf(ledger->detail, sizeof(ledger->detail), "%s", sqlite3_errmsg(ledger->db));
    return sqlite3_errcode(ledger->db) == SQLITE_BUSY ? ERR_BUSY : ERR_DATABASE;
}

/* A statement ready for new values. */
static sqlite3_stmt *fresh(struct ledger *ledger, enum statement which)
{
    sqlite3_stmt *statement = ledger->statements[which];
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return statement;
}

/* Runs a statement that gives no rows. */
static enum err run(struct ledger *ledger, enum statement which)
{
    sqlite3_stmt *statement = ledger->statements[which];
    int result = sqlite3_step(statement);
    enum err err = result == SQLITE_DONE ? ERR_OK : database_error(ledger);
    sqlite3_reset(statement);
    return err;
}

static enum err run_plain(struct ledger *ledger, enum statement which)
{
    fresh(ledger, which);
    return run(ledger, which);
}

static void bind_blob(sqlite3_stmt *statement, int at, struct bytes value)
{
    if (value.len > 0) {
        sqlite3_bind_blob64(statement, at, value.data, value.len, SQLITE_STATIC);
    } else {
        sqlite3_bind_zeroblob(statement, at, 0);
    }
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static void bind_now(sqlite3_stmt *statement, int at)
{
    char text[CLOCK_TEXT_SIZE];
    bind_text(statement, at, clock_text(time(NULL), text));
}

static struct bytes column_blob(sqlite3_stmt *statement, int at)
{
    const void *data = sqlite3_column_blob(statement, at);
    return bytes_make(data, data == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, at));
}

static void column_text(sqlite3_stmt *statement, int at, char out[LEDGER_TEXT_SIZE])
{
    const unsigned char *text = sqlite3_column_text(statement, at);
    snprintf(out, LEDGER_TEXT_SIZE, "%s", text != NULL ? (const char *)text : "");
}

static enum err prepare_all(struct ledger *ledger)
{
    for (size_t i = 0; i < SQL_COUNT; i++) {
        if (sqlite3_prepare_v3(ledger->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &ledger->statements[i], NULL) != SQLITE_OK) {
            return database_error(ledger);
        }
    }
    return ERR_OK;
}

static int read_version(struct ledger *ledger)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(ledger->db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        version = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return version;
}

/* Creates the tables once, whoever of several stations comes first. */
static enum err make_schema(struct ledger *ledger)
{
    if (sqlite3_exec(ledger->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        return database_error(ledger);
    }
    int version = read_version(ledger);
    if (version == 0 && sqlite3_exec(ledger->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        enum err err = database_error(ledger);
        sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
        return err;
    }
    if (sqlite3_exec(ledger->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        return database_error(ledger);
    }
    if (version != 0 && version != SCHEMA_VERSION) {
        snprintf(ledger->detail, sizeof(ledger->detail), "ledger of another version (%d)", version);
        return ERR_UNSUPPORTED;
    }
    return ERR_OK;
}

static enum err open_database(struct ledger *ledger, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &ledger->db, flags, NULL) != SQLITE_OK) {
        return database_error(ledger);
    }
    sqlite3_busy_timeout(ledger->db, BUSY_MS);
    /* FULL with WAL: a commit is on the disk when it returns, so that `loading`
     * survives a power cut. */
    static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";
    if (sqlite3_exec(ledger->db, pragmas, NULL, NULL, NULL) != SQLITE_OK) {
        return database_error(ledger);
    }
    enum err err = make_schema(ledger);
    return err == ERR_OK ? prepare_all(ledger) : err;
}

enum err ledger_open(const char *path, struct ledger **ledger, char *detail)
{
    *ledger = NULL;
    detail[0] = '\0';
    struct ledger *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return ERR_MEMORY;
    }
    enum err err = open_database(made, path);
    if (err != ERR_OK) {
        snprintf(detail, LEDGER_DETAIL_SIZE, "%s", made->detail);
        ledger_close(&made);
        return err;
    }
    *ledger = made;
    return ERR_OK;
}

void ledger_close(struct ledger **ledger)
{
    if (*ledger == NULL) {
        return;
    }
    for (size_t i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize((*ledger)->statements[i]);
    }
    sqlite3_close((*ledger)->db);
    free(*ledger);
    *ledger = NULL;
}

static void rollback(struct ledger *ledger)
{
    if (!sqlite3_get_autocommit(ledger->db)) {
        run_plain(ledger, SQL_ROLLBACK);
    }
}

/* Ends the transaction well or not at all. */
static enum err commit_or_rollback(struct ledger *ledger, enum err err)
{
    if (err == ERR_OK) {
        err = run_plain(ledger, SQL_COMMIT);
    }
    if (err != ERR_OK) {
        rollback(ledger);
    }
    return err;
}

static char *batch_id_text(const uint8_t id[LEDGER_BATCH_ID_SIZE], char text[ID_TEXT_SIZE])
{
    return hex_encode(bytes_make(id, LEDGER_BATCH_ID_SIZE), text);
}

static enum err batch_known(struct ledger *ledger, const char *id, bool *known)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_BATCH_KNOWN);
    bind_text(statement, 1, id);
    int result = sqlite3_step(statement);
    *known = result == SQLITE_ROW;
    enum err err = result == SQLITE_ROW || result == SQLITE_DONE ? ERR_OK : database_error(ledger);
    sqlite3_reset(statement);
    return err;
}

static enum err batch_insert(struct ledger *ledger, const struct ledger_batch *batch,
                             const char *id)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_BATCH_INSERT);
    bind_text(statement, 1, id);
    bind_text(statement, 2, batch->dp_oid);
    sqlite3_bind_int(statement, 3, (int)batch->root_key_version);
    bind_blob(statement, 4, BYTES_OF(batch->root_key_check_value));
    bind_text(statement, 5, batch->created);
    bind_now(statement, 6);
    enum err err = run(ledger, SQL_BATCH_INSERT);
    ledger->import_batch = sqlite3_last_insert_rowid(ledger->db);
    return err;
}

enum err ledger_import_begin(struct ledger *ledger, const struct ledger_batch *batch)
{
    char id[ID_TEXT_SIZE];
    bool known = false;
    batch_id_text(batch->id, id);
    enum err err = run_plain(ledger, SQL_BEGIN);
    if (err != ERR_OK) {
        return err;
    }
    err = batch_known(ledger, id, &known);
    if (err == ERR_OK && known) {
        err = ERR_DUPLICATE;
    }
    if (err == ERR_OK) {
        err = batch_insert(ledger, batch, id);
    }
    if (err != ERR_OK) {
        rollback(ledger);
    }
    return err;
}

enum err ledger_import_add(struct ledger *ledger, const struct eid *eid, const struct iccid *iccid,
                           struct bytes metadata, struct bytes ppp, bool *added)
{
    char eid_digits[EID_TEXT_SIZE];
    char iccid_digits[ICCID_TEXT_SIZE];
    sqlite3_stmt *statement = fresh(ledger, SQL_PROFILE_INSERT);
    sqlite3_bind_int64(statement, 1, ledger->import_batch);
    bind_text(statement, 2, eid_text(eid, eid_digits));
    bind_text(statement, 3, iccid_text(iccid, iccid_digits));
    bind_blob(statement, 4, metadata);
    bind_blob(statement, 5, ppp);
    bind_now(statement, 6);
    enum err err = run(ledger, SQL_PROFILE_INSERT);
    *added = err == ERR_OK && sqlite3_changes(ledger->db) == 1;
    return err;
}

enum err ledger_import_commit(struct ledger *ledger)
{
    return commit_or_rollback(ledger, ERR_OK);
}

void ledger_import_rollback(struct ledger *ledger)
{
    rollback(ledger);
}

static enum err state_of(const char *text, enum ledger_state *state)
{
    for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
        if (strcmp(text, state_names[i]) == 0) {
            *state = (enum ledger_state)i;
            return ERR_OK;
        }
    }
    return ERR_MALFORMED;
}

/* The PROFILE_COLUMNS at the front of a row. */
static enum err take_profile(struct ledger *ledger, sqlite3_stmt *row,
                             struct ledger_profile *profile)
{
    char text[LEDGER_TEXT_SIZE];
    *profile = (struct ledger_profile){.id = sqlite3_column_int64(row, 0)};
    column_text(row, 1, text);
    enum err err = eid_parse(text, &profile->eid);
    if (err == ERR_OK) {
        column_text(row, 2, text);
        err = iccid_parse(text, &profile->iccid);
    }
    if (err == ERR_OK) {
        column_text(row, 3, text);
        err = state_of(text, &profile->state);
    }
    if (err != ERR_OK) {
        snprintf(ledger->detail, sizeof(ledger->detail), "row %lld is damaged",
                 (long long)profile->id);
        return ERR_DATABASE;
    }
    profile->attempts = (unsigned)sqlite3_column_int(row, 4);
    column_text(row, 5, profile->error);
    column_text(row, 6, profile->changed);
    return ERR_OK;
}

enum err ledger_match(struct ledger *ledger, const struct eid *eid, struct ledger_profile *profile)
{
    char digits[EID_TEXT_SIZE];
    sqlite3_stmt *statement = fresh(ledger, SQL_MATCH);
    *profile = (struct ledger_profile){0};
    bind_text(statement, 1, eid_text(eid, digits));
    int result = sqlite3_step(statement);
    enum err err = result == SQLITE_ROW    ? take_profile(ledger, statement, profile)
                   : result == SQLITE_DONE ? ERR_NOT_FOUND
                                           : database_error(ledger);
    sqlite3_reset(statement);
    return err;
}

/* The batch's identity and key from the columns of SQL_PACKAGE. */
static enum err take_batch(sqlite3_stmt *row, struct ledger_batch *batch)
{
    char id[LEDGER_TEXT_SIZE];
    size_t len = 0;
    struct bytes check_value = column_blob(row, 3);
    column_text(row, 0, id);
    column_text(row, 1, batch->dp_oid);
    batch->root_key_version = (unsigned)sqlite3_column_int(row, 2);
    column_text(row, 4, batch->created);
    if (hex_decode(id, strlen(id), batch->id, sizeof(batch->id), &len) != ERR_OK ||
        len != sizeof(batch->id) || check_value.len != sizeof(batch->root_key_check_value)) {
        return ERR_DATABASE;
    }
    memcpy(batch->root_key_check_value, check_value.data, check_value.len);
    return ERR_OK;
}

enum err ledger_package_read(struct ledger *ledger, int64_t profile, struct ledger_package *package)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_PACKAGE);
    *package = (struct ledger_package){0};
    buf_init(&package->metadata, BLOB_MAX);
    buf_init(&package->ppp, BLOB_MAX);
    sqlite3_bind_int64(statement, 1, profile);
    int result = sqlite3_step(statement);
    enum err err = result == SQLITE_ROW    ? take_batch(statement, &package->batch)
                   : result == SQLITE_DONE ? ERR_NOT_FOUND
                                           : database_error(ledger);
    if (err == ERR_OK) {
        buf_put_bytes(&package->metadata, column_blob(statement, 5));
        buf_put_bytes(&package->ppp, column_blob(statement, 6));
        err = buf_err(&package->metadata) != ERR_OK ? buf_err(&package->metadata)
                                                    : buf_err(&package->ppp);
    }
    sqlite3_reset(statement);
    return err;
}

void ledger_package_clear(struct ledger_package *package)
{
    buf_clear(&package->metadata);
    buf_clear(&package->ppp);
}

static enum err to_loading(struct ledger *ledger, int64_t profile)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_TO_LOADING);
    sqlite3_bind_int64(statement, 1, profile);
    bind_now(statement, 2);
    enum err err = run(ledger, SQL_TO_LOADING);
    if (err == ERR_OK && sqlite3_changes(ledger->db) != 1) {
        snprintf(ledger->detail, sizeof(ledger->detail), "another station has this profile");
        err = ERR_BUSY;
    }
    return err;
}

static enum err attempt_insert(struct ledger *ledger, int64_t profile,
                               const struct ledger_attempt *attempt, int64_t *id)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_ATTEMPT_INSERT);
    sqlite3_bind_int64(statement, 1, profile);
    bind_text(statement, 2, attempt->port);
    bind_blob(statement, 3, attempt->transaction_id);
    bind_blob(statement, 4, attempt->euicc_certificate);
    bind_blob(statement, 5, attempt->eum_certificate);
    bind_now(statement, 6);
    enum err err = run(ledger, SQL_ATTEMPT_INSERT);
    *id = sqlite3_last_insert_rowid(ledger->db);
    return err;
}

enum err ledger_attempt_begin(struct ledger *ledger, int64_t profile,
                              const struct ledger_attempt *attempt, int64_t *id)
{
    *id = 0;
    enum err err = run_plain(ledger, SQL_BEGIN);
    if (err != ERR_OK) {
        return err;
    }
    err = to_loading(ledger, profile);
    if (err == ERR_OK) {
        err = attempt_insert(ledger, profile, attempt, id);
    }
    return commit_or_rollback(ledger, err);
}

static enum err end_attempt(struct ledger *ledger, int64_t attempt,
                            const struct ledger_outcome *outcome)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_ATTEMPT_END);
    sqlite3_bind_int64(statement, 1, attempt);
    bind_now(statement, 2);
    bind_blob(statement, 3, outcome->result);
    bind_text(statement, 4, outcome->error);
    bind_text(statement, 5, outcome->stage);
    bind_text(statement, 6, outcome->detail);
    enum err err = run(ledger, SQL_ATTEMPT_END);
    return err == ERR_OK && sqlite3_changes(ledger->db) != 1 ? ERR_BUSY : err;
}

static enum err end_profile(struct ledger *ledger, int64_t attempt,
                            const struct ledger_outcome *outcome)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_PROFILE_END);
    sqlite3_bind_int64(statement, 1, attempt);
    bind_text(statement, 2, ledger_state_name(outcome->state));
    bind_text(statement, 3, outcome->error);
    bind_now(statement, 4);
    return run(ledger, SQL_PROFILE_END);
}

enum err ledger_attempt_end(struct ledger *ledger, int64_t attempt,
                            const struct ledger_outcome *outcome)
{
    enum err err = run_plain(ledger, SQL_BEGIN);
    if (err != ERR_OK) {
        return err;
    }
    err = end_attempt(ledger, attempt, outcome);
    if (err == ERR_OK) {
        err = end_profile(ledger, attempt, outcome);
    }
    return commit_or_rollback(ledger, err);
}

enum err ledger_attempt_open(struct ledger *ledger, int64_t profile,
                             struct ledger_open_attempt *attempt)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_ATTEMPT_OPEN);
    *attempt = (struct ledger_open_attempt){0};
    buf_init(&attempt->transaction_id, BLOB_MAX);
    buf_init(&attempt->euicc_certificate, BLOB_MAX);
    buf_init(&attempt->eum_certificate, BLOB_MAX);
    sqlite3_bind_int64(statement, 1, profile);
    int result = sqlite3_step(statement);
    enum err err = result == SQLITE_ROW    ? ERR_OK
                   : result == SQLITE_DONE ? ERR_NOT_FOUND
                                           : database_error(ledger);
    if (err == ERR_OK) {
        attempt->id = sqlite3_column_int64(statement, 0);
        buf_put_bytes(&attempt->transaction_id, column_blob(statement, 1));
        buf_put_bytes(&attempt->euicc_certificate, column_blob(statement, 2));
        buf_put_bytes(&attempt->eum_certificate, column_blob(statement, 3));
    }
    sqlite3_reset(statement);
    return err;
}

void ledger_open_attempt_clear(struct ledger_open_attempt *attempt)
{
    buf_clear(&attempt->transaction_id);
    buf_clear(&attempt->euicc_certificate);
    buf_clear(&attempt->eum_certificate);
}

enum err ledger_each(struct ledger *ledger,
                     enum err (*use)(void *context, const struct ledger_profile *profile),
                     void *context)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_EACH);
    enum err err = ERR_OK;
    int result = SQLITE_DONE;
    while (err == ERR_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct ledger_profile profile;
        err = take_profile(ledger, statement, &profile);
        if (err == ERR_OK) {
            err = use(context, &profile);
        }
    }
    if (err == ERR_OK && result != SQLITE_DONE) {
        err = database_error(ledger);
    }
    sqlite3_reset(statement);
    return err;
}

static enum err take_result(struct ledger *ledger, sqlite3_stmt *row, struct ledger_result *out)
{
    char id[LEDGER_TEXT_SIZE];
    size_t len = 0;
    int at = PROFILE_COLUMN_COUNT;
    enum err err = take_profile(ledger, row, &out->profile);
    column_text(row, at, id);
    if (err == ERR_OK) {
        err = hex_decode(id, strlen(id), out->batch_id, sizeof(out->batch_id), &len);
    }
    out->result = column_blob(row, at + 1);
    out->euicc_certificate = column_blob(row, at + 2);
    out->eum_certificate = column_blob(row, at + 3);
    out->stage = (const char *)sqlite3_column_text(row, at + 4);
    out->detail = (const char *)sqlite3_column_text(row, at + 5);
    return err;
}

enum err ledger_each_result(struct ledger *ledger,
                            enum err (*use)(void *context, const struct ledger_result *result),
                            void *context)
{
    sqlite3_stmt *statement = fresh(ledger, SQL_EACH_RESULT);
    enum err err = ERR_OK;
    int result = SQLITE_DONE;
    while (err == ERR_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct ledger_result row = {0};
        err = take_result(ledger, statement, &row);
        if (err == ERR_OK) {
            err = use(context, &row);
        }
    }
    if (err == ERR_OK && result != SQLITE_DONE) {
        err = database_error(ledger);
    }
    sqlite3_reset(statement);
    return err;
}
