/* A slot: one engine's socket, and the token behind it while it answers.
 *
 * One connection serves all sessions of this process, so that they share one
 * login, as Cryptoki wants it. Everything here is guarded by the slot's lock. */
#ifndef MODULE_SLOT_H
#define MODULE_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "client/client.h"
#include "module/config.h"
#include "module/lock.h"
#include "module/object.h"
#include "module/seed.h"

/* Cryptoki 2.40 3.2; p11-kit's header lacks it. */
#ifndef CKF_ERROR_STATE
#define CKF_ERROR_STATE 0x01000000UL
#endif

struct module_session;

enum module_login { MODULE_LOGIN_NONE, MODULE_LOGIN_USER, MODULE_LOGIN_SO };
/* What C_WaitForSlotEvent last knew; it has no opinion before the first look. */
enum module_presence { MODULE_UNKNOWN, MODULE_ABSENT, MODULE_PRESENT };

struct module_slot {
    struct module_lock lock;
    CK_SLOT_ID id;
    char path[MODULE_PATH_SIZE];
    struct client *client;       /* NULL: no token */
    atomic_int descriptor;       /* of the client, for a forked child to close */
    struct client_status status; /* as last read */
    enum module_presence seen;
    bool event; /* the token came or went since it was last reported */
    enum module_login login;
    struct module_session *sessions;
    struct module_objects objects;
    struct module_seed seed;
    CK_ULONG last_session; /* sequence numbers, never used twice */
};

/* How a slot reaches its engine: client_open(), or a test's own. Set while the
 * library is not initialised. */
extern enum err (*module_slot_connect)(const char *path, struct client **client);

/* Handles of sessions and objects are greater than `used`. */
CK_RV module_slot_init(struct module_slot *slot, CK_SLOT_ID id, const char *path, CK_ULONG used);
/* The slot has no sessions any more. */
void module_slot_clear(struct module_slot *slot);
/* Connects and reads the status; false when no token answers. */
bool module_slot_open(struct module_slot *slot);
/* The connection goes, with the login and the objects it had at the engine. */
void module_slot_close(struct module_slot *slot);
/* In a forked child: closes the descriptor, touches nothing else. */
void module_slot_abandon(struct module_slot *slot);

#endif
