/* The AT line engine (3GPP TS 27.007, ITU-T V.250): one command, its
 * information response and its final result, whatever else the modem says in
 * between. Private to this folder. */
#ifndef LINK_AT_H
#define LINK_AT_H

#include "euicc/transport.h"
#include "link/port.h"

enum {
    AT_LINE_MAX = 4096,       /* an APDU's answer takes some 530 characters */
    AT_NOISE_MAX = 64 * 1024, /* bytes one command's answer may take in all */
    AT_DETAIL_SIZE = PORT_DETAIL_SIZE,
};

struct at {
    struct port *port;             /* borrowed */
    struct euicc_traffic *traffic; /* borrowed: bytes each way are counted here */
    enum err broken;               /* out of step since: every command fails with it */
    bool quiet;                    /* the echo is known to be off: its return is a reboot */
    bool belated;                  /* the last answer held one to somebody's earlier command */
    size_t noise;                  /* bytes read for the command under way */
    uint8_t rx[1024];
    size_t rx_at, rx_len;
    char line[AT_LINE_MAX + 1];
    char info[AT_LINE_MAX + 1];  /* information response, without prefix and blanks */
    char detail[AT_DETAIL_SIZE]; /* last failure: "AT+CGLA: +CME ERROR: 100" */
};

/* What a command's information response looks like. */
struct at_want {
    const char *prefix;             /* "+CCHO:" */
    bool (*bare)(const char *line); /* without prefix: is this line it? May be NULL */
};

void at_init(struct at *at, struct port *port, struct euicc_traffic *traffic);
/* Wakes the modem and switches the echo off, within first_ms. */
enum err at_wake(struct at *at, int first_ms);
/* Sends text (without CR) and waits for the final result; all of it takes at
 * most timeout_ms. want NULL: no information is expected. ERR_REFUSED: the modem
 * said ERROR; ERR_MALFORMED: noise without end, or OK without the information
 * wanted; ERR_CLOSED: unplugged, or it restarted meanwhile; ERR_TIMEOUT. After
 * the latter two, and after noise, answers cannot be told apart any more, and
 * every further command fails at once until at_wake(). */
enum err at_command(struct at *at, const char *text, const struct at_want *want, int timeout_ms);
/* Sets detail and returns err. */
enum err at_fail(struct at *at, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
