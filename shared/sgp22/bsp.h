/* BSP, once called SCP03t: the segments of a bound profile package
 * (SGP.22 2.6.4, TCA BSP). */
#ifndef SGP22_BSP_H
#define SGP22_BSP_H

#include "base/bytes.h"
#include "base/secret.h"
#include "sgp22/id.h"

enum {
    BSP_TAG_PROFILE_ELEMENTS = 0x86,
    BSP_TAG_COMMAND = 0x87,
    BSP_TAG_METADATA = 0x88,

    BSP_SEGMENT_MAX = 1020,
    BSP_MAC_SIZE = 8,
    /* What one encrypted segment holds: with its padding to 1008 and the MAC
     * it fills 4 + 1008 + 8 = 1020 bytes. 1008 plaintext bytes would make 1036. */
    BSP_ENCRYPTED_MAX = 1007,
    /* What one '88' holds: 4 + 1008 + 8 = 1020. */
    BSP_MACED_MAX = 1008,

    BSP_KEY_SIZE = 16,
    BSP_KEYS_SIZE = 48,
    BSP_HOST_ID_MAX = 16,

    /* keyType AES and keyLen 16 of the control reference template. */
    BSP_KEY_TYPE_AES = 0x88,
    BSP_KEY_LEN = 0x10,
};

/* One direction of one key set. */
struct bsp {
    uint8_t chaining_value[16];
    uint8_t enc[BSP_KEY_SIZE];
    uint8_t mac[BSP_KEY_SIZE];
    uint32_t counter; /* of the next segment; starts at 1 */
};

/* Key set from 48 bytes: initial MAC chaining value, S-ENC, S-MAC, in the
 * order of the derived key data (2.6.4) and of ReplaceSessionKeys. */
enum err bsp_init(struct bsp *bsp, struct bytes keys);
void bsp_clear(struct bsp *bsp);

/* Session keys of 2.6.4: X9.63 with SHA-256 over ShS, SharedInfo =
 * 88 10 || LV(hostId) || LV(EID). host_id 1..16 bytes. */
enum err bsp_derive_session_keys(struct bytes shared_secret, struct bytes host_id,
                                 const struct eid *eid, struct secret *keys);

/* Encrypts data into as many '86' or '87' segments of at most 1020 bytes as it
 * takes, appended to out. Empty data makes one segment of padding alone.
 * May be called again with the rest, as long as every call but the last passes
 * a multiple of BSP_ENCRYPTED_MAX. */
enum err bsp_encrypt(struct bsp *bsp, uint8_t tag, struct bytes data, struct buf *out);
/* MAC of one '88' segment over tag || length || data; at most BSP_MACED_MAX. */
enum err bsp_mac(struct bsp *bsp, struct bytes data, uint8_t mac[BSP_MAC_SIZE]);
/* '88' segment from data and its MAC. */
void bsp_put_maced(struct buf *out, struct bytes data, const uint8_t mac[BSP_MAC_SIZE]);

/* Plaintext of ReplaceSessionKeys (5.5.4) from a 48-byte key set. */
void bsp_put_replace_session_keys(struct buf *out, struct bytes keys);
/* Bytes that bsp_encrypt() appends for data_len bytes. */
size_t bsp_encrypted_len(size_t data_len);

#endif
