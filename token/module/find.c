#include "module/find.h"

#include <stdlib.h>
#include <string.h>

#include "module/entry.h"
#include "module/session.h"
#include "module/template.h"

void module_search_end(struct module_search *search)
{
    free(search->found);
    *search = (struct module_search){0};
}

/* Hardware features are found by those alone who ask for that class: others
 * would not understand them (Cryptoki 2.40 4.3.1). */
static bool asks_for_features(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_CLASS class;
    return module_template_ulong(template, count, CKA_CLASS, &class) && class == CKO_HW_FEATURE;
}

static bool matches(const struct module_slot *slot, const struct module_object *object,
                    const CK_ATTRIBUTE *template, CK_ULONG count)
{
    return module_object_visible(slot, object) &&
           (object->kind != MODULE_COUNTER || asks_for_features(template, count)) &&
           module_attributes_match(&object->attributes, template, count);
}

static CK_RV search_begin(struct module_session *session, const CK_ATTRIBUTE *template,
                          CK_ULONG count)
{
    struct module_slot *slot = session->slot;
    if (session->search.active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = module_token_objects_sync(slot, false);
    if (rv != CKR_OK) {
        return rv;
    }
    CK_ULONG all = 0;
    for (const struct module_object *object = slot->objects.first; object != NULL;
         object = object->next) {
        all++;
    }
    CK_OBJECT_HANDLE *found = calloc(all + 1, sizeof(*found));
    if (found == NULL) {
        return CKR_HOST_MEMORY;
    }
    CK_ULONG found_count = 0;
    for (const struct module_object *object = slot->objects.first; object != NULL;
         object = object->next) {
        if (matches(slot, object, template, count)) {
            found[found_count++] = object->handle;
        }
    }
    session->search = (struct module_search){.active = true, .found = found, .count = found_count};
    return CKR_OK;
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    return module_session_leave(session, search_begin(session, template, count));
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG max,
                    CK_ULONG *count)
{
    struct module_session *session = NULL;
    bool arguments_ok = count != NULL && (objects != NULL || max == 0);
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_search *search = &session->search;
    if (!search->active) {
        return module_session_leave(session, CKR_OPERATION_NOT_INITIALIZED);
    }
    *count = 0;
    while (*count < max && search->next < search->count) {
        CK_OBJECT_HANDLE found = search->found[search->next++];
        /* It may have been destroyed since. */
        if (module_object_find(session->slot, found) != NULL) {
            objects[(*count)++] = found;
        }
    }
    return module_session_leave(session, CKR_OK);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = session->search.active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
    module_search_end(&session->search);
    return module_session_leave(session, rv);
}
