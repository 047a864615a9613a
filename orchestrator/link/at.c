#include "link/at.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
    WAKE_SLICE_MS = 500, /* one attempt of the first command */
    WAKE_REFUSALS_MAX = 3,
    SETTLE_QUIET_MS = 50, /* a line this long silent has nothing more to say */
    SETTLE_MS = 500,
};

/* Echo off, words for results (V.250 6.2.4, 6.2.6). */
static const char wake_command[] = "ATE0V1";
/* For a modem that does not take the two together. */
static const char wake_command_short[] = "ATE0";

/* Final results (27.007 clause 9, V.250 5.7) and what some modems say for
 * ERROR. A prefix is followed by a code or words. */
static const struct {
    const char *text;
    bool prefix;
    enum err err;
} final_results[] = {
    {"OK", false, ERR_OK},
    {"ERROR", false, ERR_REFUSED},
    {"+CME ERROR", true, ERR_REFUSED},
    {"+CMS ERROR", true, ERR_REFUSED},
    {"COMMAND NOT SUPPORT", true, ERR_REFUSED},
    {"TOO MANY PARAMETERS", true, ERR_REFUSED},
};

/* First words of a modem that has just started. */
static const char *const banners[] = {"RDY", "^SYSSTART", "*ATREADY", "+CFUN: 1", "SYSSTART"};

/* Information responses that nobody asks for while waking. */
static const char *const belated_answers[] = {"+CGLA:", "+CSIM:", "+CCHO:"};

enum { COUNT_FINAL = sizeof(final_results) / sizeof(final_results[0]) };
enum { COUNT_BANNER = sizeof(banners) / sizeof(banners[0]) };
enum { COUNT_BELATED = sizeof(belated_answers) / sizeof(belated_answers[0]) };

void at_init(struct at *at, struct port *port, struct euicc_traffic *traffic)
{
    memset(at, 0, sizeof(*at));
    at->port = port;
    at->traffic = traffic;
}

enum err at_fail(struct at *at, enum err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(at->detail, sizeof(at->detail), format, args);
    va_end(args);
    return err;
}

/* "AT+CGLA" of "AT+CGLA=1,..": parameters are long, and not for messages. */
static int verb_len(const char *text)
{
    return (int)strcspn(text, "=");
}

/* Once answers cannot be told apart, nothing that follows can be trusted. */
static enum err at_break(struct at *at, const char *text, enum err err, const char *why)
{
    at->broken = err;
    return at_fail(at, err, "%.*s: %s", verb_len(text), text, why);
}

static int left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_ms();
    return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* More bytes into rx. */
static enum err at_fill(struct at *at, int timeout_ms)
{
    at->rx_at = 0;
    at->rx_len = 0;
    enum err err = at->port->ops->read(at->port, at->rx, sizeof(at->rx), timeout_ms, &at->rx_len);
    at->traffic->rx_bytes += at->rx_len;
    at->noise += at->rx_len;
    if (err == ERR_OK && at->noise > AT_NOISE_MAX) {
        return ERR_MALFORMED;
    }
    return err;
}

/* Drops what came unasked before a command. */
static enum err at_drain(struct at *at)
{
    enum err err;
    at->noise = 0;
    do {
        err = at_fill(at, 0);
    } while (err == ERR_OK);
    at->rx_len = 0;
    at->noise = 0;
    return err == ERR_TIMEOUT ? ERR_OK : err;
}

/* Drops everything until the line is silent: after attempts whose answers may
 * still be on their way. */
static enum err at_settle(struct at *at)
{
    int64_t deadline = clock_ms() + SETTLE_MS;
    enum err err;
    at->noise = 0;
    do {
        err = at_fill(at, SETTLE_QUIET_MS);
    } while (err == ERR_OK && clock_ms() < deadline);
    at->rx_len = 0;
    if (err != ERR_OK && err != ERR_TIMEOUT) {
        return at_break(at, wake_command, err,
                        err == ERR_MALFORMED ? "noise without end" : at->port->detail);
    }
    return ERR_OK;
}

/* The next line that is not empty, in at->line; CR or LF ends one. What is not
 * printable becomes '?', for lines go into messages. */
static enum err at_read_line(struct at *at, int64_t deadline_ms)
{
    size_t len = 0;
    for (;;) {
        if (at->rx_at == at->rx_len) {
            enum err err = at_fill(at, left_ms(deadline_ms));
            if (err != ERR_OK) {
                return err;
            }
        }
        uint8_t byte = at->rx[at->rx_at++];
        if (byte == '\r' || byte == '\n') {
            if (len > 0) {
                at->line[len] = '\0';
                return ERR_OK;
            }
            continue;
        }
        if (len == AT_LINE_MAX) {
            return ERR_MALFORMED;
        }
        at->line[len++] = byte >= 0x20 && byte < 0x7F ? (char)byte : '?';
    }
}

