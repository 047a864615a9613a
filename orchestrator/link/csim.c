/* AT+CSIM (27.007 8.17): APDUs as they are; opening a logical channel and its
 * number in CLA are ours (ISO/IEC 7816-4 5.4.1, 7.1.2; TS 102 221 11.1.17). */
#include <stdio.h>
#include <string.h>

#include "apdu/apdu.h"
#include "apdu/sw.h"
#include "link/dialect.h"

enum {
    CLA_BASIC = 0x00,
    CLA_FURTHER = 0x40, /* channels 4 to 19, counted from 0 in the low nibble */
    CLA_CHANNELS_MASK = 0x43,
    CHANNEL_FURTHER = 4,
    CHANNEL_MAX = 19,

    MANAGE_CHANNEL_INS = 0x70,
    MANAGE_CHANNEL_OPEN = 0x00,
    MANAGE_CHANNEL_CLOSE = 0x80,
    SELECT_INS = 0xA4,
    SELECT_BY_NAME = 0x04,
    GET_RESPONSE_INS = 0xC0,
    WARNING_SW1_FIRST = 0x62,
    WARNING_SW1_LAST = 0x63,
    PROACTIVE_SW1 = 0x91,

    ANSWER_MAX = 4096,
    FOLLOW_UPS_MAX = 4, /* 61xx and 6Cxx behind the one byte of MANAGE CHANNEL */
};

static enum err csim_send(struct modem *modem, struct bytes command, struct buf *response)
{
    return dialect_apdu(modem, "AT+CSIM=", "+CSIM:", command, response);
}

/* CLA with the channel's number in it. */
static uint8_t cla_on_channel(uint8_t cla, unsigned channel)
{
    unsigned clean = cla & ~(unsigned)CLA_CHANNELS_MASK;
    return (uint8_t)(channel < CHANNEL_FURTHER ? clean | channel
                                               : clean | CLA_FURTHER | (channel - CHANNEL_FURTHER));
}

/* One command of our own; data and status word into answer. Like every sender
 * of commands it follows 61xx and 6Cxx. */
static enum err csim_command(struct modem *modem, struct apdu_command command, struct buf *answer,
                             struct apdu_response *response)
{
    struct buf encoded;
    enum err err = ERR_OK;

    *response = (struct apdu_response){0};
    buf_init(&encoded, APDU_SHORT_MAX);
    for (unsigned i = 0; i < FOLLOW_UPS_MAX && err == ERR_OK; i++) {
        buf_reset(&encoded);
        buf_reset(answer);
        err = apdu_encode_short(&command, &encoded);
        if (err == ERR_OK) {
            err = csim_send(modem, buf_bytes(&encoded), answer);
        }
        if (err == ERR_OK) {
            err = apdu_decode_response(buf_bytes(answer), response);
        }
        if (sw_is_more_data(response->sw) && command.data.len == 0) {
            command = (struct apdu_command){
                .cla = command.cla, .ins = GET_RESPONSE_INS, .le = response->sw & 0xFF};
        } else if (sw_is_wrong_le(response->sw)) {
            command.le = response->sw & 0xFF;
        } else {
            break;
        }
    }
    buf_clear(&encoded);
    return err;
}

static enum err csim_close_channel(struct modem *modem, unsigned channel, int timeout_ms)
{
    /* Without Le: case 1, 007080ch. */
    const uint8_t command[] = {CLA_BASIC, MANAGE_CHANNEL_INS, MANAGE_CHANNEL_CLOSE,
                               (uint8_t)channel};
    int apdu_ms = modem->timeouts.apdu_ms;
    struct buf answer;

    buf_init(&answer, ANSWER_MAX);
    modem->timeouts.apdu_ms = timeout_ms;
    enum err err = csim_send(modem, BYTES_OF(command), &answer);
    modem->timeouts.apdu_ms = apdu_ms;
    buf_clear(&answer);
    return err;
}

