/* What the journal tells beside its lines: the profiles released, the latest
 * time anybody saw, whether the end of the officer's term is on record. Rebuilt
 * from it at every scan, so that it cannot say anything else. */
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include <time.h>

#include "engine/journal.h"
#include "engine/releases.h"

struct history {
    struct releases releases;
    /* Turning the clock back turns neither of these back. */
    time_t recorded; /* by a line */
    time_t seen;     /* since the engine started */
    bool expired;    /* an "expired" entry stands since the last "policy" */
};

void history_clear(struct history *history);
/* Forgets what lines told, and gives what a scan hands every line to. */
struct journal_visitor history_visitor(struct history *history);
/* The time to judge by: the clock, or what was seen, whichever is later. */
time_t history_now(struct history *history, time_t clock);
/* The officer says that the clock is right. */
void history_accept_clock(struct history *history, time_t clock);

#endif
