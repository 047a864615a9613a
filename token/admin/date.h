/* Dates as people write them: UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ. */
#ifndef ADMIN_DATE_H
#define ADMIN_DATE_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"

/* A day alone is its first second, or its last when end_of_day. */
enum err date_parse(const char *text, bool end_of_day, time_t *when);

#endif
