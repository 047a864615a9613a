/* What a private key may sign: one pure function. */
#ifndef ENGINE_SIGN_POLICY_H
#define ENGINE_SIGN_POLICY_H

#include "engine/transaction.h"
#include "tokwire/tokwire.h"

struct sign_request {
    enum tokwire_key key;
    enum tokwire_sign_mode mode;
    struct bytes message; /* or the digest */
    /* What this connection signed and proved so far; only read. */
    struct transaction_table *transactions;
};

enum sign_kind {
    SIGN_NOTHING = 0,
    SIGN_SERVER_SIGNED1,            /* begins a transaction */
    SIGN_SMDP_SIGNED2,              /* smdpSigned2 || 5F37 40 euiccSignature1 */
    SIGN_INITIALISE_SECURE_CHANNEL, /* over the one-time key and chip of the transaction */
    SIGN_BATCH_MESSAGE,
    SIGN_BATCH_DIGEST,
};

struct sign_decision {
    enum sign_kind kind;
    struct bytes transaction_id;     /* of the structure */
    struct transaction *transaction; /* found; NULL for the first and for batch */
};

/* Status word: TOKWIRE_SW_OK, or why not. dpauth signs a serverSigned1 and dppb
 * the other two structures, each in the one encoding this project writes, with
 * nothing added (a signature over elements nobody here understands could mean
 * anything), and each once per transaction. The batch key signs any message, or
 * a SHA-256 digest. */
uint16_t sign_policy(const struct sign_request *in, struct sign_decision *out);

#endif
