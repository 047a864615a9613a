#include "simulator/modem.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/kdf.h"

enum { SAY_MAX = 512 };

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
    if (strlen(imei) >= sizeof((*modem)->imei)) {
        return ERR_RANGE;
    }
    struct modem *it = calloc(1, sizeof(*it));
    if (!it) {
        return ERR_MEMORY;
    }
    it->config = *config;
    if (it->config.options.max_line == 0) {
        it->config.options.max_line = MODEM_LINE_MAX;
    }
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
    if (!it) {
        return;
    }
    buf_clear(&it->line);
    buf_clear(&it->out);
    free(it);
    *modem = NULL;
}

static void put_line(struct modem *modem, const char *text)
{
    if (modem->verbose) {
        buf_put_str(&modem->out, "\r\n");
    }
    buf_put_str(&modem->out, text);
    buf_put_str(&modem->out, "\r\n");
}

static void put_unsolicited(struct modem *modem)
{
    size_t count = sizeof(unsolicited_lines) / sizeof(unsolicited_lines[0]);
    if (modem->config.options.unsolicited) {
        put_line(modem, unsolicited_lines[modem->unsolicited++ % count]);
    }
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

/* E, V, Q, Z, I and &F, several in a row (V.250 5.3.1). Leaves *rest at an
 * extended command behind them. */
static int run_basic(struct modem *modem, const char *text, const char **rest)
{
    while (*text && *text != '+') {
        char letter = (char)toupper((unsigned char)*text++);
        if (letter == '&' && toupper((unsigned char)*text) == 'F') {
            letter = 'Z';
            text++;
        }
        char digit = isdigit((unsigned char)*text) ? *text++ : '0';
        if (letter == 'Z') {
            reset_settings(modem);
        } else if (letter == 'E' && digit <= '1') {
            modem->echo = digit == '1';
        } else if (letter == 'V' && digit <= '1') {
            modem->verbose = digit == '1';
        } else if (letter == 'I' && digit == '0') {
            modem_run_extended(modem, "+CGMM");
        } else if (letter != 'Q' || digit != '0') {
            return MODEM_ERROR;
        }
    }
    *rest = text;
    return MODEM_OK;
}

static void put_cme(struct modem *modem, int code)
{
    const char *text = "unknown";
    char line[SAY_MAX];
    for (size_t i = 0; i < sizeof(cme_texts) / sizeof(cme_texts[0]); i++) {
        if (cme_texts[i].code == code) {
            text = cme_texts[i].text;
        }
    }
    if (modem->cmee == 2) {
        snprintf(line, sizeof(line), "+CME ERROR: %s", text);
    } else {
        snprintf(line, sizeof(line), "+CME ERROR: %d", code);
    }
    put_line(modem, line);
}

void modem_put_result(struct modem *modem, int result)
{
    if (result == MODEM_NOTHING) {
        return;
    }
    put_unsolicited(modem);
    if (result >= 0 && modem->cmee > 0) {
        put_cme(modem, result);
    } else if (modem->verbose) {
        put_line(modem, result == MODEM_OK ? "OK" : "ERROR");
    } else {
        buf_put_str(&modem->out, result == MODEM_OK ? "0\r" : "4\r");
    }
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
        if (next) {
            *next++ = '\0';
        }
        result = one[0] == '+' ? modem_run_extended(modem, one) : run_basic(modem, one, &rest);
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
        while (*text == ' ') {
            text++;
        }
        if (*text == '\0' || strncasecmp(text, "AT", 2) != 0) {
            /* Not addressed: a modem looks for AT and stays quiet (V.250 5.2.1). */
            buf_reset(&modem->line);
            return;
        }
        result = run_text(modem, text + 2);
    }
    buf_reset(&modem->line);
    modem_put_result(modem, result);
}

static void put_line_byte(struct modem *modem, uint8_t byte)
{
    if (byte == 0x08 && modem->line.len > 0) {
        modem->line.len--;
    } else if (byte >= 0x20 && byte < 0x7F) {
        /* One byte is kept for the terminating zero. */
        if (modem->line.len + 1 >= modem->config.options.max_line) {
            modem->overlong = true;
        } else {
            buf_put_u8(&modem->line, byte);
        }
    }
}

size_t modem_input(struct modem *modem, struct bytes input)
{
    for (size_t i = 0; i < input.len; i++) {
        if (modem->dead) {
            return input.len;
        }
        if (modem->echo) {
            buf_put_u8(&modem->out, input.data[i]);
        }
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
