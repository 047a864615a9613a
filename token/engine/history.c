#include "engine/history.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define TIME_FORMAT "%Y-%m-%dT%H:%M:%SZ"
#define TIME_FIELD "\"time\":\""

void history_clear(struct history *history)
{
    releases_clear(&history->releases);
    *history = (struct history){0};
}

time_t history_now(struct history *history, time_t clock)
{
    if (clock > history->seen) {
        history->seen = clock;
    }
    return history->seen > history->recorded ? history->seen : history->recorded;
}

void history_accept_clock(struct history *history, time_t clock)
{
    history->seen = clock;
    history->recorded = clock;
    history->expired = false;
}

/* "time" is the second field of every line, before any text of others. */
static enum err line_time(const char *line, time_t *when)
{
    struct tm parts = {0};
    const char *at = strstr(line, TIME_FIELD);
    if (at == NULL || strptime(at + strlen(TIME_FIELD), TIME_FORMAT, &parts) == NULL) {
        return ERR_SIGNATURE;
    }
    *when = timegm(&parts);
    return ERR_OK;
}

static const char *text_of(const cJSON *line, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
}

static enum err count_release(struct history *history, const cJSON *line)
{
    struct eid eid;
    struct iccid iccid;
    const char *eid_digits = text_of(line, "eid"), *iccid_digits = text_of(line, "iccid");
    if (eid_digits == NULL || iccid_digits == NULL || eid_parse(eid_digits, &eid) != ERR_OK ||
        iccid_parse(iccid_digits, &iccid) != ERR_OK) {
        return ERR_SIGNATURE;
    }
    return releases_add(&history->releases, &eid, &iccid);
}

/* The officer's word on the date is one on the clock: a clock that once ran ahead
 * can be put right by that, and by nothing else. */
static enum err note_policy(struct history *history, const cJSON *line, time_t when)
{
    history->expired = false;
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line, "clock_accepted"))) {
        history->recorded = when;
    }
    return ERR_OK;
}

/* Events that mean something here; others are not even parsed. */
static bool concerns(const char *line)
{
    return strstr(line, "\"event\":\"release\"") != NULL ||
           strstr(line, "\"event\":\"policy\"") != NULL ||
           strstr(line, "\"event\":\"expired\"") != NULL ||
           strstr(line, "\"event\":\"initialise again\"") != NULL;
}

/* The lines are our own, and checked by the chain before they come here. */
static enum err visit(void *context, const char *line, size_t len)
{
    struct history *history = context;
    time_t when;
    enum err err = line_time(line, &when);
    if (err != ERR_OK) {
        return err;
    }
    if (when > history->recorded) {
        history->recorded = when;
    }
    if (!concerns(line)) {
        return ERR_OK;
    }
    cJSON *root = cJSON_ParseWithLength(line, len);
    const char *event = text_of(root, "event");
    if (event == NULL) {
        err = ERR_SIGNATURE;
    } else if (strcmp(event, "release") == 0) {
        err = count_release(history, root);
    } else if (strcmp(event, "policy") == 0) {
        err = note_policy(history, root, when);
    } else if (strcmp(event, "expired") == 0) {
        history->expired = true;
    } else if (strcmp(event, "initialise again") == 0) {
        history->expired = false; /* and no policy any more */
    }
    cJSON_Delete(root);
    return err;
}

struct journal_visitor history_visitor(struct history *history)
{
    time_t seen = history->seen;
    history_clear(history);
    history->seen = seen;
    return (struct journal_visitor){visit, history};
}
