/* The engine's answers in Cryptoki's words: the one place they are translated. */
#ifndef MODULE_CKR_H
#define MODULE_CKR_H

#include <p11-kit/pkcs11.h>

#include "client/client.h"

/* What a client function returned, with its status word. A connection that
 * broke is a token pulled (CKR_DEVICE_REMOVED), one that talks nonsense a
 * failing token (CKR_DEVICE_ERROR). */
CK_RV module_ckr(const struct client *client, enum err err);

#endif
