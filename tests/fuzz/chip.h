/* The simulated chip with the identity of the test PKI. */
#ifndef FUZZ_CHIP_H
#define FUZZ_CHIP_H

#include "simulator/card.h"

/* The chip as it left the factory: in memory, at a moment all its certificates are
 * valid. There is one, which lives to the end: parsing its certificates would
 * cost more than a run. */
struct card *fuzz_chip(void);
/* The same, with a disabled profile of ICCID 98001032547698103214 and notification
 * number 0. */
struct card *fuzz_chip_used(void);

#endif
