/* pin set, pin unblock. */
#include "admin/admin.h"

static const char *new_pin_file;
static bool officer;

static const struct option_row set_options[] = {
    {.name = "new-pin-file", .value = &new_pin_file},
    {.name = "so", .flag = &officer},
    {.name = NULL},
};

static const struct option_row unblock_options[] = {
    {.name = "new-pin-file", .value = &new_pin_file},
    {.name = NULL},
};

/* The officer gives the user a new PIN and all tries. */
static int give_user_pin(struct admin *admin)
{
    struct secret pin = {0};
    int code = admin_login(admin, TOKWIRE_SO);
    if (code != ADMIN_OK) {
        return code;
    }
    if (pin_input(new_pin_file != NULL ? new_pin_file : admin->pin_file, "new user PIN", true,
                  &pin) != ERR_OK) {
        return ADMIN_USAGE;
    }
    enum err err = client_set_user_pin(admin->client, secret_bytes(&pin));
    secret_clear(&pin);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "user PIN");
    }
    printf("user PIN set\n");
    return ADMIN_OK;
}

/* Who knows a PIN changes it. */
static int change_pin(struct admin *admin)
{
    struct secret old_pin = {0}, new_pin = {0};
    enum tokwire_user user = officer ? TOKWIRE_SO : TOKWIRE_USER;
    const char *who = officer ? "security officer's PIN" : "user PIN";
    int code = admin_connect(admin);
    if (code != ADMIN_OK) {
        return code;
    }
    enum err err = pin_input(officer ? admin->so_pin_file : admin->pin_file, who, false, &old_pin);
    if (err == ERR_OK) {
        err = pin_input(new_pin_file, officer ? "new security officer's PIN" : "new user PIN", true,
                        &new_pin);
    }
    code = err == ERR_OK ? ADMIN_OK : ADMIN_USAGE;
    if (err == ERR_OK) {
        err =
            client_change_pin(admin->client, user, secret_bytes(&old_pin), secret_bytes(&new_pin));
        code = err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "%s", who);
    }
    secret_clear(&old_pin);
    secret_clear(&new_pin);
    if (code == ADMIN_OK) {
        printf("%s changed\n", who);
    }
    return code;
}

static int run_set(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    if (code != ADMIN_OK) {
        return code;
    }
    bool by_officer = !officer && admin->so_pin_file != NULL;
    return by_officer ? give_user_pin(admin) : change_pin(admin);
}

static int run_unblock(struct admin *admin, const struct admin_command *command, int argc,
                       char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    return code == ADMIN_OK ? give_user_pin(admin) : code;
}

const struct admin_command cmd_pin_set = {
    .words = {"pin", "set"},
    .usage = "[--new-pin-file F] [--so]",
    .help = "changes the user PIN from the one in --pin-file to the one in --new-pin-file; with\n"
            "      --so the security officer's own, from --so-pin-file; with --so-pin-file alone\n"
            "      the officer sets the user PIN, to --new-pin-file, else --pin-file",
    .options = set_options,
    .run = run_set,
};

const struct admin_command cmd_pin_unblock = {
    .words = {"pin", "unblock"},
    .usage = "[--new-pin-file F]",
    .help = "the security officer gives the user a new PIN (--new-pin-file, else --pin-file, else\n"
            "      asked for) and all tries",
    .options = unblock_options,
    .run = run_unblock,
};
