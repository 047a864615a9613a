#include "simulator/card.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sgp22/tags.h"
#include "simulator/card_faults.h"

enum {
    CLA_PROPRIETARY = 0x80,
    CLA_FURTHER = 0x40,      /* channels 4 to 19 */
    CLA_FIRST_REST = 0x1C,   /* secure messaging and chaining bits, first form */
    CLA_FURTHER_REST = 0x30, /* the same, further form */
    FIRST_CHANNELS = 4,
    P1_SELECT_BY_NAME = 0x04,
    P2_SELECT_FCI = 0x00,
    P2_SELECT_NO_DATA = 0x0C,
    P1_OPEN_CHANNEL = 0x00,
    P1_CLOSE_CHANNEL = 0x80,
    BLOCKS_MAX = 256,
    SW_FUNC_NOT_SUPPORTED = 0x6A81,
    SW_CHANNEL_NOT_SUPPORTED = 0x6881,
    CHUNK_MAX = 256, /* one GET RESPONSE */
};

enum select_tag { TAG_FCI = 0x6F, TAG_DF_NAME = 0x84, TAG_PROPRIETARY = 0xE0 };

static const uint8_t isdr_aid[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                   0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
static const uint8_t isdr_svn[] = {2, 2, 2};

static void channel_close(struct card_channel *channel)
{
    buf_clear(&channel->command);
    buf_clear(&channel->pending);
    memset(channel, 0, sizeof(*channel));
}

static void channel_open(struct card_channel *channel)
{
    channel_close(channel);
    channel->open = true;
    buf_init(&channel->command, ISDR_COMMAND_MAX);
    buf_init(&channel->pending, ISDR_RESPONSE_MAX);
}

static void kill_self(void *argument)
{
    (void)argument;
    kill(getpid(), SIGKILL);
    pause();
}

enum err card_new(const struct card_config *config, struct card **card)
{
    struct identity *identity = config->identity;
    struct card *it = calloc(1, sizeof(*it));
    enum err err = it ? ERR_OK : ERR_MEMORY;

    *card = NULL;
    if (err != ERR_OK) {
        identity_free(&identity);
        return err;
    }
    it->faults = config->faults;
    it->trace = config->trace;
    it->channels = config->channels ? config->channels : CARD_CHANNELS_MAX - 1;
    it->isdr.identity = identity;
    it->isdr.faults = &it->faults;
    it->isdr.memory = config->memory ? config->memory : CARD_MEMORY_DEFAULT;
    it->isdr.now = config->now;
    it->isdr.die = config->die ? config->die : kill_self;
    it->isdr.die_argument = config->die_argument;
    if (it->channels >= CARD_CHANNELS_MAX) {
        err = ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = state_open(config->state_dir, &it->isdr.state);
    }
    if (err == ERR_OK && faults_has(&it->faults, FAULT_FOREIGN)) {
        err = identity_make_foreign(identity,
                                    faults_has_word(&it->faults, FAULT_FOREIGN, "disguised"));
    }
    if (err != ERR_OK) {
        card_free(&it);
        return err;
    }
    card_reset(it);
    *card = it;
    return ERR_OK;
}

void card_free(struct card **card)
{
    struct card *it = *card;

    if (!it) {
        return;
    }
    for (size_t i = 0; i < CARD_CHANNELS_MAX; i++) {
        channel_close(&it->channel[i]);
    }
    session_clear(&it->isdr.session);
    state_free(&it->isdr.state);
    identity_free(&it->isdr.identity);
    free(it);
    *card = NULL;
}

void card_reset(struct card *card)
{
    for (size_t i = 0; i < CARD_CHANNELS_MAX; i++) {
        channel_close(&card->channel[i]);
    }
    channel_open(&card->channel[0]);
    isdr_reset(&card->isdr);
}

uint8_t card_class(uint8_t cla, unsigned channel)
{
    uint8_t kind = cla & CLA_PROPRIETARY;
    return channel < FIRST_CHANNELS ? (uint8_t)(kind | channel)
                                    : (uint8_t)(kind | CLA_FURTHER | (channel - FIRST_CHANNELS));
}

bool card_class_channel(uint8_t cla, unsigned *channel)
{
    if (cla & CLA_FURTHER) {
        *channel = FIRST_CHANNELS + (cla & 0x0Fu);
        return (cla & CLA_FURTHER_REST) == 0;
    }
    *channel = cla & 0x03u;
    return (cla & CLA_FIRST_REST) == 0;
}

/* 61xx for what waits; 6100 for 256 and more. */
static uint16_t more_data(const struct card_channel *channel)
{
    if (channel->pending.len == 0) {
        return SW_OK;
    }
    return (uint16_t)(SW_MORE_DATA |
                      (channel->pending.len >= CHUNK_MAX ? 0 : channel->pending.len));
}

static uint16_t run_manage_channel(struct card *card, struct card_channel *channel,
                                   const struct apdu_command *command, struct buf *response)
{
    (void)channel;
    if (command->data.len != 0) {
        return SW_WRONG_LENGTH;
    }
    if (command->p1 == P1_CLOSE_CHANNEL) {
        if (command->p2 == 0 || command->p2 >= CARD_CHANNELS_MAX ||
            !card->channel[command->p2].open) {
            return SW_WRONG_P1P2;
        }
        channel_close(&card->channel[command->p2]);
        return SW_OK;
    }
    if (command->p1 != P1_OPEN_CHANNEL || command->p2 != 0) {
        return SW_WRONG_P1P2;
    }
    if (command->le != 1) {
        return SW_WRONG_LE | 1;
    }
    for (unsigned i = 1; i <= card->channels; i++) {
        if (!card->channel[i].open) {
            channel_open(&card->channel[i]);
            buf_put_u8(response, (uint8_t)i);
            return SW_OK;
        }
    }
    return SW_FUNC_NOT_SUPPORTED;
}

static uint16_t run_select(struct card *card, struct card_channel *channel,
                           const struct apdu_command *command, struct buf *response)
{
    (void)card;
    (void)response;
    if (command->p1 != P1_SELECT_BY_NAME ||
        (command->p2 != P2_SELECT_FCI && command->p2 != P2_SELECT_NO_DATA)) {
        return SW_WRONG_P1P2;
    }
    if (!bytes_equal(command->data, BYTES_OF(isdr_aid))) {
        return SW_FILE_NOT_FOUND;
    }
    channel->isdr_selected = true;
    channel->collecting = false;
    if (command->p2 == P2_SELECT_NO_DATA) {
        return SW_OK;
    }
    size_t mark = tlv_open(&channel->pending, TAG_FCI);
    tlv_put(&channel->pending, TAG_DF_NAME, BYTES_OF(isdr_aid));
    size_t inner = tlv_open(&channel->pending, TAG_PROPRIETARY);
    tlv_put(&channel->pending, TAG_SVN, BYTES_OF(isdr_svn));
    tlv_close(&channel->pending, inner);
    tlv_close(&channel->pending, mark);
    return more_data(channel);
}

static uint16_t run_get_response(struct card *card, struct card_channel *channel,
                                 const struct apdu_command *command, struct buf *response)
{
    (void)card;
    if (command->p1 != 0 || command->p2 != 0) {
        return SW_WRONG_P1P2;
    }
    if (command->data.len != 0 || command->le == APDU_LE_NONE) {
        return SW_WRONG_LENGTH;
    }
    size_t wanted = command->le == APDU_LE_ANY ? CHUNK_MAX : (size_t)command->le;
    if (channel->pending.len == 0) {
        return SW_CONDITIONS;
    }
    if (wanted > channel->pending.len) {
        return (uint16_t)(SW_WRONG_LE | channel->pending.len);
    }
    buf_put(response, channel->pending.data, wanted);
    buf_consume(&channel->pending, wanted);
    return more_data(channel);
}

/* A whole command is in. */
static uint16_t run_command(struct card *card, struct card_channel *channel)
{
    const char *function = isdr_function_name(&card->isdr, buf_bytes(&channel->command));
    uint16_t sw = isdr_run(&card->isdr, buf_bytes(&channel->command), &channel->pending);
    if (sw == SW_OK) {
        card_faults_spoil(card, function, &channel->pending);
        sw = more_data(channel);
    }
    buf_reset(&channel->command);
    return sw;
}

/* STORE DATA: blocks from 00 on, without a gap, the last one marked. */
static uint16_t run_store_data(struct card *card, struct card_channel *channel,
                               const struct apdu_command *command, struct buf *response)
{
    (void)response;
    bool last = command->p1 == P1_LAST_BLOCK;

    if (!channel->isdr_selected) {
        return SW_INS_UNKNOWN;
    }
    if (!channel->collecting) {
        channel->next_block = 0;
        buf_reset(&channel->command);
    }
    channel->collecting = false;
    if ((!last && command->p1 != P1_MORE_BLOCKS) || command->p2 != channel->next_block) {
        return SW_WRONG_P1P2;
    }
    if (command->data.len == 0) {
        return SW_WRONG_LENGTH;
    }
    buf_put_bytes(&channel->command, command->data);
    if (buf_err(&channel->command) != ERR_OK) {
        return SW_WRONG_LENGTH;
    }
    if (last) {
        return run_command(card, channel);
    }
    channel->next_block++;
    if (channel->next_block == BLOCKS_MAX) {
        return SW_WRONG_LENGTH;
    }
    channel->collecting = true;
    return SW_OK;
}

/* The commands the card knows on any channel. */
static const struct card_row {
    uint8_t ins;
    uint8_t class; /* without channel bits */
    uint16_t (*run)(struct card *card, struct card_channel *channel,
                    const struct apdu_command *command, struct buf *response);
} rows[] = {
    {INS_MANAGE_CHANNEL, 0x00, run_manage_channel},
    {INS_SELECT, 0x00, run_select},
    {INS_GET_RESPONSE, 0x00, run_get_response},
    {INS_STORE_DATA, CLA_PROPRIETARY, run_store_data},
};

static uint16_t dispatch(struct card *card, const struct apdu_command *command,
                         struct buf *response)
{
    unsigned number = 0;
    if (!card_class_channel(command->cla, &number)) {
        return SW_CLA_UNKNOWN;
    }
    if (number >= CARD_CHANNELS_MAX || !card->channel[number].open) {
        return SW_CHANNEL_NOT_SUPPORTED;
    }
    struct card_channel *channel = &card->channel[number];
    if (command->ins != INS_GET_RESPONSE) {
        buf_reset(&channel->pending); /* what was not fetched is gone */
    }
    if (command->ins != INS_STORE_DATA) {
        channel->collecting = channel->collecting && command->ins == INS_GET_RESPONSE;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].ins != command->ins) {
            continue;
        }
        if ((command->cla & CLA_PROPRIETARY) != rows[i].class) {
            return SW_CLA_UNKNOWN;
        }
        return rows[i].run(card, channel, command, response);
    }
    return SW_INS_UNKNOWN;
}

