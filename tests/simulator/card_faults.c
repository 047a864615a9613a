#include "simulator/card_faults.h"

#include "sgp22/tags.h"

void card_faults_spoil(struct card *card, const char *function, struct buf *data)
{
    static const uint8_t four_gib[] = {0x84, 0xFF, 0xFF, 0xFF, 0xFF};
    uint32_t tag = 0;
    size_t header_len = 0, value_len = 0;

    if (data->len == 0) {
        return;
    }
    if (faults_for_function(&card->faults, FAULT_TRUNCATED_RESPONSE, function)) {
        data->len = (data->len + 1) / 2;
    }
    if (!faults_for_function(&card->faults, FAULT_LENGTH_4G, function) ||
        tlv_peek_header(buf_bytes(data), &tag, &header_len, &value_len) != ERR_OK) {
        return;
    }
    struct buf bad;
    buf_init(&bad, data->max);
    buf_put(&bad, data->data, tag > 0xFF ? 2 : 1);
    buf_put_bytes(&bad, BYTES_OF(four_gib));
    buf_put(&bad, data->data + header_len, data->len - header_len);
    buf_clear(data);
    *data = bad;
}

/* The last block of a function's command, for faults that name the function. */
static const char *function_of(struct card *card, const struct apdu_command *command)
{
    unsigned number = 0;
    if (command->ins != INS_STORE_DATA || command->p1 != P1_LAST_BLOCK ||
        !card_class_channel(command->cla, &number) || number >= CARD_CHANNELS_MAX) {
        return "";
    }
    const struct card_channel *channel = &card->channel[number];
    return isdr_function_name(&card->isdr,
                              channel->collecting ? buf_bytes(&channel->command) : command->data);
}

/* Number of a STORE DATA within its package, from the first block of BF36 on;
 * 0 outside one. */
static unsigned count_load(struct card *card, const struct apdu_command *command)
{
    enum session_phase phase = card->isdr.session.phase;
    uint32_t tag = 0;
    size_t header_len = 0, value_len = 0;
    bool begins = phase == SESSION_PREPARED && command->p2 == 0 &&
                  tlv_peek_header(command->data, &tag, &header_len, &value_len) == ERR_OK &&
                  tag == TAG_BOUND_PROFILE_PACKAGE;

    if (begins || (phase != SESSION_PREPARED && phase != SESSION_LOADING)) {
        card->load_apdu_count = 0;
    }
    if (command->ins != INS_STORE_DATA || (!begins && card->load_apdu_count == 0)) {
        return 0;
    }
    return ++card->load_apdu_count;
}

bool card_faults_strike(struct card *card, const struct apdu_command *command, struct buf *response,
                        enum card_event *event)
{
    struct faults *faults = &card->faults;
    unsigned load = count_load(card, command);
    struct fault *sw = faults_take_at(faults, FAULT_SW, card->apdu_count);

    if (load && faults_take_at(faults, FAULT_KILL_IN_LOAD, load)) {
        card->isdr.die(card->isdr.die_argument);
    }
    if (faults_take_at(faults, FAULT_SILENT, card->apdu_count) ||
        faults_for_function(faults, FAULT_SILENT, function_of(card, command))) {
        *event = CARD_SILENT;
    } else if (faults_take_at(faults, FAULT_REBOOT, card->apdu_count)) {
        *event = CARD_REBOOT;
    } else if (faults_take_at(faults, FAULT_CME, card->apdu_count) ||
               (load && faults_take_at(faults, FAULT_CME_IN_LOAD, load))) {
        *event = CARD_CME;
    } else if (sw) {
        buf_put_u16(response, sw->sw);
    } else {
        return false;
    }
    return true;
}
