/* Keys, as mechanisms use them. */
#ifndef MODULE_KEY_H
#define MODULE_KEY_H

#include "module/mechanism.h"
#include "module/slot.h"

/* What a key must be for a mechanism and a function: `permission` is the
 * attribute that allows it (CKA_SIGN, ..). CKR_KEY_HANDLE_INVALID,
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED. */
CK_RV module_key_check(const struct module_slot *slot, const struct module_mechanism *mechanism,
                       CK_ATTRIBUTE_TYPE permission, CK_OBJECT_HANDLE handle,
                       const struct module_object **key);

#endif
