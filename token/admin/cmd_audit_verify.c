/* audit verify: what the engine finds when it reads its journal anew, the chain as
 * it reads from here, its end, and an exported copy against it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/audit_chain.h"
#include "admin/audit_copy.h"
#include "admin/fault.h"
#include "admin/journal_filter.h"
#include "admin/journal_reader.h"
#include "base/file.h"

static struct journal_filter filter;
static const char *file_path, *entries_text;

static const struct option_row options[] = {
    {.name = "file", .value = &file_path},     {.name = "entries", .value = &entries_text},
    {.name = "eid", .value = &filter.eid},     {.name = "since", .value = &filter.since},
    {.name = "until", .value = &filter.until}, {.name = NULL},
};

enum { FILE_MAX = 1 << 30 };

static int parse_entries(uint64_t *entries)
{
    *entries = 0;
    if (entries_text == NULL) {
        return ADMIN_OK;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(entries_text, &end, 10);
    if (*entries_text < '0' || *entries_text > '9' || *end != '\0' || errno != 0 || value == 0) {
        return admin_usage("--entries: the number of entries audit export said");
    }
    *entries = value;
    return ADMIN_OK;
}

static int check_options(uint64_t *entries)
{
    if (file_path == NULL && (entries_text != NULL || journal_filter_any(&filter))) {
        return admin_usage("--entries, --eid, --since and --until belong to --file");
    }
    int code = parse_entries(entries);
    return code == ADMIN_OK ? journal_filter_check(&filter) : code;
}

/* One reading of the engine's journal: its chain, and the copy beside it. */
struct verification {
    struct audit_chain chain;
    struct audit_copy copy;
    uint64_t number;
};

static enum err take_line(void *context, struct bytes line)
{
    struct verification *verification = context;
    audit_chain_line(&verification->chain, line);
    verification->number++;
    if (file_path == NULL) {
        return ERR_OK;
    }
    cJSON *entry = cJSON_ParseWithLength((const char *)line.data, line.len);
    if (journal_filter_wants(&filter, entry)) {
        audit_copy_entry(&verification->copy, line, verification->number,
                         journal_filter_text(entry, "event"));
    }
    cJSON_Delete(entry);
    return ERR_OK;
}

static int report_chain(const struct audit_chain *chain)
{
    /* Every text of the table has one number. */
    const char *form = audit_fault_text(chain->fault);
    const char *place = strstr(form, AUDIT_FAULT_PLACE);
    fprintf(stderr, ADMIN_PROGRAM ": journal: %.*s%" PRIu64 "%s\n", (int)(place - form), form,
            chain->fault_line, place + strlen(AUDIT_FAULT_PLACE));
    return ADMIN_TOKEN;
}

static int report_copy(const struct audit_copy *copy, uint64_t entries)
{
    fprintf(stderr, ADMIN_PROGRAM ": %s: line %" PRIu64 ": %s\n", file_path, copy->fault_line,
            audit_copy_fault_text(copy->fault));
    if (copy->fault == AUDIT_COPY_REMOVED && !journal_filter_any(&filter)) {
        fprintf(stderr, "Of an export with --eid, --since or --until, give these here too.\n");
    }
    if (copy->fault == AUDIT_COPY_TRUNCATED && copy->missing > 0 && entries == 0) {
        fprintf(stderr,
                "The engine has %" PRIu64 " entries more. If this copy was whole when it was made, "
                "add --entries\nand the number of entries noted then.\n",
                copy->missing);
    }
    return ADMIN_TOKEN;
}

static int say_copy(const struct audit_copy *copy)
{
    printf("%s: a true copy of %" PRIu64 " entries%s, the last of them number %" PRIu64 "\n",
           file_path, copy->lines, journal_filter_any(&filter) ? " that were asked for" : "",
           copy->last);
    if (copy->missing > 0) {
        printf("the engine has %" PRIu64 " more since%s\n", copy->missing,
               copy->missing_logins ? ", logins and logouts alone" : "");
    }
    return ADMIN_OK;
}

static int verify(struct admin *admin, struct verification *verification, uint64_t entries)
{
    struct client_journal_check check;
    struct client_journal_head head = {0};
    const struct journal_sink sink = {.take = take_line, .context = verification};
    enum err err = client_read_journal_check(admin->client, &check);
    if (err == ERR_OK && check.fault != TOKWIRE_FAULT_NONE) {
        return fault_report(check.fault, check.detail);
    }
    if (err == ERR_OK) {
        err = client_read_journal_head(admin->client, &head);
    }
    if (err == ERR_OK) {
        err = journal_reader_run(admin->client, head.count, &sink);
    }
    if (err != ERR_OK) {
        return admin_fail(admin, err, "journal");
    }
    audit_chain_end(&verification->chain, head.count, head.hash);
    if (verification->chain.fault != AUDIT_FAULT_NONE) {
        return report_chain(&verification->chain);
    }
    printf("journal: %" PRIu64 " entries, the chain holds and the engine authenticates its end\n",
           verification->chain.count);
    if (file_path == NULL) {
        return ADMIN_OK;
    }
    audit_copy_end(&verification->copy, entries, journal_filter_any(&filter));
    return verification->copy.fault != AUDIT_COPY_SOUND ? report_copy(&verification->copy, entries)
                                                        : say_copy(&verification->copy);
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    uint64_t entries = 0;
    struct verification verification = {.number = 0};
    struct buf content;
    buf_init(&content, FILE_MAX);
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? check_options(&entries) : code;
    if (code == ADMIN_OK && file_path != NULL) {
        enum err err = file_read(file_path, &content);
        code =
            err == ERR_OK ? code : admin_usage("%s: cannot be read: %s", file_path, err_name(err));
    }
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    if (code == ADMIN_OK) {
        audit_chain_init(&verification.chain);
        audit_copy_init(&verification.copy, buf_bytes(&content));
        code = verify(admin, &verification, entries);
    }
    buf_clear(&content);
    return code;
}

const struct admin_command cmd_audit_verify = {
    .words = {"audit", "verify"},
    .usage = "[--file EXPORTED [--entries N] [--eid EID] [--since DATE] [--until DATE]]",
    .help = "has the engine check journal, state and keys anew, checks the hash chain line by\n"
            "      line and its end against the head the engine authenticates, and names what is\n"
            "      wrong; --file holds an exported copy against it: --entries is what export said\n"
            "      it had, the filters are those it was exported with",
    .options = options,
    .run = run,
};
