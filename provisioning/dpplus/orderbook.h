/* The order book: profiles, orders, batches and results, in one SQLite file.
 *
 * States are ES2+'s (SGP.22 5.3): available -> allocated -> linked -> confirmed
 * -> released, then exported (this project's), downloaded (the line says so),
 * installed (the chip's signature says so) or error. This version's `order`
 * begins at released. */
#ifndef DPPLUS_ORDERBOOK_H
#define DPPLUS_ORDERBOOK_H

#include "batch/batch.h"
#include "dpplus/failure.h"
#include "dpplus/order.h"
#include "sgp22/cert.h"

struct orderbook;

enum orderbook_mode { ORDERBOOK_EXISTING, ORDERBOOK_CREATE };

enum err orderbook_open(const char *path, enum orderbook_mode mode, struct orderbook **book,
                        struct dp_failure *failure);
void orderbook_close(struct orderbook **book);

/* A write transaction: nobody else writes until it ends. A kill rolls back. */
enum err orderbook_begin(struct orderbook *book, struct dp_failure *failure);
enum err orderbook_commit(struct orderbook *book, struct dp_failure *failure);
void orderbook_rollback(struct orderbook *book);

/* ERR_DUPLICATE when the ICCID is ordered already, for this EID or another. */
enum err orderbook_add(struct orderbook *book, const struct order *order,
                       struct dp_failure *failure);

/* One order as listed. Text lives for the visit. */
struct order_row {
    const char *eid, *iccid, *state;
    const char *profile_name, *service_provider, *profile_type, *address;
    enum profile_class profile_class;
    const char *upp_sha256; /* hex */
    uint64_t upp_size;
    const char *batch;  /* "" before export */
    const char *detail; /* of the last result, "" when none */
    const char *created, *changed;
};
/* All orders in the order they came. Stops at the first visit that fails. */
enum err orderbook_list(struct orderbook *book,
                        enum err (*visit)(void *context, const struct order_row *row),
                        void *context, struct dp_failure *failure);

/* A released order with what its export needs. */
struct order_export {
    struct eid eid;
    struct iccid iccid;
    struct bytes metadata, upp;
};
/* Orders in state released, in the order they came, each profile checked
 * against its stored digest. Between orderbook_begin() and _commit(). */
enum err orderbook_released(struct orderbook *book,
                            enum err (*visit)(void *context, const struct order_export *order,
                                              struct dp_failure *failure),
                            void *context, size_t *count, struct dp_failure *failure);

struct batch_record {
    uint8_t id[BATCH_ID_SIZE];
    const char *file;
    const char *dp_oid;
    unsigned root_key_version;
    const uint8_t *root_key_check_value; /* 5 bytes */
    size_t count;
    uint8_t image_digest[SHA256_SIZE];
};
/* Records the batch and turns every released order exported. ERR_MISMATCH when
 * they are not record->count. Inside the same transaction. */
enum err orderbook_exported(struct orderbook *book, const struct batch_record *record,
                            struct dp_failure *failure);
/* Whether a batch of this id was recorded. */
enum err orderbook_has_batch(struct orderbook *book, const uint8_t id[BATCH_ID_SIZE], bool *has,
                             struct dp_failure *failure);

/* The CI certificates whose chips' results are believed; replaces the set. */
enum err orderbook_set_trust(struct orderbook *book, struct cert *const *cis, size_t count,
                             struct dp_failure *failure);
/* The caller frees each. */
enum err orderbook_trust(struct orderbook *book, struct cert **cis, size_t max, size_t *count,
                         struct dp_failure *failure);

/* The order a result speaks of. ERR_NOT_FOUND: no such ICCID. */
struct order_identity {
    char eid[EID_TEXT_SIZE];
    char state[16];
    bool in_batch;                   /* the named batch carried it */
    char dp_oid[CERT_OID_TEXT_SIZE]; /* of that batch */
};
enum err orderbook_identify(struct orderbook *book, const char *iccid, const char *batch,
                            struct order_identity *identity, struct dp_failure *failure);

/* A result that was checked. Views and text are borrowed. */
struct result_record {
    uint8_t digest[SHA256_SIZE]; /* tells a result seen before */
    const char *eid, *iccid, *batch, *result, *error, *stage, *detail, *time;
    bool proven; /* the chip signed it */
    struct bytes pir, euicc_certificate, eum_certificate;
    const char *state; /* what the order becomes */
};
/* Stores it and moves the order on; an order never goes back from installed,
 * nor from downloaded to error. ERR_DUPLICATE when it is there already. */
enum err orderbook_add_result(struct orderbook *book, const struct result_record *record,
                              struct dp_failure *failure);

#endif
