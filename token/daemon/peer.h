/* One client of the daemon: its buffers and its engine connection. */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include "base/bytes.h"
#include "credentials.h"
#include "engine/engine.h"

enum {
    /* A frame once begun must be whole, and an answer taken, within this time. */
    PEER_STALL_MS = 30 * 1000,
};

struct peer {
    int fd;
    uid_t uid;
    struct engine_connection *connection;
    struct buf in;  /* received, not yet executed */
    struct buf out; /* answers not yet taken */
    int64_t active; /* monotonic milliseconds of the last progress */
};

/* Takes fd over, also on failure. The caller frees. */
enum err peer_new(struct engine *engine, int fd, const struct credentials *credentials,
                  struct peer **peer);
void peer_free(struct peer **peer);
/* Events to wait for: no more is read while an answer waits to be taken. */
short peer_events(const struct peer *peer);
/* Reads, executes at most one command, writes what can be written now. Anything
 * but ERR_OK: hang up. */
enum err peer_serve(struct peer *peer, short events);
/* A whole frame waits that could be executed without reading. */
bool peer_has_frame(const struct peer *peer);
/* Half a frame or an answer not taken since PEER_STALL_MS. */
bool peer_stalled(const struct peer *peer, int64_t now);

#endif
