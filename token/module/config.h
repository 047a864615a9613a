/* Which engines there are: one slot per UNIX socket. */
#ifndef MODULE_CONFIG_H
#define MODULE_CONFIG_H

#include <stddef.h>

#include "base/err.h"

enum { MODULE_SLOTS_MAX = 16, MODULE_PATH_SIZE = 108 /* sun_path */ };

struct module_config {
    char paths[MODULE_SLOTS_MAX][MODULE_PATH_SIZE];
    size_t count;
};

/* The string a caller passes in CK_C_INITIALIZE_ARGS.pReserved, as p11-kit does
 * with x-init-reserved: "sockets=PATH[:PATH..]". Other programs may pass
 * anything there, so it is looked at with care: *text is NULL when pointer is
 * NULL or empty; ERR_MALFORMED when it is no such string or no readable memory. */
enum err module_config_reserved(const void *pointer, const char **text);
/* Sockets from, in this order: reserved (see above, NULL for none), the
 * environment's USBKEY_SOCKETS (not in a setuid program), the file
 * /etc/usbkey/sockets.conf with one path a line, /run/usbkeyd/usbkeyd.sock.
 * ERR_MALFORMED or ERR_RANGE when the source that decides is of no use. */
enum err module_config_load(const char *reserved, struct module_config *config);
/* Paths separated by any of the separators; blank ones are skipped. */
enum err module_config_parse(const char *text, const char *separators,
                             struct module_config *config);

#endif
