#include "keystore/keystore_config.h"

#include <ctype.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/log.h"

enum { FILE_MAX = 16 * 1024 };

struct word_row {
    const char *word;
    unsigned bit;
};

static const struct word_row quirks[] = {
    {"no-allowed-mechanisms", KEYSTORE_NO_ALLOWED_MECHANISMS},
    {"no-copyable", KEYSTORE_NO_COPYABLE},
    {"no-data-objects", KEYSTORE_NO_DATA_OBJECTS},
    {"empty-so-pin", KEYSTORE_EMPTY_SO_PIN},
    {NULL, 0},
};

static const struct word_row needs[] = {
    {"usb", KEYSTORE_NEEDS_USB},
    {"tcp", KEYSTORE_NEEDS_TCP},
    {"threads", KEYSTORE_NEEDS_THREADS},
    {NULL, 0},
};

/* The file's keys. */
enum config_key {
    KEY_MODULE,
    KEY_INIT_ARGS,
    KEY_TOKEN,
    KEY_PREFIX,
    KEY_PIN_FILE,
    KEY_CMAC,
    KEY_QUIRKS,
    KEY_NEEDS,
    KEY_ANCHOR_EVERY,
    KEY_COUNT
};

static const char *const key_names[KEY_COUNT] = {
    [KEY_MODULE] = "module",
    [KEY_INIT_ARGS] = "init_args",
    [KEY_TOKEN] = "token",
    [KEY_PREFIX] = "label_prefix",
    [KEY_PIN_FILE] = "pin_file",
    [KEY_CMAC] = "cmac",
    [KEY_QUIRKS] = "quirks",
    [KEY_NEEDS] = "needs",
    [KEY_ANCHOR_EVERY] = "anchor_every",
};

static enum err take_text(const cJSON *item, char *text, size_t size)
{
    const char *value = cJSON_GetStringValue(item);
    if (value == NULL || value[0] == '\0' || strlen(value) >= size) {
        return ERR_MALFORMED;
    }
    memcpy(text, value, strlen(value) + 1);
    return ERR_OK;
}

static enum err take_path(const cJSON *item, const char *named_in, char path[PATH_MAX])
{
    const char *value = cJSON_GetStringValue(item);
    if (value == NULL || value[0] == '\0') {
        return ERR_MALFORMED;
    }
    return file_resolve(named_in, value, path, PATH_MAX);
}

/* A number follows the prefix: one that ends in a digit would be ambiguous. */
static enum err take_prefix(const cJSON *item, char prefix[KEYSTORE_PREFIX_SIZE])
{
    enum err err = take_text(item, prefix, KEYSTORE_PREFIX_SIZE);
    if (err != ERR_OK) {
        return err;
    }
    for (const char *c = prefix; *c != '\0'; c++) {
        if (!isalpha((unsigned char)*c) && *c != '_') {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

static enum err take_words(const cJSON *item, const struct word_row *rows, unsigned *bits)
{
    const cJSON *word;
    if (!cJSON_IsArray(item)) {
        return ERR_MALFORMED;
    }
    cJSON_ArrayForEach(word, item)
    {
        const char *text = cJSON_GetStringValue(word);
        const struct word_row *row = rows;
        while (row->word != NULL && (text == NULL || strcmp(row->word, text) != 0)) {
            row++;
        }
        if (row->word == NULL) {
            return ERR_MALFORMED;
        }
        *bits |= row->bit;
    }
    return ERR_OK;
}

static enum err take_cmac(const cJSON *item, bool *build)
{
    const char *value = cJSON_GetStringValue(item);
    if (value == NULL || (strcmp(value, "native") != 0 && strcmp(value, "built") != 0)) {
        return ERR_MALFORMED;
    }
    *build = strcmp(value, "built") == 0;
    return ERR_OK;
}

static enum err take_count(const cJSON *item, unsigned *count)
{
    double value = cJSON_GetNumberValue(item);
    if (!cJSON_IsNumber(item) || value < 1 || value > KEYSTORE_ANCHOR_EVERY_MAX) {
        return ERR_MALFORMED;
    }
    *count = (unsigned)value;
    return ERR_OK;
}

static enum err take(const cJSON *item, const char *path, struct keystore_config *config)
{
    enum config_key key = 0;
    while (key < KEY_COUNT && strcmp(key_names[key], item->string) != 0) {
        key++;
    }
    switch (key) {
    case KEY_MODULE:
        return take_text(item, config->module, sizeof(config->module));
    case KEY_INIT_ARGS:
        return take_text(item, config->init_args, sizeof(config->init_args));
    case KEY_TOKEN:
        return take_text(item, config->token, sizeof(config->token));
    case KEY_PREFIX:
        return take_prefix(item, config->prefix);
    case KEY_PIN_FILE:
        return take_path(item, path, config->pin_file);
    case KEY_CMAC:
        return take_cmac(item, &config->build_cmac);
    case KEY_QUIRKS:
        return take_words(item, quirks, &config->quirks);
    case KEY_NEEDS:
        return take_words(item, needs, &config->needs);
    case KEY_ANCHOR_EVERY:
        return take_count(item, &config->anchor_every);
    default:
        return ERR_MALFORMED;
    }
}

static enum err take_all(const cJSON *root, const char *path, struct keystore_config *config)
{
    const cJSON *item;
    if (!cJSON_IsObject(root)) {
        log_error("%s is no JSON object", path);
        return ERR_MALFORMED;
    }
    cJSON_ArrayForEach(item, root)
    {
        if (take(item, path, config) != ERR_OK) {
            log_error("%s: \"%s\" is unknown, or its value is not one it can have", path,
                      item->string);
            return ERR_MALFORMED;
        }
    }
    if (config->token[0] == '\0' && config->pin_file[0] != '\0') {
        log_error("%s: \"pin_file\" goes with \"token\"", path);
        return ERR_MALFORMED;
    }
    return ERR_OK;
}

enum err keystore_config_default(const char *module, struct keystore_config *config)
{
    const char *name = module != NULL ? module : KEYSTORE_MODULE_SOFTHSM2;
    *config = (struct keystore_config){.prefix = "usbkey", .anchor_every = KEYSTORE_ANCHOR_EVERY};
    if (strlen(name) >= sizeof(config->module)) {
        return ERR_RANGE;
    }
    memcpy(config->module, name, strlen(name) + 1);
    return ERR_OK;
}

enum err keystore_config_read(const char *path, struct keystore_config *config)
{
    struct buf file;
    cJSON *root = NULL;
    enum err err = keystore_config_default(NULL, config);
    buf_init(&file, FILE_MAX);
    if (err == ERR_OK) {
        err = file_read(path, &file);
    }
    if (err != ERR_OK) {
        log_error("%s: %s", path, err_name(err));
        goto out;
    }
    root = cJSON_ParseWithLength((const char *)file.data, file.len);
    err = take_all(root, path, config);
out:
    cJSON_Delete(root);
    buf_clear(&file);
    return err;
}
