/* root generate, root import: the root key, made on the token or from the
 * components of its custodians. */
#include "admin/admin.h"
#include "admin/component.h"
#include "admin/root_version.h"

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
    code = code == ADMIN_OK ? root_version_parse(version_text, &version) : code;
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

static int import(struct admin *admin, uint8_t version, const struct component_set *set)
{
    uint8_t total = (uint8_t)set->count;
    for (uint8_t i = 0; i < total; i++) {
        struct client_imported_component imported;
        char text[ADMIN_CHECK_VALUE_TEXT];
        enum err err = client_import_component(admin->client, (uint8_t)(i + 1), total, version,
                                               secret_bytes(&set->components[i]), &imported);
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
    code = code == ADMIN_OK ? root_version_parse(version_text, &version) : code;
    if (code == ADMIN_OK && component_files.count < COMPONENTS_MIN) {
        code = admin_usage("root import needs --component-file at least twice: no one person may "
                           "know the root key");
    }
    /* Every file is looked at before the first component goes to the token. */
    struct component_set set = {.count = 0};
    code = code == ADMIN_OK ? component_set_read(&component_files, &set) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    code = code == ADMIN_OK ? import(admin, version, &set) : code;
    component_set_clear(&set);
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
