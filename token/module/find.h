/* Object search: a snapshot of what matched when it began. */
#ifndef MODULE_FIND_H
#define MODULE_FIND_H

#include <stdbool.h>

#include <p11-kit/pkcs11.h>

struct module_search {
    bool active;
    CK_OBJECT_HANDLE *found; /* owned */
    CK_ULONG count, next;
};

void module_search_end(struct module_search *search);

#endif
