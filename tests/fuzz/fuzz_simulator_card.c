/* The simulated chip has to be robust itself: command APDUs in any order.
 *
 *   records   1-byte length and as many bytes; length FF: an ES10 command with a
 *             2-byte length, sent in blocks to channel 1, its answer fetched */
#include "chip.h"
#include "input.h"

enum { WHOLE = 0xFF, RECORDS_MAX = 64, RESPONSE_MAX = ISDR_RESPONSE_MAX, FETCHES_MAX = 64 };

static uint16_t send(struct card *card, const struct apdu_command *command, struct buf *response)
{
    struct buf apdu;
    buf_init(&apdu, APDU_SHORT_MAX);
    fuzz_check(apdu_encode_short(command, &apdu) == ERR_OK);
    fuzz_check(card_transmit(card, buf_bytes(&apdu), response) == CARD_ANSWER);
    fuzz_check(response->len >= 2 && response->len <= 256 + 2);
    buf_clear(&apdu);
    return get_u16(response->data + response->len - 2);
}

/* Channel 1 with the ISD-R on it, as the first record may have left it or not. */
static void select_isdr(struct card *card, struct buf *response)
{
    static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                  0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
    const struct apdu_command open = {0x00, INS_MANAGE_CHANNEL, 0, 0, BYTES_NONE, 1};
    const struct apdu_command select = {0x01, INS_SELECT, 0x04, 0, BYTES_OF(aid), APDU_LE_NONE};
    if (!card->channel[1].open) {
        send(card, &open, response);
    }
    if (!card->channel[1].isdr_selected) {
        send(card, &select, response);
    }
}

static void send_whole(struct card *card, struct bytes command, struct buf *response)
{
    uint16_t sw = SW_OK;
    select_isdr(card, response);
    for (unsigned block = 0; sw == SW_OK && command.len > 0; block++) {
        struct apdu_command store = {.cla = 0x81, .ins = INS_STORE_DATA, .le = APDU_LE_NONE};
        store.data = fuzz_take(&command, APDU_SHORT_DATA_MAX);
        store.p1 = command.len == 0 ? P1_LAST_BLOCK : P1_MORE_BLOCKS;
        store.p2 = (uint8_t)block;
        sw = send(card, &store, response);
    }
    for (unsigned i = 0; sw_is_more_data(sw) && i < FETCHES_MAX; i++) {
        const struct apdu_command get = {0x01, INS_GET_RESPONSE, 0, 0, BYTES_NONE, sw & 0xFF};
        sw = send(card, &get, response);
    }
}

static void send_record(struct card *card, struct bytes *input, struct buf *response)
{
    uint8_t len = fuzz_take_u8(input);
    if (len == WHOLE) {
        send_whole(card, fuzz_take_record(input), response);
        return;
    }
    struct bytes apdu = fuzz_take(input, len);
    uint8_t *copy = fuzz_copy(apdu);
    fuzz_check(card_transmit(card, bytes_make(copy, apdu.len), response) == CARD_ANSWER);
    fuzz_check(response->len >= 2 && response->len <= 256 + 2);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    struct card *card = fuzz_chip_used();
    struct buf response;
    buf_init(&response, RESPONSE_MAX);
    for (size_t i = 0; i < RECORDS_MAX && input.len > 0; i++) {
        send_record(card, &input, &response);
    }
    buf_clear(&response);
    return 0;
}
