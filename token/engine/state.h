/* What the engine remembers: one authenticated file, replaced as a whole.
 *
 *   E1{fields} || 96 10 MAC       MAC: AES-CMAC by the key store's "state-mac"
 *                                 key over the E1 element
 *
 * It can be read before a login, for the token's public face; it is believed
 * only after one, when the MAC has been checked. */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "crypto/ec.h"
#include "crypto/kdf.h"
#include "keystore/keystore.h"
#include "sgp22/cert.h"
#include "tokwire/tokwire.h"

enum {
    STATE_ROOTS_MAX = 16,
    STATE_CIS_MAX = 16,
    STATE_FILE_MAX = 256 * 1024,
    STATE_KEYS = 3, /* dpauth, dppb, batch */
    PIN_SALT_SIZE = 16,
    PIN_NONCE_SIZE = 12,
    PIN_TAG_SIZE = 16,
    KEYSTORE_PIN_SIZE = 32, /* hexadecimal digits of 16 random bytes */
};
#define POLICY_QUOTA_NONE UINT32_MAX
#define POLICY_RETRIES_NONE UINT32_MAX

/* The key store's PIN, wrapped under one person's (login.h). */
struct state_pin {
    bool set;
    uint8_t salt[PIN_SALT_SIZE];
    uint8_t nonce[PIN_NONCE_SIZE];
    uint8_t wrapped[KEYSTORE_PIN_SIZE + PIN_TAG_SIZE];
};

struct state_root {
    uint8_t version;
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE];
    enum tokwire_origin origin;
    bool retired; /* its key is destroyed; the version is never used again */
};

struct state_key {
    bool present;
    enum ec_curve curve;
    enum tokwire_origin origin;
    uint8_t point[EC_POINT_SIZE];
    struct cert *certificate; /* NULL while there is none */
};

struct state {
    bool initialised;
    char label[TOKWIRE_LABEL_MAX + 1];
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    char keystore_serial[KEYSTORE_SERIAL_SIZE];
    enum tokwire_role role;
    bool development;
    struct state_pin user, so;
    size_t root_count;
    struct state_root roots[STATE_ROOTS_MAX];
    struct state_key keys[STATE_KEYS];
    size_t ci_count;
    struct cert *cis[STATE_CIS_MAX];
    uint32_t quota;
    uint32_t retries;   /* releases of one profile beyond the first */
    uint64_t not_after; /* seconds since 1970, 0: none */
    size_t batch_count; /* batches allowed; 0: any */
    uint8_t batches[TOKWIRE_BATCHES_MAX][TOKWIRE_BATCH_ID_SIZE];
    uint64_t generation; /* of the file: one more with every write */
};

/* Frees the certificates and zeroes the rest. */
void state_clear(struct state *state);
/* Slot of a key pair; NULL when key is not dpauth, dppb or batch. */
struct state_key *state_key_of(struct state *state, enum tokwire_key key);
/* Root key of a version, 0: the highest; retired ones too. NULL when there is none. */
const struct state_root *state_root_of(const struct state *state, uint8_t version);
/* Whether the policy allows a batch; id NULL: none was named. */
bool state_allows_batch(const struct state *state, const uint8_t *id);
/* Inserts by rising version. ERR_RANGE when full, ERR_DUPLICATE. */
enum err state_root_add(struct state *state, const struct state_root *root);

/* Reads DIR/state. A missing file is a token not yet initialised. ERR_UNSUPPORTED:
 * of another version's format; ERR_MALFORMED. */
enum err state_load(const char *path, struct state *state);
/* Encodes, authenticates with mac_key and replaces the file; generation is
 * counted up in state on success. */
enum err state_save(const char *path, struct state *state, struct keystore *store,
                    struct keystore_key mac_key);
/* The file as it lies there now: MAC by mac_key, and the same content as state.
 * ERR_SIGNATURE. */
enum err state_verify(const char *path, const struct state *state, struct keystore *store,
                      struct keystore_key mac_key);

#endif
