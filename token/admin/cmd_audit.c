/* audit show, export: the journal as text, and as JSON lines. Both read it also on a
 * token tampered with, and then say so. */
#include <inttypes.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/fault.h"
#include "admin/journal_filter.h"
#include "admin/journal_reader.h"

static struct journal_filter filter;
static const char *out_path;

static const struct option_row show_options[] = {
    {.name = "eid", .value = &filter.eid},
    {.name = "since", .value = &filter.since},
    {.name = "until", .value = &filter.until},
    {.name = NULL},
};

static const struct option_row export_options[] = {
    {.name = "eid", .value = &filter.eid},
    {.name = "since", .value = &filter.since},
    {.name = "until", .value = &filter.until},
    {.name = "out", .value = &out_path},
    {.name = NULL},
};

/* --- one line ------------------------------------------------------------- */

static bool is_frame(const char *name)
{
    return strcmp(name, "seq") == 0 || strcmp(name, "time") == 0 || strcmp(name, "event") == 0 ||
           strcmp(name, "prev") == 0;
}

/* A journal somebody was at may hold what a terminal obeys. */
static void show_text(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        putchar(byte < 0x20 || byte == 0x7F ? '?' : byte);
    }
}

static void show_field(const cJSON *field)
{
    printf(" ");
    show_text(field->string);
    printf("=");
    if (cJSON_IsString(field)) {
        show_text(field->valuestring);
    } else if (cJSON_IsNumber(field)) {
        printf("%.0f", field->valuedouble);
    } else {
        printf("%s", cJSON_IsTrue(field) ? "yes" : "no");
    }
}

static void show_entry(const cJSON *entry)
{
    const cJSON *field = NULL;
    printf("%6.0f  ", cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "seq")));
    show_text(journal_filter_text(entry, "time"));
    printf("  ");
    show_text(journal_filter_text(entry, "event"));
    cJSON_ArrayForEach(field, entry)
    {
        if (field->string != NULL && !is_frame(field->string)) {
            show_field(field);
        }
    }
    printf("\n");
}

/* What is done with the journal's lines, and how many were. */
struct listing {
    FILE *out; /* NULL: show */
    uint64_t count;
};

static enum err take_line(void *context, struct bytes line)
{
    struct listing *listing = context;
    cJSON *entry = cJSON_ParseWithLength((const char *)line.data, line.len);
    bool readable = cJSON_IsObject(entry);
    bool wanted = readable ? journal_filter_wants(&filter, entry) : !journal_filter_any(&filter);
    enum err err = ERR_OK;
    listing->count += wanted ? 1 : 0;
    if (wanted && listing->out != NULL) {
        /* As it came, so that its hash holds. */
        bool written = fwrite(line.data, 1, line.len, listing->out) == line.len &&
                       fputc('\n', listing->out) != EOF;
        err = written ? ERR_OK : ERR_SYSTEM;
    } else if (wanted && readable) {
        show_entry(entry);
    } else if (wanted) {
        printf("     ?  a line that is no entry\n");
    }
    cJSON_Delete(entry);
    return err;
}

/* --- all of them ---------------------------------------------------------- */

static int read_all(struct admin *admin, struct listing *listing)
{
    struct client_journal_check check;
    const struct journal_sink sink = {.take = take_line, .context = listing};
    enum err err = client_read_journal_check(admin->client, &check);
    if (err == ERR_OK) {
        err = journal_reader_run(
            admin->client, check.fault == TOKWIRE_FAULT_NONE ? check.count : UINT64_MAX, &sink);
    }
    if (err != ERR_OK) {
        return admin_fail(admin, err, "journal");
    }
    if (check.fault != TOKWIRE_FAULT_NONE) {
        fflush(stdout);
        return fault_report(check.fault, check.detail);
    }
    return ADMIN_OK;
}

static int run_show(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    struct listing listing = {.out = NULL};
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? journal_filter_check(&filter) : code;
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    return code == ADMIN_OK ? read_all(admin, &listing) : code;
}

static int run_export(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? journal_filter_check(&filter) : code;
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    struct listing listing = {.out = out_path != NULL ? fopen(out_path, "w") : stdout};
    if (listing.out == NULL) {
        return admin_usage("%s: cannot write", out_path);
    }
    code = read_all(admin, &listing);
    bool written = out_path == NULL ? fflush(stdout) == 0 : fclose(listing.out) == 0;
    if (!written && code == ADMIN_OK) {
        code = admin_usage("%s: cannot write", out_path != NULL ? out_path : "standard output");
    }
    if (code == ADMIN_OK && out_path != NULL) {
        printf("%s: %" PRIu64 " entries; write the number down, for audit verify --entries\n",
               out_path, listing.count);
    }
    return code;
}

const struct admin_command cmd_audit_show = {
    .words = {"audit", "show"},
    .usage = "[--eid EID] [--since DATE] [--until DATE]",
    .help = "shows the journal as text; dates are UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ",
    .options = show_options,
    .run = run_show,
};

const struct admin_command cmd_audit_export = {
    .words = {"audit", "export"},
    .usage = "[--out F] [--eid EID] [--since DATE] [--until DATE]",
    .help = "writes the journal as JSON lines, each exactly as it is hashed",
    .options = export_options,
    .run = run_export,
};
