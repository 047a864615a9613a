/* What every subcommand works with: the options before the command, the
 * connection, and the way errors are said. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdio.h>

#include "admin/options.h"
#include "admin/pin_input.h"
#include "client/client.h"

#define ADMIN_PROGRAM "usbkey-admin"
#define ADMIN_DEFAULT_SOCKET "/run/usbkeyd/usbkeyd.sock"

/* Exit codes (design.md section 8). */
enum admin_exit { ADMIN_OK = 0, ADMIN_USAGE = 1, ADMIN_TOKEN = 5 };

struct admin {
    const char *socket;
    const char *so_pin_file; /* NULL: ask on the terminal */
    const char *pin_file;
    struct client *client;
    struct client_status status; /* as read when connected */
};

/* One subcommand. words[1] is NULL where there is only one. run gets what
 * follows the words and returns an enum admin_exit. */
struct admin_command {
    const char *words[2];
    const char *usage; /* of what follows the words */
    const char *help;
    const struct option_row *options; /* NULL: none */
    int (*run)(struct admin *admin, const struct admin_command *command, int argc, char **argv);
};

/* Connects and reads the status. On failure says what to do and returns
 * ADMIN_TOKEN; else ADMIN_OK. */
int admin_connect(struct admin *admin);
/* Connects and logs in, with the PIN from its file or the terminal. */
int admin_login(struct admin *admin, enum tokwire_user user);
/* Logs in as the officer when a file with the officer's PIN was named, else as
 * the user. */
int admin_login_any(struct admin *admin);
/* Says that something failed at the engine, why, and what to do; ADMIN_TOKEN. */
int admin_fail(const struct admin *admin, enum err err, const char *what, ...)
    __attribute__((format(printf, 3, 4)));
/* Says what is wrong with the command line or a file; ADMIN_USAGE. */
int admin_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Parses what follows the command's words into its options; prints the usage
 * on an error. positional: NULL when there is none. */
int admin_parse(const struct admin_command *command, int argc, char **argv,
                const char **positional);
/* "dpauth", "dppb", "batch"; 0 when it is none. */
enum tokwire_key admin_key(const char *name);
const char *admin_key_name(unsigned key);
const char *admin_curve_name(unsigned curve);
const char *admin_role_name(unsigned role);
/* Five bytes of a check value as text. Returns text. */
enum { ADMIN_CHECK_VALUE_TEXT = 2 * TOKWIRE_CHECK_VALUE_SIZE + 1 };
char *admin_check_value(const uint8_t value[TOKWIRE_CHECK_VALUE_SIZE],
                        char text[ADMIN_CHECK_VALUE_TEXT]);

/* Rows of the table of subcommands, each beside its function. */
extern const struct admin_command cmd_init, cmd_root_generate, cmd_root_import, cmd_root_retire,
    cmd_component_generate, cmd_component_check, cmd_key_generate, cmd_key_import, cmd_csr,
    cmd_cert_import, cmd_trust, cmd_untrust, cmd_policy, cmd_pin_set, cmd_pin_unblock, cmd_status,
    cmd_doctor, cmd_audit_show, cmd_audit_verify, cmd_audit_export;

#endif
