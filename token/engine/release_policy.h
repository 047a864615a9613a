/* Whether a PPK set may leave, wrapped: one pure function. */
#ifndef ENGINE_RELEASE_POLICY_H
#define ENGINE_RELEASE_POLICY_H

#include "sgp22/id.h"
#include "tokwire/tokwire.h"

#define RELEASE_NO_LIMIT UINT32_MAX

struct release_request {
    enum tokwire_role role;
    bool session_exhausted;  /* these session keys have wrapped before */
    struct eid session_eid;  /* proven by the chip */
    struct eid ppk_eid;      /* the PPK set was derived for */
    uint32_t quota;          /* distinct profiles, RELEASE_NO_LIMIT: none */
    uint64_t used;           /* distinct profiles released so far */
    uint32_t retries;        /* releases per profile beyond the first, or RELEASE_NO_LIMIT */
    uint32_t times_released; /* this profile, so far */
    uint64_t not_after;      /* seconds since 1970, 0: none */
    uint64_t now;
    bool root_retired;     /* the root key the PPK set came from is no more */
    bool batch_disallowed; /* the officer allows other batches alone */
    bool trust_ended;      /* in some CI, since this chip proved itself */
};

/* Status word: TOKWIRE_SW_OK, or the first reason why not, in this order:
 * role, state, EID, trust, date, root key, batch, quota or retries. A profile released
 * before uses no quota. */
uint16_t release_policy(const struct release_request *in);

#endif
