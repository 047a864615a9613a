/* dpplus: orders, export and results at the DP+. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dpplus/cmd.h"

static const struct cmd cmds[] = {
    {"order",
     "order --eid EID --upp FILE [--profile-name S] [--service-provider S] [--address FQDN]\n"
     "      [--class test|provisioning|operational]\n"
     "    Takes an order: this profile package for that chip.",
     cmd_order},
    {"orders", "orders [--json]\n    Lists all orders.", cmd_orders},
    {"export",
     "export --config FILE --out BATCH.ppb\n"
     "    Encrypts every released order with the DP+ token into one signed batch.",
     cmd_export},
    {"results",
     "results import FILE.ppr [--ci FILE ...] [--json]\n"
     "    Takes results back, each checked against the chip's own signature. --ci names the\n"
     "    CI certificates to trust; without it those of the last export's configuration.",
     cmd_results},
};

enum { CMD_COUNT = sizeof(cmds) / sizeof(cmds[0]) };

static void help_print(FILE *out)
{
    fputs("usage: dpplus --db FILE COMMAND\n\n", out);
    for (size_t i = 0; i < CMD_COUNT; i++) {
        fprintf(out, "  %s\n", cmds[i].usage);
    }
    fputs("\n  --db FILE   the order book; order makes it\n"
          "  --help      this text\n"
          "  --version   the version\n"
          "\nExit: 0 done, 1 usage or configuration, 5 token, 7 order book, batch, profile or "
          "results.\n",
          out);
}

int cmd_usage(const struct cmd *cmd)
{
    fprintf(stderr, "usage: dpplus --db FILE %s\n", cmd->usage);
    return DP_USAGE;
}

int cmd_failed(const struct dp_failure *failure)
{
    fprintf(stderr, "dpplus: %s\n", failure->text);
    return failure->area;
}

void cmd_print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        putchar(c < 0x20 || c == 0x7F ? '?' : c);
    }
}

static int cmd_run(const char *db, int argc, char **argv)
{
    for (size_t i = 0; i < CMD_COUNT; i++) {
        if (strcmp(argv[0], cmds[i].name) == 0) {
            /* getopt's state is global; 0 has glibc start anew, the "+" of the
             * scan above included. */
            optind = 0;
            return cmds[i].run(&cmds[i], db, argc, argv);
        }
    }
    fprintf(stderr, "dpplus: no command \"%.40s\"; dpplus --help lists them\n", argv[0]);
    return DP_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    const char *db = NULL;
    int option;

    log_setup("dpplus", LOG_LEVEL_WARNING);
    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            db = optarg;
            break;
        case 'h':
            help_print(stdout);
            return EXIT_OK;
        case 'V':
            puts("dpplus " EUICC_LINE_VERSION);
            return EXIT_OK;
        default:
            help_print(stderr);
            return DP_USAGE;
        }
    }
    if (db == NULL || optind == argc) {
        help_print(stderr);
        return DP_USAGE;
    }
    return cmd_run(db, argc - optind, argv + optind);
}
