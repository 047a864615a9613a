/* The system calls the daemon keeps once it serves. */
#ifndef DAEMON_SYSCALLS_H
#define DAEMON_SYSCALLS_H

#include "base/err.h"

/* Installs the filter; needs is what engine_needs() says. For good. A call that is
 * not listed fails with EPERM, so that a key store library that tries something it
 * can do without goes on; calls that only an intruder makes (another program,
 * another process, another's memory, another user) end the process. Nothing
 * happens, with a warning, in a build with sanitizers, which make calls of their
 * own. ERR_SYSTEM: the kernel refuses; then refuse to serve. */
enum err syscalls_filter(unsigned needs);

#endif
