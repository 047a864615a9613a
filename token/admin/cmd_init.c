/* init: makes a blank token, or wipes one, and gives it its role. */
#include <string.h>

#include "admin/admin.h"

static const char *label, *role;
static bool development, erase;

static const struct option_row options[] = {
    {.name = "label", .value = &label},
    {.name = "role", .value = &role},
    {.name = "development", .flag = &development},
    {.name = "erase", .flag = &erase},
    {.name = NULL},
};

static uint8_t role_number(void)
{
    for (uint8_t number = TOKWIRE_ROLE_LINE; number <= TOKWIRE_ROLE_DP; number++) {
        if (strcmp(role, admin_role_name(number)) == 0) {
            return number;
        }
    }
    return 0;
}

static int initialise(struct admin *admin, struct client_initialise *request)
{
    struct secret so_pin = {0}, user_pin = {0};
    char serial[TOKWIRE_SERIAL_SIZE + 1] = "";
    bool blank = (admin->status.flags & TOKWIRE_FLAG_INITIALISED) == 0;
    enum err err =
        pin_input(admin->so_pin_file,
                  blank ? "new security officer's PIN" : "security officer's PIN", blank, &so_pin);
    if (err == ERR_OK && admin->pin_file != NULL) {
        err = pin_input(admin->pin_file, "user PIN", false, &user_pin);
    }
    int code = err == ERR_OK ? ADMIN_OK : ADMIN_USAGE;
    if (err == ERR_OK) {
        request->so_pin = secret_bytes(&so_pin);
        request->user_pin = secret_bytes(&user_pin);
        err = client_initialise(admin->client, request, serial);
        code = err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "init");
    }
    secret_clear(&so_pin);
    secret_clear(&user_pin);
    if (code == ADMIN_OK) {
        printf("token \"%s\" initialised: role %s%s, serial %s\n", request->label,
               admin_role_name(request->role), request->development ? ", DEVELOPMENT" : "", serial);
        if (admin->pin_file == NULL) {
            printf("no user PIN yet; set it with: " ADMIN_PROGRAM " pin unblock\n");
        }
    }
    return code;
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    if (code != ADMIN_OK) {
        return code;
    }
    if (label == NULL || role == NULL || role_number() == 0) {
        return admin_usage("init needs --label L and --role line|dp");
    }
    if (label[0] == '\0' || strlen(label) > TOKWIRE_LABEL_MAX) {
        return admin_usage("--label: 1 to %d bytes", TOKWIRE_LABEL_MAX);
    }
    code = admin_connect(admin);
    if (code != ADMIN_OK) {
        return code;
    }
    if ((admin->status.flags & TOKWIRE_FLAG_INITIALISED) != 0 && !erase) {
        fprintf(stderr,
                ADMIN_PROGRAM ": this token is initialised (\"%s\", serial %s); to wipe its keys "
                              "and start anew, add --erase\n",
                admin->status.label, admin->status.serial);
        return ADMIN_TOKEN;
    }
    struct client_initialise request = {
        .label = label,
        .role = role_number(),
        .development = development,
    };
    return initialise(admin, &request);
}

const struct admin_command cmd_init = {
    .words = {"init"},
    .usage = "--label L --role line|dp [--development] [--erase]",
    .help = "initialises the token: sets the security officer's PIN, and the user PIN with\n"
            "      --pin-file; --development lets private keys be imported, for ever; --erase\n"
            "      wipes a token that is initialised",
    .options = options,
    .run = run,
};
