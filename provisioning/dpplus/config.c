#include "dpplus/config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "dpplus/json.h"

enum { VERSION_MAX = 255 };

/* One key: how its value is taken. */
struct config_key {
    const char *name;
    bool required;
    /* ERR_MALFORMED when the value is not what the key wants. */
    enum err (*take)(cJSON *value, struct dp_config *config, size_t offset);
    size_t offset;
    const char *wants;
};

static enum err take_text(cJSON *value, struct dp_config *config, size_t offset)
{
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0') {
        return ERR_MALFORMED;
    }
    memcpy((char *)config + offset, &value->valuestring, sizeof(value->valuestring));
    return ERR_OK;
}

/* A path as the file names it becomes one the program can open: the text in the
 * JSON tree, which the configuration points into, is replaced. */
static enum err resolve(cJSON *value, const struct dp_config *config)
{
    char path[PATH_MAX];

    if (!cJSON_IsString(value) || value->valuestring[0] == '\0' ||
        file_resolve(config->path, value->valuestring, path, sizeof(path)) != ERR_OK ||
        cJSON_SetValuestring(value, path) == NULL) {
        return ERR_MALFORMED;
    }
    return ERR_OK;
}

static enum err take_path(cJSON *value, struct dp_config *config, size_t offset)
{
    enum err err = resolve(value, config);

    return err == ERR_OK ? take_text(value, config, offset) : err;
}

/* A bare name is a module p11-kit is configured for. */
static enum err take_module(cJSON *value, struct dp_config *config, size_t offset)
{
    bool name = cJSON_IsString(value) && strchr(value->valuestring, '/') == NULL;

    return name ? take_text(value, config, offset) : take_path(value, config, offset);
}

static enum err take_version(cJSON *value, struct dp_config *config, size_t offset)
{
    (void)offset;
    if (!cJSON_IsNumber(value) || value->valuedouble != value->valueint || value->valueint < 1 ||
        value->valueint > VERSION_MAX) {
        return ERR_MALFORMED;
    }
    config->root_key_version = (unsigned)value->valueint;
    return ERR_OK;
}

static enum err take_files(cJSON *value, struct dp_config *config, size_t offset)
{
    cJSON *item;

    (void)offset;
    if (!cJSON_IsArray(value)) {
        return ERR_MALFORMED;
    }
    cJSON_ArrayForEach(item, value)
    {
        if (config->ci_count == DP_CI_MAX || resolve(item, config) != ERR_OK) {
            return ERR_MALFORMED;
        }
        config->ci[config->ci_count++] = item->valuestring;
    }
    return ERR_OK;
}

static const struct config_key keys[] = {
    {"module", true, take_module, offsetof(struct dp_config, module), "a path or a p11-kit name"},
    {"token", true, take_text, offsetof(struct dp_config, token), "a PKCS#11 URI"},
    {"pin_file", false, take_path, offsetof(struct dp_config, pin_file), "a path"},
    {"root_key_version", false, take_version, 0, "a number from 1 to 255"},
    {"dp_oid", false, take_text, offsetof(struct dp_config, dp_oid), "an OID such as 2.999.10"},
    {"ci", false, take_files, 0, "a list of up to 16 files"},
};

static const struct config_key *key_find(const char *name)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static enum err config_decode(const char *path, struct dp_config *config,
                              struct dp_failure *failure)
{
    cJSON *member;
    bool seen[sizeof(keys) / sizeof(keys[0])] = {false};

    cJSON_ArrayForEach(member, config->json)
    {
        const struct config_key *key = key_find(member->string);

        if (key == NULL) {
            return dp_fail(failure, DP_USAGE, ERR_MALFORMED, "%s: unknown key \"%.60s\"", path,
                           member->string);
        }
        if (seen[key - keys]) {
            return dp_fail(failure, DP_USAGE, ERR_DUPLICATE, "%s: key \"%s\" stands twice", path,
                           key->name);
        }
        seen[key - keys] = true;
        if (key->take(member, config, key->offset) != ERR_OK) {
            return dp_fail(failure, DP_USAGE, ERR_MALFORMED, "%s: \"%s\" must be %s", path,
                           key->name, key->wants);
        }
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].required && !seen[i]) {
            return dp_fail(failure, DP_USAGE, ERR_NOT_FOUND, "%s: \"%s\" is missing: %s", path,
                           keys[i].name, keys[i].wants);
        }
    }
    return ERR_OK;
}

enum err dp_config_load(const char *path, struct dp_config *config, struct dp_failure *failure)
{
    struct buf text;
    enum err err;

    memset(config, 0, sizeof(*config));
    config->path = path;
    buf_init(&text, DP_CONFIG_MAX);
    err = file_read(path, &text);
    if (err != ERR_OK) {
        err = dp_fail(failure, DP_USAGE, err, "configuration %s: %s", path,
                      err == ERR_RANGE ? "larger than 64 KiB" : strerror(errno));
        goto out;
    }
    config->json = json_object(buf_bytes(&text));
    if (config->json == NULL) {
        err = dp_fail(failure, DP_USAGE, ERR_MALFORMED, "%s is not a JSON object", path);
        goto out;
    }
    err = config_decode(path, config, failure);
out:
    if (err != ERR_OK) {
        dp_config_clear(config);
    }
    buf_clear(&text);
    return err;
}

void dp_config_clear(struct dp_config *config)
{
    cJSON_Delete(config->json);
    memset(config, 0, sizeof(*config));
}
