/* One conversation with whatever is behind a port, the same every time, so that
 * a recording of it can be played again. */
#ifndef WIRE_CONVERSATION_H
#define WIRE_CONVERSATION_H

#include "link/port.h"

enum { CONVERSATION_REPORT_MAX = 64 * 1024 };

/* Opens the modem, reads what there is to read, closes; takes port over.
 * Appends a line for each step to report: what came of it, in words. */
void conversation_run(struct port *port, struct buf *report);

#endif
