#include "card.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "support/test.h"
#include "tlv/tlv.h"

enum { P1_LAST = 0x91, HEADER = 5 };

static struct card *self(struct euicc_transport *transport)
{
    return (struct card *)transport;
}

static enum err card_open(struct euicc_transport *transport, struct bytes aid)
{
    TEST_BYTES(aid, test_hex("A0000005591010FFFFFFFF8900000100"));
    return self(transport)->open_err;
}

/* One exchange of the script. */
static enum err play_step(struct card *card, struct bytes command, struct buf *response)
{
    const struct card_step *step;

    if (card->at == card->count && card->repeat_last) {
        card->at--;
    }
    if (card->at == card->count) {
        card->mismatches++;
        return ERR_CLOSED;
    }
    step = &card->steps[card->at++];
    if (step->command != NULL && !bytes_equal(command, test_hex(step->command))) {
        card->mismatches++;
    }
    if (step->err != ERR_OK) {
        return step->err;
    }
    buf_put_bytes(response, test_hex(step->answer));
    return buf_err(response);
}

/* Collects the blocks of a STORE DATA request, then gives the whole answer. */
static enum err play_request(struct card *card, struct bytes command, struct buf *response)
{
    buf_put(&card->seen, command.data + HEADER, command.len - HEADER);
    if (command.data[2] == P1_LAST) {
        if (card->request.len > 0 && !bytes_equal(buf_bytes(&card->seen), card->request)) {
            card->mismatches++;
        }
        buf_reset(&card->seen);
        buf_put_bytes(response, card->response);
    }
    buf_put_u16(response, 0x9000);
    return buf_err(response);
}

static enum err card_transmit(struct euicc_transport *transport, struct bytes command,
                              struct buf *response)
{
    struct card *card = self(transport);

    card->transmitted++;
    if (card->delay_ms > 0) {
        usleep((useconds_t)card->delay_ms * 1000);
    }
    return card->steps != NULL ? play_step(card, command, response)
                               : play_request(card, command, response);
}

static void card_close(struct euicc_transport *transport)
{
    self(transport)->closed++;
}

static const char *card_detail(const struct euicc_transport *transport)
{
    (void)transport;
    return "the link's words";
}

static const struct euicc_transport_ops card_ops = {card_open, card_transmit, card_close,
                                                    card_detail};

static void card_init(struct card *card)
{
    memset(card, 0, sizeof(*card));
    card->transport.ops = &card_ops;
    buf_init(&card->seen, 128 * 1024);
    TEST_OK(isdr_open(&card->isdr, &card->transport));
}

void card_steps(struct card *card, const struct card_step *steps, size_t count)
{
    card_init(card);
    card->steps = steps;
    card->count = count;
}

void card_answers(struct card *card, struct bytes request, struct bytes response)
{
    card_init(card);
    card->request = request;
    card->response = response;
}

bool card_done(const struct card *card)
{
    return card->at == card->count && card->mismatches == 0;
}

void card_clear(struct card *card)
{
    isdr_close(&card->isdr);
    buf_clear(&card->seen);
}

/* Memory of a buffer as a test literal. */
static struct bytes keep(struct buf *buf)
{
    struct bytes out = BYTES_NONE;
    char *text = malloc(2 * buf->len + 1);

    if (text != NULL) {
        out = test_hex(hex_encode(buf_bytes(buf), text));
        free(text);
    }
    buf_clear(buf);
    return out;
}

struct bytes card_tlv(uint32_t tag, struct bytes content)
{
    struct buf buf;
    buf_init(&buf, 256 * 1024);
    tlv_put(&buf, tag, content);
    return keep(&buf);
}

struct bytes card_join(struct bytes a, struct bytes b)
{
    struct buf buf;
    buf_init(&buf, 256 * 1024);
    buf_put_bytes(&buf, a);
    buf_put_bytes(&buf, b);
    return keep(&buf);
}

struct bytes card_fill(uint8_t value, size_t n)
{
    struct buf buf;
    buf_init(&buf, 256 * 1024);
    for (size_t i = 0; i < n; i++) {
        buf_put_u8(&buf, value);
    }
    return keep(&buf);
}
