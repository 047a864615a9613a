/* Anchors: what the key store itself remembers of journal and state, so that an
 * older copy of both put back is found out.
 *
 * Two, written in turn: while one is replaced, the other stands. Each holds a
 * number of journal entries, the SHA-256 of the last of them, and the state
 * file's generation; the one with the higher numbers counts. An anchor is written
 * after what it describes is on the disk, so that it may lag and never lead. */
#ifndef ENGINE_ANCHOR_H
#define ENGINE_ANCHOR_H

#include "crypto/kdf.h"
#include "keystore/keystore.h"

struct anchor {
    uint64_t count;
    uint8_t hash[SHA256_SIZE];
    uint64_t generation;
};

/* Both places, as they are in the open token. */
struct anchors {
    struct anchor latest;
    unsigned next; /* place to write next */
};

/* The anchors of the open token. ERR_NOT_FOUND when it has none. */
enum err anchors_read(struct keystore *store, struct anchors *anchors);
/* Replaces the older one. */
enum err anchors_write(struct keystore *store, struct anchors *anchors,
                       const struct anchor *anchor);

#endif
