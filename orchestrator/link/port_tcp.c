/* Serial servers: a raw TCP connection to host:port. */
#include "link/port_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { CONNECT_TIMEOUT_MS = 5000, HOST_MAX = 255, SERVICE_MAX = 31 };

/* Splits "host:port" or "[v6]:port" at the last colon. */
static enum err split(const char *text, char host[HOST_MAX + 1], char service[SERVICE_MAX + 1])
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0') {
        return ERR_ARGUMENT;
    }
    size_t len = (size_t)(colon - text);
    if (text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len > HOST_MAX || strlen(colon + 1) > SERVICE_MAX) {
        return ERR_ARGUMENT;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    memcpy(service, colon + 1, strlen(colon + 1) + 1);
    return ERR_OK;
}

/* Waits for a connection under way; errno says why it failed. */
static int finish_connect(int fd, int64_t deadline_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof(error);

    for (;;) {
        int64_t left = deadline_ms - clock_ms();
        int n = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
        if (n > 0) {
            break;
        }
        if (n == 0 || errno != EINTR) {
            errno = n == 0 ? ETIMEDOUT : errno;
            return -1;
        }
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
        return -1;
    }
    errno = error;
    return error == 0 ? 0 : -1;
}

/* A connected non-blocking socket, or -1 and errno. */
static int connect_one(const struct addrinfo *address, int64_t deadline_ms)
{
    int on = 1;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    address->ai_protocol);
    if (fd < 0) {
        return -1;
    }
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 &&
        (errno != EINPROGRESS || finish_connect(fd, deadline_ms) != 0)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    /* Each command is one small write that somebody waits for. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    return fd;
}

static enum err explain_connect(const char *name, char *detail)
{
    switch (errno) {
    case ETIMEDOUT:
        return port_explain(detail, ERR_TIMEOUT, "tcp:%s: no connection within %d ms", name,
                            CONNECT_TIMEOUT_MS);
    case ECONNREFUSED:
        return port_explain(detail, ERR_NOT_FOUND, "tcp:%s: nobody listens there", name);
    default:
        return port_explain(detail, ERR_SYSTEM, "tcp:%s: %m", name);
    }
}

enum err port_tcp_open(const char *host_and_port, struct port **port, char *detail)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char host[HOST_MAX + 1];
    char service[SERVICE_MAX + 1];
    struct addrinfo *addresses = NULL;
    int64_t deadline = clock_ms() + CONNECT_TIMEOUT_MS;
    int fd = -1;

    *port = NULL;
    if (split(host_and_port, host, service) != ERR_OK) {
        return port_explain(detail, ERR_ARGUMENT, "tcp:%s: not tcp:host:port", host_and_port);
    }
    int code = getaddrinfo(host, service, &hints, &addresses);
    if (code != 0) {
        return port_explain(detail, ERR_NOT_FOUND, "tcp:%s: %s", host_and_port, gai_strerror(code));
    }
    for (const struct addrinfo *a = addresses; a != NULL && fd < 0; a = a->ai_next) {
        fd = connect_one(a, deadline);
    }
    int error = errno;
    freeaddrinfo(addresses);
    if (fd < 0) {
        errno = error;
        return explain_connect(host_and_port, detail);
    }
    return port_fd_new(fd, NULL, port, detail);
}
