#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "line/batch_file.h"
#include "line/line.h"
#include "line/root_key.h"

/* The root key the batch was made under must be in the plugged USBKey: said
 * here, not at the first device. */
static bool check_root_key(struct line *line, const struct ledger_batch *batch,
                           struct failure *failure)
{
    struct p11_session *session = NULL;
    struct p11_failure token = {0};
    unsigned long key;
    enum err err = p11_session_open(line->token, &session, &token);
    if (err != ERR_OK) {
        return line_token_failure(failure, err, &token);
    }
    bool good = root_key_find(session, p11_token_label(line->token), batch, &key, failure);
    p11_session_close(&session);
    return good;
}

static bool add_rows(struct batch_file *file, struct ledger *ledger, struct import_summary *summary,
                     struct failure *failure)
{
    for (;;) {
        struct batch_profile profile;
        bool more = false;
        bool added = false;
        if (!batch_file_next(file, &profile, &more, failure)) {
            return false;
        }
        if (!more) {
            return true;
        }
        enum err err = ledger_import_add(ledger, &profile.eid, &profile.iccid, profile.metadata,
                                         profile.ppp, &added);
        if (err != ERR_OK) {
            return line_ledger_failure(failure, err, ledger_detail(ledger));
        }
        summary->added += added;
        summary->known += !added;
    }
}

static bool import_rows(struct batch_file *file, struct ledger *ledger,
                        struct import_summary *summary, struct failure *failure)
{
    enum err err = ledger_import_begin(ledger, batch_file_info(file));
    if (err == ERR_DUPLICATE) {
        summary->repeated = true;
        summary->known = batch_file_count(file);
        return true;
    }
    if (err != ERR_OK) {
        return line_ledger_failure(failure, err, ledger_detail(ledger));
    }
    if (!add_rows(file, ledger, summary, failure)) {
        ledger_import_rollback(ledger);
        return false;
    }
    err = ledger_import_commit(ledger);
    return err == ERR_OK ? true : line_ledger_failure(failure, err, ledger_detail(ledger));
}

/* The folder of the ledger: where it is, the batch's copy fits too. */
static void folder_of(const char *path, char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        snprintf(folder, PATH_MAX, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

bool line_import(struct line *line, const char *path, struct import_summary *summary,
                 struct failure *failure)
{
    char folder[PATH_MAX];
    struct cert *trust = NULL;
    struct batch_file *file = NULL;
    struct ledger *ledger = NULL;
    *summary = (struct import_summary){0};
    folder_of(line->config.database, folder);
    enum err err = cert_load(line->config.batch_trust, &trust);
    if (err != ERR_OK) {
        return failure_set(failure, FAILURE_CONFIGURATION,
                           "batch_trust %s is not a certificate that can be read",
                           line->config.batch_trust);
    }
    bool good = batch_file_open(path, folder, trust, time(NULL), &file, failure);
    if (good) {
        summary->batch = *batch_file_info(file);
        good = check_root_key(line, &summary->batch, failure) &&
               line_open_ledger(line, &ledger, failure) &&
               import_rows(file, ledger, summary, failure);
    }
    ledger_close(&ledger);
    batch_file_close(&file);
    cert_free(&trust);
    return good;
}
