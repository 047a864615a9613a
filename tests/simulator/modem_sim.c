/* +CCHO, +CCHC, +CGLA and +CSIM (3GPP TS 27.007 8.45, 8.46, 8.43, 8.17). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "crypto/kdf.h"
#include "simulator/modem.h"

enum { GARBAGE_SIZE = 24, AID_HEX_MAX = 32, LONG_ID_BYTES = 16 };

static const uint8_t open_channel[] = {0x00, INS_MANAGE_CHANNEL, 0x00, 0x00, 0x01};

/* Next argument up to a comma, without its quotes. False at the end. */
static bool next_argument(const char **text, char *out, size_t size)
{
    const char *from = *text;
    if (!from) {
        return false;
    }
    size_t len = strcspn(from, ",");
    *text = from[len] == ',' ? from + len + 1 : NULL;
    if (len >= 2 && from[0] == '"' && from[len - 1] == '"') {
        from++;
        len -= 2;
    }
    if (len >= size) {
        return false;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

/* <length>,<command>: the length counts hexadecimal characters. */
static bool get_apdu(const char *text, uint8_t *apdu, size_t *len)
{
    char count[8], hex[2 * APDU_SHORT_MAX + 1];
    char *end = NULL;

    if (!next_argument(&text, count, sizeof(count)) || !next_argument(&text, hex, sizeof(hex)) ||
        text) {
        return false;
    }
    unsigned long wanted = strtoul(count, &end, 10);
    return isdigit((unsigned char)count[0]) && *end == '\0' && wanted == strlen(hex) &&
           hex_decode(hex, strlen(hex), apdu, APDU_SHORT_MAX, len) == ERR_OK && *len >= 4;
}

static void put_garbage(struct modem *modem)
{
    struct faults *faults = &modem->config.card->faults;
    struct fault *fault = faults_find(faults, FAULT_GARBAGE);
    uint8_t noise[GARBAGE_SIZE];

    if (!fault || (fault->number != 0 && fault->number != modem->config.card->apdu_count) ||
        crypto_random(noise, sizeof(noise)) != ERR_OK) {
        return;
    }
    buf_put_bytes(&modem->out, BYTES_OF(noise));
}

/* A response always ends in one (CARD_ANSWER). */
static uint16_t sw_of(const struct buf *response)
{
    return get_u16(response->data + response->len - 2);
}

/* One APDU to the card and what its faults make of it. */
static int transmit_once(struct modem *modem, struct bytes apdu, struct buf *response)
{
    struct card *card = modem->config.card;
    struct fault *slow = faults_find(&card->faults, FAULT_SLOW);

    if (slow) {
        modem->delay_ms += slow->number;
    }
    enum card_event event = card_transmit(card, apdu, response);
    put_garbage(modem);
    switch (event) {
    case CARD_ANSWER:
        return MODEM_OK;
    case CARD_CME:
        return CME_SIM_FAILURE;
    case CARD_REBOOT:
        modem_reboot(modem);
        return MODEM_NOTHING;
    case CARD_SILENT:
        break;
    }
    modem->dead = true;
    return MODEM_NOTHING;
}

/* With auto-get-response, until there is nothing more to fetch. */
static int transmit(struct modem *modem, struct bytes apdu, struct buf *response)
{
    uint8_t get_response[] = {(uint8_t)(apdu.data[0] & ~0x80), INS_GET_RESPONSE, 0x00, 0x00, 0x00};
    struct buf part;
    int result = transmit_once(modem, apdu, response);

    buf_init(&part, APDU_SHORT_MAX + 2);
    while (result == MODEM_OK && modem->config.options.auto_get_response &&
           sw_is_more_data(sw_of(response))) {
        get_response[4] = response->data[response->len - 1];
        result = transmit_once(modem, BYTES_OF(get_response), &part);
        response->len -= 2;
        buf_put_bytes(response, buf_bytes(&part));
    }
    buf_clear(&part);
    return result;
}

static void say_response(struct modem *modem, const char *name, const struct buf *response)
{
    struct buf text;
    char head[32];
    const char *quote = modem->config.options.no_quotes ? "" : "\"";

    buf_init(&text, MODEM_OUT_MAX);
    snprintf(head, sizeof(head), "%s: %zu,%s", name, 2 * response->len, quote);
    buf_put_str(&text, head);
    hex_put(&text, buf_bytes(response));
    buf_put_str(&text, quote);
    /* Longer than modem_say() takes. */
    if (modem->config.options.unsolicited) {
        modem_say(modem, "+CREG: 1");
    }
    buf_put_str(&modem->out, modem->verbose ? "\r\n" : "");
    buf_put_bytes(&modem->out, buf_bytes(&text));
    buf_put_str(&modem->out, "\r\n");
    buf_clear(&text);
}

static struct modem_session *session_find(struct modem *modem, const char *id)
{
    for (size_t i = 0; i < CARD_CHANNELS_MAX; i++) {
        if (modem->session[i].open && strcasecmp(modem->session[i].id, id) == 0) {
            return &modem->session[i];
        }
    }
    return NULL;
}

static enum err new_id(struct modem *modem, char id[MODEM_ID_SIZE])
{
    uint8_t random[LONG_ID_BYTES];
    if (!modem->config.options.long_id) {
        snprintf(id, MODEM_ID_SIZE, "%u", modem->next_id++);
        return ERR_OK;
    }
    enum err err = crypto_random(random, sizeof(random));
    if (err == ERR_OK) {
        hex_encode(BYTES_OF(random), id);
    }
    return err;
}

/* MANAGE CHANNEL and SELECT, as the modem does them by itself. */
static int open_and_select(struct modem *modem, struct bytes aid, unsigned *channel)
{
    struct buf response, select;
    int result;

    buf_init(&response, APDU_SHORT_MAX + 2);
    buf_init(&select, APDU_SHORT_MAX);
    result = transmit_once(modem, BYTES_OF(open_channel), &response);
    if (result == MODEM_OK && response.len != 3) {
        result = CME_MEMORY_FULL;
    }
    if (result != MODEM_OK) {
        goto out;
    }
    *channel = response.data[0];
    struct apdu_command command = {
        card_class(0x00, *channel), INS_SELECT, 0x04, 0x00, aid, APDU_LE_NONE};
    if (apdu_encode_short(&command, &select) != ERR_OK) {
        result = CME_INCORRECT_PARAMETERS;
        goto out;
    }
    result = transmit_once(modem, buf_bytes(&select), &response);
    if (result == MODEM_OK && !sw_is_more_data(sw_of(&response)) && sw_of(&response) != SW_OK) {
        uint8_t close[] = {0x00, INS_MANAGE_CHANNEL, 0x80, (uint8_t)*channel};
        transmit_once(modem, BYTES_OF(close), &response);
        result = CME_NOT_FOUND;
    }
out:
    buf_clear(&response);
    buf_clear(&select);
    return result;
}

int modem_run_ccho(struct modem *modem, const char *arguments)
{
    char text[AID_HEX_MAX + 1];
    uint8_t aid[AID_HEX_MAX / 2];
    size_t len = 0;
    unsigned channel = 0;

    if (!next_argument(&arguments, text, sizeof(text)) || arguments ||
        hex_decode(text, strlen(text), aid, sizeof(aid), &len) != ERR_OK || len < 5) {
        return CME_INCORRECT_PARAMETERS;
    }
    int result = open_and_select(modem, bytes_make(aid, len), &channel);
    if (result != MODEM_OK) {
        return result;
    }
    struct modem_session *session = &modem->session[channel];
    if (new_id(modem, session->id) != ERR_OK) {
        return CME_SIM_FAILURE;
    }
    session->open = true;
    session->channel = channel;
    modem_say(modem, modem->config.options.bare_id ? "%s" : "+CCHO: %s", session->id);
    return MODEM_OK;
}

int modem_run_cchc(struct modem *modem, const char *arguments)
{
    char id[MODEM_ID_SIZE];
    struct buf response;

    if (!next_argument(&arguments, id, sizeof(id)) || arguments) {
        return CME_INCORRECT_PARAMETERS;
    }
    struct modem_session *session = session_find(modem, id);
    if (!session) {
        return CME_INCORRECT_PARAMETERS;
    }
    uint8_t close[] = {0x00, INS_MANAGE_CHANNEL, 0x80, (uint8_t)session->channel};
    buf_init(&response, APDU_SHORT_MAX + 2);
    int result = transmit_once(modem, BYTES_OF(close), &response);
    buf_clear(&response);
    session->open = false;
    return result;
}

int modem_run_cgla(struct modem *modem, const char *arguments)
{
    char id[MODEM_ID_SIZE];
    uint8_t apdu[APDU_SHORT_MAX];
    size_t len = 0;
    struct buf response;

    if (!next_argument(&arguments, id, sizeof(id)) || !arguments ||
        !get_apdu(arguments, apdu, &len)) {
        return CME_INCORRECT_PARAMETERS;
    }
    struct modem_session *session = session_find(modem, id);
    if (!session) {
        return CME_INCORRECT_PARAMETERS;
    }
    /* The modem knows the channel; the caller's bits do not count. */
    apdu[0] = card_class(apdu[0], session->channel);
    buf_init(&response, ISDR_RESPONSE_MAX);
    int result = transmit(modem, bytes_make(apdu, len), &response);
    if (result == MODEM_OK) {
        say_response(modem, "+CGLA", &response);
    }
    buf_clear(&response);
    return result;
}

int modem_run_csim(struct modem *modem, const char *arguments)
{
    uint8_t apdu[APDU_SHORT_MAX];
    size_t len = 0;
    struct buf response;

    if (!get_apdu(arguments, apdu, &len)) {
        return CME_INCORRECT_PARAMETERS;
    }
    buf_init(&response, ISDR_RESPONSE_MAX);
    int result = transmit(modem, bytes_make(apdu, len), &response);
    if (result == MODEM_OK) {
        say_response(modem, "+CSIM", &response);
    }
    buf_clear(&response);
    return result;
}
