/* The two levels of key diversification (design.md section 3). */
#ifndef ENGINE_DIVERSIFY_H
#define ENGINE_DIVERSIFY_H

#include "keystore/keystore.h"
#include "sgp22/id.h"

enum { DIVERSIFY_PPK_SIZE = 48 };

/* PPK set for EID and ICCID: KDF(root, "EncKey", EID) block by block in the key
 * store, then KDF(EncKey, "PPK", ICCID) here. EncKey is zeroed on return. */
enum err diversify_ppk(struct keystore *store, struct keystore_key root, const struct eid *eid,
                       const struct iccid *iccid, struct secret *ppk);
/* The first level alone. */
enum err diversify_enc_key(struct keystore *store, struct keystore_key root, const struct eid *eid,
                           struct secret *enc_key);
/* First 5 bytes of AES-CMAC(key, 16 zero bytes). */
enum err diversify_check_value(struct keystore *store, struct keystore_key key,
                               uint8_t check_value[5]);

#endif
