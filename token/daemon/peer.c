#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tokwire/tokwire.h"

enum {
    READ_CHUNK = 16 * 1024,
    FRAME_ROOM = TOKWIRE_FRAME_HEADER + TOKWIRE_FRAME_MAX,
};

enum err peer_new(struct engine *engine, int fd, const struct credentials *credentials,
                  struct peer **out)
{
    char text[CREDENTIALS_TEXT_SIZE];
    *out = NULL;
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL) {
        close(fd);
        return ERR_MEMORY;
    }
    peer->fd = fd;
    peer->uid = credentials->uid;
    buf_init(&peer->in, FRAME_ROOM);
    buf_init(&peer->out, FRAME_ROOM);
    peer->active = clock_ms();
    credentials_text(credentials, text);
    enum err err = engine_connection_open(engine, text, &peer->connection);
    if (err != ERR_OK) {
        peer_free(&peer);
        return err;
    }
    log_info("client %s connected", text);
    *out = peer;
    return ERR_OK;
}

void peer_free(struct peer **out)
{
    struct peer *peer = *out;
    if (peer == NULL) {
        return;
    }
    engine_connection_close(&peer->connection);
    buf_clear(&peer->in);
    buf_clear(&peer->out);
    close(peer->fd);
    free(peer);
    *out = NULL;
}

short peer_events(const struct peer *peer)
{
    return peer->out.len > 0 ? POLLOUT : POLLIN;
}

static enum err receive(struct peer *peer)
{
    size_t room = peer->in.max - peer->in.len;
    size_t want = room < READ_CHUNK ? room : READ_CHUNK;
    if (want == 0) {
        return ERR_OK;
    }
    uint8_t *at = buf_extend(&peer->in, want);
    if (at == NULL) {
        return buf_err(&peer->in);
    }
    ssize_t got = recv(peer->fd, at, want, MSG_DONTWAIT);
    peer->in.len -= want - (got > 0 ? (size_t)got : 0);
    if (got == 0) {
        return ERR_CLOSED;
    }
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? ERR_OK : ERR_CLOSED;
    }
    peer->active = clock_ms();
    return ERR_OK;
}

static enum err transmit(struct peer *peer)
{
    while (peer->out.len > 0) {
        ssize_t put = send(peer->fd, peer->out.data, peer->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return errno == EAGAIN ? ERR_OK : ERR_CLOSED;
        }
        buf_consume(&peer->out, (size_t)put);
        peer->active = clock_ms();
    }
    return ERR_OK;
}

/* One frame, so that no client's flood delays the others by more than that. */
static enum err execute(struct peer *peer)
{
    struct bytes payload;
    struct buf response;
    size_t used;
    enum err err = tokwire_frame_take(buf_bytes(&peer->in), &payload, &used);
    if (err != ERR_OK) {
        return err == ERR_TRUNCATED ? ERR_OK : err;
    }
    buf_init(&response, TOKWIRE_FRAME_MAX);
    engine_execute(peer->connection, payload, &response);
    buf_consume(&peer->in, used);
    err = buf_err(&response);
    if (err == ERR_OK) {
        tokwire_frame_put(&peer->out, buf_bytes(&response));
        err = buf_err(&peer->out);
    }
    buf_clear(&response);
    return err;
}

bool peer_has_frame(const struct peer *peer)
{
    struct bytes payload;
    size_t used;
    return peer->out.len == 0 &&
           tokwire_frame_take(buf_bytes(&peer->in), &payload, &used) != ERR_TRUNCATED;
}

enum err peer_serve(struct peer *peer, short events)
{
    enum err err = ERR_OK;
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
        err = receive(peer);
    }
    if (err == ERR_OK && peer->out.len == 0) {
        err = execute(peer);
    }
    return err == ERR_OK ? transmit(peer) : err;
}

bool peer_stalled(const struct peer *peer, int64_t now)
{
    return (peer->in.len > 0 || peer->out.len > 0) && now - peer->active > PEER_STALL_MS;
}
