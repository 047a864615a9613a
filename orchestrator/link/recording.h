/* Wire recordings: a port that writes down what passes, and a port that plays
 * it again, for regression tests and fuzzers.
 *
 * The form is text, one event a line:
 *
 *     # comment, as are empty lines
 *     > AT+CCHO="A0..."\r          bytes written to the device
 *     < \r\n+CCHO: 1\r\n           bytes read from it
 *     ! timeout                    a read ended without a byte
 *     ! closed                     the device was gone
 *
 * Behind the sign and one blank stand the bytes: printable ASCII as it is, '\r',
 * '\n', '\\' and '\xNN' for the rest. Bytes of one direction on several lines
 * are read or written in those pieces. The line carries no secret in the
 * clear (SGP.22 2.5.3), but does carry EID and IMEI: files are made with 0600. */
#ifndef LINK_RECORDING_H
#define LINK_RECORDING_H

#include "link/port.h"

enum { RECORDING_MAX = 4 * 1024 * 1024 };

/* A port that does what inner does and records it to a new file. Takes inner
 * over in any case. ERR_SYSTEM, ERR_MEMORY; detail as in port_open(). */
enum err recording_open(struct port *inner, const char *path, struct port **port, char *detail);

enum replay_mode {
    REPLAY_STRICT, /* a write must be the recorded bytes: ERR_MISMATCH else */
    REPLAY_LAX,    /* a write, whatever it is, stands for the recorded one: for fuzzers */
};
/* A port that plays a recording (copied). Nothing waits: where a recording has
 * no bytes to read, a read is ERR_TIMEOUT at once, at its end ERR_CLOSED.
 * ERR_MALFORMED for a line that is none, ERR_RANGE past RECORDING_MAX. */
enum err replay_open(struct bytes text, enum replay_mode mode, struct port **port);
/* All events have been played. */
bool replay_finished(const struct port *port);

#endif
