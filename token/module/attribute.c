#include "module/attribute.h"

#include <stdlib.h>
#include <string.h>

void module_attributes_clear(struct module_attributes *set)
{
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].data);
    }
    free(set->items);
    *set = (struct module_attributes){0};
}

const struct module_attribute *module_attributes_find(const struct module_attributes *set,
                                                      CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].type == type) {
            return &set->items[i];
        }
    }
    return NULL;
}

/* The attribute of a type, made when it is not there; NULL: no memory. */
static struct module_attribute *place(struct module_attributes *set, CK_ATTRIBUTE_TYPE type,
                                      unsigned flags)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].type == type) {
            return &set->items[i];
        }
    }
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
        struct module_attribute *items = reallocarray(set->items, capacity, sizeof(set->items[0]));
        if (items == NULL) {
            return NULL;
        }
        set->items = items;
        set->capacity = capacity;
    }
    struct module_attribute *attribute = &set->items[set->count++];
    *attribute = (struct module_attribute){.type = type, .flags = flags};
    return attribute;
}

void module_attributes_put(struct module_attributes *set, CK_ATTRIBUTE_TYPE type, unsigned flags,
                           const void *data, size_t len)
{
    if (set->err != ERR_OK) {
        return;
    }
    uint8_t *copy = len > 0 ? malloc(len) : NULL;
    struct module_attribute *attribute = len > 0 && copy == NULL ? NULL : place(set, type, flags);
    if (attribute == NULL) {
        free(copy);
        set->err = ERR_MEMORY;
        return;
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    free(attribute->data);
    attribute->data = copy;
    attribute->len = len;
}

void module_attributes_put_bool(struct module_attributes *set, CK_ATTRIBUTE_TYPE type,
                                unsigned flags, bool value)
{
    CK_BBOOL stored = value ? CK_TRUE : CK_FALSE;
    module_attributes_put(set, type, flags | MODULE_ATTRIBUTE_BOOL, &stored, sizeof(stored));
}

void module_attributes_put_ulong(struct module_attributes *set, CK_ATTRIBUTE_TYPE type,
                                 unsigned flags, CK_ULONG value)
{
    module_attributes_put(set, type, flags | MODULE_ATTRIBUTE_NUMBER, &value, sizeof(value));
}

void module_attributes_copy(struct module_attributes *to, const struct module_attributes *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct module_attribute *item = &from->items[i];
        module_attributes_put(to, item->type, item->flags, item->data, item->len);
    }
}

bool module_attributes_bool(const struct module_attributes *set, CK_ATTRIBUTE_TYPE type)
{
    const struct module_attribute *attribute = module_attributes_find(set, type);
    return attribute != NULL && attribute->len == sizeof(CK_BBOOL) && attribute->data[0] != 0;
}

CK_ULONG module_attributes_ulong(const struct module_attributes *set, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG value = 0;
    const struct module_attribute *attribute = module_attributes_find(set, type);
    if (attribute != NULL && attribute->len == sizeof(value)) {
        memcpy(&value, attribute->data, sizeof(value));
    }
    return value;
}

bool module_attribute_equals(const struct module_attribute *attribute, const CK_ATTRIBUTE *value)
{
    return (attribute->flags & MODULE_ATTRIBUTE_HIDDEN) == 0 &&
           attribute->len == value->ulValueLen &&
           (attribute->len == 0 ||
            (value->pValue != NULL && memcmp(attribute->data, value->pValue, attribute->len) == 0));
}

bool module_attributes_match(const struct module_attributes *set, const CK_ATTRIBUTE *template,
                             CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        const struct module_attribute *attribute = module_attributes_find(set, template[i].type);
        if (attribute == NULL || !module_attribute_equals(attribute, &template[i])) {
            return false;
        }
    }
    return true;
}

static CK_RV get_one(const struct module_attribute *attribute, CK_ATTRIBUTE *out)
{
    CK_ULONG room = out->ulValueLen;
    out->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (attribute == NULL) {
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    if ((attribute->flags & MODULE_ATTRIBUTE_HIDDEN) != 0) {
        return CKR_ATTRIBUTE_SENSITIVE;
    }
    if (out->pValue != NULL && room < attribute->len) {
        return CKR_BUFFER_TOO_SMALL;
    }
    out->ulValueLen = attribute->len;
    if (out->pValue != NULL && attribute->len > 0) {
        memcpy(out->pValue, attribute->data, attribute->len);
    }
    return CKR_OK;
}

CK_RV module_attributes_get(const struct module_attributes *set, CK_ATTRIBUTE *template,
                            CK_ULONG count)
{
    CK_RV rv = CKR_OK;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV one = get_one(module_attributes_find(set, template[i].type), &template[i]);
        rv = rv == CKR_OK ? one : rv;
    }
    return rv;
}

CK_ULONG module_attributes_size(const struct module_attributes *set)
{
    CK_ULONG size = 0;
    for (size_t i = 0; i < set->count; i++) {
        size += set->items[i].len;
    }
    return size;
}
