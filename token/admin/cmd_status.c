/* status: everything the token says of itself. No login is needed. */
#include <inttypes.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "admin/admin.h"
#include "admin/certificate_summary.h"
#include "admin/fault.h"
#include "admin/policy_text.h"
#include "admin/status_json.h"
#include "base/clock.h"
#include "base/hex.h"

static bool as_json;

static const struct option_row options[] = {
    {.name = "json", .flag = &as_json},
    {.name = NULL},
};

static const char *pin_state(const struct client_status *status, uint32_t locked, bool set)
{
    return !set ? "not set" : (status->flags & locked) != 0 ? "LOCKED" : "set";
}

static void print_token(const struct client_status *status)
{
    bool initialised = (status->flags & TOKWIRE_FLAG_INITIALISED) != 0;
    printf("engine:       %s\n", status->firmware);
    if (!initialised) {
        printf("state:        not initialised\n");
        return;
    }
    printf("label:        %s\n", status->label);
    printf("serial:       %s\n", status->serial);
    printf("role:         %s\n", admin_role_name(status->role));
    if ((status->flags & TOKWIRE_FLAG_DEVELOPMENT) != 0) {
        printf("DEVELOPMENT TOKEN: private keys may have been imported\n");
    }
    printf("user PIN:     %s, %u tries left\n",
           pin_state(status, TOKWIRE_FLAG_USER_LOCKED,
                     (status->flags & TOKWIRE_FLAG_USER_PIN_SET) != 0),
           status->user_tries);
    printf("SO PIN:       %s, %u tries left\n", pin_state(status, TOKWIRE_FLAG_SO_LOCKED, true),
           status->so_tries);
}

static void print_root(const struct client_object *object)
{
    char text[2 * TOKWIRE_CHECK_VALUE_SIZE + 1] = "";
    printf("%-13s version %u%s%s, check value %s\n", object->label, object->version,
           object->object_class == TOKWIRE_CLASS_RETIRED ? ", RETIRED" : "",
           object->origin == TOKWIRE_ORIGIN_GENERATED ? ", generated in this token" : "",
           hex_encode(object->check_value, text));
}

static void print_private(const struct client_object *object)
{
    printf("%-13s private key on %s%s\n", object->label, admin_curve_name(object->curve),
           object->origin == TOKWIRE_ORIGIN_IMPORTED ? ", IMPORTED" : "");
}

static void print_certificate(const struct client_object *object)
{
    struct certificate_summary summary;
    certificate_summary(object, &summary);
    const char *what = object->key == TOKWIRE_KEY_CI ? "trusted CI" : "certificate";
    if (!summary.readable) {
        printf("%-13s %s that cannot be read\n", object->label, what);
        return;
    }
    printf("%-13s %s \"%s\", serial %s, valid to %s%s%s%s\n", object->label, what, summary.subject,
           summary.serial, summary.not_after, summary.expired ? " NOT VALID NOW" : "",
           summary.oid[0] != '\0' ? ", OID " : "", summary.oid);
}

static void print_object(const struct client_object *object)
{
    switch (object->object_class) {
    case TOKWIRE_CLASS_ROOT:
    case TOKWIRE_CLASS_RETIRED:
        print_root(object);
        break;
    case TOKWIRE_CLASS_PRIVATE:
        print_private(object);
        break;
    case TOKWIRE_CLASS_CERTIFICATE:
        print_certificate(object);
        break;
    case TOKWIRE_CLASS_COUNTER:
        printf("%-13s counter at %" PRIu64 "\n", object->label, object->count);
        break;
    default:
        printf("%-13s object of an unknown class\n", object->label);
    }
}

static void print_fault(const struct client_status *status)
{
    if ((status->flags & TOKWIRE_FLAG_TAMPERED) != 0) {
        const struct fault_text *text = fault_text(status->fault);
        printf("TAMPERED WITH: %s: %s\n%s", text->name, text->meaning, fault_advice);
    }
}

static enum err print_text(const struct client_status *status, struct bytes objects)
{
    print_fault(status);
    print_token(status);
    if ((status->flags & TOKWIRE_FLAG_INITIALISED) == 0) {
        return ERR_OK;
    }
    policy_print(status);
    struct tlv_reader reader;
    struct client_object object;
    tlv_reader_init(&reader, objects);
    enum err err = client_object_next(&reader, &object);
    for (; err == ERR_OK; err = client_object_next(&reader, &object)) {
        print_object(&object);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err print_json(const struct client_status *status, struct bytes objects)
{
    char *text = NULL;
    enum err err = status_json(status, objects, &text);
    if (err == ERR_OK) {
        printf("%s\n", text);
    }
    cJSON_free(text);
    return err;
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? admin_connect(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    struct buf objects;
    buf_init(&objects, CLIENT_OBJECTS_MAX);
    enum err err = ERR_OK;
    if ((admin->status.flags & TOKWIRE_FLAG_INITIALISED) != 0) {
        err = client_get_objects(admin->client, &objects);
    }
    if (err == ERR_OK) {
        err = as_json ? print_json(&admin->status, buf_bytes(&objects))
                      : print_text(&admin->status, buf_bytes(&objects));
    }
    buf_clear(&objects);
    return err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "status");
}

const struct admin_command cmd_status = {
    .words = {"status"},
    .usage = "[--json]",
    .help = "shows role, serial, PINs, root keys with check values, keys, certificates, policy,\n"
            "      and whether the token found itself tampered with",
    .options = options,
    .run = run,
};
