/* StoreMetadata (SGP.22 5.5.3) as the chip checks it. */
#ifndef SIMULATOR_METADATA_CHECK_H
#define SIMULATOR_METADATA_CHECK_H

#include "simulator/install.h"

/* Fields of StoreMetadataRequest and ProfileInfo only the chip looks at. */
enum metadata_tag {
    TAG_ICON_TYPE = 0x93,
    TAG_ICON = 0x94,
    TAG_PROFILE_OWNER = 0xB7,
    TAG_DP_PROPRIETARY_DATA = 0xB8, /* also in ConfigureISDP */
    TAG_PROFILE_POLICY_RULES = 0x99,
};

/* Order, lengths, class, policy rules, and an ICCID the chip does not hold. */
enum error_reason metadata_check(struct isdr *isdr, struct bytes metadata, struct iccid *iccid);

#endif
