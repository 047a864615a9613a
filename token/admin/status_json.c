#include "admin/status_json.h"
#include "admin/certificate_summary.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "admin/admin.h"
#include "admin/fault.h"
#include "base/hex.h"

static cJSON *pin_json(bool set, bool locked, uint8_t tries)
{
    cJSON *pin = cJSON_CreateObject();
    cJSON_AddBoolToObject(pin, "set", set);
    cJSON_AddBoolToObject(pin, "locked", locked);
    cJSON_AddNumberToObject(pin, "tries", tries);
    return pin;
}

static void add_token(cJSON *json, const struct client_status *status)
{
    uint32_t flags = status->flags;
    cJSON_AddStringToObject(json, "label", status->label);
    cJSON_AddStringToObject(json, "serial", status->serial);
    cJSON_AddStringToObject(json, "role", admin_role_name(status->role));
    cJSON_AddBoolToObject(json, "development", (flags & TOKWIRE_FLAG_DEVELOPMENT) != 0);
    cJSON_AddItemToObject(json, "user_pin",
                          pin_json((flags & TOKWIRE_FLAG_USER_PIN_SET) != 0,
                                   (flags & TOKWIRE_FLAG_USER_LOCKED) != 0, status->user_tries));
    cJSON_AddItemToObject(json, "so_pin",
                          pin_json(true, (flags & TOKWIRE_FLAG_SO_LOCKED) != 0, status->so_tries));
}

/* null: sound, as far as the engine has looked. */
static void add_fault(cJSON *json, const struct client_status *status)
{
    if ((status->flags & TOKWIRE_FLAG_TAMPERED) == 0) {
        cJSON_AddNullToObject(json, "fault");
        return;
    }
    cJSON *fault = cJSON_AddObjectToObject(json, "fault");
    cJSON_AddStringToObject(fault, "name", fault_text(status->fault)->name);
    cJSON_AddStringToObject(fault, "meaning", fault_text(status->fault)->meaning);
}

/* null: no limit. */
static void add_limit(cJSON *policy, const char *name, uint32_t limit)
{
    if (limit == UINT32_MAX) {
        cJSON_AddNullToObject(policy, name);
    } else {
        cJSON_AddNumberToObject(policy, name, limit);
    }
}

static void add_date(cJSON *json, const char *name, uint64_t when)
{
    char date[CLOCK_TEXT_SIZE];
    if (when == 0) {
        cJSON_AddNullToObject(json, name);
    } else {
        cJSON_AddStringToObject(json, name, clock_text((time_t)when, date));
    }
}

/* null: any. */
static void add_batches(cJSON *policy, const struct client_status *status)
{
    char id[2 * TOKWIRE_BATCH_ID_SIZE + 1];
    if (status->batch_count == 0) {
        cJSON_AddNullToObject(policy, "batches");
        return;
    }
    cJSON *batches = cJSON_AddArrayToObject(policy, "batches");
    for (size_t i = 0; i < status->batch_count; i++) {
        cJSON_AddItemToArray(batches,
                             cJSON_CreateString(hex_encode(BYTES_OF(status->batches[i]), id)));
    }
}

static void add_policy(cJSON *json, const struct client_status *status)
{
    cJSON *policy = cJSON_AddObjectToObject(json, "policy");
    add_limit(policy, "quota", status->quota);
    add_limit(policy, "retries", status->retries);
    add_date(policy, "not_after", status->not_after);
    add_batches(policy, status);
    cJSON_AddBoolToObject(policy, "expired", (status->flags & TOKWIRE_FLAG_EXPIRED) != 0);
    cJSON_AddNumberToObject(json, "releases", (double)status->releases);
    add_date(json, "time_seen", status->time_seen);
}

static void add_origin(cJSON *item, const struct client_object *object)
{
    cJSON_AddStringToObject(item, "origin",
                            object->origin == TOKWIRE_ORIGIN_GENERATED  ? "generated"
                            : object->origin == TOKWIRE_ORIGIN_IMPORTED ? "imported"
                                                                        : "unknown");
}

