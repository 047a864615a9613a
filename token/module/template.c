#include "module/template.h"

#include <string.h>

bool module_template_count_ok(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    return (template != NULL || count == 0) && count <= MODULE_TEMPLATE_MAX;
}

CK_RV module_template_check(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (!module_template_count_ok(template, count)) {
        return CKR_ARGUMENTS_BAD;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].pValue == NULL && template[i].ulValueLen > 0) {
            return CKR_ARGUMENTS_BAD;
        }
    }
    return CKR_OK;
}

const CK_ATTRIBUTE *module_template_find(const CK_ATTRIBUTE *template, CK_ULONG count,
                                         CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type == type) {
            return &template[i];
        }
    }
    return NULL;
}

bool module_template_ulong(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                           CK_ULONG *value)
{
    const CK_ATTRIBUTE *found = module_template_find(template, count, type);
    *value = 0;
    if (found == NULL || found->ulValueLen != sizeof(*value)) {
        return false;
    }
    memcpy(value, found->pValue, sizeof(*value));
    return true;
}

bool module_template_bool(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                          bool by_default)
{
    const CK_ATTRIBUTE *found = module_template_find(template, count, type);
    if (found == NULL || found->ulValueLen != sizeof(CK_BBOOL)) {
        return by_default;
    }
    return *(const CK_BBOOL *)found->pValue != CK_FALSE;
}

static bool has_valid_form(const struct module_attribute *attribute, const CK_ATTRIBUTE *value)
{
    if ((attribute->flags & MODULE_ATTRIBUTE_BOOL) != 0) {
        return value->ulValueLen == sizeof(CK_BBOOL) && *(const CK_BBOOL *)value->pValue <= CK_TRUE;
    }
    if ((attribute->flags & MODULE_ATTRIBUTE_NUMBER) != 0) {
        return value->ulValueLen == sizeof(CK_ULONG);
    }
    return true;
}

static CK_RV apply_one(struct module_attributes *set, const CK_ATTRIBUTE *wanted,
                       unsigned choosable)
{
    /* As a failed C_GetAttributeValue leaves it behind. */
    if (wanted->ulValueLen == CK_UNAVAILABLE_INFORMATION) {
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if (wanted->ulValueLen > MODULE_VALUE_MAX) {
        return CKR_DEVICE_MEMORY;
    }
    const struct module_attribute *present = module_attributes_find(set, wanted->type);
    if (present == NULL) {
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    if ((present->flags & (MODULE_ATTRIBUTE_DERIVED | MODULE_ATTRIBUTE_HIDDEN)) != 0) {
        return CKR_ATTRIBUTE_READ_ONLY;
    }
    if (!has_valid_form(present, wanted)) {
        return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    if ((present->flags & choosable) != 0) {
        module_attributes_put(set, wanted->type, present->flags, wanted->pValue,
                              wanted->ulValueLen);
        return set->err == ERR_OK ? CKR_OK : CKR_HOST_MEMORY;
    }
    if (module_attribute_equals(present, wanted)) {
        return CKR_OK;
    }
    return choosable == MODULE_ATTRIBUTE_FREE ? CKR_TEMPLATE_INCONSISTENT : CKR_ATTRIBUTE_READ_ONLY;
}

static CK_RV apply(struct module_attributes *set, const CK_ATTRIBUTE *template, CK_ULONG count,
                   unsigned choosable)
{
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = module_template_find(template, i, template[i].type) != NULL
                       ? CKR_TEMPLATE_INCONSISTENT
                       : apply_one(set, &template[i], choosable);
        if (rv != CKR_OK) {
            return rv;
        }
    }
    return CKR_OK;
}

CK_RV module_template_apply(struct module_attributes *set, const CK_ATTRIBUTE *template,
                            CK_ULONG count)
{
    return apply(set, template, count, MODULE_ATTRIBUTE_FREE);
}

CK_RV module_template_change(struct module_attributes *set, const CK_ATTRIBUTE *template,
                             CK_ULONG count)
{
    return apply(set, template, count, MODULE_ATTRIBUTE_SETTABLE);
}

CK_RV module_template_copy(struct module_attributes *set, const CK_ATTRIBUTE *template,
                           CK_ULONG count)
{
    return apply(set, template, count, MODULE_ATTRIBUTE_SETTABLE | MODULE_ATTRIBUTE_COPIED);
}
