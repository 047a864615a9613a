/* The loop between port and modem, paced as a serial line is. */
#ifndef SIMULATOR_SERVER_H
#define SIMULATOR_SERVER_H

#include <signal.h>

#include "simulator/modem.h"
#include "simulator/port.h"

/* Serves until *stop (set by a signal that is blocked outside the wait, as
 * wait_mask says). ERR_SYSTEM when the port fails. */
enum err server_run(struct modem *modem, struct port *port, unsigned baud,
                    const volatile sig_atomic_t *stop, const sigset_t *wait_mask);

#endif
