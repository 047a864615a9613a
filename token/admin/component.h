/* Components of a root key: 32 bytes each that different people hold. A component
 * lives in struct secret, in zeroing buffers and in files of mode 0600. */
#ifndef ADMIN_COMPONENT_H
#define ADMIN_COMPONENT_H

#include "admin/options.h"
#include "base/secret.h"
#include "tokwire/tokwire.h"

enum { COMPONENTS_MIN = 2, COMPONENTS_MAX = 8 };

struct component_set {
    struct secret components[COMPONENTS_MAX];
    size_t count;
};
/* One file each, of one line of 64 hexadecimal digits, no two alike. Says itself
 * what is wrong; an enum admin_exit. The caller clears the set in any case. */
int component_set_read(const struct option_list *files, struct component_set *set);
void component_set_clear(struct component_set *set);
/* The root key they make: the XOR of all. */
void component_set_combine(const struct component_set *set, struct secret *root);

/* The page for a component's envelope, appended. generated: date and time. */
enum err component_page(const struct secret *component, const char *generated, struct buf *page);

#endif
