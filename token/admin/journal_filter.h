/* Which entries of the journal are wanted: those of one chip, of some days. */
#ifndef ADMIN_JOURNAL_FILTER_H
#define ADMIN_JOURNAL_FILTER_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/err.h"

/* What is NULL does not limit. */
struct journal_filter {
    const char *eid;
    const char *since, *until; /* UTC: YYYY-MM-DD, or YYYY-MM-DDTHH:MM:SSZ */
};

/* Says what is wrong with an EID or a date; an enum admin_exit. */
int journal_filter_check(const struct journal_filter *filter);
bool journal_filter_any(const struct journal_filter *filter);
bool journal_filter_wants(const struct journal_filter *filter, const cJSON *entry);
/* Text of a field, "" when there is none. */
const char *journal_filter_text(const cJSON *entry, const char *name);

#endif
