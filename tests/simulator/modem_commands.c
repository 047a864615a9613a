#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "simulator/modem.h"

enum { NUMBER_MAX = 1000000 };

/* Forms a command is called in (V.250 5.4.1). */
enum form { FORM_EXECUTE = 1, FORM_SET = 2, FORM_READ = 4 };

static const struct option_row {
    const char *name;
    size_t offset; /* of a bool in struct modem_options; SIZE_MAX: takes a number */
    const char *help;
} option_rows[] = {
    {"no-quotes", offsetof(struct modem_options, no_quotes), "answers without quotes"},
    {"bare-id", offsetof(struct modem_options, bare_id), "+CCHO answers the id alone"},
    {"long-id", offsetof(struct modem_options, long_id), "session ids of 32 digits"},
    {"unsolicited", offsetof(struct modem_options, unsolicited),
     "+CREG and the like between all lines"},
    {"auto-get-response", offsetof(struct modem_options, auto_get_response),
     "the modem fetches 61xx itself"},
    {"no-probe", offsetof(struct modem_options, no_probe), "\"=?\" is an error"},
    {"silent-probe", offsetof(struct modem_options, silent_probe), "\"=?\" is not answered"},
    {"max-line", SIZE_MAX, "=N: longer command lines are an error"},
};

bool modem_number(const char *text, size_t *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || value > NUMBER_MAX) {
        return false;
    }
    *out = value;
    return true;
}

enum err modem_option(struct modem_options *options, const char *text)
{
    size_t len = strcspn(text, "=");
    for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
        const struct option_row *row = &option_rows[i];
        if (strlen(row->name) != len || strncmp(row->name, text, len) != 0) {
            continue;
        }
        if (row->offset == SIZE_MAX) {
            return text[len] == '=' && modem_number(text + len + 1, &options->max_line)
                       ? ERR_OK
                       : ERR_MALFORMED;
        }
        if (text[len] != '\0') {
            return ERR_MALFORMED;
        }
        *(bool *)(void *)((char *)options + row->offset) = true;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

void modem_options_help(FILE *stream)
{
    for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
        fprintf(stream, "    %-24s %s\n", option_rows[i].name, option_rows[i].help);
    }
}

static int run_cgsn(struct modem *modem, const char *arguments)
{
    (void)arguments;
    modem_say(modem, "%s", modem->imei);
    return MODEM_OK;
}

static int run_manufacturer(struct modem *modem, const char *arguments)
{
    (void)arguments;
    modem_say(modem, "euicc-line");
    return MODEM_OK;
}

static int run_model(struct modem *modem, const char *arguments)
{
    (void)arguments;
    modem_say(modem, "euicc-sim");
    return MODEM_OK;
}

static int run_revision(struct modem *modem, const char *arguments)
{
    (void)arguments;
    modem_say(modem, "%s", EUICC_LINE_VERSION);
    return MODEM_OK;
}

static int run_cpin(struct modem *modem, const char *arguments)
{
    (void)arguments;
    modem_say(modem, "+CPIN: READY");
    return MODEM_OK;
}

static int run_cmee(struct modem *modem, const char *arguments)
{
    size_t mode = 0;
    if (!arguments) {
        modem_say(modem, "+CMEE: %d", modem->cmee);
        return MODEM_OK;
    }
    if (!modem_number(arguments, &mode) || mode > 2) {
        return CME_INCORRECT_PARAMETERS;
    }
    modem->cmee = (int)mode;
    return MODEM_OK;
}

/* AT+CFUN=1,1 restarts; other levels change nothing here. */
static int run_cfun(struct modem *modem, const char *arguments)
{
    if (!arguments) {
        modem_say(modem, "+CFUN: 1");
        return MODEM_OK;
    }
    if (strcmp(arguments, "1,1") == 0) {
        modem_put_result(modem, MODEM_OK);
        modem_reboot(modem);
        return MODEM_NOTHING;
    }
    return strcmp(arguments, "1") == 0 ? MODEM_OK : CME_NOT_SUPPORTED;
}

static const struct command {
    const char *name;
    unsigned forms;
    unsigned dialects; /* 0: every modem has it */
    int (*run)(struct modem *modem, const char *arguments);
} commands[] = {
    {"+CGSN", FORM_EXECUTE, 0, run_cgsn},
    {"+GSN", FORM_EXECUTE, 0, run_cgsn},
    {"+CGMI", FORM_EXECUTE, 0, run_manufacturer},
    {"+GMI", FORM_EXECUTE, 0, run_manufacturer},
    {"+CGMM", FORM_EXECUTE, 0, run_model},
    {"+GMM", FORM_EXECUTE, 0, run_model},
    {"+CGMR", FORM_EXECUTE, 0, run_revision},
    {"+CPIN", FORM_READ, 0, run_cpin},
    {"+CMEE", FORM_SET | FORM_READ, 0, run_cmee},
    {"+CFUN", FORM_SET | FORM_READ, 0, run_cfun},
    {"+CCHO", FORM_SET, MODEM_CGLA, modem_run_ccho},
    {"+CCHC", FORM_SET, MODEM_CGLA, modem_run_cchc},
    {"+CGLA", FORM_SET, MODEM_CGLA, modem_run_cgla},
    {"+CSIM", FORM_SET, MODEM_CSIM, modem_run_csim},
};

static const struct command *command_find(const struct modem *modem, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strlen(commands[i].name) == len && strncasecmp(commands[i].name, name, len) == 0 &&
            (commands[i].dialects == 0 || (commands[i].dialects & modem->config.dialect))) {
            return &commands[i];
        }
    }
    return NULL;
}

static int run_test_form(const struct modem *modem)
{
    if (modem->config.options.silent_probe) {
        return MODEM_NOTHING;
    }
    return modem->config.options.no_probe ? MODEM_ERROR : MODEM_OK;
}

int modem_run_extended(struct modem *modem, const char *text)
{
    size_t len = strcspn(text, "=?");
    const struct command *command = command_find(modem, text, len);
    const char *rest = text + len;

    if (!command) {
        return modem->cmee ? CME_NOT_SUPPORTED : MODEM_ERROR;
    }
    if (strcmp(rest, "=?") == 0) {
        return run_test_form(modem);
    }
    if (rest[0] == '\0' && (command->forms & FORM_EXECUTE)) {
        return command->run(modem, NULL);
    }
    if (strcmp(rest, "?") == 0 && (command->forms & FORM_READ)) {
        return command->run(modem, NULL);
    }
    if (rest[0] == '=' && (command->forms & FORM_SET)) {
        return command->run(modem, rest + 1);
    }
    return MODEM_ERROR;
}
