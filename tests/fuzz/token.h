/* A token with keys, certificates and a trusted CI over SoftHSM2, made once, and
 * three connections to it: nobody's, the user's and the officer's. A run leaves
 * it as it found it, without a login of its own: the PBKDF2 of one would cost
 * more than a hundred runs. */
#ifndef FUZZ_TOKEN_H
#define FUZZ_TOKEN_H

#include "engine/internal.h"
#include "support/pki.h"

enum fuzz_user { FUZZ_NOBODY, FUZZ_USER, FUZZ_SO, FUZZ_USERS };

struct fuzz_token {
    struct engine *engine;
    struct engine_connection *connections[FUZZ_USERS];
    struct buf response;
};

/* The PKI of all tokens. */
const struct test_pki *fuzz_pki(void);
/* The token of that role. Its CI is the PKI's, its root key 1 is 000102..1f. */
struct fuzz_token *fuzz_token(enum tokwire_role role);
/* One command; asserts what holds for every answer. */
uint16_t fuzz_execute(struct fuzz_token *token, enum fuzz_user user, struct bytes apdu);
/* The same, from its parts. */
uint16_t fuzz_call(struct fuzz_token *token, enum fuzz_user user, const struct apdu_command *apdu);
/* As if the user had brought the evidence of the PKI's chip: session keys, the
 * first object of the connection, and the transaction of the seeds behind them. */
void fuzz_token_attest(struct fuzz_token *token);
/* As after fuzz_token(). */
void fuzz_token_reset(struct fuzz_token *token);

#endif
