/* Limits and lists of a policy as they stand on a command line. */
#ifndef ADMIN_LIMITS_H
#define ADMIN_LIMITS_H

#include "admin/options.h"
#include "tokwire/tokwire.h"

/* A number, or "none": UINT32_MAX. ERR_MALFORMED. */
enum err limit_parse(const char *text, uint32_t *limit);

struct batch_list {
    uint8_t ids[TOKWIRE_BATCHES_MAX][TOKWIRE_BATCH_ID_SIZE];
    size_t count; /* 0: any batch */
};
/* Ids of 32 hexadecimal digits, in groups as people write them, or "any" alone.
 * ERR_MALFORMED, ERR_DUPLICATE; *wrong is the text at fault. */
enum err batch_list_parse(const struct option_list *texts, struct batch_list *batches,
                          const char **wrong);

#endif
