/* dpplus export */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hex.h"
#include "dpplus/cmd.h"
#include "dpplus/export.h"
#include "dpplus/trust.h"

/* The CIs of this export are those whose results `results import` believes. */
static enum err trust_remember(struct orderbook *book, const struct dp_config *config,
                               struct dp_failure *failure)
{
    struct cert *cis[DP_CI_MAX] = {NULL};
    size_t count;
    enum err err = trust_load(config->ci, config->ci_count, cis, &count, failure);

    if (err != ERR_OK || count == 0) {
        return err;
    }
    err = orderbook_begin(book, failure);
    if (err == ERR_OK) {
        err = orderbook_set_trust(book, cis, count, failure);
        if (err == ERR_OK) {
            err = orderbook_commit(book, failure);
        } else {
            orderbook_rollback(book);
        }
    }
    trust_free(cis, &count);
    return err;
}

static void summary_print(const struct export_summary *summary, const struct protector *protector,
                          const char *out, int64_t elapsed_us)
{
    char id[2 * BATCH_ID_SIZE + 1], check_value[2 * BATCH_CHECK_VALUE_SIZE + 1];
    double seconds = (double)elapsed_us / 1e6;

    printf("exported: %zu profiles to %s, batch %s, root key %u (%s), %.2f s, %.0f profiles/s\n",
           summary->count, out, hex_encode(BYTES_OF(summary->id), id), protector->root_key_version,
           hex_encode(BYTES_OF(protector->root_key_check_value), check_value), seconds,
           seconds > 0 ? (double)summary->count / seconds : 0);
}

static enum err export(const char *db, const char *config_path, const char *out,
                       struct dp_failure *failure) {
    struct export_summary summary; struct protector *protector = NULL;
    struct orderbook *book = NULL; struct dp_config config; int64_t start;
    enum err err = dp_config_load(config_path, &config, failure);

    if (err != ERR_OK){return err;}
err = orderbook_open(db, ORDERBOOK_EXISTING, &book, failure);
if (err == ERR_OK) {
    err = trust_remember(book, &config, failure);
}
if (err == ERR_OK) {
    err = protector_open_p11(&config, &protector, failure);
}
if (err == ERR_OK) {
    start = clock_us();
    err = export_run(book, protector, config.dp_oid, out, &summary, failure);
    if (err == ERR_OK) {
        summary_print(&summary, protector, out, clock_us() - start);
    }
}
protector_close(&protector);
orderbook_close(&book);
dp_config_clear(&config);
return err;
}

int cmd_export(const struct cmd *cmd, const char *db, int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"out", required_argument, NULL, 'o'},
        {0},
    };
    const char *config = NULL, *out = NULL;
    struct dp_failure failure;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c') {
            config = optarg;
        } else if (option == 'o') {
            out = optarg;
        } else {
            return cmd_usage(cmd);
        }
    }
    if (config == NULL || out == NULL || optind != argc) {
        return cmd_usage(cmd);
    }
    return export(db, config, out, &failure) == ERR_OK ? EXIT_OK : cmd_failed(&failure);
}
