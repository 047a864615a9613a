/* The doctor's report as JSON. */
#include <cjson/cJSON.h>

#include "admin/doctor.h"
#include "admin/fault.h"

static const struct {
    const char *name;
    uint8_t capability_class;
} list_rows[] = {
    {"mechanisms", TOKWIRE_CAPABILITY_MECHANISM},
    {"root_key_attributes", TOKWIRE_CAPABILITY_CMAC_KEY},
    {"signing_key_attributes", TOKWIRE_CAPABILITY_EC_KEY},
    {"uses", TOKWIRE_CAPABILITY_USE},
};

static cJSON *finding_json(const struct doctor_finding *finding)
{
    static const char *const weights[] = {
        [DOCTOR_GOOD] = "good",
        [DOCTOR_RESERVATION] = "reservation",
        [DOCTOR_UNUSABLE] = "fault",
    };
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", finding->capability.name);
    cJSON_AddStringToObject(item, "verdict", doctor_verdict_name(finding->capability.verdict));
    cJSON_AddStringToObject(item, "weight", weights[finding->weight]);
    return item;
}

static void add_findings(cJSON *json, const struct doctor *doctor)
{
    for (size_t row = 0; row < sizeof(list_rows) / sizeof(list_rows[0]); row++) {
        cJSON *list = cJSON_AddArrayToObject(json, list_rows[row].name);
        for (size_t i = 0; i < doctor->count; i++) {
            const struct doctor_finding *finding = &doctor->findings[i];
            if (finding->capability.capability_class == list_rows[row].capability_class) {
                cJSON_AddItemToArray(list, finding_json(finding));
            }
        }
    }
}

enum err doctor_json(const struct doctor *doctor, const char *name, char **text)
{
    struct buf row;
    *text = NULL;
    buf_init(&row, DOCTOR_ROW_MAX);
    doctor_row(doctor, name, &row);
    buf_put_u8(&row, 0);
    if (buf_err(&row) != ERR_OK) {
        enum err err = buf_err(&row);
        buf_clear(&row);
        return err;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "module", doctor->keystore.module);
    cJSON_AddStringToObject(json, "token", doctor->keystore.token);
    /* Without them there is no login, and no report. */
    cJSON_AddStringToObject(json, "known_answers", "right");
    add_findings(json, doctor);
    cJSON_AddNumberToObject(json, "reservations", (double)doctor->reservations);
    cJSON_AddNumberToObject(json, "faults", (double)doctor->faults);
    if (doctor->tampered == TOKWIRE_FAULT_NONE) {
        cJSON_AddNullToObject(json, "tampered");
    } else {
        cJSON_AddStringToObject(json, "tampered", fault_text(doctor->tampered)->name);
    }
    cJSON_AddBoolToObject(json, "usable", doctor_usable(doctor));
    cJSON_AddStringToObject(json, "row", (const char *)row.data);
    buf_clear(&row);
    *text = cJSON_Print(json);
    cJSON_Delete(json);
    return *text != NULL ? ERR_OK : ERR_MEMORY;
}
