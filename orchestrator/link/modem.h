/* A modem's AT port as a transport for the eUICC. */
#ifndef LINK_MODEM_H
#define LINK_MODEM_H

#include "euicc/transport.h"
#include "link/port.h"

struct modem;

/* How long each wait may take, in milliseconds; zero means the default. */
struct modem_timeouts {
    int command_ms; /* an AT command's final result: 5,000 */
    int apdu_ms;    /* an APDU's answer, key generation on the chip included: 30,000 */
    int first_ms;   /* the first answer of a modem still waking up: 3,000 */
};

/* Brings the modem to a known state (echo off, verbose results, numeric or
 * named errors as it offers) and finds the dialect: CGLA, else CSIM. Takes the
 * port over in any case: modem_close() closes it. ERR_TIMEOUT when nothing
 * answers, ERR_UNSUPPORTED when it speaks neither; detail as in port_open(). */
enum err modem_open(struct port *port, const struct modem_timeouts *timeouts,
                    struct modem **modem, char *detail);
void modem_close(struct modem **modem);
struct euicc_transport *modem_transport(struct modem *modem);
/* "CGLA" or "CSIM". */
const char *modem_dialect(const struct modem *modem);
/* IMEI by AT+CGSN, 15 digits and zero. ERR_NOT_FOUND when the modem gives none. */
enum err modem_imei(struct modem *modem, char imei[16]);

#endif
