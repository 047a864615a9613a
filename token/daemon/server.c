#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "peer.h"

enum { SOCKET_MODE = 0660, BACKLOG = 16, TICK_MS = 1000 };

struct server {
    struct engine *engine;
    struct sockaddr_un address;
    int fd;
    bool adopted;
    struct peer *clients[SERVER_CLIENTS_MAX]; /* owned; NULL: free */
};

/* Does anybody answer on the socket that lies there? */
static enum err clear_stale_socket(const struct sockaddr_un *address)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0) {
        return errno == ENOENT ? ERR_OK : ERR_SYSTEM;
    }
    if (!S_ISSOCK(info.st_mode)) {
        log_error("%s exists and is no socket", address->sun_path);
        errno = EEXIST;
        return ERR_SYSTEM;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    int answered = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    int why = errno;
    close(fd);
    if (answered == 0 || why != ECONNREFUSED) {
        return ERR_BUSY;
    }
    return unlink(address->sun_path) == 0 ? ERR_OK : ERR_SYSTEM;
}

static enum err listen_on(struct server *server)
{
    enum err err = clear_stale_socket(&server->address);
    if (err != ERR_OK) {
        return err;
    }
    server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->fd < 0) {
        return ERR_SYSTEM;
    }
    /* Never more than its final permissions, not even for a moment. */
    mode_t before = umask(~SOCKET_MODE & 0777);
    int bound =
        bind(server->fd, (const struct sockaddr *)&server->address, sizeof(server->address));
    umask(before);
    if (bound != 0 || listen(server->fd, BACKLOG) != 0) {
        return ERR_SYSTEM;
    }
    return ERR_OK;
}

/* The path, for its group. A socket without one is for root and ourselves. */
enum err server_adopt(struct engine *engine, int fd, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof(*server));
    socklen_t len = sizeof(server->address);
    if (server == NULL) {
        close(fd);
        return ERR_MEMORY;
    }
    server->engine = engine;
    server->fd = fd;
    server->adopted = true;
    if (getsockname(fd, (struct sockaddr *)&server->address, &len) != 0) {
        server_close(&server);
        return ERR_SYSTEM;
    }
    *out = server;
    return ERR_OK;
}

enum err server_open(struct engine *engine, const char *path, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return ERR_MEMORY;
    }
    server->engine = engine;
    server->fd = -1;
    server->address.sun_family = AF_UNIX;
    int len = snprintf(server->address.sun_path, sizeof(server->address.sun_path), "%s", path);
    enum err err = len > 0 && (size_t)len < sizeof(server->address.sun_path) ? ERR_OK : ERR_RANGE;
    if (err == ERR_OK) {
        err = listen_on(server);
    }
    if (err != ERR_OK) {
        int saved = errno;
        if (server->fd >= 0) {
            close(server->fd);
        }
        free(server);
        errno = saved;
        return err;
    }
    *out = server;
    return ERR_OK;
}

void server_close(struct server **out)
{
    struct server *server = *out;
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++) {
        peer_free(&server->clients[i]);
    }
    close(server->fd);
    if (!server->adopted) {
        unlink(server->address.sun_path);
    }
    free(server);
    *out = NULL;
}

/* Clients of a user, and among them the one idle longest without a login. */
static size_t count_user(struct server *server, uid_t uid, struct peer ***idlest)
{
    size_t count = 0;
    *idlest = NULL;
    for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++) {
        struct peer **peer = &server->clients[i];
        if (*peer == NULL || (*peer)->uid != uid) {
            continue;
        }
        count++;
        if (!engine_connection_logged_in((*peer)->connection) &&
            (*idlest == NULL || (*peer)->active < (**idlest)->active)) {
            *idlest = peer;
        }
    }
    return count;
}

/* A free place; if need be that of the user's own idlest client without a login,
 * so that connections that do nothing keep nobody out. NULL: none. */
