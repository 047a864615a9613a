/* root generate, root import: the root key, made on the token or from the
 * components of its custodians. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "base/hex.h"

static const char *version_text;
static struct option_list component_files;

static const struct option_row generate_options[] = {
    {.name = "version", .value = &version_text},
    {.name = NULL},
};

static const struct option_row import_options[] = {
    {.name = "component-file", .list = &component_files},
    {.name = "version", .value = &version_text},
    {.name = NULL},
};

enum { COMPONENTS_MIN = 2, VERSION_MAX = 255 };

/* 0 where none is given: the engine takes the next. */
static int parse_version(uint8_t *version)
{
    *version = 0;
    if (version_text == NULL) {
        return ADMIN_OK;
    }
    char *end = NULL;
    unsigned long value = strtoul(version_text, &end, 10);
    if (*version_text < '0' || *version_text > '9' || *end != '\0' || value < 1 ||
        value > VERSION_MAX) {
        return admin_usage("--version: 1 to %d", VERSION_MAX);
    }
    *version = (uint8_t)value;
    return ADMIN_OK;
}

static void print_root(uint8_t version, const uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE])
{
    char text[ADMIN_CHECK_VALUE_TEXT];
    printf("root key version %u: check value %s\n", version, admin_check_value(check_value, text));
}

static int run_generate(struct admin *admin, const struct admin_command *command, int argc,
                        char **argv)
{
    uint8_t version = 0;
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? parse_version(&version) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    struct client_generated_key generated;
    enum err err =
        client_generate_key(admin->client, TOKWIRE_KEY_ROOT, version, EC_CURVE_NONE, &generated);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "root generate");
    }
    print_root(generated.version, generated.check_value);
    return ADMIN_OK;
}

/* 64 hexadecimal digits on one line. */
static int read_component(const char *path, struct secret *component)
{
    struct secret text = {0};
    size_t len = 0;
    enum err err = secret_read_file(path, &text);
    int code = ADMIN_OK;
    if (err == ERR_SYSTEM || err == ERR_NOT_FOUND) {
        code = admin_usage("component file %s: %s", path, strerror(errno));
    } else if (err == ERR_OK) {
        err = hex_decode((const char *)text.data, text.len, component->data,
                         sizeof(component->data), &len);
    }
    component->len = len;
    if (code == ADMIN_OK && (err != ERR_OK || len != TOKWIRE_COMPONENT_SIZE)) {
        code = admin_usage("component file %s: must be one line of %d hexadecimal digits", path,
                           2 * TOKWIRE_COMPONENT_SIZE);
    }
    secret_clear(&text);
    return code;
}

/* Every file is looked at before the first component goes to the token. */
static int read_components(struct secret *components)
{
    for (size_t i = 0; i < component_files.count; i++) {
        int code = read_component(component_files.values[i], &components[i]);
        if (code != ADMIN_OK) {
            return code;
        }
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal_secret(secret_bytes(&components[i]), secret_bytes(&components[j]))) {
                return admin_usage("component files %s and %s hold the same component",
                                   component_files.values[j], component_files.values[i]);
            }
        }
    }
    return ADMIN_OK;
}

static int import(struct admin *admin, uint8_t version, const struct secret *components)
{
    uint8_t total = (uint8_t)component_files.count;
    for (uint8_t i = 0; i < total; i++) {
        struct client_imported_component imported;
        char text[ADMIN_CHECK_VALUE_TEXT];
        enum err err = client_import_component(admin->client, (uint8_t)(i + 1), total, version,
                                               secret_bytes(&components[i]), &imported);
        if (err != ERR_OK) {
            return admin_fail(admin, err, "root import: component %u", i + 1u);
        }
        printf("component %u of %u (%s): check value %s\n", i + 1u, total,
               component_files.values[i], admin_check_value(imported.check_value, text));
        if (imported.complete) {
            print_root(imported.version, imported.root_check_value);
        }
    }
    return ADMIN_OK;
}

static int run_import(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    uint8_t version = 0;
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? parse_version(&version) : code;
    if (code == ADMIN_OK && component_files.count < COMPONENTS_MIN) {
        code = admin_usage("root import needs --component-file at least twice: no one person may "
                           "know the root key");
    }
    struct secret components[OPTION_LIST_MAX] = {{0}};
    code = code == ADMIN_OK ? read_components(components) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    code = code == ADMIN_OK ? import(admin, version, components) : code;
    secret_zero(components, sizeof(components));
    return code;
}

const struct admin_command cmd_root_generate = {
    .words = {"root", "generate"},
    .usage = "[--version N]",
    .help = "makes a root key on the token; no other token can ever hold it",
    .options = generate_options,
    .run = run_generate,
};

const struct admin_command cmd_root_import = {
    .words = {"root", "import"},
    .usage = "--component-file F --component-file F [..] [--version N]",
    .help = "makes the root key that is the XOR of 2 to 8 components, each a file with one line\n"
            "      of 64 hexadecimal digits; shows the check value of each",
    .options = import_options,
    .run = run_import,
};
