/* Sets of attributes, and the rules of Cryptoki by which they are read and
 * compared. */
#ifndef MODULE_ATTRIBUTE_H
#define MODULE_ATTRIBUTE_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

#include "base/bytes.h"

/* What a template may do to an attribute, and who may see it. */
enum module_attribute_flag {
    MODULE_ATTRIBUTE_HIDDEN = 0x01,   /* sensitive: has no value here, never read */
    MODULE_ATTRIBUTE_FREE = 0x02,     /* a creating template chooses it */
    MODULE_ATTRIBUTE_DERIVED = 0x04,  /* set by the token: not in any template */
    MODULE_ATTRIBUTE_SETTABLE = 0x08, /* C_SetAttributeValue may change it */
    MODULE_ATTRIBUTE_BOOL = 0x10,     /* one byte, 0 or 1 */
    MODULE_ATTRIBUTE_NUMBER = 0x20,   /* one CK_ULONG */
    MODULE_ATTRIBUTE_COPIED = 0x40,   /* C_CopyObject may change it besides */
};

struct module_attribute {
    CK_ATTRIBUTE_TYPE type;
    unsigned flags;
    uint8_t *data; /* owned; NULL when len is 0 */
    size_t len;
};

/* Holds each type once. A failure to allocate sticks in err, so that a set is
 * built straight down and checked once. A zero-filled set is empty. */
struct module_attributes {
    struct module_attribute *items;
    size_t count, capacity;
    enum err err;
};

void module_attributes_clear(struct module_attributes *set);
/* Adds or replaces; an existing attribute keeps its flags. */
void module_attributes_put(struct module_attributes *set, CK_ATTRIBUTE_TYPE type, unsigned flags,
                           const void *data, size_t len);
void module_attributes_put_bool(struct module_attributes *set, CK_ATTRIBUTE_TYPE type,
                                unsigned flags, bool value);
void module_attributes_put_ulong(struct module_attributes *set, CK_ATTRIBUTE_TYPE type,
                                 unsigned flags, CK_ULONG value);
void module_attributes_copy(struct module_attributes *to, const struct module_attributes *from);

/* NULL when there is none. */
const struct module_attribute *module_attributes_find(const struct module_attributes *set,
                                                      CK_ATTRIBUTE_TYPE type);
/* FALSE and 0 when absent. */
bool module_attributes_bool(const struct module_attributes *set, CK_ATTRIBUTE_TYPE type);
CK_ULONG module_attributes_ulong(const struct module_attributes *set, CK_ATTRIBUTE_TYPE type);
bool module_attribute_equals(const struct module_attribute *attribute, const CK_ATTRIBUTE *value);
/* Whether every attribute of the template is there with that value. */
bool module_attributes_match(const struct module_attributes *set, const CK_ATTRIBUTE *template,
                             CK_ULONG count);
/* C_GetAttributeValue (Cryptoki 2.40 5.7): all of the template is processed;
 * CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL for
 * the first that fails, with a length of CK_UNAVAILABLE_INFORMATION for each. */
CK_RV module_attributes_get(const struct module_attributes *set, CK_ATTRIBUTE *template,
                            CK_ULONG count);
/* Bytes of all values. */
CK_ULONG module_attributes_size(const struct module_attributes *set);

#endif
