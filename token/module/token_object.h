/* The token's own objects, from GET OBJECTS. */
#ifndef MODULE_TOKEN_OBJECT_H
#define MODULE_TOKEN_OBJECT_H

#include "module/slot.h"

/* Reads the token's objects anew, unless that was a moment ago and `now` does
 * not insist. Objects that stay the same keep their handles. */
CK_RV module_token_objects_sync(struct module_slot *slot, bool now);

#endif
