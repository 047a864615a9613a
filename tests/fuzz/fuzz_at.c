/* A modem that says anything: the AT line engine and both dialects over a port
 * that plays the input. Each command written makes the next answer readable;
 * these bytes, which no line holds, rule the reads: */
#include "euicc/isdr.h"
#include "input.h"
#include "link/modem.h"

enum {
    MARK_ANSWER_END = 0xFF, /* what follows answers the next command */
    MARK_READ_END = 0xFE,   /* a read ends here */
    MARK_SILENCE = 0xFD,    /* one read times out here */
    MARK_CLOSED = 0xFC,     /* unplugged */
};

/* Nothing waits in here: a modem that stays silent is unplugged after a while. */
enum { SILENCES_MAX = 24, WAIT_MS = 1000, TRANSMITS_MAX = 24, ANSWER_MAX = 4096 };

struct tape {
    struct port port;
    struct bytes left;
    bool playing; /* a command has been written */
    unsigned silences;
    uint64_t read, written;
    bool closed;
};

static enum err silence(struct tape *tape, int timeout_ms)
{
    tape->silences += timeout_ms > 0;
    return tape->silences > SILENCES_MAX ? ERR_CLOSED : ERR_TIMEOUT;
}

static bool is_mark(uint8_t byte)
{
    return byte >= MARK_CLOSED;
}

static enum err tape_read(struct port *port, uint8_t *data, size_t size, int timeout_ms,
                          size_t *got)
{
    struct tape *tape = (struct tape *)port;
    *got = 0;
    while (tape->left.len > 0 && tape->left.data[0] == MARK_READ_END) {
        fuzz_take_u8(&tape->left);
    }
    if (!tape->playing || tape->left.len == 0 || tape->left.data[0] == MARK_ANSWER_END) {
        return silence(tape, timeout_ms);
    }
    if (tape->left.data[0] == MARK_CLOSED) {
        return ERR_CLOSED;
    }
    if (tape->left.data[0] == MARK_SILENCE) {
        fuzz_take_u8(&tape->left);
        return silence(tape, timeout_ms);
    }
    while (*got < size && tape->left.len > 0 && !is_mark(tape->left.data[0])) {
        data[(*got)++] = fuzz_take_u8(&tape->left);
    }
    tape->read += *got;
    return ERR_OK;
}

/* The rest of an answer nobody read is lost. */
static enum err tape_write(struct port *port, const uint8_t *data, size_t len, int timeout_ms)
{
    struct tape *tape = (struct tape *)port;
    (void)timeout_ms;
    fuzz_check(len > 0 && data[len - 1] == '\r' && memchr(data, '\r', len) == data + len - 1);
    tape->written += len;
    while (tape->playing && tape->left.len > 0 && fuzz_take_u8(&tape->left) != MARK_ANSWER_END) {
    }
    tape->playing = true;
    return ERR_OK;
}

static void tape_flush(struct port *port)
{
    (void)port;
}

static void tape_close(struct port *port)
{
    struct tape *tape = (struct tape *)port;
    fuzz_check(!tape->closed);
    tape->closed = true;
}

static const struct port_ops tape_ops = {tape_read, tape_write, tape_flush, tape_close};

/* ERR_CLOSED: there is no more. */
static enum err transmit(struct euicc_transport *transport)
{
    static const uint8_t command[] = {0x81, 0xE2, 0x91, 0x00, 0x06, 0xBF,
                                      0x3E, 0x03, 0x5C, 0x01, 0x5A};
    struct buf response;
    buf_init(&response, ANSWER_MAX);
    enum err err = transport->ops->transmit(transport, BYTES_OF(command), &response);
    fuzz_check(err != ERR_OK || response.len >= 2);
    fuzz_check(fuzz_is_text(transport->ops->detail(transport), PORT_DETAIL_SIZE));
    buf_clear(&response);
    return err;
}

static void use(struct modem *modem)
{
    static const uint8_t other_aid[] = {0xA0, 0x00, 0x00, 0x00, 0x87};
    struct euicc_transport *transport = modem_transport(modem);
    char imei[16];
    enum err err = ERR_OK;
    for (unsigned i = 0; i < TRANSMITS_MAX && err != ERR_CLOSED; i++) {
        err = transmit(transport);
        if (i % 4 == 2) {
            enum err known = modem_imei(modem, imei);
            fuzz_check(strlen(imei) == (known == ERR_OK ? 15 : 0));
        }
        if (i % 8 == 5) {
            transport->ops->open(transport, i == 5 ? BYTES_OF(other_aid) : isdr_aid);
        }
    }
    transport->ops->close(transport);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct modem_timeouts timeouts = {WAIT_MS, WAIT_MS, WAIT_MS};
    struct tape tape = {.port.ops = &tape_ops, .left = bytes_make(data, size)};
    char detail[PORT_DETAIL_SIZE] = "";
    struct modem *modem = NULL;
    enum err err = modem_open(&tape.port, &timeouts, &modem, detail);
    fuzz_check((modem != NULL) == (err == ERR_OK));
    if (err == ERR_OK) {
        use(modem);
        fuzz_check(modem_transport(modem)->traffic.rx_bytes == tape.read);
        fuzz_check(modem_transport(modem)->traffic.tx_bytes == tape.written);
        modem_close(&modem);
    } else {
        fuzz_check(fuzz_is_text(detail, sizeof(detail)) && detail[0] != '\0');
    }
    fuzz_check(tape.closed);
    return 0;
}
