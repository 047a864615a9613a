#include "apdu/apdu.h"

enum { HEADER = 4 };

static void put_header(const struct apdu_command *command, struct buf *out)
{
    const uint8_t header[HEADER] = {command->cla, command->ins, command->p1, command->p2};
    buf_put(out, header, sizeof(header));
}

enum err apdu_encode_short(const struct apdu_command *command, struct buf *out)
{
    if (command->data.len > APDU_SHORT_DATA_MAX || command->le > 256) {
        return ERR_RANGE;
    }
    put_header(command, out);
    if (command->data.len > 0) {
        buf_put_u8(out, (uint8_t)command->data.len);
        buf_put_bytes(out, command->data);
    }
    if (command->le != APDU_LE_NONE) {
        buf_put_u8(out, (uint8_t)command->le);
    }
    return buf_err(out);
}

enum err apdu_encode_extended(const struct apdu_command *command, struct buf *out)
{
    if (command->data.len > APDU_EXTENDED_DATA_MAX) {
        return ERR_RANGE;
    }
    put_header(command, out);
    if (command->data.len > 0) {
        buf_put_u8(out, 0);
        buf_put_u16(out, (uint16_t)command->data.len);
        buf_put_bytes(out, command->data);
    }
    if (command->le != APDU_LE_NONE) {
        /* ISO 7816-4 5.1: an extended Le without data starts with 00. */
        if (command->data.len == 0) {
            buf_put_u8(out, 0);
        }
        buf_put_u16(out, 0);
    }
    return buf_err(out);
}

static void take_header(struct bytes input, struct apdu_command *out)
{
    *out = (struct apdu_command){
        .cla = input.data[0],
        .ins = input.data[1],
        .p1 = input.data[2],
        .p2 = input.data[3],
        .le = APDU_LE_NONE,
    };
}

enum err apdu_decode_short(struct bytes input, struct apdu_command *out)
{
    *out = (struct apdu_command){.le = APDU_LE_NONE};
    if (input.len < HEADER || input.len > APDU_SHORT_MAX) {
        return ERR_MALFORMED;
    }
    take_header(input, out);
    if (input.len == HEADER) {
        return ERR_OK; /* case 1 */
    }
    if (input.len == HEADER + 1) {
        out->le = input.data[HEADER]; /* case 2 */
        return ERR_OK;
    }
    size_t lc = input.data[HEADER];
    size_t rest = input.len - HEADER - 1;
    if (lc == 0 || (rest != lc && rest != lc + 1)) {
        return ERR_MALFORMED;
    }
    out->data = bytes_make(input.data + HEADER + 1, lc);
    if (rest == lc + 1) {
        out->le = input.data[input.len - 1]; /* case 4 */
    }
    return ERR_OK;
}

enum err apdu_decode_extended(struct bytes input, struct apdu_command *out)
{
    *out = (struct apdu_command){.le = APDU_LE_NONE};
    if (input.len < HEADER || input.len > APDU_EXTENDED_MAX) {
        return ERR_MALFORMED;
    }
    take_header(input, out);
    struct bytes body = bytes_make(input.data + HEADER, input.len - HEADER);
    if (body.len == 0) {
        return ERR_OK;
    }
    if (body.len < 3 || body.data[0] != 0) {
        return ERR_MALFORMED;
    }
    size_t first = get_u16(body.data + 1);
    if (body.len == 3) {
        out->le = APDU_LE_ANY; /* case 2: the field is Le */
        return first == 0 ? ERR_OK : ERR_MALFORMED;
    }
    size_t rest = body.len - 3;
    if (first == 0 || (rest != first && rest != first + 2)) {
        return ERR_MALFORMED;
    }
    if (rest == first + 2) {
        if (get_u16(body.data + 3 + first) != 0) {
            return ERR_MALFORMED;
        }
        out->le = APDU_LE_ANY;
    }
    out->data = bytes_make(body.data + 3, first);
    return ERR_OK;
}

enum err apdu_decode_response(struct bytes input, struct apdu_response *out)
{
    *out = (struct apdu_response){.sw = 0};
    if (input.len < 2) {
        return ERR_MALFORMED;
    }
    out->data = bytes_make(input.data, input.len - 2);
    out->sw = get_u16(input.data + input.len - 2);
    return ERR_OK;
}