static enum err csim_open_channel(struct modem *modem, unsigned *channel)
{
    const struct apdu_command command = {
        .cla = CLA_BASIC, .ins = MANAGE_CHANNEL_INS, .p1 = MANAGE_CHANNEL_OPEN, .le = 1};
    struct apdu_response response;
    struct buf answer;

    *channel = 0;
    buf_init(&answer, ANSWER_MAX);
    enum err err = csim_command(modem, command, &answer, &response);
    if (err == ERR_OK && response.sw != SW_OK) {
        err = at_fail(&modem->at, ERR_REFUSED, "MANAGE CHANNEL: SW %04X", response.sw);
    } else if (err == ERR_OK && (response.data.len != 1 || response.data.data[0] == 0 ||
                                 response.data.data[0] > CHANNEL_MAX)) {
        err = at_fail(&modem->at, ERR_MALFORMED, "MANAGE CHANNEL: no channel number");
    } else if (err == ERR_OK) {
        *channel = response.data.data[0];
    }
    buf_clear(&answer);
    return err;
}

/* The application is selected whether its answer waits (61xx) or not. */
static bool selected(unsigned sw)
{
    unsigned sw1 = sw >> 8;
    return sw == SW_OK || sw_is_more_data(sw) || sw1 == PROACTIVE_SW1 ||
           (sw1 >= WARNING_SW1_FIRST && sw1 <= WARNING_SW1_LAST);
}

static enum err csim_select(struct modem *modem, unsigned channel, struct bytes aid)
{
    const struct apdu_command command = {.cla = cla_on_channel(CLA_BASIC, channel),
                                         .ins = SELECT_INS,
                                         .p1 = SELECT_BY_NAME,
                                         .data = aid,
                                         .le = APDU_LE_NONE};
    struct apdu_response response;
    struct buf answer;

    buf_init(&answer, ANSWER_MAX);
    enum err err = csim_command(modem, command, &answer, &response);
    buf_clear(&answer);
    if (err == ERR_OK && !selected(response.sw)) {
        err = at_fail(&modem->at, response.sw == SW_FILE_NOT_FOUND ? ERR_NOT_FOUND : ERR_REFUSED,
                      "SELECT: SW %04X", response.sw);
    }
    return err;
}

static enum err csim_open(struct modem *modem, struct bytes aid)
{
    char detail[AT_DETAIL_SIZE];
    unsigned channel;
    enum err err = csim_open_channel(modem, &channel);
    if (err != ERR_OK) {
        return err;
    }
    err = csim_select(modem, channel, aid);
    if (err == ERR_OK) {
        modem->channel = channel;
    } else if (modem->at.broken == ERR_OK) {
        memcpy(detail, modem->at.detail, sizeof(detail));
        csim_close_channel(modem, channel, modem->timeouts.command_ms);
        memcpy(modem->at.detail, detail, sizeof(detail));
    }
    return err;
}

static enum err csim_transmit(struct modem *modem, struct bytes command, struct buf *response)
{
    uint8_t on_channel[APDU_SHORT_MAX];

    if (command.len == 0 || command.len > sizeof(on_channel)) {
        return at_fail(&modem->at, ERR_RANGE, "AT+CSIM: a command of %zu bytes", command.len);
    }
    memcpy(on_channel, command.data, command.len);
    on_channel[0] = cla_on_channel(command.data[0], modem->channel);
    return csim_send(modem, bytes_make(on_channel, command.len), response);
}

static enum err csim_close(struct modem *modem, int timeout_ms)
{
    return csim_close_channel(modem, modem->channel, timeout_ms);
}

static enum err csim_release(struct modem *modem)
{
    enum err err = ERR_OK;
    for (unsigned channel = 1; channel <= CHANNELS_RELEASED && err == ERR_OK; channel++) {
        err = csim_close_channel(modem, channel, modem->timeouts.command_ms);
    }
    /* A modem without the command has said so once. */
    return err == ERR_REFUSED ? ERR_OK : err;
}

const struct modem_dialect dialect_csim = {
    .name = "CSIM",
    .open = csim_open,
    .transmit = csim_transmit,
    .close = csim_close,
    .release = csim_release,
};
