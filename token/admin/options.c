#include "admin/options.h"

#include <stdio.h>
#include <string.h>

/* The row of "name" or "name=value"; *value is behind the '=', NULL without. */
static const struct option_row *row_of(const struct option_row *rows, const char *text,
                                       const char **value)
{
    size_t len = strcspn(text, "=");
    *value = text[len] == '=' ? text + len + 1 : NULL;
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (strlen(rows->name) == len && strncmp(rows->name, text, len) == 0) {
            return rows;
        }
    }
    return NULL;
}

static bool complain(const char *program, const char *what, const char *name)
{
    fprintf(stderr, "%s: %s: %s\n", program, name, what);
    return false;
}

static bool take_value(const char *program, const struct option_row *row, const char *value)
{
    if (row->value != NULL) {
        *row->value = value;
        return true;
    }
    if (row->list->count == OPTION_LIST_MAX) {
        return complain(program, "given too often", row->name);
    }
    row->list->values[row->list->count++] = value;
    return true;
}

/* One option; *used says whether the next argument was its value. */
static bool take_option(const char *program, const struct option_row *rows, const char *text,
                        const char *next, bool *used)
{
    const char *value = NULL;
    const struct option_row *row = row_of(rows, text + 2, &value);
    *used = false;
    if (row == NULL) {
        return complain(program, "no such option", text);
    }
    if (row->flag != NULL) {
        *row->flag = true;
        return value == NULL || complain(program, "takes no value", text);
    }
    *used = value == NULL;
    value = value != NULL ? value : next;
    return value == NULL ? complain(program, "needs a value", text)
                         : take_value(program, row, value);
}

bool options_parse(const char *program, const struct option_row *rows, bool anywhere, int argc,
                   char **argv, char **rest, int rest_max, int *rest_count)
{
    bool options = true;
    *rest_count = 0;
    for (int i = 0; i < argc; i++) {
        bool is_option = options && strncmp(argv[i], "--", 2) == 0;
        if (is_option && argv[i][2] == '\0') {
            options = false;
        } else if (is_option) {
            bool used = false;
            if (!take_option(program, rows, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used)) {
                return false;
            }
            i += used ? 1 : 0;
        } else if (*rest_count == rest_max) {
            return complain(program, "not expected here", argv[i]);
        } else {
            options = options && anywhere;
            rest[(*rest_count)++] = argv[i];
        }
    }
    return true;
}
