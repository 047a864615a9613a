/* audit show, verify, export: the journal, as text, checked, as JSON lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "admin/admin.h"
#include "admin/audit_chain.h"
#include "admin/date.h"
#include "base/file.h"

static const char *eid, *since, *until, *out_path, *file_path;

static const struct option_row show_options[] = {
    {.name = "eid", .value = &eid},
    {.name = "since", .value = &since},
    {.name = "until", .value = &until},
    {.name = NULL},
};

static const struct option_row export_options[] = {
    {.name = "eid", .value = &eid},
    {.name = "since", .value = &since},
    {.name = "until", .value = &until},
    {.name = "out", .value = &out_path},
    {.name = NULL},
};

static const struct option_row verify_options[] = {
    {.name = "file", .value = &file_path},
    {.name = NULL},
};

enum { LINES_MAX = 70000, FILE_MAX = 1 << 30 };

/* What is done with each line; an error ends the reading. */
struct line_sink {
    enum err (*take)(void *context, struct bytes line);
    void *context;
};

/* Passes whole lines on until *count, which counts them, is last. */
static enum err split_lines(struct bytes lines, const struct line_sink *sink, uint64_t last,
                            uint64_t *count)
{
    while (lines.len > 0 && *count < last) {
        const uint8_t *newline = memchr(lines.data, '\n', lines.len);
        if (newline == NULL) {
            return ERR_MALFORMED;
        }
        size_t len = (size_t)(newline - lines.data);
        enum err err = sink->take(sink->context, bytes_make(lines.data, len));
        if (err != ERR_OK) {
            return err;
        }
        *count += 1;
        lines = bytes_make(newline + 1, lines.len - len - 1);
    }
    return ERR_OK;
}

/* The engine's journal from its first entry to entry `last`. */
static enum err read_journal(struct client *client, uint64_t last, const struct line_sink *sink)
{
    struct buf lines;
    uint64_t count = 0;
    enum err err = ERR_OK;
    buf_init(&lines, LINES_MAX);
    while (err == ERR_OK && count < last) {
        uint64_t before = count;
        buf_reset(&lines);
        err = client_read_journal_lines(client, before + 1, &lines);
        if (err == ERR_OK) {
            err = split_lines(buf_bytes(&lines), sink, last, &count);
        }
        if (err == ERR_OK && count == before) {
            break;
        }
    }
    buf_clear(&lines);
    return err;
}

/* --- filters -------------------------------------------------------------- */

static const char *text_of(const cJSON *entry, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
    return text != NULL ? text : "";
}

/* Times are compared as text: both are ISO 8601 in UTC. A day alone stands for
 * all of it. */
static bool wanted(const cJSON *entry)
{
    const char *time = text_of(entry, "time");
    return (eid == NULL || strcmp(text_of(entry, "eid"), eid) == 0) &&
           (since == NULL || strcmp(time, since) >= 0) &&
           (until == NULL || strncmp(time, until, strlen(until)) <= 0);
}

static int check_filters(void)
{
    time_t when = 0;
    const char *const dates[] = {since, until};
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        if (dates[i] != NULL && date_parse(dates[i], false, &when) != ERR_OK) {
            return admin_usage("%s: a date is YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", dates[i]);
        }
    }
    struct eid parsed;
    if (eid != NULL && eid_parse(eid, &parsed) != ERR_OK) {
        return admin_usage("%s: not an EID", eid);
    }
    return ADMIN_OK;
}

/* --- show and export ------------------------------------------------------ */

static bool is_frame(const char *name)
{
    return strcmp(name, "seq") == 0 || strcmp(name, "time") == 0 || strcmp(name, "event") == 0 ||
           strcmp(name, "prev") == 0;
}

static void show_field(const cJSON *field)
{
    if (cJSON_IsString(field)) {
        printf(" %s=%s", field->string, field->valuestring);
    } else if (cJSON_IsNumber(field)) {
        printf(" %s=%.0f", field->string, field->valuedouble);
    } else {
        printf(" %s=%s", field->string, cJSON_IsTrue(field) ? "yes" : "no");
    }
}

static void show_entry(const cJSON *entry)
{
    const cJSON *field = NULL;
    printf("%6.0f  %s  %s", cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "seq")),
           text_of(entry, "time"), text_of(entry, "event"));
    cJSON_ArrayForEach(field, entry)
    {
        if (field->string != NULL && !is_frame(field->string)) {
            show_field(field);
        }
    }
    printf("\n");
}

static enum err show_line(void *context, struct bytes line)
{
    (void)context;
    cJSON *entry = cJSON_ParseWithLength((const char *)line.data, line.len);
    if (entry == NULL) {
        return ERR_MALFORMED;
    }
    if (wanted(entry)) {
        show_entry(entry);
    }
    cJSON_Delete(entry);
    return ERR_OK;
}

/* Lines go out as they came, so that their hashes hold. */
static enum err export_line(void *context, struct bytes line)
{
    FILE *out = context;
    cJSON *entry = cJSON_ParseWithLength((const char *)line.data, line.len);
    if (entry == NULL) {
        return ERR_MALFORMED;
    }
    bool write = wanted(entry);
    cJSON_Delete(entry);
    if (write && (fwrite(line.data, 1, line.len, out) != line.len || fputc('\n', out) == EOF)) {
        return ERR_SYSTEM;
    }
    return ERR_OK;
}

