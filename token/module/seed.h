/* What applications gave C_SeedRandom. The engine's generator takes no seed over
 * the wire, so it is mixed into what comes out of it, here. */
#ifndef MODULE_SEED_H
#define MODULE_SEED_H

#include <stdbool.h>

#include "base/bytes.h"

enum { MODULE_SEED_POOL = 32 };

/* A zero-filled seed is one nobody gave. */
struct module_seed {
    bool given;
    uint8_t pool[MODULE_SEED_POOL];
};

enum err module_seed_add(struct module_seed *seed, struct bytes material);
/* Mixes a stream made from the pool into `random`, at most TOKWIRE_RANDOM_MAX
 * bytes of the engine, which know nothing of the pool: so the result is no
 * worse than either. Nothing happens when no seed was given. */
enum err module_seed_mix(struct module_seed *seed, uint8_t *random, size_t len);
void module_seed_clear(struct module_seed *seed);

#endif
