/* The token engine: what is inside the USBKey. Commands in, answers out; no
 * sockets here. One thread. docs/token-commands.md is its manual. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <time.h>

#include "base/bytes.h"

struct engine;
struct engine_connection;

#define ENGINE_BACKEND_SOFTHSM2 "/usr/lib/softhsm/libsofthsm2.so"

/* What the key store's library needs beside files, as its configuration says. */
enum engine_need {
    ENGINE_NEEDS_USB = 0x01,
    ENGINE_NEEDS_TCP = 0x02,
    ENGINE_NEEDS_THREADS = 0x04,
};

struct engine_config {
    const char *state_dir;       /* made with mode 0700 when missing */
    const char *backend_module;  /* PKCS#11 module of the key store; NULL: SoftHSM2 */
    time_t (*now)(void);         /* NULL: the system's clock */
    const char *keystore_config; /* JSON file that says which key store; NULL: backend_module */
};

/* ERR_BUSY: another engine uses the state directory. ERR_KEYSTORE: the module
 * does not load. ERR_SYSTEM: errno. ERR_MALFORMED: the state file, or the key
 * store's configuration, is damaged. ERR_ARGUMENT: backend_module and
 * keystore_config.
 * With SoftHSM2 and no SOFTHSM2_CONF in the environment, a configuration with
 * its tokens in DIR/keystore is written and set. The caller closes. */
enum err engine_open(const struct engine_config *config, struct engine **engine);
/* Every connection must be closed before. */
void engine_close(struct engine **engine);
/* Mask of enum engine_need. */
unsigned engine_needs(const struct engine *engine);

/* A connection is one login at most. Its one-time keys, transactions, session
 * keys and PPK sets end, zeroed, with it. peer: whose it is, for the journal
 * ("uid 1000 pid 4711"); copied. */
enum err engine_connection_open(struct engine *engine, const char *peer,
                                struct engine_connection **connection);
void engine_connection_close(struct engine_connection **connection);
bool engine_connection_logged_in(const struct engine_connection *connection);

/* Executes one command APDU; response is set to data || SW1 SW2. It must have
 * been initialised with a max of TOKWIRE_FRAME_MAX or more. */
void engine_execute(struct engine_connection *connection, struct bytes command,
                    struct buf *response);

#endif
