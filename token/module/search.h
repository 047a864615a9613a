/* Object search: a snapshot of what matched when it began. */
#ifndef MODULE_SEARCH_H
#define MODULE_SEARCH_H

#include "module/slot.h"

struct module_search {
    bool active;
    CK_OBJECT_HANDLE *found; /* owned */
    CK_ULONG count, next;
};

/* CKR_OPERATION_ACTIVE, and what reading the token's objects may give. */
CK_RV module_search_begin(struct module_search *search, struct module_slot *slot,
                          const CK_ATTRIBUTE *template, CK_ULONG count);
void module_search_end(struct module_search *search);

#endif
