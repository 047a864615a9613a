/* The version of a root key on a command line. */
#ifndef ADMIN_ROOT_VERSION_H
#define ADMIN_ROOT_VERSION_H

#include <stdint.h>

/* 1 to 255; 0 where text is NULL. Says what is wrong; an enum admin_exit. */
int root_version_parse(const char *text, uint8_t *version);

#endif
