/* doctor: what the key store behind the engine can and cannot do. */
#include <string.h>

#include <cjson/cJSON.h>

#include "admin/admin.h"
#include "admin/doctor.h"
#include "admin/fault.h"

static bool as_json;
static const char *name;

static const struct option_row options[] = {
    {.name = "json", .flag = &as_json},
    {.name = "name", .value = &name},
    {.name = NULL},
};

static const struct {
    uint8_t capability_class;
    const char *title;
} sections[] = {
    {TOKWIRE_CAPABILITY_MECHANISM, "mechanisms the token lists"},
    {TOKWIRE_CAPABILITY_CMAC_KEY, "attributes of root keys, set and read back"},
    {TOKWIRE_CAPABILITY_EC_KEY, "attributes of signing keys, set and read back"},
    {TOKWIRE_CAPABILITY_USE, "what the engine needs of it, tried out"},
};

static void print_section(const struct doctor *doctor, size_t section)
{
    printf("\n%s\n", sections[section].title);
    for (size_t i = 0; i < doctor->count; i++) {
        const struct doctor_finding *finding = &doctor->findings[i];
        if (finding->capability.capability_class != sections[section].capability_class) {
            continue;
        }
        printf("  %-6s %s\n", doctor_verdict_name(finding->capability.verdict),
               finding->capability.name);
        if (finding->meaning != NULL) {
            printf("         %s\n", finding->meaning);
        }
    }
}

static void print_verdict(const struct doctor *doctor)
{
    if (doctor->tampered != TOKWIRE_FAULT_NONE) {
        printf("verdict: NOT usable: the token is tampered with\n");
    } else if (doctor->faults > 0) {
        printf("verdict: NOT usable as the key store of a USBKey\n");
    } else if (doctor->reservations > 0) {
        printf("verdict: usable, with reservations (%zu; above, where it says no)\n",
               doctor->reservations);
    } else {
        printf("verdict: usable\n");
    }
}

static enum err print_text(const struct doctor *doctor)
{
    struct buf row;
    buf_init(&row, DOCTOR_ROW_MAX);
    enum err err = doctor_row(doctor, name, &row);
    if (err == ERR_OK) {
        printf("key store:     %s\n", doctor->keystore.module);
        printf("token:         %s\n", doctor->keystore.token);
        printf("known answers: right (AES-256-CMAC of NIST SP 800-38B, at every login)\n");
        for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
            print_section(doctor, i);
        }
        printf("\nrow for the table of docs/hardware.md\n\n%s\n%.*s\n\n", doctor_row_head,
               (int)row.len, (const char *)row.data);
        print_verdict(doctor);
    }
    buf_clear(&row);
    return err;
}

static enum err print_json(const struct doctor *doctor)
{
    char *text = NULL;
    enum err err = doctor_json(doctor, name, &text);
    if (err == ERR_OK) {
        printf("%s\n", text);
    }
    cJSON_free(text);
    return err;
}

static enum err examine(struct admin *admin, struct doctor *doctor)
{
    struct client_keystore keystore;
    struct buf capabilities;
    buf_init(&capabilities, CLIENT_CAPABILITIES_MAX);
    enum err err = client_keystore_info(admin->client, &keystore, &capabilities);
    if (err == ERR_OK) {
        err = doctor_judge(&keystore, buf_bytes(&capabilities), doctor);
    }
    buf_clear(&capabilities);
    if (err == ERR_OK) {
        /* The login may have found something. */
        err = client_get_status(admin->client, &admin->status);
        doctor->tampered = admin->status.fault;
    }
    return err;
}

/* The login is the first examination: it opens the key store and asks it the known
 * answers. */
static int log_in(struct admin *admin)
{
    int code = admin_login_any(admin);
    if (code == ADMIN_TOKEN && admin->client != NULL &&
        client_sw(admin->client) == TOKWIRE_SW_KEYSTORE) {
        fprintf(stderr, "The key store did not open, or failed its known answers.\n"
                        "verdict: NOT usable as the key store of a USBKey\n");
    }
    return code;
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    struct doctor doctor;
    int code = admin_parse(command, argc, argv, NULL);
    code = code == ADMIN_OK ? log_in(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    enum err err = examine(admin, &doctor);
    if (err == ERR_OK) {
        err = as_json ? print_json(&doctor) : print_text(&doctor);
    }
    if (err != ERR_OK) {
        return admin_fail(admin, err, "doctor");
    }
    if (doctor.tampered != TOKWIRE_FAULT_NONE) {
        fflush(stdout);
        return fault_report(doctor.tampered, "");
    }
    return doctor_usable(&doctor) ? ADMIN_OK : ADMIN_TOKEN;
}

const struct admin_command cmd_doctor = {
    .words = {"doctor"},
    .usage = "[--json] [--name TEXT]",
    .help = "says what the key store behind the engine can and cannot do, tried out at this\n"
            "      moment, whether that will do for a USBKey, and the row for the table of\n"
            "      docs/hardware.md, whose first column --name gives; exit status 5 when it will\n"
            "      not do",
    .options = options,
    .run = run,
};
