/* A socket handed over by the service manager (sd_listen_fds(3)). */
#ifndef DAEMON_ACTIVATION_H
#define DAEMON_ACTIVATION_H

#include "base/err.h"

/* *fd: the one listening UNIX stream socket this process was given, made
 * non-blocking and not inherited; -1 when it was given none. ERR_MALFORMED: it was
 * given something else. The variables are removed from the environment. */
enum err activation_take(int *fd);

#endif
