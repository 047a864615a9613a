/* The root key a batch was made under, on the token. */
#ifndef LINE_ROOT_KEY_H
#define LINE_ROOT_KEY_H

#include "line/failure.h"
#include "line/ledger.h"
#include "p11/p11.h"

/* Object handle of the root key of the batch's version, if it has the batch's check
 * value. False: failure is set; FAILURE_ROOT_KEY when the token holds no such key, or
 * another one of this version. token_label names the token in its text. */
bool root_key_find(struct p11_session *session, const char *token_label,
                   const struct ledger_batch *batch, unsigned long *key, struct failure *failure);

#endif
