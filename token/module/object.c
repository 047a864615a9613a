#include "module/object.h"

#include <stdlib.h>

struct module_object *module_object_new(enum module_object_kind kind)
{
    struct module_object *object = calloc(1, sizeof(*object));
    if (object != NULL) {
        object->kind = kind;
        buf_init(&object->identity, CLIENT_OBJECTS_MAX);
    }
    return object;
}

void module_object_free(struct module_object **object)
{
    if (*object != NULL) {
        module_attributes_clear(&(*object)->attributes);
        buf_clear(&(*object)->identity);
        free(*object);
        *object = NULL;
    }
}

CK_RV module_objects_room(const struct module_objects *objects, size_t count)
{
    return objects->session_count + count > MODULE_SESSION_OBJECTS_MAX ? CKR_DEVICE_MEMORY : CKR_OK;
}

static CK_RV may_add(const struct module_objects *objects, const struct module_object *object)
{
    if (object->attributes.err != ERR_OK || buf_err(&object->identity) != ERR_OK) {
        return CKR_HOST_MEMORY;
    }
    return object->session != 0 ? module_objects_room(objects, 1) : CKR_OK;
}

CK_RV module_objects_add(struct module_objects *objects, struct module_object **object,
                         CK_OBJECT_HANDLE *handle)
{
    CK_RV rv = may_add(objects, *object);
    if (rv != CKR_OK) {
        module_object_free(object);
        return rv;
    }
    (*object)->handle = ++objects->last_handle;
    (*object)->next = objects->first;
    objects->first = *object;
    objects->session_count += (*object)->session != 0 ? 1 : 0;
    *handle = (*object)->handle;
    *object = NULL; /* the list owns it now */
    return CKR_OK;
}

void module_objects_remove(struct module_objects *objects, struct module_object *object)
{
    for (struct module_object **link = &objects->first; *link != NULL; link = &(*link)->next) {
        if (*link == object) {
            *link = object->next;
            objects->session_count -= object->session != 0 ? 1 : 0;
            module_object_free(&object);
            return;
        }
    }
}

void module_objects_clear(struct module_objects *objects)
{
    while (objects->first != NULL) {
        module_objects_remove(objects, objects->first);
    }
    objects->fresh = false;
}

void module_objects_drop_private(struct module_objects *objects)
{
    struct module_object *next = NULL;
    for (struct module_object *object = objects->first; object != NULL; object = next) {
        next = object->next;
        if (object->session != 0 && object->is_private) {
            module_objects_remove(objects, object);
        }
    }
    objects->fresh = false;
}
