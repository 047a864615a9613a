/* AT+CCHO, AT+CGLA, AT+CCHC (27.007 8.43 - 8.45): the modem manages the channel
 * and puts its number into CLA itself, so commands go with channel bits zero. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "link/dialect.h"

enum { HEAD_SIZE = 16 + SESSION_ID_MAX };

/* Strips one pair of quotes, or the one of them that is there. */
static void unquote(const char **text, size_t *len)
{
    if (*len > 0 && (*text)[0] == '"') {
        (*text)++;
        (*len)--;
    }
    if (*len > 0 && (*text)[*len - 1] == '"') {
        (*len)--;
    }
}

/* Session ids are numbers or long hexadecimal strings; nothing else is sent back
 * inside later commands. */
static bool is_session_id(const char *text, size_t len)
{
    if (len == 0 || len > SESSION_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (hex_digit(text[i]) < 0) {
            return false;
        }
    }
    return true;
}

static bool is_bare_session_id(const char *line)
{
    size_t len = strlen(line);
    unquote(&line, &len);
    return is_session_id(line, len);
}

static enum err cgla_open(struct modem *modem, struct bytes aid)
{
    static const struct at_want want = {"+CCHO:", is_bare_session_id};
    char digits[2 * AID_MAX + 1];
    char text[HEAD_SIZE + sizeof(digits)];

    snprintf(text, sizeof(text), "AT+CCHO=\"%s\"", hex_encode(aid, digits));
    enum err err = at_command(&modem->at, text, &want, modem->timeouts.command_ms);
    if (err != ERR_OK) {
        return err;
    }
    const char *id = modem->at.info;
    size_t len = strlen(id);
    unquote(&id, &len);
    if (!is_session_id(id, len)) {
        return at_fail(&modem->at, ERR_MALFORMED, "AT+CCHO: no session id in the answer");
    }
    memcpy(modem->session, id, len);
    modem->session[len] = '\0';
    return ERR_OK;
}

static enum err cgla_transmit(struct modem *modem, struct bytes command, struct buf *response)
{
    char head[HEAD_SIZE];
    snprintf(head, sizeof(head), "AT+CGLA=%s,", modem->session);
    return dialect_apdu(modem, head, "+CGLA:", command, response);
}

static enum err cgla_close(struct modem *modem, int timeout_ms)
{
    char text[HEAD_SIZE];
    snprintf(text, sizeof(text), "AT+CCHC=%s", modem->session);
    return at_command(&modem->at, text, NULL, timeout_ms);
}

/* Ids are the modem's choice; most count them from 1. */
static enum err cgla_release(struct modem *modem)
{
    for (unsigned id = 1; id <= CHANNELS_RELEASED; id++) {
        snprintf(modem->session, sizeof(modem->session), "%u", id);
        enum err err = cgla_close(modem, modem->timeouts.command_ms);
        if (err != ERR_OK && err != ERR_REFUSED) {
            return err;
        }
    }
    return ERR_OK;
}

const struct modem_dialect dialect_cgla = {
    .name = "CGLA",
    .open = cgla_open,
    .transmit = cgla_transmit,
    .close = cgla_close,
    .release = cgla_release,
};
