#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "cli/command.h"
#include "cli/output.h"
#include "line/probe.h"

static void show_text(const struct probe *probe)
{
    char text[EID_TEXT_SIZE];
    char id[2 * CERT_KEY_ID_SIZE + 1];
    printf("dialect  %s\n", probe->dialect);
    printf("IMEI     %s\n", probe->imei[0] != '\0' ? probe->imei : "-");
    printf("EID      %s\n", eid_text(&probe->eid, text));
    printf("SVN      %u.%u.%u\n", probe->info.svn[0], probe->info.svn[1], probe->info.svn[2]);
    for (size_t i = 0; i < probe->info.for_verification.count; i++) {
        printf("CI key   %s\n", hex_encode(BYTES_OF(probe->info.for_verification.id[i]), id));
    }
    for (size_t i = 0; i < probe->profiles.count; i++) {
        const struct profile_info *profile = &probe->profiles.item[i];
        printf("profile  %s  %s  %s / %s\n", iccid_text(&profile->iccid, text),
               profile->enabled ? "enabled" : "disabled", profile->service_provider, profile->name);
    }
    printf("pending notifications: %zu\n", probe->notifications.count);
}

static cJSON *profiles_json(const struct profile_list *list)
{
    char iccid[ICCID_TEXT_SIZE];
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < list->count; i++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "iccid", iccid_text(&list->item[i].iccid, iccid));
        cJSON_AddBoolToObject(object, "enabled", list->item[i].enabled);
        cJSON_AddStringToObject(object, "service_provider", list->item[i].service_provider);
        cJSON_AddStringToObject(object, "name", list->item[i].name);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

static cJSON *keys_json(const struct ci_key_list *list)
{
    char id[2 * CERT_KEY_ID_SIZE + 1];
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < list->count; i++) {
        cJSON_AddItemToArray(array, cJSON_CreateString(hex_encode(BYTES_OF(list->id[i]), id)));
    }
    return array;
}

static void show_json(const struct probe *probe)
{
    char text[EID_TEXT_SIZE];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "dialect", probe->dialect);
    if (probe->imei[0] != '\0') {
        cJSON_AddStringToObject(object, "imei", probe->imei);
    }
    cJSON_AddStringToObject(object, "eid", eid_text(&probe->eid, text));
    snprintf(text, sizeof(text), "%u.%u.%u", probe->info.svn[0], probe->info.svn[1],
             probe->info.svn[2]);
    cJSON_AddStringToObject(object, "svn", text);
    cJSON_AddItemToObject(object, "ci_for_verification", keys_json(&probe->info.for_verification));
    cJSON_AddItemToObject(object, "ci_for_signing", keys_json(&probe->info.for_signing));
    cJSON_AddItemToObject(object, "profiles", profiles_json(&probe->profiles));
    cJSON_AddNumberToObject(object, "notifications", (double)probe->notifications.count);
    output_json(object);
}

int cmd_probe(const struct options *options)
{
    struct line line;
    struct probe probe;
    struct failure failure = {.result_code = -1};
    if (!line_configure(options->config, &line, &failure)) {
        return output_failure(&failure, NULL, NULL);
    }
    if (options->port_count != 1) {
        failure_set(&failure, FAILURE_CONFIGURATION, "which port? Say --port PORT");
        return output_failure(&failure, NULL, NULL);
    }
    const struct device_port port = line_port(&line, options->ports[0]);
    if (!probe_run(&port, &probe, &failure)) {
        return output_failure(&failure, options->ports[0], probe.has_eid ? &probe.eid : NULL);
    }
    if (options->json) {
        show_json(&probe);
    } else {
        show_text(&probe);
    }
    return EXIT_DONE;
}
