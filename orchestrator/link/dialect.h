/* A modem and its AT dialect. Private to this folder. */
#ifndef LINK_DIALECT_H
#define LINK_DIALECT_H

#include "link/at.h"
#include "link/modem.h"

enum {
    AID_MAX = 16,
    SESSION_ID_MAX = 64,   /* CGLA: the modem's word for the channel */
    CHANNELS_RELEASED = 3, /* leftover channels closed before a second attempt: 1 to 3 */
};

/* How a modem carries APDUs on a logical channel. */
struct modem_dialect {
    const char *name;
    /* Opens a channel on an application. ERR_REFUSED: this did not work here and
     * now; ERR_NOT_FOUND: the card has no such application. */
    enum err (*open)(struct modem *modem, struct bytes aid);
    enum err (*transmit)(struct modem *modem, struct bytes command, struct buf *response);
    enum err (*close)(struct modem *modem, int timeout_ms);
    /* Closes channels that an earlier program left open. */
    enum err (*release)(struct modem *modem);
};

extern const struct modem_dialect dialect_cgla;
extern const struct modem_dialect dialect_csim;

struct modem {
    struct euicc_transport transport; /* first: a transport is its modem */
    struct port *port;                /* owned */
    struct at at;
    struct modem_timeouts timeouts;
    const struct modem_dialect *dialect; /* NULL until one worked */
    bool open;
    uint8_t aid[AID_MAX]; /* of the open channel */
    size_t aid_len;
    char session[SESSION_ID_MAX + 1]; /* CGLA */
    unsigned channel;                 /* CSIM */
};

/* Sends VERB<HEAD>len,"HEX" with a command APDU and appends the answer's bytes,
 * at least the two of a status word, to response. The information response is
 * len,"HEX" behind prefix: len counts characters and must be right, quotes may
 * be missing (27.007 8.17, 8.43). */
enum err dialect_apdu(struct modem *modem, const char *head, const char *prefix,
                      struct bytes command, struct buf *response);

#endif
