#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tokwire/tokwire.h"

enum { READ_CHUNK = 16 * 1024, FRAME_ROOM = TOKWIRE_FRAME_HEADER + TOKWIRE_FRAME_MAX, PEER_SIZE = 64 };

/* Who is at the other end, as the kernel says. */
static void peer_text(int fd, char text[PEER_SIZE])
{
    struct ucred cred;
    socklen_t len = sizeof(cred);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0) {
        snprintf(text, PEER_SIZE, "uid %ld gid %ld pid %ld", (long)cred.uid, (long)cred.gid,
                 (long)cred.pid);
    } else {
        snprintf(text, PEER_SIZE, "unknown");
    }
}

enum err client_new(struct engine *engine, int fd, struct client **out)
{
    char peer[PEER_SIZE];
    *out = NULL;
    struct client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        close(fd);
        return ERR_MEMORY;
    }
    client->fd = fd;
    buf_init(&client->in, FRAME_ROOM);
    buf_init(&client->out, FRAME_ROOM);
    client->active = clock_ms();
    peer_text(fd, peer);
    enum err err = engine_connection_open(engine, peer, &client->connection);
    if (err != ERR_OK) {
        client_free(&client);
        return err;
    }
    log_info("client %s connected", peer);
    *out = client;
    return ERR_OK;
}

void client_free(struct client **out)
{
    struct client *client = *out;
    if (client == NULL) {
        return;
    }
    engine_connection_close(&client->connection);
    buf_clear(&client->in);
    buf_clear(&client->out);
    close(client->fd);
    free(client);
    *out = NULL;
}

short client_events(const struct client *client)
{
    return client->out.len > 0 ? POLLOUT : POLLIN;
}

static enum err receive(struct client *client)
{
    size_t room = client->in.max - client->in.len;
    size_t want = room < READ_CHUNK ? room : READ_CHUNK;
    if (want == 0) {
        return ERR_OK;
    }
    uint8_t *at = buf_extend(&client->in, want);
    if (at == NULL) {
        return buf_err(&client->in);
    }
    ssize_t got = recv(client->fd, at, want, MSG_DONTWAIT);
    client->in.len -= want - (got > 0 ? (size_t)got : 0);
    if (got == 0) {
        return ERR_CLOSED;
    }
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? ERR_OK : ERR_CLOSED;
    }
    client->active = clock_ms();
    return ERR_OK;
}

static enum err transmit(struct client *client)
{
    while (client->out.len > 0) {
        ssize_t put =
            send(client->fd, client->out.data, client->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return errno == EAGAIN ? ERR_OK : ERR_CLOSED;
        }
        buf_consume(&client->out, (size_t)put);
        client->active = clock_ms();
    }
    return ERR_OK;
}

/* One frame, so that no client's flood delays the others by more than that. */
static enum err execute(struct client *client)
{
    struct bytes payload;
    struct buf response;
    size_t used;
    enum err err = tokwire_frame_take(buf_bytes(&client->in), &payload, &used);
    if (err != ERR_OK) {
        return err == ERR_TRUNCATED ? ERR_OK : err;
    }
    buf_init(&response, TOKWIRE_FRAME_MAX);
    engine_execute(client->connection, payload, &response);
    buf_consume(&client->in, used);
    err = buf_err(&response);
    if (err == ERR_OK) {
        tokwire_frame_put(&client->out, buf_bytes(&response));
        err = buf_err(&client->out);
    }
    buf_clear(&response);
    return err;
}

bool client_has_frame(const struct client *client)
{
    struct bytes payload;
    size_t used;
    return client->out.len == 0 &&
           tokwire_frame_take(buf_bytes(&client->in), &payload, &used) != ERR_TRUNCATED;
}

enum err client_serve(struct client *client, short events)
{
    enum err err = ERR_OK;
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
        err = receive(client);
    }
    if (err == ERR_OK && client->out.len == 0) {
        err = execute(client);
    }
    return err == ERR_OK ? transmit(client) : err;
}

bool client_stalled(const struct client *client, int64_t now)
{
    return (client->in.len > 0 || client->out.len > 0) && now - client->active > CLIENT_STALL_MS;
}