static bool starts_with(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static bool is_final(const char *line, enum err *err)
{
    for (size_t i = 0; i < COUNT_FINAL; i++) {
        if (final_results[i].prefix ? starts_with(line, final_results[i].text)
                                    : strcmp(line, final_results[i].text) == 0) {
            *err = final_results[i].err;
            return true;
        }
    }
    return false;
}

static bool starts_with_any(const char *line, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (starts_with(line, prefixes[i])) {
            return true;
        }
    }
    return false;
}

/* Takes the line as information response when it is the first that fits. */
static bool take_info(struct at *at, const struct at_want *want)
{
    const char *start;
    if (want == NULL || at->info[0] != '\0') {
        return false;
    }
    if (starts_with(at->line, want->prefix)) {
        start = at->line + strlen(want->prefix);
    } else if (want->bare != NULL && want->bare(at->line)) {
        start = at->line;
    } else {
        return false;
    }
    start += strspn(start, " ");
    size_t len = strlen(start);
    while (len > 0 && start[len - 1] == ' ') {
        len--;
    }
    memcpy(at->info, start, len);
    at->info[len] = '\0';
    return true;
}

static enum err at_send(struct at *at, const char *text, int64_t deadline_ms)
{
    struct buf out;
    buf_init(&out, AT_LINE_MAX);
    buf_put_str(&out, text);
    buf_put_u8(&out, '\r');
    enum err err = buf_err(&out);
    if (err == ERR_OK) {
        err = at->port->ops->write(at->port, out.data, out.len, left_ms(deadline_ms));
    }
    if (err == ERR_OK) {
        at->traffic->tx_bytes += out.len;
    }
    buf_clear(&out);
    return err;
}

/* Reads lines until the final result, which is returned; other errors are the
 * port's. */
static enum err at_collect(struct at *at, const char *text, const struct at_want *want,
                           int64_t deadline_ms, bool *echoed)
{
    enum err result;
    for (;;) {
        enum err err = at_read_line(at, deadline_ms);
        if (err != ERR_OK) {
            return at_break(at, text, err,
                            err == ERR_MALFORMED ? "noise without end" : at->port->detail);
        }
        if (is_final(at->line, &result)) {
            break;
        }
        if (strcmp(at->line, text) == 0) {
            *echoed = true;
        } else if (!take_info(at, want)) {
            at->belated |= starts_with_any(at->line, belated_answers, COUNT_BELATED);
        }
        if (at->quiet && (*echoed || starts_with_any(at->line, banners, COUNT_BANNER))) {
            return at_break(at, text, ERR_CLOSED, "the modem restarted");
        }
    }
    if (result != ERR_OK) {
        return at_fail(at, result, "%.*s: %s", verb_len(text), text, at->line);
    }
    if (want != NULL && at->info[0] == '\0') {
        return at_fail(at, ERR_MALFORMED, "%.*s: OK without %s", verb_len(text), text,
                       want->prefix);
    }
    return ERR_OK;
}

enum err at_command(struct at *at, const char *text, const struct at_want *want, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    bool echoed = false;

    at->info[0] = '\0';
    if (at->broken != ERR_OK) {
        return at->broken;
    }
    at->belated = false;
    enum err err = at_drain(at);
    if (err == ERR_OK) {
        err = at_send(at, text, deadline);
    }
    if (err != ERR_OK) {
        return at_break(at, text, err,
                        err == ERR_MALFORMED ? "noise without end" : at->port->detail);
    }
    err = at_collect(at, text, want, deadline, &echoed);
    if (!echoed && at->broken == ERR_OK) {
        at->quiet = true;
    }
    return err;
}

enum err at_wake(struct at *at, int first_ms)
{
    int64_t deadline = clock_ms() + first_ms;
    unsigned attempts = 0, refusals = 0;
    enum err err;

    at->quiet = false;
    do {
        int left = left_ms(deadline);
        at->broken = ERR_OK;
        err = at_command(at, refusals + 1 < WAKE_REFUSALS_MAX ? wake_command : wake_command_short,
                         NULL, left < WAKE_SLICE_MS ? left : WAKE_SLICE_MS);
        attempts++;
        /* The remains of somebody's half command make the first one an ERROR. */
        refusals += err == ERR_REFUSED;
    } while ((err == ERR_TIMEOUT || (err == ERR_REFUSED && refusals < WAKE_REFUSALS_MAX)) &&
             left_ms(deadline) > 0);
    if (err == ERR_OK && (attempts > 1 || at->belated)) {
        err = at_settle(at);
    }
    return err;
}
