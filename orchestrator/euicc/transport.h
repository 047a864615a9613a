/* What the eUICC's protocol needs of whatever carries its APDUs. Links
 * implement it; nothing here knows of AT commands. */
#ifndef EUICC_TRANSPORT_H
#define EUICC_TRANSPORT_H

#include "base/bytes.h"

struct euicc_transport;

struct euicc_transport_ops {
    /* Opens a logical channel on the application. ERR_REFUSED: no such
     * application, or no free channel. */
    enum err (*open)(struct euicc_transport *transport, struct bytes aid);
    /* One command APDU (channel bits zero: the transport sets them) and its
     * response, data and SW, appended to the empty response. No status word is
     * interpreted here. ERR_TIMEOUT, ERR_CLOSED, ERR_MALFORMED (the modem spoke
     * nonsense), ERR_REFUSED (modem error result). */
    enum err (*transmit)(struct euicc_transport *transport, struct bytes command,
                         struct buf *response);
    /* Closes the channel; does nothing when none is open. */
    void (*close)(struct euicc_transport *transport);
    /* The last failure in words: "AT+CGLA: +CME ERROR: 100". Never NULL. */
    const char *(*detail)(const struct euicc_transport *transport);
};

/* Figures of one conversation. */
struct euicc_traffic {
    unsigned apdus;    /* command APDUs sent */
    uint64_t tx_bytes; /* bytes written to the port */
    uint64_t rx_bytes; /* bytes read from it */
};

struct euicc_transport {
    const struct euicc_transport_ops *ops;
    struct euicc_traffic traffic; /* kept by the implementation */
};

#endif
