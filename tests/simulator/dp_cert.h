/* The chip's check of CERT.DPauth and CERT.DPpb (SGP.22 4.5.2.1, 5.7.5,
 * 5.7.13), written apart from the one the product uses. */
#ifndef SIMULATOR_DP_CERT_H
#define SIMULATOR_DP_CERT_H

#include "simulator/identity.h"

/* Role, keyUsage, no CA, dates, signed by the CI key its AuthorityKeyIdentifier
 * names among those the chip knows. ERR_UNSUPPORTED: curve; ERR_MALFORMED;
 * ERR_CERT_ROLE, ERR_CERT_DATE, ERR_CERT_CHAIN. oid: its registeredID;
 * ERR_NOT_FOUND when all else is good and only that is missing. */
enum err dp_cert_check(const struct identity *identity, struct bytes der, enum cert_role role,
                       time_t now, struct cert **cert, char oid[CERT_OID_TEXT_SIZE]);

#endif