static int read_all(struct admin *admin, const struct line_sink *sink)
{
    struct client_journal_head head;
    enum err err = client_read_journal_head(admin->client, &head);
    if (err == ERR_OK) {
        err = read_journal(admin->client, head.count, sink);
    }
    return err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "journal");
}

static int run_show(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    const struct line_sink sink = {.take = show_line};
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? check_filters() : code;
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    return code == ADMIN_OK ? read_all(admin, &sink) : code;
}

static int run_export(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? check_filters() : code;
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    FILE *out = out_path != NULL ? fopen(out_path, "w") : stdout;
    if (out == NULL) {
        return admin_usage("%s: cannot write", out_path);
    }
    const struct line_sink sink = {.take = export_line, .context = out};
    code = read_all(admin, &sink);
    bool written = out == stdout ? fflush(out) == 0 : fclose(out) == 0;
    if (!written && code == ADMIN_OK) {
        code = admin_usage("%s: cannot write", out_path != NULL ? out_path : "standard output");
    }
    return code;
}

/* --- verify --------------------------------------------------------------- */

static enum err chain_line(void *context, struct bytes line)
{
    audit_chain_line(context, line);
    return ERR_OK;
}

static enum err read_file(const char *path, const struct line_sink *sink)
{
    struct buf content;
    uint64_t count = 0;
    buf_init(&content, FILE_MAX);
    enum err err = file_read(path, &content);
    if (err == ERR_OK) {
        err = split_lines(buf_bytes(&content), sink, UINT64_MAX, &count);
    }
    buf_clear(&content);
    return err;
}

static int report_fault(const struct audit_chain *chain, const char *what)
{
    /* Every text of the table has one number. */
    const char *form = audit_fault_text(chain->fault);
    const char *place = strstr(form, AUDIT_FAULT_PLACE);
    fprintf(stderr, ADMIN_PROGRAM ": %s: %.*s%" PRIu64 "%s\n", what, (int)(place - form), form,
            chain->fault_line, place + strlen(AUDIT_FAULT_PLACE));
    return ADMIN_TOKEN;
}

/* The engine's own journal against the head it authenticates. */
static int verify_engine(struct admin *admin, const struct client_journal_head *head)
{
    struct audit_chain chain;
    const struct line_sink sink = {.take = chain_line, .context = &chain};
    audit_chain_init(&chain);
    enum err err = read_journal(admin->client, head->count, &sink);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "journal");
    }
    audit_chain_end(&chain, head->count, head->hash);
    if (chain.fault != AUDIT_FAULT_NONE) {
        return report_fault(&chain, "journal");
    }
    printf("journal: %" PRIu64 " entries, the chain holds and the engine authenticates its end\n",
           chain.count);
    return ADMIN_OK;
}

/* An exported copy against the engine's journal, which goes on: the login that
 * reads it is an entry too. So a copy that ends early is named, and is no
 * fault as long as it is a true copy to its end. */
static int verify_file(struct admin *admin, const struct client_journal_head *head)
{
    struct audit_chain chain, own;
    const struct line_sink sink = {.take = chain_line, .context = &chain};
    const struct line_sink own_sink = {.take = chain_line, .context = &own};
    audit_chain_init(&chain);
    audit_chain_init(&own);
    enum err err = read_file(file_path, &sink);
    if (err == ERR_MALFORMED) {
        fprintf(stderr, ADMIN_PROGRAM ": %s: truncated: line %" PRIu64 " is not whole\n", file_path,
                chain.count + 1);
        return ADMIN_TOKEN;
    }
    if (err != ERR_OK) {
        return admin_usage("%s: %s", file_path, err_name(err));
    }
    if (chain.fault == AUDIT_FAULT_NONE && chain.count <= head->count) {
        err = read_journal(admin->client, chain.count, &own_sink);
        if (err != ERR_OK) {
            return admin_fail(admin, err, "journal");
        }
    }
    /* A copy that is longer than the journal meets its end, too. */
    bool longer = chain.count > head->count;
    audit_chain_end(&chain, longer ? head->count : own.count, longer ? head->hash : own.hash);
    if (chain.fault != AUDIT_FAULT_NONE) {
        return report_fault(&chain, file_path);
    }
    printf("%s: a true copy of entries 1 to %" PRIu64 "\n", file_path, chain.count);
    if (chain.count < head->count) {
        printf("an older or shortened copy: the engine's journal goes on to entry %" PRIu64 "\n",
               head->count);
    }
    return ADMIN_OK;
}

static int run_verify(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    struct client_journal_head head;
    enum err err = client_read_journal_head(admin->client, &head);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "journal");
    }
    return file_path != NULL ? verify_file(admin, &head) : verify_engine(admin, &head);
}

const struct admin_command cmd_audit_show = {
    .words = {"audit", "show"},
    .usage = "[--eid EID] [--since DATE] [--until DATE]",
    .help = "shows the journal as text; dates are UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ",
    .options = show_options,
    .run = run_show,
};

const struct admin_command cmd_audit_verify = {
    .words = {"audit", "verify"},
    .usage = "[--file EXPORTED]",
    .help = "checks the hash chain line by line, of the engine's journal or of an exported copy,\n"
            "      and its end against the head the engine authenticates; names what is wrong",
    .options = verify_options,
    .run = run_verify,
};

const struct admin_command cmd_audit_export = {
    .words = {"audit", "export"},
    .usage = "[--out F] [--eid EID] [--since DATE] [--until DATE]",
    .help = "writes the journal as JSON lines, each exactly as it is hashed",
    .options = export_options,
    .run = run_export,
};
