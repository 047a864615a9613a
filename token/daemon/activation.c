#include "activation.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static bool is_number(const char *text, long expected)
{
    char *end;
    if (text == NULL || text[0] == '\0') {
        return false;
    }
    long value = strtol(text, &end, 10);
    return *end == '\0' && value == expected;
}

static bool has_option(int fd, int option, int expected)
{
    int value = 0;
    socklen_t len = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == expected;
}

static bool prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

enum err activation_take(int *fd)
{
    const char *count = getenv("LISTEN_FDS");
    /* Meant for another process: a parent's leftovers. */
    bool ours = count != NULL && is_number(getenv("LISTEN_PID"), (long)getpid());
    bool one = is_number(count, 1);
    *fd = -1;
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    if (!ours) {
        return ERR_OK;
    }
    if (!one || !has_option(FIRST_FD, SO_DOMAIN, AF_UNIX) ||
        !has_option(FIRST_FD, SO_TYPE, SOCK_STREAM) || !has_option(FIRST_FD, SO_ACCEPTCONN, 1) ||
        !prepare(FIRST_FD)) {
        return ERR_MALFORMED;
    }
    *fd = FIRST_FD;
    return ERR_OK;
}