static cJSON *root_json(const struct client_object *object)
{
    char text[2 * TOKWIRE_CHECK_VALUE_SIZE + 1] = "";
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "label", object->label);
    cJSON_AddNumberToObject(item, "version", object->version);
    cJSON_AddStringToObject(item, "check_value", hex_encode(object->check_value, text));
    add_origin(item, object);
    return item;
}

static cJSON *key_json(const struct client_object *object)
{
    char point[2 * EC_POINT_SIZE + 1] = "";
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "label", object->label);
    cJSON_AddStringToObject(item, "curve", admin_curve_name(object->curve));
    cJSON_AddStringToObject(item, "public_key", hex_encode(object->public_key, point));
    add_origin(item, object);
    return item;
}

static cJSON *certificate_json(const struct client_object *object)
{
    struct certificate_summary summary;
    cJSON *item = cJSON_CreateObject();
    certificate_summary(object, &summary);
    cJSON_AddStringToObject(item, "label", object->label);
    cJSON_AddStringToObject(item, "subject", summary.subject);
    cJSON_AddStringToObject(item, "serial", summary.serial);
    cJSON_AddStringToObject(item, "sha256", summary.sha256);
    cJSON_AddStringToObject(item, "not_after", summary.not_after);
    cJSON_AddBoolToObject(item, "valid_now", summary.readable && !summary.expired);
    if (summary.oid[0] != '\0') {
        cJSON_AddStringToObject(item, "oid", summary.oid);
    }
    return item;
}

static cJSON *counter_json(const struct client_object *object)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "label", object->label);
    cJSON_AddNumberToObject(item, "value", (double)object->count);
    return item;
}

/* Lists of the report, by class of object; trusted CIs are a list of their own. */
static const struct {
    const char *name;
    uint8_t object_class;
    bool trusted;
    cJSON *(*make)(const struct client_object *object);
} list_rows[] = {
    {"roots", TOKWIRE_CLASS_ROOT, false, root_json},
    {"retired", TOKWIRE_CLASS_RETIRED, false, root_json},
    {"keys", TOKWIRE_CLASS_PRIVATE, false, key_json},
    {"certificates", TOKWIRE_CLASS_CERTIFICATE, false, certificate_json},
    {"trusted", TOKWIRE_CLASS_CERTIFICATE, true, certificate_json},
    {"counters", TOKWIRE_CLASS_COUNTER, false, counter_json},
};

static enum err add_list(cJSON *json, size_t row, struct bytes objects)
{
    cJSON *list = cJSON_AddArrayToObject(json, list_rows[row].name);
    struct tlv_reader reader;
    struct client_object object;
    tlv_reader_init(&reader, objects);
    enum err err = client_object_next(&reader, &object);
    for (; err == ERR_OK; err = client_object_next(&reader, &object)) {
        bool trusted = object.key == TOKWIRE_KEY_CI;
        if (object.object_class == list_rows[row].object_class &&
            trusted == list_rows[row].trusted) {
            cJSON_AddItemToArray(list, list_rows[row].make(&object));
        }
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err status_json(const struct client_status *status, struct bytes objects, char **text)
{
    enum err err = ERR_OK;
    bool initialised = (status->flags & TOKWIRE_FLAG_INITIALISED) != 0;
    cJSON *json = cJSON_CreateObject();
    *text = NULL;
    cJSON_AddStringToObject(json, "firmware", status->firmware);
    cJSON_AddBoolToObject(json, "initialised", initialised);
    if (initialised) {
        add_fault(json, status);
        add_token(json, status);
        add_policy(json, status);
        for (size_t i = 0; err == ERR_OK && i < sizeof(list_rows) / sizeof(list_rows[0]); i++) {
            err = add_list(json, i, objects);
        }
    }
    if (err == ERR_OK) {
        *text = cJSON_Print(json);
        err = *text != NULL ? ERR_OK : ERR_MEMORY;
    }
    cJSON_Delete(json);
    return err;
}
