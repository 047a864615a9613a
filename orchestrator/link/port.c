/* Which maker opens a port's name. */
#include "link/port.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "link/port_fd.h"

enum {
    /* Majors of UNIX98 pseudo-terminal slaves (Linux devices.txt). */
    PTY_SLAVE_MAJOR_FIRST = 136,
    PTY_SLAVE_MAJOR_LAST = 143,
};

static const char tcp_prefix[] = "tcp:";
static const char sysfs_tty[] = "/sys/class/tty/";

/* Links followed to the device itself; errno says why not. */
static bool follow(const char *folder, const char *name, char path[PATH_MAX], struct stat *status)
{
    char full[PATH_MAX];
    int len = snprintf(full, sizeof(full), "%s%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof(full)) {
        errno = ENAMETOOLONG;
        return false;
    }
    return realpath(full, path) != NULL && stat(path, status) == 0;
}

/* The device's own path: "ttyUSB0" is /dev/ttyUSB0, or else a link of that name
 * here; by-id links are followed. */
static enum err resolve(const char *name, char path[PATH_MAX], struct stat *status, char *detail)
{
    bool found = strchr(name, '/') == NULL && follow("/dev/", name, path, status);
    if (!found && !follow("", name, path, status)) {
        return port_explain(detail, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, "%s: %s", name,
                            errno == ENOENT ? "no such device" : strerrordesc_np(errno));
    }
    if (!S_ISCHR(status->st_mode)) {
        return port_explain(detail, ERR_UNSUPPORTED, "%s: not a terminal device", name);
    }
    return ERR_OK;
}

/* libserialport opens what has an entry in /sys/class/tty, which no
 * pseudo-terminal has. */
static bool is_serial(const char *path, const struct stat *status)
{
    unsigned number = major(status->st_rdev);
    char entry[sizeof(sysfs_tty) + PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (number >= PTY_SLAVE_MAJOR_FIRST && number <= PTY_SLAVE_MAJOR_LAST) {
        return false;
    }
    snprintf(entry, sizeof(entry), "%s%s", sysfs_tty, slash == NULL ? path : slash + 1);
    return access(entry, F_OK) == 0;
}

enum err port_open(const char *name, unsigned baud, struct port **port, char *detail)
{
    char path[PATH_MAX];
    struct stat status;

    *port = NULL;
    detail[0] = '\0';
    if (strncmp(name, tcp_prefix, strlen(tcp_prefix)) == 0) {
        return port_tcp_open(name + strlen(tcp_prefix), port, detail);
    }
    enum err err = resolve(name, path, &status, detail);
    if (err != ERR_OK) {
        return err;
    }
    return is_serial(path, &status) ? port_serial_open(path, baud, port, detail)
                                    : port_terminal_open(path, port, detail);
}

void port_close(struct port **port)
{
    if (port != NULL && *port != NULL) {
        (*port)->ops->close(*port);
        *port = NULL;
    }
}
