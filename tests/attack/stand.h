/* A real engine process on a folder of its own, with a token made for the
 * attack: the test plays the officer first, and the hostile PC then.
 *
 * The folder and the process go with the program, whatever its end. */
#ifndef ATTACK_STAND_H
#define ATTACK_STAND_H

#include <sys/types.h>

#include "support/pki.h"
#include "wire.h"

#define SO_PIN "so-pin-1"
#define USER_PIN "user-pin-1"
/* Root key 1: 000102..1F, from two components. */
#define ROOT_KEY_HEX "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
#define ROOT_HANDLE 0x00010001u

struct stand {
    char folder[64];
    char state[96];
    char journal[128];
    char socket[96];
    char log[96];
    pid_t engine;      /* 0: none runs */
    long clock_offset; /* seconds by which the engine's clock is wrong */
    /* What the engine's process does instead of stand_exec_engine(); NULL: that. */
    void (*launch)(const struct stand *stand);
};

/* Becomes the engine. Returns when it cannot. */
void stand_exec_engine(const struct stand *stand);
/* A running engine with a blank token. */
void stand_new(struct stand *stand);
/* Starts the engine again on the folder; waits until it listens. */
void stand_start(struct stand *stand);
/* The same, but false when it ended instead of listening; it is reaped then. */
bool stand_try_start(struct stand *stand);
/* Ends the engine with a signal and waits for it. */
void stand_stop(struct stand *stand, int number);
/* Ends it so, and starts it again with a clock that many seconds wrong. */
void stand_restart_at(struct stand *stand, int number, long clock_offset);
/* Waits for an engine that was killed. */
void stand_reap(struct stand *stand);
/* Still the process that was started. */
bool stand_is_alive(const struct stand *stand);

uint16_t stand_initialise(struct stand *stand, enum tokwire_role role, bool development);
/* Root key, keys dpauth and dppb (on a line token), the trusted CI. */
void stand_load_keys(struct stand *stand, const struct test_pki *pki, enum tokwire_role role);
/* All of that at once: a token ready for use. */
void stand_new_token(struct stand *stand, const struct test_pki *pki, enum tokwire_role role);
/* The program's own line token, for cases that do not change it; made, and its PKI
 * with it, when it is first asked for. */
struct stand *stand_line(struct test_pki *pki);
/* One more trusted CI; the SO logs in for it. */
void stand_trust(struct stand *stand, struct bytes ci_der);
/* The officer's policy: quota (FFFFFFFF none) and not-after (0 none). */
void stand_policy(struct stand *stand, uint32_t quota, uint64_t not_after);

/* A connection logged in as the user, with the PIN the PC knows. */
void stand_connect(struct stand *stand, struct wire *wire);

/* Lines of the journal that hold both texts; second may be NULL. */
size_t stand_journal_count(const struct stand *stand, const char *first, const char *second);
/* Distinct profiles released, as GET STATUS says without a login. */
uint64_t stand_releases(struct stand *stand);

#endif
