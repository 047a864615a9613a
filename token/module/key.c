#include "module/key.h"

#include <string.h>

#include "module/slot_object.h"

static bool mechanism_allowed(const struct module_object *key, CK_MECHANISM_TYPE type)
{
    const struct module_attribute *allowed =
        module_attributes_find(&key->attributes, CKA_ALLOWED_MECHANISMS);
    for (size_t at = 0; allowed != NULL && at + sizeof(type) <= allowed->len; at += sizeof(type)) {
        if (memcmp(allowed->data + at, &type, sizeof(type)) == 0) {
            return true;
        }
    }
    return false;
}

CK_RV module_key_check(const struct module_slot *slot, const struct module_mechanism *mechanism,
                       CK_ATTRIBUTE_TYPE permission, CK_OBJECT_HANDLE handle,
                       const struct module_object **key)
{
    *key = NULL;
    const struct module_object *found = module_object_find(slot, handle);
    if (found == NULL || module_attributes_find(&found->attributes, CKA_KEY_TYPE) == NULL) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (module_attributes_ulong(&found->attributes, CKA_KEY_TYPE) != mechanism->key_type) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    if (!module_attributes_bool(&found->attributes, permission) ||
        !mechanism_allowed(found, mechanism->type)) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    *key = found;
    return CKR_OK;
}
