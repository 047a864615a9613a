#include "sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"

enum { FILE_UMASK = 077 };
/* Below this an engine with all its clients may not fit into locked memory, and
 * an allocation would fail in mid-work. */
#define LOCKED_MINIMUM (64UL * 1024 * 1024)

/* Secrets must not reach the swap. */
static void lock_memory(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 && getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
        limit.rlim_cur = 0;
    }
    int flags = limit.rlim_cur >= LOCKED_MINIMUM ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT;
    if (mlockall(flags) != 0) {
        log_warning("memory is not locked (%s): raise RLIMIT_MEMLOCK to 64 MiB or more",
                    strerror(errno));
    } else if ((flags & MCL_FUTURE) == 0) {
        log_warning("only the memory in use now is locked: raise RLIMIT_MEMLOCK to 64 MiB or more");
    }
}

enum err sandbox_enter(void)
{
    const struct rlimit no_core = {0, 0};
    umask(FILE_UMASK);
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_error("hardening: %s", strerror(errno));
        return ERR_SYSTEM;
    }
    lock_memory();
    return ERR_OK;
}
