/* The token in a slot: it comes and goes, and its sessions with it. */
#ifndef MODULE_TOKEN_H
#define MODULE_TOKEN_H

#include "module/slot.h"

/* Whether a token is there, connecting where that takes it. */
bool module_token_poll(struct module_slot *slot);
/* Reads the token's status anew. CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_REMOVED,
 * CKR_DEVICE_ERROR. */
CK_RV module_token_refresh(struct module_slot *slot);
/* The token is gone: closes the connection, the sessions, and all they had. */
void module_token_lose(struct module_slot *slot);
/* Ends the login, at the engine too, with all private session objects and
 * whatever operation may use them. */
void module_token_logout(struct module_slot *slot);

#endif
