/* The subcommands of euicc-line: one row each. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>

enum { OPTION_PORTS_MAX = 32 };

/* What the command line said. Strings are argv's. */
struct options {
    const char *config;
    bool json;
    const char *ports[OPTION_PORTS_MAX];
    int port_count;
    const char *file; /* import BATCH.ppb, results export FILE.ppr */
};

/* Runs a command and returns the program's exit code. */
int cmd_import(const struct options *options);
int cmd_load(const struct options *options);
int cmd_run(const struct options *options);
int cmd_probe(const struct options *options);
int cmd_profiles(const struct options *options);
int cmd_results_export(const struct options *options);

#endif
