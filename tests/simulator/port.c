#include "simulator/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

static void port_init(struct port *port)
{
    memset(port, 0, sizeof(*port));
    port->fd = port->listener = port->slave = -1;
}

/* Made under another name and renamed, so that the link is never missing. */
static enum err make_link(struct port *port, const char *target, const char *link)
{
    char temporary[PORT_NAME_SIZE + 8];
    size_t len = strlen(link);
    if (len >= sizeof(port->link)) {
        return ERR_RANGE;
    }
    snprintf(temporary, sizeof(temporary), "%s.new", link);
    unlink(temporary);
    if (symlink(target, temporary) != 0 || rename(temporary, link) != 0) {
        return ERR_SYSTEM;
    }
    memcpy(port->link, link, len + 1);
    memcpy(port->name, link, len + 1);
    return ERR_OK;
}

static enum err set_raw(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) {
        return ERR_SYSTEM;
    }
    cfmakeraw(&settings);
    return tcsetattr(fd, TCSANOW, &settings) == 0 ? ERR_OK : ERR_SYSTEM;
}

enum err port_open_pty(struct port *port, const char *link)
{
    char target[PORT_TARGET_SIZE];
    enum err err = ERR_SYSTEM;

    port_init(port);
    port->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (port->fd < 0 || grantpt(port->fd) != 0 || unlockpt(port->fd) != 0 ||
        ptsname_r(port->fd, target, sizeof(target)) != 0) {
        goto out;
    }
    port->slave = open(target, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (port->slave < 0 || set_raw(port->slave) != ERR_OK) {
        goto out;
    }
    memcpy(port->name, target, sizeof(target));
    err = link ? make_link(port, target, link) : ERR_OK;
out:
    if (err != ERR_OK) {
        port_close(port);
    }
    return err;
}

enum err port_open_tcp(struct port *port, unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int on = 1;

    port_init(port);
    port->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (port->listener < 0 ||
        setsockopt(port->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(port->listener, (const struct sockaddr *)&address, len) != 0 ||
        listen(port->listener, 4) != 0 ||
        getsockname(port->listener, (struct sockaddr *)&address, &len) != 0) {
        int saved = errno;
        port_close(port);
        errno = saved;
        return ERR_SYSTEM;
    }
    snprintf(port->name, sizeof(port->name), "tcp:127.0.0.1:%u", ntohs(address.sin_port));
    return ERR_OK;
}

void port_accept(struct port *port)
{
    int on = 1;
    port->fd = accept4(port->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (port->fd >= 0) {
        setsockopt(port->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

void port_hang_up(struct port *port)
{
    if (port->listener >= 0 && port->fd >= 0) {
        close(port->fd);
        port->fd = -1;
    }
}

void port_close(struct port *port)
{
    if (port->link[0]) {
        unlink(port->link);
    }
    if (port->fd >= 0) {
        close(port->fd);
    }
    if (port->slave >= 0) {
        close(port->slave);
    }
    if (port->listener >= 0) {
        close(port->listener);
    }
    port_init(port);
}
