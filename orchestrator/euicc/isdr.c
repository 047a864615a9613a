/* STORE DATA to ISD-R and the collection of its answer (SGP.22 5.7.2). */
#include "euicc/isdr.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "apdu/apdu.h"
#include "apdu/sw.h"
#include "base/clock.h"

enum {
    STORE_DATA_CLA = 0x80,
    STORE_DATA_INS = 0xE2,
    STORE_DATA_P1_MORE = 0x11,
    STORE_DATA_P1_LAST = 0x91,
    STORE_DATA_BLOCKS_MAX = 256, /* the block number is P2, one byte */

    GET_RESPONSE_CLA = 0x00,
    GET_RESPONSE_INS = 0xC0,

    /* GET RESPONSE and corrected commands after one block. A full answer of
     * ES10_RESPONSE_MAX takes 256 in pieces of 256 bytes, 512 in pieces of 128. */
    FOLLOW_UPS_MAX = 512,
    /* One answer of a transport that follows 61xx by itself is longer than 258. */
    ANSWER_MAX = 4096,

    /* Normal end while a proactive command waits (TS 102 221 10.2.1.1): what an
     * eUICC says to EnableProfile with refresh. */
    SW_PROACTIVE_PENDING = 0x9100,
};

static const uint8_t isdr_aid_value[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                         0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
const struct bytes isdr_aid = {isdr_aid_value, sizeof(isdr_aid_value)};

/* One ES10 request under way. */
struct exchange {
    struct isdr *isdr;
    const char *function;
    struct buf *response;
    int64_t deadline_ms;
};

static bool sw_is_success(unsigned sw)
{
    return sw == SW_OK || (sw & 0xFF00) == SW_PROACTIVE_PENDING;
}

enum err isdr_fail(struct isdr *isdr, enum err err, int result_code, const char *result_name,
                   const char *format, ...)
{
    va_list args;

    isdr->result_code = result_code;
    isdr->result_name = result_name == NULL ? "" : result_name;
    va_start(args, format);
    vsnprintf(isdr->detail, sizeof(isdr->detail), format, args);
    va_end(args);
    return err;
}

static void isdr_forget(struct isdr *isdr)
{
    isdr->sw = 0;
    isdr->result_code = -1;
    isdr->result_name = "";
    isdr->detail[0] = '\0';
}

enum err isdr_open(struct isdr *isdr, struct euicc_transport *transport)
{
    enum err err;

    *isdr = (struct isdr){.transport = transport, .time_max_ms = ISDR_TIME_MAX_MS};
    isdr_forget(isdr);
    err = transport->ops->open(transport, isdr_aid);
    if (err != ERR_OK) {
        return isdr_fail(isdr, err, -1, NULL, "ISD-R: %s", transport->ops->detail(transport));
    }
    return ERR_OK;
}

void isdr_close(struct isdr *isdr)
{
    if (isdr->transport != NULL) {
        isdr->transport->ops->close(isdr->transport);
    }
    isdr->transport = NULL;
}

/* Adds the data of one answer to the response and notes the status word. */
static enum err exchange_take(struct exchange *x, struct bytes answer)
{
    struct apdu_response decoded;
    enum err err = apdu_decode_response(answer, &decoded);

    if (err != ERR_OK) {
        return isdr_fail(x->isdr, ERR_MALFORMED, -1, NULL, "%s: an answer without status word",
                         x->function);
    }
    x->isdr->sw = decoded.sw;
    if (decoded.data.len > ES10_RESPONSE_MAX - x->response->len) {
        return isdr_fail(x->isdr, ERR_MALFORMED, -1, NULL, "%s: the answer exceeds %d bytes",
                         x->function, ES10_RESPONSE_MAX);
    }
    buf_put_bytes(x->response, decoded.data);
    err = buf_err(x->response);
    if (err != ERR_OK) {
        return isdr_fail(x->isdr, err == ERR_RANGE ? ERR_MALFORMED : err, -1, NULL,
                         "%s: the answer is too long", x->function);
    }
    return ERR_OK;
}

/* One command APDU, one answer. */
static enum err exchange_once(struct exchange *x, const struct apdu_command *command)
{
    struct euicc_transport *transport = x->isdr->transport;
    struct buf encoded, answer;
    enum err err;

    x->isdr->sw = 0;
    if (clock_ms() >= x->deadline_ms) {
        return isdr_fail(x->isdr, ERR_TIMEOUT, -1, NULL, "%s: no end within %d ms", x->function,
                         x->isdr->time_max_ms);
    }
    buf_init(&encoded, APDU_SHORT_MAX);
    buf_init(&answer, ANSWER_MAX);
    err = apdu_encode_short(command, &encoded);
    if (err != ERR_OK) {
        isdr_fail(x->isdr, err, -1, NULL, "%s: command not encodable", x->function);
        goto out;
    }
    err = transport->ops->transmit(transport, buf_bytes(&encoded), &answer);
    if (err != ERR_OK) {
        isdr_fail(x->isdr, err, -1, NULL, "%s: %s", x->function, transport->ops->detail(transport));
        goto out;
    }
    err = exchange_take(x, buf_bytes(&answer));
out:
    buf_clear(&encoded);
    buf_clear(&answer);
    return err;
}

/* One command and its whole answer: 61xx fetched, 6Cxx corrected (ISO 7816-4
 * 5.6). STORE DATA goes without Le, a case the card completes with 61xx. */
static enum err exchange_block(struct exchange *x, struct apdu_command command)
{
    bool corrected = false;
    enum err err;
    unsigned i;

    for (i = 0; i <= FOLLOW_UPS_MAX; i++) {
        unsigned sw;

        err = exchange_once(x, &command);
        if (err != ERR_OK) {
            return err;
        }
        sw = x->isdr->sw;
        if (sw_is_success(sw)) {
            return ERR_OK;
        }
        if (sw_is_more_data(sw)) {
            command = (struct apdu_command){
                .cla = GET_RESPONSE_CLA, .ins = GET_RESPONSE_INS, .le = (int)(sw & 0xFF)};
            corrected = false;
        } else if (sw_is_wrong_le(sw) && !corrected) {
            command.le = (int)(sw & 0xFF);
            corrected = true;
        } else {
            return isdr_fail(x->isdr, ERR_REFUSED, -1, NULL, "%s: SW %04X", x->function, sw);
        }
    }
    return isdr_fail(x->isdr, ERR_MALFORMED, -1, NULL, "%s: endless answer (SW %04X)", x->function,
                     (unsigned)x->isdr->sw);
}

/* All blocks of a request. An answer with data ends it, whether or not more
 * blocks were to come: the eUICC has said its last word. */
static enum err isdr_exchange(struct isdr *isdr, const char *function, struct bytes request,
                              struct buf *response)
{
    struct exchange x = {isdr, function, response, clock_ms() + isdr->time_max_ms};
    size_t sent = 0;
    unsigned block;
    enum err err = ERR_OK;

    isdr_forget(isdr);
    buf_reset(response);
    if (request.len == 0 || request.len > (size_t)STORE_DATA_BLOCKS_MAX * APDU_SHORT_DATA_MAX) {
        return isdr_fail(isdr, ERR_RANGE, -1, NULL, "%s: a request of %zu bytes", function,
                         request.len);
    }
    for (block = 0; sent < request.len && response->len == 0 && err == ERR_OK; block++) {
        size_t left = request.len - sent;
        size_t len = left < APDU_SHORT_DATA_MAX ? left : APDU_SHORT_DATA_MAX;
        struct apdu_command command = {
            .cla = STORE_DATA_CLA,
            .ins = STORE_DATA_INS,
            .p1 = len == left ? STORE_DATA_P1_LAST : STORE_DATA_P1_MORE,
            .p2 = (uint8_t)block,
            .data = {request.data + sent, len},
            .le = APDU_LE_NONE,
        };

        err = exchange_block(&x, command);
        sent += len;
    }
    return err;
}

enum err isdr_command(struct isdr *isdr, const char *function, struct bytes request,
                      struct buf *response)
{
    enum err err = isdr_exchange(isdr, function, request, response);

    if (err != ERR_OK) {
        buf_reset(response);
    }
    return err;
}

enum err isdr_script(struct isdr *isdr, const char *function, struct bytes script,
                     struct buf *response)
{
    enum err err = isdr_exchange(isdr, function, script, response);

    /* 6A88 after the end of a package, or any error word behind the result, is
     * no reason to lose the result (2.5.5). */
    if (err == ERR_REFUSED && isdr->sw != 0 && response->len > 0) {
        return ERR_OK;
    }
    if (err != ERR_OK) {
        buf_reset(response);
    }
    return err;
}
