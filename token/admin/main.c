/* usbkey-admin: the table of subcommands and the way to them. */
#include <string.h>

#include "admin/admin.h"
#include "base/log.h"

static const struct admin_command *const commands[] = {
    &cmd_init,
    &cmd_root_generate,
    &cmd_root_import,
    &cmd_root_retire,
    &cmd_component_generate,
    &cmd_component_check,
    &cmd_key_generate,
    &cmd_key_import,
    &cmd_csr,
    &cmd_cert_import,
    &cmd_trust,
    &cmd_untrust,
    &cmd_policy,
    &cmd_pin_set,
    &cmd_pin_unblock,
    &cmd_status,
    &cmd_doctor,
    &cmd_audit_show,
    &cmd_audit_verify,
    &cmd_audit_export,
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]), ARGUMENTS_MAX = 64 };

static void print_help(void)
{
    printf("usage: " ADMIN_PROGRAM " [--socket PATH] [--so-pin-file F] [--pin-file F] COMMAND\n"
           "\n"
           "Sets up a USBKey and checks how its keys were handled.\n"
           "\n"
           "  --socket PATH     engine to talk to (default " ADMIN_DEFAULT_SOCKET ")\n"
           "  --so-pin-file F   file with the security officer's PIN; else asked for\n"
           "  --pin-file F      file with the user PIN; else asked for\n"
           "  --help, --version\n"
           "\n"
           "commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct admin_command *command = commands[i];
        printf("  %s%s%s %s\n      %s\n", command->words[0], command->words[1] != NULL ? " " : "",
               command->words[1] != NULL ? command->words[1] : "", command->usage, command->help);
    }
    printf("\nexit status: 0 done, 1 usage or configuration, 5 token\n");
}

/* The row whose words the arguments start with; *used: how many words. */
static const struct admin_command *find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *const *words = commands[i]->words;
        bool first = argc > 0 && strcmp(words[0], argv[0]) == 0;
        bool second = words[1] == NULL || (argc > 1 && strcmp(words[1], argv[1]) == 0);
        if (first && second) {
            *used = words[1] == NULL ? 1 : 2;
            return commands[i];
        }
    }
    return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

static int run(struct admin *admin, int argc, char **argv)
{
    int used = 0;
    const struct admin_command *command = find(argc, argv, &used);
    if (command == NULL) {
        return admin_usage(argc == 0 ? "no command given; --help lists them"
                                     : "%s: no such command; --help lists them",
                           argc > 0 ? argv[0] : "");
    }
    if (asks_for_help(argc - used, argv + used)) {
        printf("usage: " ADMIN_PROGRAM " [OPTIONS] %s%s%s %s\n\n%s\n", command->words[0],
               command->words[1] != NULL ? " " : "",
               command->words[1] != NULL ? command->words[1] : "", command->usage, command->help);
        return ADMIN_OK;
    }
    int code = command->run(admin, command, argc - used, argv + used);
    client_free(&admin->client);
    if (fflush(stdout) != 0 && code == ADMIN_OK) {
        code = admin_usage("standard output: cannot write");
    }
    return code;
}

int main(int argc, char **argv)
{
    struct admin admin = {.socket = ADMIN_DEFAULT_SOCKET};
    bool help = false, version = false;
    const struct option_row options[] = {
        {.name = "socket", .value = &admin.socket},
        {.name = "so-pin-file", .value = &admin.so_pin_file},
        {.name = "pin-file", .value = &admin.pin_file},
        {.name = "help", .flag = &help},
        {.name = "version", .flag = &version},
        {.name = NULL},
    };
    char *rest[ARGUMENTS_MAX];
    int count = 0;
    log_setup(ADMIN_PROGRAM, LOG_LEVEL_WARNING);
    if (!options_parse(ADMIN_PROGRAM, options, false, argc - 1, argv + 1, rest, ARGUMENTS_MAX,
                       &count)) {
        fprintf(stderr, "see: " ADMIN_PROGRAM " --help\n");
        return ADMIN_USAGE;
    }
    if (version) {
        printf(ADMIN_PROGRAM " " EUICC_LINE_VERSION "\n");
        return ADMIN_OK;
    }
    if (help) {
        print_help();
        return ADMIN_OK;
    }
    return run(&admin, count, rest);
}
