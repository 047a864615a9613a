/* Kills the engine before its N-th step: seccomp(2) and ptrace(2) stop it before each
 * system call that is one, and the one that is armed is not executed any more.
 *
 * Needs nothing but a parent's right to trace its child. */
#ifndef ATTACK_TRACER_H
#define ATTACK_TRACER_H

#include <stdbool.h>

#include "stand.h"

/* What a step of the engine can be of interest for. */
enum tracer_step {
    TRACER_OTHER = 0, /* none */
    TRACER_WRITE,     /* write, pwrite64, writev */
    TRACER_TRUNCATE,  /* ftruncate, open with O_TRUNC */
    TRACER_SYNC,      /* fsync, fdatasync */
    TRACER_RENAME,    /* rename.., link.. */
    TRACER_REMOVE,    /* unlink.., rmdir */
    TRACER_CREATE,    /* open with O_CREAT, mkdir */
    TRACER_ANSWER,    /* sendto, sendmsg */
    TRACER_STEPS
};

/* From now on stand_start() starts the engine under trace, one such engine at a
 * time. A step is a system call that changes a file or answers: between two of them a
 * kill finds the same files and the same client. */
void tracer_attach(struct stand *stand);
/* Counts steps from here on: kills before step `at` (1 the next), or only counts (0). */
void tracer_arm(unsigned at);
/* No kill from here on, and no step counts. */
void tracer_disarm(void);
/* The engine was killed at that step. */
bool tracer_fired(void);
/* Steps since it was armed. */
unsigned tracer_seen(void);
/* The first step of a kind behind step `from`, counted from 1, and the last one; 0: none. */
unsigned tracer_first(enum tracer_step kind, unsigned from);
unsigned tracer_last(enum tracer_step kind);
/* Kills the engine now, at whatever it does, and reaps it. */
void tracer_kill(struct stand *stand);

#endif
