#include "simulator/modem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/kdf.h"

enum { SAY_MAX = 512, NUMBER_MAX = 1000000 };

/* Forms a command is called in (V.250 5.4.1). */
enum form { FORM_EXECUTE = 1, FORM_SET = 2, FORM_READ = 4 };

static const char default_imei[] = "356938035643809";

static const char *const unsolicited_lines[] = {
    "+CREG: 1", "+CGEV: ME PDN ACT 1", "+CSQ: 20,99", "+CEREG: 5", "RING", "+CIEV: 2,4",
};

static const struct {
    int code;
    const char *text;
} cme_texts[] = {
    {CME_NOT_ALLOWED, "operation not allowed"},
    {CME_NOT_SUPPORTED, "operation not supported"},
    {CME_SIM_FAILURE, "SIM failure"},
    {CME_MEMORY_FULL, "memory full"},
    {CME_NOT_FOUND, "not found"},
    {CME_INCORRECT_PARAMETERS, "incorrect parameters"},
};

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

static bool get_number(const char *text, size_t *out)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || value > NUMBER_MAX)
        return false;
    *out = value;
    return true;
}

enum err modem_option(struct modem_options *options, const char *text)
{
    size_t len = strcspn(text, "=");
    for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++) {
        const struct option_row *row = &option_rows[i];
        if (strlen(row->name) != len || strncmp(row->name, text, len) != 0)
            continue;
        if (row->offset == SIZE_MAX)
            return text[len] == '=' && get_number(text + len + 1, &options->max_line)
                       ? ERR_OK
                       : ERR_MALFORMED;
        if (text[len] != '\0')
            return ERR_MALFORMED;
        *(bool *)(void *)((char *)options + row->offset) = true;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

void modem_options_help(FILE *stream)
{
    for (size_t i = 0; i < sizeof(option_rows) / sizeof(option_rows[0]); i++)
        fprintf(stream, "    %-24s %s\n", option_rows[i].name, option_rows[i].help);
}

static void reset_settings(struct modem *modem)
{
    modem->echo = true;
    modem->verbose = true;
    modem->cmee = 0;
}

enum err modem_new(const struct modem_config *config, struct modem **modem)
{
    const char *imei = config->imei ? config->imei : default_imei;
    *modem = NULL;
    if (strlen(imei) >= sizeof((*modem)->imei))
        return ERR_RANGE;
    struct modem *it = calloc(1, sizeof(*it));
    if (!it)
        return ERR_MEMORY;
    it->config = *config;
    if (it->config.options.max_line == 0)
        it->config.options.max_line = MODEM_LINE_MAX;
    snprintf(it->imei, sizeof(it->imei), "%s", imei);
    it->next_id = 256; /* not a channel number */
    buf_init(&it->line, it->config.options.max_line);
    buf_init(&it->out, MODEM_OUT_MAX);
    reset_settings(it);
    *modem = it;
    return ERR_OK;
}

void modem_free(struct modem **modem)
{
    struct modem *it = *modem;
    if (!it)
        return;
    buf_clear(&it->line);
    buf_clear(&it->out);
    free(it);
    *modem = NULL;
}

static void put_line(struct modem *modem, const char *text)
{
    if (modem->verbose)
        buf_put_str(&modem->out, "\r\n");
    buf_put_str(&modem->out, text);
    buf_put_str(&modem->out, "\r\n");
}

static void put_unsolicited(struct modem *modem)
{
    size_t count = sizeof(unsolicited_lines) / sizeof(unsolicited_lines[0]);
    if (modem->config.options.unsolicited)
        put_line(modem, unsolicited_lines[modem->unsolicited++ % count]);
}

void modem_say(struct modem *modem, const char *format, ...)
{
    char text[SAY_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put_unsolicited(modem);
    put_line(modem, text);
}

void modem_reboot(struct modem *modem)
{
    card_reset(modem->config.card);
    memset(modem->session, 0, sizeof(modem->session));
    reset_settings(modem);
    put_line(modem, "RDY");
    put_line(modem, "+CFUN: 1");
    put_line(modem, "+CPIN: READY");
    put_line(modem, "SMS DONE");
}

/* Commands ------------------------------------------------------------------ */

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
    if (!get_number(arguments, &mode) || mode > 2)
        return CME_INCORRECT_PARAMETERS;
    modem->cmee = (int)mode;
    return MODEM_OK;
}

static void put_result(struct modem *modem, int result);

/* AT+CFUN=1,1 restarts; other levels change nothing here. */
static int run_cfun(struct modem *modem, const char *arguments)
{
    if (!arguments) {
        modem_say(modem, "+CFUN: 1");
        return MODEM_OK;
    }
    if (strcmp(arguments, "1,1") == 0) {
        put_result(modem, MODEM_OK);
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
            (commands[i].dialects == 0 || (commands[i].dialects & modem->config.dialect)))
            return &commands[i];
    }
    return NULL;
}