static void trace(const struct card *card, struct bytes apdu, const struct buf *response,
                  enum card_event event)
{
    if (!card->trace) {
        return;
    }
    fprintf(card->trace, "%u > ", card->apdu_count);
    for (size_t i = 0; i < apdu.len && i < 5; i++) {
        fprintf(card->trace, "%02X", apdu.data[i]);
    }
    if (event == CARD_ANSWER && response->len >= 2) {
        fprintf(card->trace, " < %zu %02X%02X\n", response->len - 2,
                response->data[response->len - 2], response->data[response->len - 1]);
    } else {
        fprintf(card->trace, " < (event %d)\n", event);
    }
    fflush(card->trace);
}

enum card_event card_transmit(struct card *card, struct bytes apdu, struct buf *response)
{
    struct apdu_command command;
    enum card_event event = CARD_ANSWER;

    buf_reset(response);
    card->apdu_count++;
    if (apdu_decode_short(apdu, &command) != ERR_OK) {
        buf_put_u16(response, SW_WRONG_LENGTH);
    } else if (!card_faults_strike(card, &command, response, &event)) {
        buf_put_u16(response, dispatch(card, &command, response));
    }
    if (event == CARD_REBOOT) {
        card_reset(card);
    }
    trace(card, apdu, response, event);
    return event;
}
