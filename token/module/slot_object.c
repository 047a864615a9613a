#include "module/slot_object.h"

#include "module/ckr.h"

CK_RV module_object_destroy_engine(struct module_slot *slot, const struct module_object *object)
{
    if (object->session == 0 || object->engine_handle == 0 || slot->login != MODULE_LOGIN_USER) {
        return CKR_OK;
    }
    enum err err = client_destroy(slot->client, object->engine_handle);
    /* Gone already is as good. */
    return err == ERR_NOT_FOUND && !client_broken(slot->client) ? CKR_OK
                                                                : module_ckr(slot->client, err);
}

void module_objects_drop_session(struct module_slot *slot, CK_SESSION_HANDLE session)
{
    struct module_object *next = NULL;
    for (struct module_object *object = slot->objects.first; object != NULL; object = next) {
        next = object->next;
        if (object->session == session) {
            module_object_destroy_engine(slot, object);
            module_objects_remove(&slot->objects, object);
        }
    }
}

bool module_object_visible(const struct module_slot *slot, const struct module_object *object)
{
    return !object->is_private || slot->login == MODULE_LOGIN_USER;
}

struct module_object *module_object_find(const struct module_slot *slot, CK_OBJECT_HANDLE handle)
{
    for (struct module_object *object = slot->objects.first; object != NULL;
         object = object->next) {
        if (object->handle == handle) {
            return module_object_visible(slot, object) ? object : NULL;
        }
    }
    return NULL;
}
