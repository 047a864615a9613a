#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "euicc/isdr.h"
#include "link/dialect.h"
#include "link/port_fd.h"

enum {
    DEFAULT_COMMAND_MS = 5000,
    DEFAULT_APDU_MS = 30000,
    DEFAULT_FIRST_MS = 3000,
    REWAKE_MS = 500, /* before closing a channel on a line out of step */
    IMEI_DIGITS = 15,
    COMMAND_SIZE = 1024, /* AT+CGLA with 64 characters of id and 261 bytes */
    ANSWER_BYTES_MAX = AT_LINE_MAX / 2,
};

/* In the order they are tried: CGLA leaves the channel to the modem. */
static const struct modem_dialect *const dialects[] = {&dialect_cgla, &dialect_csim};
enum { COUNT_DIALECT = sizeof(dialects) / sizeof(dialects[0]) };

static struct modem *self(struct euicc_transport *transport)
{
    return (struct modem *)transport;
}

/* len,"HEX": whole bytes, the length right, nothing behind. */
static enum err take_hex(const char *info, struct buf *response)
{
    uint8_t data[ANSWER_BYTES_MAX];
    size_t announced = 0, len;
    const char *p = info;

    while (*p >= '0' && *p <= '9' && announced <= AT_LINE_MAX) {
        announced = announced * 10 + (size_t)(*p++ - '0');
    }
    p += strspn(p, " ");
    if (p == info || *p != ',') {
        return ERR_MALFORMED;
    }
    p++;
    p += strspn(p, " ");
    p += *p == '"';
    size_t digits = strcspn(p, "\"");
    if (p[digits] == '"' && p[digits + 1] != '\0') {
        return ERR_MALFORMED;
    }
    if (digits != announced) {
        return ERR_MISMATCH;
    }
    enum err err = hex_decode(p, digits, data, sizeof(data), &len);
    if (err != ERR_OK || len < 2) {
        return ERR_MALFORMED;
    }
    buf_put(response, data, len);
    return buf_err(response);
}

/* An answer without its prefix still starts with a number and a comma. */
static bool is_bare_apdu(const char *line)
{
    size_t digits = strspn(line, "0123456789");
    return digits > 0 && line[digits] == ',';
}

enum err dialect_apdu(struct modem *modem, const char *head, const char *prefix,
                      struct bytes command, struct buf *response)
{
    const struct at_want want = {prefix, is_bare_apdu};
    struct buf text;
    char length[24];

    buf_init(&text, COMMAND_SIZE);
    buf_put_str(&text, head);
    snprintf(length, sizeof(length), "%zu,\"", 2 * command.len);
    buf_put_str(&text, length);
    hex_put(&text, command);
    buf_put(&text, "\"", 2); /* with the zero */
    enum err err = buf_err(&text);
    if (err != ERR_OK) {
        at_fail(&modem->at, err, "a command of %zu bytes", command.len);
    } else {
        modem->transport.traffic.apdus += modem->at.broken == ERR_OK;
        err = at_command(&modem->at, (const char *)text.data, &want, modem->timeouts.apdu_ms);
    }
    if (err == ERR_OK) {
        err = take_hex(modem->at.info, response);
        if (err != ERR_OK) {
            at_fail(&modem->at, ERR_MALFORMED, "%.*s: unreadable answer%s", (int)strcspn(head, "="),
                    head, err == ERR_MISMATCH ? " (its length is wrong)" : "");
            err = ERR_MALFORMED;
        }
    }
    buf_clear(&text);
    return err;
}

/* Opens the application in the first dialect that can, or in the one that worked
 * before. Each refusal is noted in why. */
static enum err try_dialects(struct modem *modem, struct bytes aid, char why[AT_DETAIL_SIZE])
{
    size_t used = 0;
    enum err err = ERR_REFUSED;

