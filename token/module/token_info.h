/* What GET STATUS says of a token, in Cryptoki's words. */
#ifndef MODULE_TOKEN_INFO_H
#define MODULE_TOKEN_INFO_H

#include "module/slot.h"

/* C_GetTokenInfo's structure from the status. */
void module_token_info(const struct module_slot *slot, CK_TOKEN_INFO *info);

#endif
