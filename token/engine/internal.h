/* Inside the engine: its structure, and the handlers of its commands. */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include <limits.h>

#include "engine/cert_cache.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/journal.h"
#include "engine/object.h"
#include "engine/pin.h"
#include "engine/state.h"
#include "engine/sw.h"
#include "engine/transaction.h"
#include "keystore/keystore_config.h"
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
    char initialising[PATH_MAX]; /* there while an INITIALISE is under way */
};

struct engine {
    struct engine_paths paths;
    int lock_fd;
    time_t (*now)(void);
    struct keystore_config keystore_config;
    bool softhsm; /* ours, in the state directory */
    struct keystore *store;
    struct secret secret; /* the engine's, mixed into every PIN */
    struct state state;
    struct pin_tries tries;
    struct journal journal;
    struct history history;
    struct cert_cache eums;

    /* What the last look at journal, state and keys found: while it stands, the
     * token can be read and nothing else. */
    enum tokwire_fault fault;
    char fault_text[JOURNAL_FAULT_SIZE];

    /* The vault: valid while users > 0. */
    unsigned users;
    struct anchors anchors;
    unsigned unanchored;  /* releases since the last anchor */
    uint64_t trust_epoch; /* how often the trust in a CI has ended since the start */
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
 * key attributes, state, journal, anchor. Counts users. ERR_KEYSTORE. That
 * somebody was at it is no error: engine->fault says it from then on. */
enum err vault_open(struct engine *engine, const struct secret *keystore_pin);
/* The last user's closing seals the journal and logs out. */
void vault_close(struct engine *engine);
/* Makes next the state, on the disk first. next's certificates replace the old
 * ones, which the caller frees where they differ. */
enum err vault_commit(struct engine *engine, struct state *next);
/* Seals the journal, and lets the key store remember where it and the state stand. */
enum err vault_anchor(struct engine *engine);
/* Finds the keys anew after a commit that added one. */
enum err vault_refresh(struct engine *engine);
/* Appends to the journal; entry is freed. */
enum err engine_journal(struct engine *engine, struct journal_entry *entry, bool sync);
/* The time to judge dates by: the clock, and never earlier than the journal. */
time_t engine_time(struct engine *engine);
/* Past the officer's date. The first time this is seen goes to the journal. */
bool engine_expired(struct engine *engine);
/* Puts a fault where GET STATUS shows it; the first one found stays. */
void engine_set_fault(struct engine *engine, enum tokwire_fault fault, const char *text);
/* "truncated", "rolled back". */
const char *fault_name(enum tokwire_fault fault);
/* "root-1". */
char *root_label(uint8_t version, char label[KEYSTORE_LABEL_SIZE]);
/* "root", "dpauth", "dppb", "batch", "ci". */
const char *key_name(unsigned key);

/* What the key store was given to keep is on the disk. After a key is made or
 * destroyed, and before anything says so. */
enum err vault_sync(const struct engine *engine, const char *keystore_serial);

/* --- leftovers.c: what a killed INITIALISE leaves ------------------------------ */

/* Notes on the disk that one is under way. */
enum err leftovers_mark(const struct engine *engine);
/* The first token is complete: nothing can be left of anything. */
void leftovers_forget(const struct engine *engine);
/* At start, the state read and the key store's module not loaded yet. */
enum err leftovers_clean_start(struct engine *engine);
/* The key store logged in to, and everything sound. */
enum err leftovers_clean_open(struct engine *engine);

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
uint16_t cmd_retire_root(struct command *command);
uint16_t cmd_end_trust(struct command *command);
uint16_t cmd_keystore_info(struct command *command);
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
