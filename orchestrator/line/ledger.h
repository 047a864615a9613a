/* The station's ledger: which profile waits for which chip, and what became of
 * it. An interface; ledger_sqlite.c is the one implementation so far.
 *
 * States: ready -> loading -> downloaded | failed. `loading` is durable before
 * the first byte of the BPP leaves; what a crash leaves in it is settled by
 * asking the chip. */
#ifndef LINE_LEDGER_H
#define LINE_LEDGER_H

#include "base/bytes.h"
#include "sgp22/id.h"

enum {
    LEDGER_BATCH_ID_SIZE = 16,
    LEDGER_CHECK_VALUE_SIZE = 5,
    LEDGER_DETAIL_SIZE = 256,
    LEDGER_TEXT_SIZE = 128,
};

enum ledger_state { LEDGER_READY, LEDGER_LOADING, LEDGER_DOWNLOADED, LEDGER_FAILED };
const char *ledger_state_name(enum ledger_state state);

struct ledger_batch {
    uint8_t id[LEDGER_BATCH_ID_SIZE];
    char dp_oid[LEDGER_TEXT_SIZE];
    unsigned root_key_version;
    uint8_t root_key_check_value[LEDGER_CHECK_VALUE_SIZE];
    char created[LEDGER_TEXT_SIZE];
};

/* One profile's row without its package. */
struct ledger_profile {
    int64_t id;
    struct eid eid;
    struct iccid iccid;
    enum ledger_state state;
    unsigned attempts; /* downloads begun */
    char error[LEDGER_TEXT_SIZE];
    char changed[LEDGER_TEXT_SIZE];
};

/* What binding needs of it. The caller clears the two buffers. */
struct ledger_package {
    struct ledger_batch batch;
    struct buf metadata;
    struct buf ppp;
};

/* An attempt: one begun download. */
struct ledger_attempt {
    struct bytes transaction_id;
    struct bytes euicc_certificate;
    struct bytes eum_certificate;
    const char *port;
};

/* How an attempt ended. */
struct ledger_outcome {
    enum ledger_state state; /* the profile's state from now on */
    struct bytes result;     /* ProfileInstallationResult, may be empty */
    const char *error;       /* failure name, NULL when downloaded */
    const char *stage;
    const char *detail;
};

/* A row of the results: the profile with its last attempt. */
struct ledger_result {
    struct ledger_profile profile;
    uint8_t batch_id[LEDGER_BATCH_ID_SIZE];
    struct bytes result, euicc_certificate, eum_certificate;
    const char *stage;
    const char *detail;
};

struct ledger;

/* Opens or creates. One handle is one thread's. detail: LEDGER_DETAIL_SIZE. */
enum err ledger_open(const char *path, struct ledger **ledger, char *detail);
void ledger_close(struct ledger **ledger);
/* The last failure in words. */
const char *ledger_detail(const struct ledger *ledger);

/* Import: one transaction. begin: ERR_DUPLICATE when the batch is already there
 * (nothing is open then). add: *added false when the ledger already has this EID
 * and ICCID, whose row stays as it is. */
enum err ledger_import_begin(struct ledger *ledger, const struct ledger_batch *batch);
enum err ledger_import_add(struct ledger *ledger, const struct eid *eid, const struct iccid *iccid,
                           struct bytes metadata, struct bytes ppp, bool *added);
enum err ledger_import_commit(struct ledger *ledger);
void ledger_import_rollback(struct ledger *ledger);

/* The profile to work on for a chip: one left in `loading` first, then `ready`,
 * then `failed`, oldest first; when all are done, the newest. ERR_NOT_FOUND. */
enum err ledger_match(struct ledger *ledger, const struct eid *eid, struct ledger_profile *profile);
enum err ledger_package_read(struct ledger *ledger, int64_t profile,
                             struct ledger_package *package);
void ledger_package_clear(struct ledger_package *package);

/* Moves ready or failed to loading, durably, and opens an attempt. ERR_BUSY when
 * the row is in another state by now. */
enum err ledger_attempt_begin(struct ledger *ledger, int64_t profile,
                              const struct ledger_attempt *attempt, int64_t *id);
/* Ends an attempt and sets the profile's state, in one transaction. */
enum err ledger_attempt_end(struct ledger *ledger, int64_t attempt,
                            const struct ledger_outcome *outcome);
/* The open attempt of a profile left in `loading`: its id and certificates.
 * ERR_NOT_FOUND. The caller clears the buffers. */
struct ledger_open_attempt {
    int64_t id;
    struct buf transaction_id;
    struct buf euicc_certificate;
    struct buf eum_certificate;
};
enum err ledger_attempt_open(struct ledger *ledger, int64_t profile,
                             struct ledger_open_attempt *attempt);
void ledger_open_attempt_clear(struct ledger_open_attempt *attempt);

/* Calls use for each row, oldest first; stops at its first error. */
enum err ledger_each(struct ledger *ledger,
                     enum err (*use)(void *context, const struct ledger_profile *profile),
                     void *context);
enum err ledger_each_result(struct ledger *ledger,
                            enum err (*use)(void *context, const struct ledger_result *result),
                            void *context);

#endif