static int run_test_form(const struct modem *modem)
{
    if (modem->config.options.silent_probe)
        return MODEM_NOTHING;
    return modem->config.options.no_probe ? MODEM_ERROR : MODEM_OK;
}

static int run_extended(struct modem *modem, const char *text)
{
    size_t len = strcspn(text, "=?");
    const struct command *command = command_find(modem, text, len);
    const char *rest = text + len;

    if (!command)
        return modem->cmee ? CME_NOT_SUPPORTED : MODEM_ERROR;
    if (strcmp(rest, "=?") == 0)
        return run_test_form(modem);
    if (rest[0] == '\0' && (command->forms & FORM_EXECUTE))
        return command->run(modem, NULL);
    if (strcmp(rest, "?") == 0 && (command->forms & FORM_READ))
        return command->run(modem, NULL);
    if (rest[0] == '=' && (command->forms & FORM_SET))
        return command->run(modem, rest + 1);
    return MODEM_ERROR;
}

/* E, V, Q, Z, I and &F, several in a row (V.250 5.3.1). Leaves *rest at an
 * extended command behind them. */
static int run_basic(struct modem *modem, const char *text, const char **rest)
{
    while (*text && *text != '+') {
        char letter = (char)toupper((unsigned char)*text++);
        if (letter == '&')
            letter = toupper((unsigned char)*text++) == 'F' ? 'Z' : '?';
        char digit = isdigit((unsigned char)*text) ? *text++ : '0';
        if (letter == 'Z')
            reset_settings(modem);
        else if (letter == 'E' && digit <= '1')
            modem->echo = digit == '1';
        else if (letter == 'V' && digit <= '1')
            modem->verbose = digit == '1';
        else if (letter == 'I' && digit == '0')
            run_model(modem, NULL);
        else if (letter != 'Q' || digit != '0')
            return MODEM_ERROR;
    }
    *rest = text;
    return MODEM_OK;
}

static void put_cme(struct modem *modem, int code)
{
    const char *text = "unknown";
    char line[SAY_MAX];
    for (size_t i = 0; i < sizeof(cme_texts) / sizeof(cme_texts[0]); i++) {
        if (cme_texts[i].code == code)
            text = cme_texts[i].text;
    }
    if (modem->cmee == 2)
        snprintf(line, sizeof(line), "+CME ERROR: %s", text);
    else
        snprintf(line, sizeof(line), "+CME ERROR: %d", code);
    put_line(modem, line);
}

static void put_result(struct modem *modem, int result)
{
    if (result == MODEM_NOTHING)
        return;
    put_unsolicited(modem);
    if (result >= 0 && modem->cmee > 0)
        put_cme(modem, result);
    else if (modem->verbose)
        put_line(modem, result == MODEM_OK ? "OK" : "ERROR");
    else
        buf_put_str(&modem->out, result == MODEM_OK ? "0\r" : "4\r");
}

/* The text behind "AT": basic commands, then extended ones between semicolons;
 * the first that fails ends it (V.250 5.2.1). */
static int run_text(struct modem *modem, char *text)
{
    const char *rest = text;
    int result = run_basic(modem, text, &rest);
    char *next = text + (rest - text);

    while (result == MODEM_OK && next && *next) {
        char *one = next;
        next = strchr(one, ';');
        if (next)
            *next++ = '\0';
        result = one[0] == '+' ? run_extended(modem, one) : run_basic(modem, one, &rest);
    }
    return result;
}

static void run_line(struct modem *modem)
{
    bool overlong = modem->overlong;
    modem->overlong = false;
    buf_put_u8(&modem->line, '\0');
    char *text = (char *)modem->line.data;
    int result = MODEM_ERROR;

    if (!overlong && buf_err(&modem->line) == ERR_OK) {
        while (*text == ' ')
            text++;
        if (*text == '\0' || strncasecmp(text, "AT", 2) != 0) {
            /* Not addressed: a modem looks for AT and stays quiet (V.250 5.2.1). */
            buf_reset(&modem->line);
            return;
        }
        result = run_text(modem, text + 2);
    }
    buf_reset(&modem->line);
    put_result(modem, result);
}

static void put_line_byte(struct modem *modem, uint8_t byte)
{
    if (byte == 0x08 && modem->line.len > 0) {
        modem->line.len--;
    } else if (byte >= 0x20 && byte < 0x7F) {
        /* One byte is kept for the terminating zero. */
        if (modem->line.len + 1 >= modem->config.options.max_line)
            modem->overlong = true;
        else
            buf_put_u8(&modem->line, byte);
    }
}

size_t modem_input(struct modem *modem, struct bytes input)
{
    for (size_t i = 0; i < input.len; i++) {
        if (modem->dead)
            return input.len;
        if (modem->echo)
            buf_put_u8(&modem->out, input.data[i]);
        if (input.data[i] == '\r') {
            run_line(modem);
            return i + 1;
        }
        put_line_byte(modem, input.data[i]);
    }
    return input.len;
}

unsigned modem_take_delay(struct modem *modem)
{
    unsigned delay = modem->delay_ms;
    modem->delay_ms = 0;
    return delay;
}
