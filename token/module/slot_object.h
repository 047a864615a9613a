/* The objects of a slot: who sees them, and what the engine holds of them. */
#ifndef MODULE_SLOT_OBJECT_H
#define MODULE_SLOT_OBJECT_H

#include "module/slot.h"

/* Private objects exist for the logged-in user alone. */
bool module_object_visible(const struct module_slot *slot, const struct module_object *object);
/* The visible object of a handle; NULL else. */
struct module_object *module_object_find(const struct module_slot *slot, CK_OBJECT_HANDLE handle);
/* Destroys what the engine holds of the object, if anything. */
CK_RV module_object_destroy_engine(struct module_slot *slot, const struct module_object *object);
/* Forgets a session's objects, and has the engine destroy them. */
void module_objects_drop_session(struct module_slot *slot, CK_SESSION_HANDLE session);

#endif
