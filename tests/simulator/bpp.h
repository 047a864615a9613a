/* LoadBoundProfilePackage (SGP.22 2.5.4, 2.5.5, 5.7.6): one script at a time,
 * in the order and the pieces the specification states, nothing else. */
#ifndef SIMULATOR_BPP_H
#define SIMULATOR_BPP_H

#include "simulator/isdr.h"

/* Script 1: tag and length of BF36 with the whole BF23. */
uint16_t bpp_begin(struct isdr *isdr, struct bytes script, struct buf *response);
/* Every later script. Answers with data once: at the end or the first error. */
uint16_t bpp_script(struct isdr *isdr, struct bytes script, struct buf *response);

#endif
