/* Inside the engine: its structure, and the handlers of its commands. */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include <limits.h>

#include "engine/cert_cache.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "engine/object.h"
#include "engine/pin.h"
#include "engine/releases.h"
#include "engine/state.h"
#include "engine/sw.h"
#include "engine/transaction.h"
#include "tokwire/tokwire.h"

enum {
    ENGINE_PEER_SIZE = 64,
    COMPONENTS_MAX = 8,
    COMPONENTS_MIN = 2,
    /* Refused requests one login may write to the journal: a hostile PC must not
     * fill the disk with them. */
    REFUSALS_MAX = 64,
};

/* Labels in the key store. */
#define KEYSTORE_LABEL_STATE_MAC "state-mac"
#define KEYSTORE_LABEL_JOURNAL_MAC "journal-mac"

struct engine_paths {
    char dir[PATH_MAX];
    char state[PATH_MAX];
    char secret[PATH_MAX];
    char tries[PATH_MAX];
};

struct engine {
    struct engine_paths paths;
    int lock_fd;
    time_t (*now)(void);
    struct keystore *store;
    struct secret secret; /* the engine's, mixed into every PIN */
    struct state state;
    struct pin_tries tries;
    struct journal journal;
    struct releases releases;
    struct cert_cache eums;

    /* The vault: valid while users > 0. */
    unsigned users;
    struct secret keystore_pin;
    struct keystore_key state_mac;
    struct keystore_key roots[STATE_ROOTS_MAX]; /* beside state.roots */
    struct keystore_key keys[STATE_KEYS];       /* beside state.keys */
};

/* Root key components under way: XOR of those seen so far. */
struct components {
    uint8_t seen, total;
    struct secret sum;
};

struct engine_connection {
    struct engine *engine;
    char peer[ENGINE_PEER_SIZE];
    uint8_t login; /* enum tokwire_user, 0: none */
    struct object_table objects;
    struct transaction_table transactions;
    struct components components;
    unsigned refusals;
};

/* One command at work. Handlers append fields to out and return a status word;
 * what they appended is dropped unless it is TOKWIRE_SW_OK. */
struct command {
    struct engine *engine;
    struct engine_connection *connection;
    uint8_t p1, p2;
    struct tokwire_fields fields;
    struct buf *out;
};

/* --- vault.c: the key store behind the state ------------------------------ */

/* Opens the key store with its own PIN and asserts everything: known answers,
 * key attributes, state, journal. Counts users. ERR_SIGNATURE, ERR_MISMATCH:
 * somebody was at it; ERR_KEYSTORE. */
enum err vault_open(struct engine *engine, const struct secret *keystore_pin);
/* The last user's closing seals the journal and logs out. */
void vault_close(struct engine *engine);
/* Makes next the state, on the disk first. next's certificates replace the old
 * ones, which the caller frees where they differ. */
enum err vault_commit(struct engine *engine, struct state *next);
/* Finds the keys anew after a commit that added one. */
enum err vault_refresh(struct engine *engine);
/* Appends to the journal; entry is freed. */
enum err engine_journal(struct engine *engine, struct journal_entry *entry, bool sync);
/* Counts a "release" line of the journal. */
struct journal_visitor vault_release_counter(struct engine *engine);
/* "root-1". */
char *root_label(uint8_t version, char label[KEYSTORE_LABEL_SIZE]);
/* "root", "dpauth", "dppb", "batch", "ci". */
const char *key_name(unsigned key);

/* --- cmd_login.c ---------------------------------------------------------- */

/* Checks a PIN against its counter and record. TOKWIRE_SW_OK: keystore_pin. */
uint16_t login_check_pin(struct engine *engine, enum tokwire_user user, struct bytes pin,
                         struct secret *keystore_pin);
/* Ends the login and all it made. Nothing happens without one. */
void login_end(struct engine_connection *connection);

/* --- cmd_sign.c ----------------------------------------------------------- */

/* Whether one more refused request of this login goes to the journal. */
bool refusal_counts(struct engine_connection *connection);

/* --- handlers, one per row of tokwire_commands ------------------------------ */

uint16_t cmd_get_status(struct command *command);
uint16_t cmd_initialise(struct command *command);
uint16_t cmd_verify_pin(struct command *command);
uint16_t cmd_logout(struct command *command);
uint16_t cmd_change_pin(struct command *command);
uint16_t cmd_set_user_pin(struct command *command);
uint16_t cmd_get_random(struct command *command);
uint16_t cmd_get_objects(struct command *command);
uint16_t cmd_generate_key(struct command *command);
uint16_t cmd_import_component(struct command *command);
uint16_t cmd_import_key(struct command *command);
uint16_t cmd_create_csr(struct command *command);
uint16_t cmd_put_certificate(struct command *command);
uint16_t cmd_set_policy(struct command *command);
uint16_t cmd_read_journal(struct command *command);
uint16_t cmd_sign(struct command *command);
uint16_t cmd_generate_one_time_key(struct command *command);
uint16_t cmd_derive_session_keys(struct command *command);
uint16_t cmd_derive_ppk(struct command *command);
uint16_t cmd_bsp_encrypt(struct command *command);
uint16_t cmd_bsp_mac(struct command *command);
uint16_t cmd_replace_session_keys(struct command *command);
uint16_t cmd_destroy(struct command *command);

/* Handles of what is on the token: class in the third byte, number in the last. */
static inline uint32_t token_handle(enum tokwire_class class, unsigned number)
{
    return (uint32_t) class << 16 | number;
}

#endif
