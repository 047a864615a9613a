/* Session objects of one connection: one-time keys, session keys, PPK sets.
 *
 * A handle is 1 SSSSSSS... II: top bit set, a sequence number, the slot in the
 * low byte. Slots are used again, numbers are not, so a stale handle fails. */
#ifndef ENGINE_OBJECT_H
#define ENGINE_OBJECT_H

#include "crypto/ec.h"
#include "engine/diversify.h"
#include "sgp22/bsp.h"
#include "sgp22/id.h"
#include "sgp22/rsp.h"
#include "tokwire/tokwire.h"

enum { OBJECTS_MAX = 256, CERT_SERIAL_TEXT_SIZE = 48 };

enum object_kind { OBJECT_NONE = 0, OBJECT_ONE_TIME_KEY, OBJECT_SESSION_KEYS, OBJECT_PPK };

struct one_time_key {
    EVP_PKEY *key; /* NULL once it has served */
    enum ec_curve curve;
    uint8_t point[EC_POINT_SIZE];
};

struct session_keys {
    struct bsp bsp;
    struct eid eid; /* proven by the chip's evidence */
    uint8_t transaction_id[TRANSACTION_ID_MAX];
    size_t transaction_id_len;
    uint8_t euicc_otpk_digest[32];
    char euicc_serial[CERT_SERIAL_TEXT_SIZE]; /* of CERT.EUICC */
    uint64_t trust_epoch;                     /* the engine's when the chip proved itself */
    bool exhausted;                           /* a PPK set has been wrapped */
};

struct ppk_set {
    struct secret keys; /* 48 bytes, as ReplaceSessionKeys carries them */
    struct bsp bsp;
    struct eid eid;
    struct iccid iccid;
    uint8_t root_version;
    bool has_batch_id;
    uint8_t batch_id[TOKWIRE_BATCH_ID_SIZE];
    bool finished; /* the last chunk of the profile has been encrypted */
};

struct object {
    enum object_kind kind;
    uint32_t handle;
    union {
        struct one_time_key one_time_key;
        struct session_keys session_keys;
        struct ppk_set ppk;
    } as;
};

struct object_table {
    struct object *slots[OBJECTS_MAX]; /* owned; NULL: free */
    uint32_t sequence;
};

void object_table_clear(struct object_table *table);
/* A zeroed object with its handle. ERR_BUSY when the table is full. */
enum err object_new(struct object_table *table, enum object_kind kind, struct object **object);
/* NULL: unknown, stale, or of another kind (OBJECT_NONE: any). */
struct object *object_find(struct object_table *table, uint32_t handle, enum object_kind kind);
/* Zeroes and frees. */
void object_destroy(struct object_table *table, struct object *object);

#endif
