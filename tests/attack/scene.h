/* One attempt on the engine's life: what was before it, the command it dies in, what
 * the client saw, and what must hold at the next start. */
#ifndef ATTACK_SCENE_H
#define ATTACK_SCENE_H

#include "admin/audit_chain.h"
#include "chip.h"
#include "stand.h"

#define OTHER_PIN "user-pin-2"

struct scene {
    struct stand stand;
    struct wire wire;
    struct test_pki pki;
    struct chip chip;
    struct evidence evidence;
    uint32_t session, ppk;
    unsigned number; /* of the attempt, for new ICCIDs */
    uint8_t next;    /* CI or root key version the token does not have */
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE]; /* of the root key to retire */
    char iccid[21];
    const char *pin;    /* the user's, as it stands */
    uint16_t sw;        /* what the client saw; WIRE_CLOSED: nothing */
    unsigned killed_at; /* step; 0: none, the command ended */
    struct buf journal; /* before it */
    uint64_t releases;
    uint8_t tries;
};

/* A command to die in. */
struct operation {
    const char *name;
    void (*prepare)(struct scene *scene); /* NULL: nothing */
    uint16_t (*run)(struct scene *scene);
    void (*check)(struct scene *scene); /* its own, before the next login; NULL: none */
    bool as_so;
    bool changes_pin;
    bool logged_out; /* runs on a connection without a login */
};

/* In operations.c; those that leave a token without its keys come last. */
extern const struct operation operations[];
extern const size_t operation_count;

/* A token ready for use, its engine under trace. */
void scene_renew(struct scene *scene);
/* Before the attempt: what is there, and a connection to make it on. */
void scene_set(struct scene *scene, const struct operation *operation);
/* What must hold after whatever was done; a token that is lost is said so and makes
 * room for another. */
void scene_check(struct scene *scene, const struct operation *operation);
void scene_strike(struct scene *scene);

/* The caller clears it. */
void scene_read_journal(const struct scene *scene, struct buf *journal);
/* All lines of a journal through the auditor's own check. */
void scene_chain(const struct buf *journal, struct audit_chain *chain);

#endif
