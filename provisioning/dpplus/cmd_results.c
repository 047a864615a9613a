/* dpplus results import */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dpplus/cmd.h"
#include "dpplus/json.h"
#include "dpplus/results.h"
#include "dpplus/trust.h"

struct import_options {
    const char *file;
    const char *ci[DP_CI_MAX];
    size_t ci_count;
    bool json;
};

static bool options_read(int argc, char **argv, struct import_options *out)
{
    static const struct option options[] = {
        {"ci", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c' && out->ci_count < DP_CI_MAX) {
            out->ci[out->ci_count++] = optarg;
        } else if (option == 'j') {
            out->json = true;
        } else {
            return false;
        }
    }
    if (argc - optind != 2 || strcmp(argv[optind], "import") != 0) {
        return false;
    }
    out->file = argv[optind + 1];
    return true;
}

static const char *outcome_name(enum result_outcome outcome)
{
    static const char *const names[] = {"stored", "known", "refused"};

    return names[outcome];
}

static void report_print(void *context, const struct result_report *report)
{
    (void)context;
    printf("EID ");
    cmd_print_text(report->eid);
    printf("  ICCID ");
    cmd_print_text(report->iccid);
    if (report->outcome == RESULT_REFUSED) {
        printf("  REFUSED (line %zu): ", report->line);
    } else {
        printf("  %s%s%s%s", report->state, report->proven ? ", signed by the chip" : ", unsigned",
               report->outcome == RESULT_KNOWN ? ", known already" : "",
               report->why[0] != '\0' ? ": " : "");
    }
    cmd_print_text(report->why);
    putchar('\n');
}

static void report_print_json(void *context, const struct result_report *report)
{
    cJSON *object = cJSON_CreateObject();

    (void)context;
    cJSON_AddNumberToObject(object, "line", (double)report->line);
    cJSON_AddStringToObject(object, "eid", report->eid);
    cJSON_AddStringToObject(object, "iccid", report->iccid);
    cJSON_AddStringToObject(object, "outcome", outcome_name(report->outcome));
    if (report->outcome != RESULT_REFUSED) {
        cJSON_AddStringToObject(object, "state", report->state);
        cJSON_AddBoolToObject(object, "proven", report->proven);
    }
    cJSON_AddStringToObject(object, "detail", report->why);
    json_print(object);
    cJSON_Delete(object);
}

/* The CIs named, else those the book remembers; there must be one. */
static enum err trust_choose(struct orderbook *book, const struct import_options *options,
                             struct cert **cis, size_t *count, struct dp_failure *failure)
{
    enum err err = options->ci_count > 0
                       ? trust_load(options->ci, options->ci_count, cis, count, failure)
                       : orderbook_trust(book, cis, DP_CI_MAX, count, failure);

    if (err == ERR_OK && *count == 0) {
        err = dp_fail(failure, DP_USAGE, ERR_NOT_FOUND,
                      "no CI certificate is known: name one with --ci, or as \"ci\" in the "
                      "configuration of an export");
    }
    return err;
}

static enum err import(const char *db, const struct import_options *options,
                       struct results_summary *summary, struct dp_failure *failure)
{
    struct cert *cis[DP_CI_MAX] = {NULL};
    struct result_trust trust = {.cis = cis, .now = time(NULL)};
    struct orderbook *book = NULL;
    enum err err = orderbook_open(db, ORDERBOOK_EXISTING, &book, failure);

    if (err == ERR_OK) {
        err = trust_choose(book, options, cis, &trust.ci_count, failure);
    }
    if (err == ERR_OK) {
        err = results_import(book, options->file, &trust,
                             options->json ? report_print_json : report_print, NULL, summary,
                             failure);
    }
    trust_free(cis, &trust.ci_count);
    orderbook_close(&book);
    return err;
}

int cmd_results(const struct cmd *cmd, const char *db, int argc, char **argv)
{
    struct import_options options = {0};
    struct results_summary summary;
    struct dp_failure failure;

    if (!options_read(argc, argv, &options)) {
        return cmd_usage(cmd);
    }
    if (import(db, &options, &summary, &failure) != ERR_OK) {
        return cmd_failed(&failure);
    }
    fprintf(options.json ? stderr : stdout,
            "results: %zu installed, %zu downloaded, %zu failed, %zu known already, %zu refused\n",
            summary.installed, summary.downloaded, summary.failed, summary.known, summary.refused);
    return summary.refused == 0 ? EXIT_OK : DP_BOOK;
}
