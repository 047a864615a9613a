/* Bounded reads and writes on a non-blocking descriptor. */
#include "link/port_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"

/* What one flush drops at most: a peer that never stops talking ends it. */
enum { FLUSH_MAX = 64 * 1024 };

struct port_fd {
    struct port port;
    int fd;
    bool socket;
    struct port_fd_owner *owner;
};

enum err port_explain(char *detail, enum err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(detail, PORT_DETAIL_SIZE, format, args);
    va_end(args);
    return err;
}

/* Makers derive from struct port by its being their first member. */
static struct port_fd *self(struct port *port)
{
    return (struct port_fd *)port;
}

static enum err gone(struct port *port)
{
    return port_explain(port->detail, ERR_CLOSED, "the device is gone (unplugged or hung up)");
}

/* What a failed read or write means. A vanished USB device shows as EIO, ENXIO
 * or ENODEV, a vanished peer as ECONNRESET or EPIPE. */
static enum err failed(struct port *port, const char *what, int error)
{
    switch (error) {
    case EIO:
    case ENXIO:
    case ENODEV:
    case EPIPE:
    case ECONNRESET:
    case ETIMEDOUT:
    case EBADF:
        return gone(port);
    default:
        errno = error;
        return port_explain(port->detail, ERR_SYSTEM, "%s: %m", what);
    }
}

/* Waits for events until the deadline; 0 looks once. */
static enum err wait_for(struct port_fd *p, short events, int64_t deadline_ms)
{
    struct pollfd poll_fd = {.fd = p->fd, .events = events};

    for (;;) {
        int64_t left = deadline_ms - clock_ms();
        int n = poll(&poll_fd, 1, left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
        if (n > 0) {
            return poll_fd.revents & POLLNVAL ? gone(&p->port) : ERR_OK;
        }
        if (n < 0 && errno != EINTR) {
            return failed(&p->port, "poll", errno);
        }
        if (left <= 0) {
            return port_explain(p->port.detail, ERR_TIMEOUT, "no answer");
        }
    }
}

static enum err port_fd_read(struct port *port, uint8_t *data, size_t size, int timeout_ms,
                             size_t *got)
{
    struct port_fd *p = self(port);
    int64_t deadline = clock_ms() + timeout_ms;

    *got = 0;
    for (;;) {
        enum err err = wait_for(p, POLLIN, deadline);
        if (err != ERR_OK) {
            return err;
        }
        ssize_t n = read(p->fd, data, size);
        if (n > 0) {
            *got = (size_t)n;
            return ERR_OK;
        }
        /* Readable and nothing to read: that is how a hang-up looks. */
        if (n == 0) {
            return gone(port);
        }
        if (errno != EINTR && errno != EAGAIN) {
            return failed(port, "read", errno);
        }
    }
}

static ssize_t write_some(struct port_fd *p, const uint8_t *data, size_t len)
{
    /* A socket whose peer is gone must not raise SIGPIPE. */
    return p->socket ? send(p->fd, data, len, MSG_NOSIGNAL) : write(p->fd, data, len);
}

static enum err port_fd_write(struct port *port, const uint8_t *data, size_t len, int timeout_ms)
{
    struct port_fd *p = self(port);
    int64_t deadline = clock_ms() + timeout_ms;

    while (len > 0) {
        ssize_t n = write_some(p, data, len);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN) {
            return failed(port, "write", errno);
        }
        enum err err = wait_for(p, POLLOUT, deadline);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static void port_fd_flush(struct port *port)
{
    struct port_fd *p = self(port);
    uint8_t scratch[512];
    size_t dropped = 0;
    ssize_t n;

    do {
        n = read(p->fd, scratch, sizeof(scratch));
        dropped += n > 0 ? (size_t)n : 0;
    } while (n > 0 && dropped < FLUSH_MAX);
}

static void release(struct port_fd_owner *owner, int fd)
{
    if (owner != NULL) {
        owner->release(owner, fd);
    } else {
        close(fd);
    }
}

static void port_fd_close(struct port *port)
{
    struct port_fd *p = self(port);
    release(p->owner, p->fd);
    free(p);
}

static const struct port_ops port_fd_ops = {
    .read = port_fd_read,
    .write = port_fd_write,
    .flush = port_fd_flush,
    .close = port_fd_close,
};

enum err port_fd_new(int fd, struct port_fd_owner *owner, struct port **port, char *detail)
{
    struct port_fd *p = calloc(1, sizeof(*p));
    int type;
    socklen_t size = sizeof(type);

    *port = NULL;
    if (p == NULL) {
        release(owner, fd);
        return port_explain(detail, ERR_MEMORY, "out of memory");
    }
    p->port.ops = &port_fd_ops;
    p->fd = fd;
    p->owner = owner;
    p->socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
    *port = &p->port;
    return ERR_OK;
}

static enum err open_failed(const char *path, char *detail)
{
    switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return port_explain(detail, ERR_NOT_FOUND, "%s: no such device", path);
    case EBUSY:
        return port_explain(detail, ERR_BUSY, "%s: another program has the port open", path);
    case EACCES:
    case EPERM:
        return port_explain(detail, ERR_SYSTEM, "%s: %m (is this user in the group dialout?)",
                            path);
    default:
        return port_explain(detail, ERR_SYSTEM, "%s: %m", path);
    }
}

enum err port_lock_open(const char *path, int *fd, char *detail)
{
    *fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0) {
        return open_failed(path, detail);
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        enum err err = errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM;
        if (err == ERR_BUSY) {
            port_explain(detail, err, "%s: another program has the port open", path);
        } else {
            port_explain(detail, err, "%s: lock: %m", path);
        }
        close(*fd);
        *fd = -1;
        return err;
    }
    return ERR_OK;
}

/* A pseudo-terminal, and any terminal libserialport does not know: raw. The lock
 * is flock alone; TIOCEXCL on a pseudo-terminal outlives a killed program for
 * as long as the other side stays open, and would lock out the next start. */
enum err port_terminal_open(const char *path, struct port **port, char *detail)
{
    struct termios settings;
    int fd;
    *port = NULL;
    enum err err = port_lock_open(path, &fd, detail);
    if (err != ERR_OK) {
        return err;
    }
    if (tcgetattr(fd, &settings) != 0) {
        err = port_explain(detail, ERR_UNSUPPORTED, "%s: not a terminal: %m", path);
        close(fd);
        return err;
    }
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &settings) != 0) {
        err = port_explain(detail, ERR_SYSTEM, "%s: %m", path);
        close(fd);
        return err;
    }
    return port_fd_new(fd, NULL, port, detail);
}
