/* The journal: an append-only chain of JSON lines, its head authenticated by a
 * key in the key store.
 *
 *   DIR/journal.jsonl     {"seq":1,"time":"..","event":"..",..,"prev":"<64 hex>"}
 *   DIR/head-SERIAL       two records, written in turn, of the last entry's
 *                         number and SHA-256 and a MAC over both
 *
 * "prev" is the SHA-256 of the line before without its newline, 64 zeros in the
 * first line. A line is synced before what it permits happens, and the head is
 * written after that: after a crash it may lag the file, never lead it. While
 * the key store is closed, entries (failed logins) are chained and get sealed
 * at the next login. */
#ifndef ENGINE_JOURNAL_H
#define ENGINE_JOURNAL_H

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "engine/anchor.h"
#include "tokwire/tokwire.h"

enum {
    JOURNAL_LINE_MAX = 2048,
    JOURNAL_HEAD_MESSAGE_MAX = 128,
    JOURNAL_FAULT_SIZE = 96,
};

/* Called for every line of a scan, without its newline. */
struct journal_visitor {
    enum err (*visit)(void *context, const char *line, size_t len);
    void *context;
};

struct journal {
    char path[PATH_MAX];
    int fd;
    uint64_t count;            /* entries */
    uint8_t hash[SHA256_SIZE]; /* of the last line */
    off_t size;
    bool torn;       /* a part of a line lies behind the last, and goes with the next append */
    uint64_t synced; /* entries known to be on the disk */
    bool broken;     /* the chain does not hold: nothing is appended */
    enum tokwire_fault kind;
    char fault[JOURNAL_FAULT_SIZE]; /* which line, and what */
    uint64_t *index;                /* offset of every JOURNAL_INDEX_STEP-th line */
    size_t index_len, index_cap;
    bool development; /* say so in every entry */

    /* While the key store is open. */
    struct keystore *store;
    struct keystore_key mac_key;
    int head_fd;
    char serial[KEYSTORE_SERIAL_SIZE]; /* of the key store's token, in the MAC */
    uint64_t sealed;                   /* entries the head covers */
    uint8_t head_mac[AES_BLOCK];
    unsigned head_slot; /* record to write next */
};

/* Opens or creates DIR/journal.jsonl and scans it; a last line without its
 * newline, torn by a crash before it was synced, is dropped. A broken chain is
 * no error here: journal->broken holds and fault says where. */
enum err journal_open(struct journal *journal, const char *dir,
                      const struct journal_visitor *visitor);
/* Seals when attached. */
void journal_close(struct journal *journal);

/* One entry under construction. */
struct journal_entry {
    struct buf fields;
};
void journal_entry_init(struct journal_entry *entry, const char *event);
/* Text is escaped as JSON wants it. */
void journal_entry_text(struct journal_entry *entry, const char *name, const char *text);
void journal_entry_hex(struct journal_entry *entry, const char *name, struct bytes value);
void journal_entry_uint(struct journal_entry *entry, const char *name, uint64_t value);
void journal_entry_flag(struct journal_entry *entry, const char *name, bool value);
/* Appends the entry and frees it, whatever happens. sync: on the disk, and
 * sealed, when this returns. ERR_SIGNATURE when the journal is broken. */
enum err journal_append(struct journal *journal, struct journal_entry *entry, time_t now,
                        bool sync);

/* Makes the head file of a token just created, sealing the journal as it is. */
enum err journal_create_head(struct journal *journal, const char *dir, struct keystore *store,
                             struct keystore_key mac_key, const char *serial);
/* Verifies the whole chain again, and the head and the key store's anchor against
 * it, then keeps the head in step with the file. visitor sees every line.
 * ERR_SIGNATURE: kind and fault say why. */
enum err journal_attach(struct journal *journal, const char *dir, struct keystore *store,
                        struct keystore_key mac_key, const char *serial,
                        const struct anchor *anchor, const struct journal_visitor *visitor);
/* Seals and lets the key go. */
void journal_detach(struct journal *journal);
/* Syncs the file and writes the head for its last entry. */
enum err journal_seal(struct journal *journal);

/* Whole lines from entry `from` (1 is the first) on, as many as fit max bytes; of
 * a journal that is broken what there is, however it reads. */
enum err journal_read(const struct journal *journal, uint64_t from, size_t max, struct buf *out);
/* The message the head's MAC covers:
 * "euicc-line journal head" || serial || count (8 bytes) || hash (32). */
void journal_head_message(struct buf *out, const char *serial, uint64_t count,
                          const uint8_t hash[SHA256_SIZE]);

#endif
