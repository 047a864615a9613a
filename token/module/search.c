#include "module/search.h"

#include <stdlib.h>

#include "module/slot_object.h"
#include "module/template.h"
#include "module/token_object.h"

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

CK_RV module_search_begin(struct module_search *search, struct module_slot *slot,
                          const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (search->active) {
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
    *search = (struct module_search){.active = true, .found = found, .count = found_count};
    return CKR_OK;
}
