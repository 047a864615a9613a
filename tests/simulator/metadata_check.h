/* StoreMetadata (SGP.22 5.5.3) as the chip checks it. */
#ifndef SIMULATOR_METADATA_CHECK_H
#define SIMULATOR_METADATA_CHECK_H

#include "simulator/install.h"

/* Order, lengths, class, policy rules, and an ICCID the chip does not hold. */
enum error_reason metadata_check(struct isdr *isdr, struct bytes metadata, struct iccid *iccid);

#endif
