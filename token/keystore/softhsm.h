/* SoftHSM2's own ways: its configuration, and tokens left behind in its folder. */
#ifndef KEYSTORE_SOFTHSM_H
#define KEYSTORE_SOFTHSM_H

#include <stdbool.h>

#include "base/err.h"

/* Whether module is SoftHSM2, and none of the administrator's configurations
 * governs it: its tokens then lie in DIR/keystore. */
bool softhsm_is_ours(const char *module);
/* Writes DIR/softhsm2.conf and names it in the environment; DIR is absolute. */
enum err softhsm_configure(const char *dir);
/* Deletes every token in DIR/keystore but the one of this serial number ("": all
 * of them): what a killed INITIALISE left there. Its PIN is in nobody's hands, so
 * that no call of Cryptoki could. Before the module is loaded. */
enum err softhsm_clean(const char *dir, const char *serial);
/* SoftHSM2 2.6.1 writes a token's main file anew at every login, emptying it first;
 * killed in between it has lost the token. What it says never changes once the
 * token is made but for flags nobody reads. keep: syncs the token's files and
 * keeps a copy of that one in DIR/keystore-SERIAL; mend: puts the copy back where
 * the file is shorter. Before the module is loaded. */
enum err softhsm_keep(const char *dir, const char *serial);
enum err softhsm_mend(const char *dir, const char *serial);
/* Deletes the copy. */
void softhsm_forget(const char *dir, const char *serial);

#endif
