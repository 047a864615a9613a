/* The device on a port: modem, ISD-R and EID (step 1). */
#ifndef LINE_DEVICE_H
#define LINE_DEVICE_H

#include "euicc/isdr.h"
#include "line/failure.h"
#include "link/modem.h"
#include "sgp22/id.h"

/* How to reach a device. */
struct device_port {
    const char *name;
    unsigned baud;            /* serial ports */
    unsigned apdu_timeout_ms; /* 0: the default */
};

struct device {
    struct modem *modem;
    struct isdr isdr;
    bool isdr_open;
    bool has_eid;
    struct eid eid;
};

/* Opens the port, finds the dialect, opens ISD-R, reads the EID. On failure the
 * device is to be closed all the same. */
bool device_open(const struct device_port *port, struct device *device, struct failure *failure);
/* Closes what is open. */
void device_close(struct device *device);
/* Failure from what the isdr keeps: link errors to their kinds, refusals to
 * `refused`, unreadable answers to FAILURE_EUICC_ANSWER. */
bool device_failure(const struct device *device, enum err err, enum failure_kind refused,
                    struct failure *failure);

#endif
