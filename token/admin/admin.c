#include "admin/admin.h"

#include <stdarg.h>
#include <string.h>

#include "base/hex.h"

/* What to do about a status word, where its own text does not say it. */
static const struct {
    uint16_t sw;
    const char *advice;
} advice_rows[] = {
    {TOKWIRE_SW_PIN_LOCKED, "run: usbkey-admin pin unblock"},
    {TOKWIRE_SW_NOT_FOUND, "run: usbkey-admin status, to see what the token holds"},
    {TOKWIRE_SW_EXISTS, "run: usbkey-admin status, to see what the token holds"},
    {TOKWIRE_SW_KEYSTORE, "see the log of usbkeyd"},
    {TOKWIRE_SW_INTERNAL, "see the log of usbkeyd"},
    {TOKWIRE_SW_CERT_CHAIN, "trust its CI first: usbkey-admin trust CI_CERT"},
    {TOKWIRE_SW_CERT_KEY, "certify the token's own key: usbkey-admin csr KEY"},
    {TOKWIRE_SW_CERT_DATE, "check the date of this machine and of the certificate"},
    {TOKWIRE_SW_QUOTA, "the security officer can raise it: usbkey-admin policy --quota N"},
    {TOKWIRE_SW_EXPIRED, "the security officer can move it: usbkey-admin policy --not-after DATE"},
    {TOKWIRE_SW_ROOT_RETIRED, "a new root key takes another version: --version N"},
    {TOKWIRE_SW_TAMPERED, "take the token out of use and run: usbkey-admin audit verify"},
};

/* And about failures before the engine said anything. */
static const struct {
    enum err err;
    const char *text;
} connect_rows[] = {
    {ERR_NOT_FOUND, "nobody listens there: start usbkeyd with --socket and this path"},
    {ERR_DENIED, "no permission: this user must be in the socket's group"},
    {ERR_TIMEOUT, "the engine does not answer: see the log of usbkeyd"},
    {ERR_CLOSED, "the engine hung up: see the log of usbkeyd"},
    {ERR_RANGE, "the path is too long for a socket"},
    {ERR_MALFORMED, "what answers there is no usbkeyd of this version"},
    {ERR_ARGUMENT, "a value is longer than the token takes"},
};

static const char *local_text(enum err err)
{
    for (size_t i = 0; i < sizeof(connect_rows) / sizeof(connect_rows[0]); i++) {
        if (connect_rows[i].err == err) {
            return connect_rows[i].text;
        }
    }
    return err_name(err);
}

static void print_refusal(uint16_t sw)
{
    fprintf(stderr, "%s", tokwire_sw_text(sw));
    if ((sw & 0xFFF0) == TOKWIRE_SW_PIN_WRONG) {
        fprintf(stderr, ", %u tries left", sw & 0x000Fu);
    }
    for (size_t i = 0; i < sizeof(advice_rows) / sizeof(advice_rows[0]); i++) {
        if (advice_rows[i].sw == sw) {
            fprintf(stderr, "; %s", advice_rows[i].advice);
        }
    }
    fprintf(stderr, " (%04X)\n", sw);
}

int admin_fail(const struct admin *admin, enum err err, const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    fprintf(stderr, ADMIN_PROGRAM ": ");
    vfprintf(stderr, what, arguments);
    va_end(arguments);
    fprintf(stderr, ": ");
    uint16_t sw = admin->client != NULL ? client_sw(admin->client) : 0;
    if (sw != 0 && sw != TOKWIRE_SW_OK) {
        print_refusal(sw);
    } else {
        fprintf(stderr, "%s\n", local_text(err));
    }
    return ADMIN_TOKEN;
}

int admin_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, ADMIN_PROGRAM ": ");
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    return ADMIN_USAGE;
}

int admin_connect(struct admin *admin)
{
    enum err err = client_open(admin->socket, &admin->client);
    if (err == ERR_OK) {
        err = client_get_status(admin->client, &admin->status);
    }
    return err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "engine at %s", admin->socket);
}

