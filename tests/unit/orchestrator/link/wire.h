/* Scripted modems: recordings written as C strings, and real pairs of
 * pseudo-terminals. */
#ifndef LINK_TEST_WIRE_H
#define LINK_TEST_WIRE_H

#include <pthread.h>
#include <stdatomic.h>

#include "link/recording.h"

/* Events of a recording: a command, an answer in modem form, raw bytes read. */
#define SENT(command) "> " command "\\r\n"
#define SAID(line) "< \\r\\n" line "\\r\\n\n"
#define RAW(bytes) "< " bytes "\n"
#define SILENCE "! timeout\n"
#define GONE "! closed\n"

/* A port that plays the text; strict. */
struct port *wire_script(const char *text);

/* A pseudo-terminal whose far side the test holds. */
struct pty {
    int far;
    char name[64];
};
void pty_open(struct pty *pty);
void pty_close(struct pty *pty);

/* A thread on a descriptor that answers the n-th line it reads with the n-th
 * text, NULL for none; the last serves for ever. */
struct far_side {
    pthread_t thread;
    atomic_bool stop;
    int fd;
    const char *const *answers; /* NULL: talks without end, and listens to nothing */
    size_t count;
};
void far_side_start(struct far_side *far_side, int fd, const char *const *answers, size_t count);
void far_side_stop(struct far_side *far_side);

#endif