static struct peer **find_place(struct server *server, uid_t uid)
{
    struct peer **idlest, **place = NULL;
    size_t count = count_user(server, uid, &idlest);
    bool too_many = uid != 0 && uid != geteuid() && count >= SERVER_CLIENTS_PER_USER;
    for (size_t i = 0; i < SERVER_CLIENTS_MAX && place == NULL && !too_many; i++) {
        place = server->clients[i] == NULL ? &server->clients[i] : NULL;
    }
    if (place == NULL && idlest != NULL) {
        log_info("too many clients: the user's idlest without a login makes room");
        peer_free(idlest);
        place = idlest;
    }
    return place;
}

/* Group of the socket's file, as it is now. */
static bool socket_group(const struct server *server, gid_t *group)
{
    struct stat info;
    if (server->address.sun_path[0] == '\0' || lstat(server->address.sun_path, &info) != 0) {
        return false;
    }
    *group = info.st_gid;
    return true;
}

static bool is_welcome(const struct server *server, int fd, struct credentials *credentials)
{
    char text[CREDENTIALS_TEXT_SIZE];
    uid_t own = geteuid();
    gid_t group = getegid();
    if (!credentials_read(fd, credentials)) {
        log_warning("a client nobody can name is turned away");
        return false;
    }
    bool known = socket_group(server, &group);
    if ((!known && credentials->uid != 0 && credentials->uid != own) ||
        !credentials_allowed(credentials, own, group)) {
        credentials_text(credentials, text);
        log_warning("a client that is not of the socket's group is turned away: %s", text);
        return false;
    }
    return true;
}

static void accept_client(struct server *server)
{
    struct credentials credentials;
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            log_warning("accepting a client: %s", strerror(errno));
        }
        return;
    }
    if (!is_welcome(server, fd, &credentials)) {
        close(fd);
        return;
    }
    struct peer **place = find_place(server, credentials.uid);
    if (place == NULL) {
        log_warning("too many clients: one is turned away");
        close(fd);
        return;
    }
    enum err err = peer_new(server->engine, fd, &credentials, place);
    if (err != ERR_OK) {
        log_warning("accepting a client: %s", err_name(err));
    }
}

/* Descriptors to wait on: the listener first, then clients[i] at i + 1.
 * Returns whether a client can go on without waiting. */
static bool fill_poll(const struct server *server, struct pollfd polls[1 + SERVER_CLIENTS_MAX])
{
    bool ready = false;
    polls[0] = (struct pollfd){.fd = server->fd, .events = POLLIN};
    for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++) {
        const struct peer *peer = server->clients[i];
        /* poll() skips negative descriptors. */
        polls[i + 1] = (struct pollfd){.fd = -1};
        if (peer != NULL) {
            polls[i + 1].fd = peer->fd;
            polls[i + 1].events = peer_events(peer);
            ready = ready || peer_has_frame(peer);
        }
    }
    return ready;
}

static void serve_clients(struct server *server, const struct pollfd polls[1 + SERVER_CLIENTS_MAX])
{
    int64_t now = clock_ms();
    for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++) {
        struct peer **peer = &server->clients[i];
        short events = polls[i + 1].revents;
        if (*peer == NULL) {
            continue;
        }
        if ((events != 0 || peer_has_frame(*peer)) && peer_serve(*peer, events) != ERR_OK) {
            peer_free(peer);
        } else if (peer_stalled(*peer, now)) {
            log_info("a client stalled and is hung up");
            peer_free(peer);
        }
    }
}

enum err server_run(struct server *server, const volatile sig_atomic_t *stop,
                    const sigset_t *signal_mask)
{
    struct pollfd polls[1 + SERVER_CLIENTS_MAX];
    while (!*stop) {
        bool ready = fill_poll(server, polls);
        struct timespec tick = {.tv_sec = ready ? 0 : TICK_MS / 1000};
        int count = ppoll(polls, 1 + SERVER_CLIENTS_MAX, &tick, signal_mask);
        if (count < 0 && errno != EINTR) {
            return ERR_SYSTEM;
        }
        if (count < 0) {
            continue;
        }
        serve_clients(server, polls);
        if ((polls[0].revents & POLLIN) != 0) {
            accept_client(server);
        }
    }
    return ERR_OK;
}
