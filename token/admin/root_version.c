#include "admin/root_version.h"

#include <stdlib.h>

#include "admin/admin.h"

int root_version_parse(const char *text, uint8_t *version)
{
    *version = 0;
    if (text == NULL) {
        return ADMIN_OK;
    }
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < 1 || value > UINT8_MAX) {
        return admin_usage("--version: 1 to %d", UINT8_MAX);
    }
    *version = (uint8_t)value;
    return ADMIN_OK;
}
