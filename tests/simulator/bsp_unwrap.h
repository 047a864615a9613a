/* The chip's side of the BSP (SGP.22 2.6.4): session keys and segments.
 *
 * Written apart from shared/sgp22/bsp.c and directly on OpenSSL, so that an
 * error on the sender's side does not cancel out here. */
#ifndef SIMULATOR_BSP_UNWRAP_H
#define SIMULATOR_BSP_UNWRAP_H

#include <openssl/evp.h>

#include "base/bytes.h"
#include "sgp22/id.h"
#include "tlv/tlv.h"

enum { UNWRAP_KEY_SIZE = 16, UNWRAP_SEGMENT_MAX = 1020 };

struct bsp_unwrap {
    uint8_t chaining_value[UNWRAP_KEY_SIZE];
    uint8_t enc[UNWRAP_KEY_SIZE];
    uint8_t mac[UNWRAP_KEY_SIZE];
    uint32_t counter; /* of the next segment */
};

/* Session keys from the one-time keys. ERR_CRYPTO. */
enum err bsp_unwrap_derive(struct bsp_unwrap *keys, EVP_PKEY *own, EVP_PKEY *peer,
                           struct bytes host_id, const struct eid *eid);
/* The key set of ReplaceSessionKeys: 16 bytes each; the counter starts again. */
enum err bsp_unwrap_replace(struct bsp_unwrap *keys, struct bytes chaining_value, struct bytes enc,
                            struct bytes mac);
void bsp_unwrap_clear(struct bsp_unwrap *keys);

/* Checks one segment and appends its plaintext; the counter goes up.
 * ERR_RANGE: over 1020 bytes; ERR_MALFORMED: no room for a MAC, no whole
 * blocks; ERR_SIGNATURE: MAC or padding. */
enum err bsp_unwrap_segment(struct bsp_unwrap *keys, const struct tlv *segment, bool encrypted,
                            struct buf *plain);

#endif
