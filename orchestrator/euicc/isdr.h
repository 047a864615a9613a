/* ISD-R: the ES10 request and response carried in STORE DATA (SGP.22 5.7.2). */
#ifndef EUICC_ISDR_H
#define EUICC_ISDR_H

#include "base/bytes.h"
#include "euicc/transport.h"

enum {
    ES10_RESPONSE_MAX = 64 * 1024,
    ISDR_DETAIL_SIZE = 160,
    /* One ES10 command with all its blocks and answers may take this long. */
    ISDR_TIME_MAX_MS = 180 * 1000,
};

/* AID of ISD-R (5.7.1), 16 bytes. */
extern const struct bytes isdr_aid;

/* An open ISD-R. What a caller reports of a failure stays here until the next
 * call. */
struct isdr {
    struct euicc_transport *transport;
    int time_max_ms;               /* isdr_open() sets ISDR_TIME_MAX_MS */
    uint16_t sw;                   /* last status word, 0 when none came */
    int result_code;               /* code of the ES10 error response, -1 when none */
    const char *result_name;       /* the specification's word for it, "" when none */
    char detail[ISDR_DETAIL_SIZE]; /* "AuthenticateServer: SW 6A88" */
};

/* Selects ISD-R on a channel of its own. */
enum err isdr_open(struct isdr *isdr, struct euicc_transport *transport);
void isdr_close(struct isdr *isdr);

/* Sends one ES10 request in blocks of 255 bytes and collects the answer
 * (61xx, 6Cxx followed). ERR_REFUSED for any other status word; ERR_MALFORMED
 * when the answer is longer than ES10_RESPONSE_MAX. response may be empty. */
enum err isdr_command(struct isdr *isdr, const char *function, struct bytes request,
                      struct buf *response);
/* One STORE DATA script (P2 from 0) of a bound profile package. As
 * isdr_command(), except that it remembers data of an answer even when a later
 * status word is an error (6A88 after the end of a package, SGP.22 2.5.5). */
enum err isdr_script(struct isdr *isdr, const char *function, struct bytes script,
                     struct buf *response);
/* Sets sw, code, name and the detail text and returns err. */
enum err isdr_fail(struct isdr *isdr, enum err err, int result_code, const char *result_name,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
