#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "line/line.h"

static enum err show_text(void *context, const struct ledger_profile *profile)
{
    char eid[EID_TEXT_SIZE];
    char iccid[ICCID_TEXT_SIZE];
    unsigned *count = context;
    printf("%s  %-20s  %-10s  %s%s%s\n", eid_text(&profile->eid, eid),
           iccid_text(&profile->iccid, iccid), ledger_state_name(profile->state), profile->changed,
           profile->error[0] != '\0' ? "  " : "", profile->error);
    (*count)++;
    return ERR_OK;
}

static enum err show_json(void *context, const struct ledger_profile *profile)
{
    char eid[EID_TEXT_SIZE];
    char iccid[ICCID_TEXT_SIZE];
    unsigned *count = context;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "eid", eid_text(&profile->eid, eid));
    cJSON_AddStringToObject(object, "iccid", iccid_text(&profile->iccid, iccid));
    cJSON_AddStringToObject(object, "state", ledger_state_name(profile->state));
    cJSON_AddNumberToObject(object, "attempts", profile->attempts);
    if (profile->error[0] != '\0') {
        cJSON_AddStringToObject(object, "error", profile->error);
    }
    cJSON_AddStringToObject(object, "changed", profile->changed);
    output_json(object);
    (*count)++;
    return ERR_OK;
}

int cmd_profiles(const struct options *options)
{
    struct line line;
    struct ledger *ledger = NULL;
    struct failure failure = {.result_code = -1};
    unsigned count = 0;
    bool good = line_configure(options->config, &line, &failure) &&
                line_open_ledger(&line, &ledger, &failure);
    if (good) {
        enum err err = ledger_each(ledger, options->json ? show_json : show_text, &count);
        good = err == ERR_OK || line_ledger_failure(&failure, err, ledger_detail(ledger));
    }
    ledger_close(&ledger);
    if (!good) {
        return output_failure(&failure, NULL, NULL);
    }
    if (!options->json) {
        printf("%u profile%s\n", count, count == 1 ? "" : "s");
    }
    return EXIT_DONE;
}
