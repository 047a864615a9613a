/* Long options of one command: a table of names and where their values go. */
#ifndef ADMIN_OPTIONS_H
#define ADMIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { OPTION_LIST_MAX = 16 };

struct option_list {
    const char *values[OPTION_LIST_MAX];
    size_t count;
};

/* One of the three says where the option goes. name NULL ends a table. */
struct option_row {
    const char *name;
    const char **value;       /* takes an argument */
    bool *flag;               /* takes none */
    struct option_list *list; /* takes an argument, may be given again */
};

/* Parses argv[0..argc). Stops at the first argument that is no option, or goes
 * on behind it when `anywhere`. rest: what were no options, in order, at most
 * rest_max. False after saying on standard error what is wrong; the options'
 * variables hold what was seen so far. */
bool options_parse(const char *program, const struct option_row *rows, bool anywhere, int argc,
                   char **argv, char **rest, int rest_max, int *rest_count);

#endif