    why[0] = '\0';
    for (size_t i = 0; i < COUNT_DIALECT; i++) {
        if (modem->dialect != NULL && modem->dialect != dialects[i]) {
            continue;
        }
        err = dialects[i]->open(modem, aid);
        if (err == ERR_OK || err == ERR_NOT_FOUND) {
            modem->dialect = dialects[i];
            return err;
        }
        if (err != ERR_REFUSED && err != ERR_MALFORMED) {
            return err;
        }
        int n = snprintf(why + used, AT_DETAIL_SIZE - used, "%s%s", used > 0 ? "; " : "",
                         modem->at.detail);
        used += n > 0 && (size_t)n < AT_DETAIL_SIZE - used ? (size_t)n : 0;
        if (modem->at.broken != ERR_OK) {
            return modem->at.broken;
        }
    }
    return ERR_REFUSED;
}

static enum err release_leftovers(struct modem *modem)
{
    for (size_t i = 0; i < COUNT_DIALECT; i++) {
        enum err err = dialects[i]->release(modem);
        if (err != ERR_OK && err != ERR_REFUSED && err != ERR_MALFORMED) {
            return err;
        }
    }
    return ERR_OK;
}

/* Channels a crashed program left open may be all there are: when nothing
 * opens, they are closed and everything is tried once more. */
static enum err open_application(struct modem *modem, struct bytes aid)
{
    char why[AT_DETAIL_SIZE];
    enum err err = try_dialects(modem, aid, why);
    if (err == ERR_REFUSED) {
        err = release_leftovers(modem);
        if (err == ERR_OK) {
            err = try_dialects(modem, aid, why);
        }
        if (err == ERR_REFUSED) {
            at_fail(&modem->at, err, "%s", why);
        }
    }
    if (err == ERR_OK) {
        memcpy(modem->aid, aid.data, aid.len);
        modem->aid_len = aid.len;
        modem->open = true;
    }
    return err;
}

/* Never waits long: what cannot be closed is released by the next start. */
static void close_channel(struct modem *modem)
{
    int command_ms = modem->timeouts.command_ms;

    if (!modem->open) {
        return;
    }
    modem->open = false;
    if (modem->at.broken == ERR_CLOSED) {
        return;
    }
    char detail[AT_DETAIL_SIZE];
    memcpy(detail, modem->at.detail, sizeof(detail));
    if (modem->at.broken == ERR_OK || at_wake(&modem->at, REWAKE_MS) == ERR_OK) {
        modem->dialect->close(modem, command_ms);
    }
    memcpy(modem->at.detail, detail, sizeof(detail));
}

static enum err modem_transport_open(struct euicc_transport *transport, struct bytes aid)
{
    struct modem *modem = self(transport);

    if (aid.len == 0 || aid.len > AID_MAX) {
        return at_fail(&modem->at, ERR_ARGUMENT, "an AID of %zu bytes", aid.len);
    }
    if (modem->open && bytes_equal(aid, bytes_make(modem->aid, modem->aid_len))) {
        return ERR_OK;
    }
    close_channel(modem);
    enum err err = open_application(modem, aid);
    return err == ERR_NOT_FOUND ? ERR_REFUSED : err;
}

static enum err modem_transport_transmit(struct euicc_transport *transport, struct bytes command,
                                         struct buf *response)
{
    struct modem *modem = self(transport);
    if (!modem->open) {
        return at_fail(&modem->at, ERR_UNTIMELY, "no channel is open");
    }
    return modem->dialect->transmit(modem, command, response);
}

static void modem_transport_close(struct euicc_transport *transport)
{
    close_channel(self(transport));
}

static const char *modem_transport_detail(const struct euicc_transport *transport)
{
    return ((const struct modem *)transport)->at.detail;
}

static const struct euicc_transport_ops modem_transport_ops = {
    .open = modem_transport_open,
    .transmit = modem_transport_transmit,
    .close = modem_transport_close,
    .detail = modem_transport_detail,
};

