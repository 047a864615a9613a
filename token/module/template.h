/* Templates that create objects: what they may say, and that they do not
 * contradict what the object is. */
#ifndef MODULE_TEMPLATE_H
#define MODULE_TEMPLATE_H

#include "module/attribute.h"

enum {
    MODULE_VALUE_MAX = 65536,  /* bytes of one value */
    MODULE_TEMPLATE_MAX = 256, /* attributes */
};

/* Whether that many attributes can be there: a count beyond all reason is refused
 * before one of them is looked at. */
bool module_template_count_ok(const CK_ATTRIBUTE *template, CK_ULONG count);
/* Number and pointers of a template a caller passed: CKR_ARGUMENTS_BAD. */
CK_RV module_template_check(const CK_ATTRIBUTE *template, CK_ULONG count);
/* Applies a template to the set an object will have. An attribute the template
 * may choose is taken over; any other must already have that value. The first
 * that is wrong decides: CKR_ATTRIBUTE_TYPE_INVALID (the object has no such
 * attribute), CKR_ATTRIBUTE_READ_ONLY (the token sets it),
 * CKR_ATTRIBUTE_VALUE_INVALID (length), CKR_TEMPLATE_INCONSISTENT (another
 * value, or named twice). */
CK_RV module_template_apply(struct module_attributes *set, const CK_ATTRIBUTE *template,
                            CK_ULONG count);
/* The same for an object that is there (C_SetAttributeValue):
 * CKR_ATTRIBUTE_READ_ONLY where another value is wanted of what stays. */
CK_RV module_template_change(struct module_attributes *set, const CK_ATTRIBUTE *template,
                             CK_ULONG count);
/* The same for a copy, in which CKA_PRIVATE and CKA_MODIFIABLE may change
 * besides (Cryptoki 2.40 4.4). */
CK_RV module_template_copy(struct module_attributes *set, const CK_ATTRIBUTE *template,
                           CK_ULONG count);
/* NULL when the template does not have the attribute. */
const CK_ATTRIBUTE *module_template_find(const CK_ATTRIBUTE *template, CK_ULONG count,
                                         CK_ATTRIBUTE_TYPE type);
/* A number of the template, which need not be aligned; false when there is none
 * of that length. */
bool module_template_ulong(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                           CK_ULONG *value);
/* A boolean of the template, or what it is by default. */
bool module_template_bool(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                          bool by_default);

#endif
