/* ISO/IEC 7816-4 command and response APDUs.
 *
 * Short form goes to the eUICC; extended form goes to the token engine. */
#ifndef APDU_APDU_H
#define APDU_APDU_H

#include "base/bytes.h"

enum {
    APDU_SHORT_DATA_MAX = 255,
    APDU_SHORT_MAX = 5 + 255 + 1,
    APDU_EXTENDED_DATA_MAX = 65535,
    APDU_EXTENDED_MAX = 7 + 65535 + 2,
};

/* Le of a command: absent, or the number of bytes wanted; APDU_LE_ANY asks for
 * as many as there are (coded 00). */
enum { APDU_LE_NONE = -1, APDU_LE_ANY = 0 };

struct apdu_command {
    uint8_t cla, ins, p1, p2;
    struct bytes data;
    int le;
};

struct apdu_response {
    struct bytes data;
    uint16_t sw;
};

/* Short form, all four cases. ERR_RANGE when data exceeds 255 bytes. */
enum err apdu_encode_short(const struct apdu_command *command, struct buf *out);
/* Extended form: CLA INS P1 P2 [00 Lc Lc data] [Le Le]; Le is 00 00 or absent.
 * ERR_RANGE past 65,535 bytes. */
enum err apdu_encode_extended(const struct apdu_command *command, struct buf *out);
/* Views into input; lengths must be exact. ERR_MALFORMED else. */
enum err apdu_decode_short(struct bytes input, struct apdu_command *out);
enum err apdu_decode_extended(struct bytes input, struct apdu_command *out);
/* Data and status word; at least 2 bytes. */
enum err apdu_decode_response(struct bytes input, struct apdu_response *out);

#endif
