/* The set of profiles released, by (EID, ICCID), with the number of times:
 * rebuilt from the journal, so that it cannot say anything else. */
#ifndef ENGINE_RELEASES_H
#define ENGINE_RELEASES_H

#include "sgp22/id.h"

struct release_entry;

struct releases {
    struct release_entry *entries; /* open addressing, capacity a power of two */
    size_t capacity;
    size_t distinct;
    uint64_t total;
};

/* A zero-filled struct releases is an empty set. */
void releases_clear(struct releases *releases);
/* Times released so far. */
uint32_t releases_count(const struct releases *releases, const struct eid *eid,
                        const struct iccid *iccid);
/* Makes room for one more, so that the next releases_add() cannot fail. */
enum err releases_reserve(struct releases *releases);
enum err releases_add(struct releases *releases, const struct eid *eid, const struct iccid *iccid);

#endif
