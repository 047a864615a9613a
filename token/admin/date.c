#include "admin/date.h"

#include <string.h>

enum err date_parse(const char *text, bool end_of_day, time_t *when)
{
    struct tm tm = {0};
    *when = 0;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL) {
        tm = (struct tm){0};
        end = strptime(text, "%Y-%m-%d", &tm);
        if (end_of_day) {
            tm.tm_hour = 23;
            tm.tm_min = 59;
            tm.tm_sec = 59;
        }
    }
    if (end == NULL || *end != '\0') {
        return ERR_MALFORMED;
    }
    /* 31 February would become 2 or 3 March. */
    struct tm given = tm;
    *when = timegm(&tm);
    return given.tm_mday == tm.tm_mday && given.tm_mon == tm.tm_mon ? ERR_OK : ERR_MALFORMED;
}
