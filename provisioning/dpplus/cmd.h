/* The subcommands. Each gets its own arguments, argv[0] being its name, and
 * returns the program's exit code (design.md section 8). */
#ifndef DPPLUS_CMD_H
#define DPPLUS_CMD_H

#include "dpplus/failure.h"

enum { EXIT_OK = 0 };

struct cmd {
    const char *name;
    const char *usage; /* with all its options, without the program's own */
    int (*run)(const struct cmd *cmd, const char *db, int argc, char **argv);
};

int cmd_order(const struct cmd *cmd, const char *db, int argc, char **argv);
int cmd_orders(const struct cmd *cmd, const char *db, int argc, char **argv);
int cmd_export(const struct cmd *cmd, const char *db, int argc, char **argv);
int cmd_results(const struct cmd *cmd, const char *db, int argc, char **argv);

/* Complains about the arguments; returns DP_USAGE. */
int cmd_usage(const struct cmd *cmd);
/* Says what failed on standard error; returns its exit code. */
int cmd_failed(const struct dp_failure *failure);
/* Text of unknown origin: control characters are shown as '?'. */
void cmd_print_text(const char *text);

#endif
