/* What a result proves. */
#ifndef DPPLUS_RESULT_CHECK_H
#define DPPLUS_RESULT_CHECK_H

#include <time.h>

#include "dpplus/orderbook.h"
#include "dpplus/result_line.h"

/* The CIs whose chips are believed, and the day certificates are judged by. */
struct result_trust {
    struct cert *const *cis;
    size_t ci_count;
    time_t now;
};

/* Checks a line against its order and, where it brings the chip's signed
 * result, that against the chip (SGP.22 2.5.6, 4.5.2.1): CERT.EUICC <-
 * CERT.EUM <- CI, EID of the certificate, euiccSignPIR, ICCID, the DP+'s OID,
 * success or error as the line says. state: what the order becomes: installed
 * (proven), downloaded (the line's word alone) or error. why (static text or
 * err_name) says what was wrong: ERR_MISMATCH, ERR_SIGNATURE, ERR_CERT_... */
struct result_verdict {
    bool proven;
    const char *state;
    const char *why;
};
enum err result_check(const struct result_line *line, const struct order_identity *identity,
                      const struct result_trust *trust, struct result_verdict *verdict);

#endif
