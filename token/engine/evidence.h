/* The chip's evidence: what must hold before session keys are made. Reads its
 * inputs and nothing else. */
#ifndef ENGINE_EVIDENCE_H
#define ENGINE_EVIDENCE_H

#include <time.h>

#include "engine/transaction.h"
#include "sgp22/cert.h"
#include "sgp22/rsp.h"

struct evidence {
    const struct cert *euicc;
    const struct cert *eum;
    const struct cert *const *cis; /* trusted */
    size_t ci_count;
    time_t now;
    struct euicc_signed2 signed2;
    struct bytes euicc_signature2;
    enum ec_curve curve;                   /* of our one-time key */
    const struct transaction *transaction; /* of signed2's transactionId; NULL: none */
};

/* TOKWIRE_SW_OK and the EID proven, or why not:
 * - the transaction is one this login prepared, and not yet attested
 * - no confirmation code, and the chip's keys are on our curve
 * - CERT.EUICC <- CERT.EUM <- trusted CI, roles, dates, name constraints
 * - euiccSignature2 over euiccSigned2 || 5F37 40 smdpSignature2, where
 *   smdpSignature2 is the engine's own copy (SGP.22 5.7.5) */
uint16_t evidence_check(const struct evidence *in, struct eid *eid);

#endif