int admin_login(struct admin *admin, enum tokwire_user user)
{
    bool officer = user == TOKWIRE_SO;
    int code = admin_connect(admin);
    if (code != ADMIN_OK) {
        return code;
    }
    if ((admin->status.flags & TOKWIRE_FLAG_INITIALISED) == 0) {
        fprintf(stderr, ADMIN_PROGRAM ": the token is not initialised; run: " ADMIN_PROGRAM
                                      " init --label L --role line|dp\n");
        return ADMIN_TOKEN;
    }
    struct secret pin = {0};
    if (pin_input(officer ? admin->so_pin_file : admin->pin_file,
                  officer ? "security officer's PIN" : "user PIN", false, &pin) != ERR_OK) {
        return ADMIN_USAGE;
    }
    enum err err = client_verify_pin(admin->client, user, secret_bytes(&pin));
    secret_clear(&pin);
    return err == ERR_OK
               ? ADMIN_OK
               : admin_fail(admin, err, "login as %s", officer ? "security officer" : "user");
}

int admin_login_any(struct admin *admin)
{
    return admin_login(admin, admin->so_pin_file != NULL ? TOKWIRE_SO : TOKWIRE_USER);
}

int admin_parse(const struct admin_command *command, int argc, char **argv, const char **positional)
{
    char *rest[1] = {NULL};
    int count = 0;
    bool ok = options_parse(ADMIN_PROGRAM, command->options, true, argc, argv, rest,
                            positional != NULL ? 1 : 0, &count);
    if (ok && positional != NULL) {
        *positional = rest[0];
        ok = rest[0] != NULL;
    }
    if (!ok) {
        fprintf(stderr, "usage: " ADMIN_PROGRAM " [OPTIONS] %s%s%s %s\n", command->words[0],
                command->words[1] != NULL ? " " : "",
                command->words[1] != NULL ? command->words[1] : "", command->usage);
    }
    return ok ? ADMIN_OK : ADMIN_USAGE;
}

/* Names indexed by the wire's numbers. */
static const char *const key_names[] = {
    [TOKWIRE_KEY_ROOT] = "root",   [TOKWIRE_KEY_DPAUTH] = "dpauth", [TOKWIRE_KEY_DPPB] = "dppb",
    [TOKWIRE_KEY_BATCH] = "batch", [TOKWIRE_KEY_CI] = "ci",
};
static const char *const curve_names[] = {
    [EC_CURVE_P256] = "P-256",
    [EC_CURVE_BRAINPOOL_P256R1] = "brainpoolP256r1",
};
static const char *const role_names[] = {
    [TOKWIRE_ROLE_LINE] = "line",
    [TOKWIRE_ROLE_DP] = "dp",
};

static const char *name_at(const char *const *names, size_t count, unsigned index)
{
    return index < count && names[index] != NULL ? names[index] : "unknown";
}
#define NAME_AT(names, index) name_at((names), sizeof(names) / sizeof((names)[0]), (index))

enum tokwire_key admin_key(const char *name)
{
    for (unsigned key = TOKWIRE_KEY_DPAUTH; key <= TOKWIRE_KEY_BATCH; key++) {
        if (strcmp(key_names[key], name) == 0) {
            return (enum tokwire_key)key;
        }
    }
    return (enum tokwire_key)0;
}

const char *admin_key_name(unsigned key)
{
    return NAME_AT(key_names, key);
}

const char *admin_curve_name(unsigned curve)
{
    return NAME_AT(curve_names, curve);
}

const char *admin_role_name(unsigned role)
{
    return NAME_AT(role_names, role);
}

char *admin_check_value(const uint8_t value[TOKWIRE_CHECK_VALUE_SIZE],
                        char text[ADMIN_CHECK_VALUE_TEXT])
{
    return hex_encode(bytes_make(value, TOKWIRE_CHECK_VALUE_SIZE), text);
}
