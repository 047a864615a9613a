/* root retire: the end of a root key version. */
#include <string.h>

#include "admin/admin.h"
#include "admin/confirm.h"
#include "admin/root_version.h"

static const char *version_text;
static bool yes;

static const struct option_row options[] = {
    {.name = "version", .value = &version_text},
    {.name = "yes", .flag = &yes},
    {.name = NULL},
};

enum { QUESTION_SIZE = 256 };

/* Check value of the root key of this version, also of one retired. */
static enum err find_root(struct client *client, uint8_t version,
                          uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE])
{
    struct buf objects;
    struct tlv_reader reader;
    struct client_object object;
    buf_init(&objects, CLIENT_OBJECTS_MAX);
    enum err err = client_get_objects(client, &objects);
    tlv_reader_init(&reader, buf_bytes(&objects));
    while (err == ERR_OK && (err = client_object_next(&reader, &object)) == ERR_OK) {
        bool root = object.object_class == TOKWIRE_CLASS_ROOT ||
                    object.object_class == TOKWIRE_CLASS_RETIRED;
        if (root && object.version == version &&
            object.check_value.len == TOKWIRE_CHECK_VALUE_SIZE) {
            memcpy(check_value, object.check_value.data, TOKWIRE_CHECK_VALUE_SIZE);
            break;
        }
    }
    buf_clear(&objects);
    return err;
}

static int ask(uint8_t version, const char *check_value)
{
    char question[QUESTION_SIZE];
    snprintf(question, sizeof(question),
             "Root key version %u, check value %s, will be destroyed. Batches made with it can\n"
             "then be loaded no more, and this version never comes back. Retire it?",
             version, check_value);
    return yes ? ADMIN_OK : confirm(question, "--yes");
}

static int retire(struct admin *admin, uint8_t version)
{
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE] = {0};
    char text[ADMIN_CHECK_VALUE_TEXT];
    enum err err = find_root(admin->client, version, check_value);
    if (err == ERR_NOT_FOUND) {
        fprintf(stderr,
                ADMIN_PROGRAM ": the token has no root key version %u; run: " ADMIN_PROGRAM
                              " status, to see what it holds\n",
                version);
        return ADMIN_TOKEN;
    }
    if (err != ERR_OK) {
        return admin_fail(admin, err, "root retire");
    }
    int code = ask(version, admin_check_value(check_value, text));
    if (code != ADMIN_OK) {
        return code;
    }
    err = client_retire_root(admin->client, version, check_value);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "root retire");
    }
    printf("root key version %u, check value %s: retired\n", version, text);
    return ADMIN_OK;
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    uint8_t version = 0;
    int code = admin_parse(command, argc, argv, NULL);
    if (code == ADMIN_OK && version_text == NULL) {
        code = admin_usage("root retire needs --version N");
    }
    code = code == ADMIN_OK ? root_version_parse(version_text, &version) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    return code == ADMIN_OK ? retire(admin, version) : code;
}

const struct admin_command cmd_root_retire = {
    .words = {"root", "retire"},
    .usage = "--version N [--yes]",
    .help = "destroys a root key on this token, for ever: batches made with it can be loaded no\n"
            "      more; asks first, unless --yes is given",
    .options = options,
    .run = run,
};
