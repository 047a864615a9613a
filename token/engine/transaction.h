/* Transactions of one connection: what the engine itself signed for each
 * transactionId, so that a chip's evidence is held against that and nothing
 * else. */
#ifndef ENGINE_TRANSACTION_H
#define ENGINE_TRANSACTION_H

#include "crypto/ec.h"
#include "sgp22/bsp.h"
#include "sgp22/rsp.h"

enum { TRANSACTIONS_MAX = 64 };

/* In this order, each once. */
enum transaction_state {
    TRANSACTION_NONE = 0,
    TRANSACTION_AUTHENTICATED, /* serverSigned1 signed */
    TRANSACTION_PREPARED,      /* smdpSigned2 signed, signature kept */
    TRANSACTION_ATTESTED,      /* session keys derived from the chip's evidence */
    TRANSACTION_BOUND,         /* InitialiseSecureChannel signed */
};

struct transaction {
    enum transaction_state state;
    uint64_t age; /* of its creation, to give up the oldest */
    uint8_t id[TRANSACTION_ID_MAX];
    size_t id_len;
    uint8_t smdp_signature2[EC_SIGNATURE_SIZE];
    uint8_t dp_otpk[EC_POINT_SIZE];
    uint8_t euicc_otpk[EC_POINT_SIZE];
    uint8_t host_id[BSP_HOST_ID_MAX];
    size_t host_id_len;
};

struct transaction_table {
    struct transaction entries[TRANSACTIONS_MAX];
    uint64_t clock;
};

void transaction_table_clear(struct transaction_table *table);
/* NULL when there is none. */
struct transaction *transaction_find(struct transaction_table *table, struct bytes id);
/* A transaction begins: one of the same id is forgotten, and when the table is
 * full the oldest. */
struct transaction *transaction_begin(struct transaction_table *table, struct bytes id);
struct bytes transaction_id(const struct transaction *transaction);

#endif
