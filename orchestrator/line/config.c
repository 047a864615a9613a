#include "line/config.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"

enum {
    CONFIG_FILE_MAX = 64 * 1024,
    BAUD_DEFAULT = 115200,
    ATTEMPTS_DEFAULT = 5,
    APDU_TIMEOUT_DEFAULT = 30000,
};

enum key_kind { KEY_TEXT, KEY_PATH, KEY_MODULE, KEY_NUMBER, KEY_FLAG, KEY_PORTS };

/* One row per key; offset is the field's place in struct config. */
struct key_row {
    const char *name;
    enum key_kind kind;
    bool required;
    size_t offset;
};

#define KEY(field, kind, required)                                                                 \
    {                                                                                              \
#field, (kind), (required), offsetof(struct config, field)                                 \
    }

/* clang-format off: a row per line */
static const struct key_row keys[] = {
    KEY(module, KEY_MODULE, true),
    KEY(token, KEY_TEXT, true),
    KEY(pin_file, KEY_PATH, false),
    KEY(database, KEY_PATH, true),
    KEY(server_address, KEY_TEXT, true),
    KEY(batch_trust, KEY_PATH, true),
    KEY(baud, KEY_NUMBER, false),
    KEY(ports, KEY_PORTS, false),
    KEY(enable_profile, KEY_FLAG, false),
    KEY(attempts_max, KEY_NUMBER, false),
    KEY(apdu_timeout_ms, KEY_NUMBER, false),
};
/* clang-format on */
enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]) };

static enum err fail(char *detail, const char *name, const char *what)
{
    snprintf(detail, CONFIG_DETAIL_SIZE, "\"%s\" %s", name, what);
    return ERR_MALFORMED;
}

static enum err take_text(const cJSON *item, char *out)
{
    if (!cJSON_IsString(item) || item->valuestring[0] == '\0') {
        return ERR_MALFORMED;
    }
    int len = snprintf(out, CONFIG_TEXT_SIZE, "%s", item->valuestring);
    return len < CONFIG_TEXT_SIZE ? ERR_OK : ERR_RANGE;
}

/* A module that is a bare name is one p11-kit is configured for. */
static enum err take_path(const cJSON *item, enum key_kind kind, const char *config_path, char *out)
{
    enum err err = take_text(item, out);
    if (err != ERR_OK || (kind == KEY_MODULE && strchr(out, '/') == NULL)) {
        return err;
    }
    return file_resolve(config_path, item->valuestring, out, CONFIG_TEXT_SIZE);
}

static enum err take_number(const cJSON *item, void *field)
{
    unsigned number;
    if (!cJSON_IsNumber(item) || item->valuedouble < 1 || item->valuedouble > 10000000 ||
        item->valuedouble != (double)(unsigned)item->valuedouble) {
        return ERR_MALFORMED;
    }
    number = (unsigned)item->valuedouble;
    memcpy(field, &number, sizeof(number));
    return ERR_OK;
}

static enum err take_ports(const cJSON *item, struct config *config)
{
    const cJSON *port;
    if (!cJSON_IsArray(item)) {
        return ERR_MALFORMED;
    }
    cJSON_ArrayForEach(port, item)
    {
        if (config->port_count == CONFIG_PORTS_MAX) {
            return ERR_RANGE;
        }
        enum err err = take_text(port, config->ports[config->port_count]);
        if (err != ERR_OK) {
            return err;
        }
        config->port_count++;
    }
    return ERR_OK;
}

static enum err take_value(const struct key_row *row, const cJSON *item, const char *config_path,
                           struct config *config)
{
    char *field = (char *)config + row->offset;
    switch (row->kind) {
    case KEY_TEXT:
        return take_text(item, field);
    case KEY_PATH:
    case KEY_MODULE:
        return take_path(item, row->kind, config_path, field);
    case KEY_NUMBER:
        return take_number(item, field);
    case KEY_FLAG:
        config->enable_profile = cJSON_IsTrue(item);
        return cJSON_IsBool(item) ? ERR_OK : ERR_MALFORMED;
    case KEY_PORTS:
        return take_ports(item, config);
    }
    return ERR_MALFORMED;
}

static const struct key_row *row_of(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static enum err take_object(const cJSON *object, const char *config_path, struct config *config,
                            char *detail)
{
    const cJSON *item;
    bool seen[KEY_COUNT] = {false};
    if (!cJSON_IsObject(object)) {
        snprintf(detail, CONFIG_DETAIL_SIZE, "not a JSON object");
        return ERR_MALFORMED;
    }
    cJSON_ArrayForEach(item, object)
    {
        const struct key_row *row = row_of(item->string);
        if (row == NULL) {
            return fail(detail, item->string, "is not a known key");
        }
        if (seen[row - keys]) {
            return fail(detail, item->string, "stands there twice");
        }
        seen[row - keys] = true;
        if (take_value(row, item, config_path, config) != ERR_OK) {
            return fail(detail, item->string, "has a value of the wrong type or size");
        }
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (keys[i].required && !seen[i]) {
            return fail(detail, keys[i].name, "is missing");
        }
    }
    return ERR_OK;
}

enum err config_load(const char *path, struct config *config, char *detail)
{
    struct buf content;
    cJSON *object = NULL;
    *config = (struct config){
        .baud = BAUD_DEFAULT,
        .attempts_max = ATTEMPTS_DEFAULT,
        .apdu_timeout_ms = APDU_TIMEOUT_DEFAULT,
    };
    detail[0] = '\0';
    buf_init(&content, CONFIG_FILE_MAX);
    enum err err = file_read(path, &content);
    if (err != ERR_OK) {
        snprintf(detail, CONFIG_DETAIL_SIZE, "cannot be read: %s",
                 err == ERR_NOT_FOUND ? "no such file" : err_name(err));
        goto out;
    }
    object = cJSON_ParseWithLength((const char *)content.data, content.len);
    if (object == NULL) {
        snprintf(detail, CONFIG_DETAIL_SIZE, "is not JSON");
        err = ERR_MALFORMED;
        goto out;
    }
    err = take_object(object, path, config, detail);
out:
    cJSON_Delete(object);
    buf_clear(&content);
    return err;
}