static int timeout_or(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

/* Errors in words, or at least in numbers (27.007 9.1); a modem that offers
 * neither says ERROR. */
static enum err set_error_form(struct modem *modem)
{
    enum err err = at_command(&modem->at, "AT+CMEE=2", NULL, modem->timeouts.command_ms);
    if (err == ERR_REFUSED) {
        err = at_command(&modem->at, "AT+CMEE=1", NULL, modem->timeouts.command_ms);
    }
    return err == ERR_REFUSED ? ERR_OK : err;
}

/* The dialect is found by opening ISD-R, the channel everybody comes for; it
 * stays open for the transport's user. Probing with "=?" would cost more and
 * say less: there are modems where only the command itself works. */
static enum err start(struct modem *modem)
{
    enum err err = at_wake(&modem->at, modem->timeouts.first_ms);
    if (err == ERR_OK) {
        err = set_error_form(modem);
    }
    if (err == ERR_OK) {
        err = open_application(modem, isdr_aid);
        /* A card without ISD-R is for isdr_open() to report. */
        if (err == ERR_NOT_FOUND) {
            err = ERR_OK;
        } else if (err == ERR_REFUSED) {
            err = ERR_UNSUPPORTED;
        }
    }
    return err;
}

enum err modem_open(struct port *port, const struct modem_timeouts *timeouts, struct modem **modem,
                    char *detail)
{
    const struct modem_timeouts none = {0};
    const struct modem_timeouts *given = timeouts != NULL ? timeouts : &none;
    struct modem *m = calloc(1, sizeof(*m));

    *modem = NULL;
    if (m == NULL) {
        port_close(&port);
        return port_explain(detail, ERR_MEMORY, "out of memory");
    }
    m->transport.ops = &modem_transport_ops;
    m->port = port;
    at_init(&m->at, port, &m->transport.traffic);
    m->timeouts.command_ms = timeout_or(given->command_ms, DEFAULT_COMMAND_MS);
    m->timeouts.apdu_ms = timeout_or(given->apdu_ms, DEFAULT_APDU_MS);
    m->timeouts.first_ms = timeout_or(given->first_ms, DEFAULT_FIRST_MS);
    port->ops->flush(port);
    enum err err = start(m);
    if (err != ERR_OK) {
        port_explain(detail, err, "%s", m->at.detail);
        modem_close(&m);
        return err;
    }
    *modem = m;
    return ERR_OK;
}

void modem_close(struct modem **modem)
{
    if (modem == NULL || *modem == NULL) {
        return;
    }
    close_channel(*modem);
    port_close(&(*modem)->port);
    free(*modem);
    *modem = NULL;
}

struct euicc_transport *modem_transport(struct modem *modem)
{
    return &modem->transport;
}

const char *modem_dialect(const struct modem *modem)
{
    return modem->dialect != NULL ? modem->dialect->name : "";
}

/* 15 digits, quoted or not. */
static bool is_imei(const char *line)
{
    line += *line == '"';
    return strspn(line, "0123456789") == IMEI_DIGITS &&
           (line[IMEI_DIGITS] == '\0' || strcmp(line + IMEI_DIGITS, "\"") == 0);
}

enum err modem_imei(struct modem *modem, char imei[16])
{
    static const struct at_want want = {"+CGSN:", is_imei};

    imei[0] = '\0';
    enum err err = at_command(&modem->at, "AT+CGSN", &want, modem->timeouts.command_ms);
    if (err == ERR_OK && !is_imei(modem->at.info)) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_REFUSED || err == ERR_MALFORMED) {
        return modem->at.broken != ERR_OK
                   ? modem->at.broken
                   : at_fail(&modem->at, ERR_NOT_FOUND, "AT+CGSN: the modem gives no IMEI");
    }
    if (err == ERR_OK) {
        memcpy(imei, modem->at.info + (modem->at.info[0] == '"'), IMEI_DIGITS);
        imei[IMEI_DIGITS] = '\0';
    }
    return err;
}
