/* What the daemon gives up before it serves anybody. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "base/err.h"

/* Before any secret is read: no core file, no ptrace by the same user, no new
 * privileges, files for the owner alone; memory locked as far as the limits
 * allow, with a warning where they do not. */
enum err sandbox_enter(void);

#endif
