/* The UNIX socket transport against a peer that does what it should not: every
 * step is bounded in time and in memory. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/transport.h"
#include "support/test.h"
#include "tokwire/tokwire.h"

static const struct client_timeouts quick = {.connect_ms = 200, .write_ms = 200, .read_ms = 200};

/* A listener that serves one connection: swallows what it is sent and writes
 * what it was told, in pieces, then waits to be hung up on or hangs up. */
struct peer {
    char path[108];
    int listener;
    pthread_t thread;
    const char *answer;
    size_t piece;
    bool hang_up;
    bool greet; /* writes before it is asked */
};

static void *serve(void *context)
{
    const struct peer *peer = context;
    uint8_t input[4096];
    int fd = accept(peer->listener, NULL, NULL);
    if (fd < 0) {
        return NULL;
    }
    struct bytes answer = test_hex(peer->answer);
    if (peer->greet || recv(fd, input, sizeof(input), 0) > 0) {
        for (size_t at = 0; at < answer.len; at += peer->piece) {
            size_t left = answer.len - at;
            send(fd, answer.data + at, left < peer->piece ? left : peer->piece, MSG_NOSIGNAL);
            if (peer->piece < answer.len) {
                usleep(2000);
            }
        }
    }
    if (!peer->hang_up) {
        while (recv(fd, input, sizeof(input), 0) > 0) {
        }
    }
    close(fd);
    return NULL;
}

static void peer_start(struct peer *peer)
{
    static int number;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(peer->path, sizeof(peer->path), "/tmp/usbkey-transport-%d-%d.sock", (int)getpid(),
             number++);
    strcpy(address.sun_path, peer->path);
    peer->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    peer->piece = peer->piece == 0 ? 1 << 20 : peer->piece;
    CU_ASSERT_EQUAL_FATAL(bind(peer->listener, (const struct sockaddr *)&address, sizeof(address)),
                          0);
    CU_ASSERT_EQUAL_FATAL(listen(peer->listener, 1), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static void peer_stop(struct peer *peer)
{
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    unlink(peer->path);
}

/* One exchange with a peer; the answer's bytes go to response. */
static enum err exchange_with(struct peer *peer, struct buf *response)
{
    struct client_transport *transport = NULL;
    peer_start(peer);
    TEST_OK(client_transport_unix(peer->path, &quick, &transport));
    enum err err = transport->vtable->exchange(transport, test_hex("80CA0000000000"), response);
    transport->vtable->close(transport);
    peer_stop(peer);
    return err;
}

static void answers(void)
{
    struct buf response;
    buf_init(&response, TOKWIRE_FRAME_MAX);
    struct peer whole = {.answer = "00000003 419000"};
    TEST_OK(exchange_with(&whole, &response));
    TEST_BYTES(buf_bytes(&response), test_hex("419000"));
    buf_reset(&response);
    struct peer pieces = {.answer = "00000003 419000", .piece = 1};
    TEST_OK(exchange_with(&pieces, &response));
    TEST_BYTES(buf_bytes(&response), test_hex("419000"));
    buf_clear(&response);
}

static void hostile_frames(void)
{
    const struct {
        const char *answer;
        bool hang_up;
        enum err err;
    } rows[] = {
        {"", true, ERR_CLOSED},                /* hangs up */
        {"0000", true, ERR_CLOSED},            /* within the header */
        {"00000005 9000", true, ERR_CLOSED},   /* within the frame */
        {"", false, ERR_TIMEOUT},              /* silent */
        {"00000005 9000", false, ERR_TIMEOUT}, /* silent half way */
        {"00000000", false, ERR_RANGE},        /* no status word */
        {"00000001 90", false, ERR_RANGE},
        {"FFFFFFFF 9000", false, ERR_RANGE}, /* 4 GiB announced */
        {"0001000B 9000", false, ERR_RANGE}, /* one more than a frame */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf response;
        buf_init(&response, TOKWIRE_FRAME_MAX);
        struct peer peer = {.answer = rows[i].answer, .hang_up = rows[i].hang_up};
        int64_t before = clock_ms();
        enum err err = exchange_with(&peer, &response);
        TEST_ERR(err, rows[i].err);
        CU_ASSERT_TRUE(clock_ms() - before < 2000);
        buf_clear(&response);
    }
}

static void alive(void)
{
    struct client_transport *transport = NULL;
    struct peer peer = {.answer = "00000002 9000", .hang_up = true};
    struct buf response;
    buf_init(&response, TOKWIRE_FRAME_MAX);
    peer_start(&peer);
    TEST_OK(client_transport_unix(peer.path, &quick, &transport));
    CU_ASSERT_TRUE(transport->vtable->alive(transport));
    TEST_OK(transport->vtable->exchange(transport, test_hex("80CA0000000000"), &response));
    peer_stop(&peer);
    CU_ASSERT_FALSE(transport->vtable->alive(transport));
    TEST_ERR(transport->vtable->exchange(transport, test_hex("80CA0000000000"), &response),
             ERR_CLOSED);
    transport->vtable->close(transport);
    buf_clear(&response);
}

/* An answer nobody asked for would be taken for the next one's. */
static void unasked(void)
{
    struct client_transport *transport = NULL;
    struct peer peer = {.answer = "00000002 9000", .greet = true};
    peer_start(&peer);
    TEST_OK(client_transport_unix(peer.path, &quick, &transport));
    for (int i = 0; i < 100 && transport->vtable->alive(transport); i++) {
        usleep(5000);
    }
    CU_ASSERT_FALSE(transport->vtable->alive(transport));
    transport->vtable->close(transport);
    peer_stop(&peer);
}

static void nobody_there(void)
{
    struct client_transport *transport = NULL;
    char long_path[200];
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    TEST_ERR(client_transport_unix("/nonexistent/engine.sock", &quick, &transport), ERR_NOT_FOUND);
    TEST_ERR(client_transport_unix(long_path, &quick, &transport), ERR_RANGE);
    TEST_ERR(client_transport_unix("", &quick, &transport), ERR_RANGE);
    CU_ASSERT_PTR_NULL(transport);
}

static const struct test_case cases[] = {
    {"answers", answers}, {"hostile_frames", hostile_frames}, {"alive", alive},
    {"unasked", unasked}, {"nobody_there", nobody_there},
};
TEST_MAIN("token/transport_unix", cases)
