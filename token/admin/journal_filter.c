#include "admin/journal_filter.h"

#include <string.h>

#include "admin/admin.h"
#include "admin/date.h"

const char *journal_filter_text(const cJSON *entry, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
    return text != NULL ? text : "";
}

int journal_filter_check(const struct journal_filter *filter)
{
    time_t when = 0;
    const char *const dates[] = {filter->since, filter->until};
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        if (dates[i] != NULL && date_parse(dates[i], false, &when) != ERR_OK) {
            return admin_usage("%s: a date is YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", dates[i]);
        }
    }
    struct eid parsed;
    if (filter->eid != NULL && eid_parse(filter->eid, &parsed) != ERR_OK) {
        return admin_usage("%s: not an EID", filter->eid);
    }
    return ADMIN_OK;
}

bool journal_filter_any(const struct journal_filter *filter)
{
    return filter->eid != NULL || filter->since != NULL || filter->until != NULL;
}

/* Times are compared as text: both are ISO 8601 in UTC. A day alone stands for
 * all of it. */
bool journal_filter_wants(const struct journal_filter *filter, const cJSON *entry)
{
    const char *time = journal_filter_text(entry, "time");
    return (filter->eid == NULL || strcmp(journal_filter_text(entry, "eid"), filter->eid) == 0) &&
           (filter->since == NULL || strcmp(time, filter->since) >= 0) &&
           (filter->until == NULL || strncmp(time, filter->until, strlen(filter->until)) <= 0);
}
