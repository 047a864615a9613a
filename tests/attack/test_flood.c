/* Slow, silent, flooding and malformed clients hurt nobody else: while they do
 * their worst, a good client loads. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "chip.h"
#include "stand.h"

enum {
    CLIENTS_MAX = 64, /* as docs and daemon have it */
    CROWD = 200,
    THREADS = 6,
    LOADS = 3,
    /* One load beside a flood: whether it is served, not how fast. A flood goes on for
     * as long as the load does, so who is starved waits for ever; a sanitised engine
     * on a machine that is busy otherwise takes its time. */
    PATIENCE_MS = 60000,
    STALL_S = 31,
    /* All clients' buffers full at once, and then some. */
    MEMORY_MAX_KB = 512 * 1024,
};

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

/* The good client's work, in time, on a login it already has. */
static void check_good_client(const char *beside, struct wire *good)
{
    for (int i = 0; i < LOADS; i++) {
        int64_t start = clock_ms();
        expect_sw(beside, chip_release(good, &pki, TEST_PKI_EID, ICCID), TOKWIRE_SW_OK);
        int64_t took = clock_ms() - start;
        if (took > PATIENCE_MS) {
            test_note("%s: a load took %lld ms", beside, (long long)took);
        }
        CU_ASSERT_TRUE(took <= PATIENCE_MS);
    }
    CU_ASSERT_TRUE(stand_is_alive(line()));
}

/* Another one comes, logs in and works. */
static void check_new_client(const char *beside)
{
    struct wire fresh;
    stand_connect(line(), &fresh);
    check_good_client(beside, &fresh);
    wire_close(&fresh);
}

/* --- clients that send nonsense or nothing ------------------------------------------ */

/* Lengths no frame has: an end without an answer, at once. */
static void test_bad_lengths(void)
{
    static const char *const starts[] = {"00000000",
                                         "00000001AA",
                                         "0001000A00000000",
                                         "7FFFFFFF80CA0000",
                                         "FFFFFFFF80CA0000",
                                         "80CA000000000000",
                                         "474554202F20485454502F312E31"};
    struct wire good, bad;
    stand_connect(line(), &good);
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        CU_ASSERT_TRUE_FATAL(wire_open(&bad, line()->socket));
        CU_ASSERT_TRUE(wire_send(&bad, test_hex(starts[i])));
        CU_ASSERT_TRUE(wire_is_hung_up(&bad, WIRE_WAIT_MS));
        wire_close(&bad);
    }
    /* That it was the length: the smallest frame there is gets its answer. */
    CU_ASSERT_TRUE_FATAL(wire_open(&bad, line()->socket));
    CU_ASSERT_TRUE(wire_send(&bad, test_hex("000000028000")));
    CU_ASSERT_EQUAL(wire_receive(&bad), TOKWIRE_SW_LENGTH);
    wire_close(&bad);
    check_good_client("bad lengths", &good);
    wire_close(&good);
}

/* Announce all a frame may hold and stop in the middle: on the header, behind it,
 * one byte before the end. Some hang up, some stay. */
static void test_half_frames(void)
{
    enum { HALVES = 30 };
    static uint8_t frame[TOKWIRE_FRAME_HEADER + TOKWIRE_FRAME_MAX];
    struct wire good, bad[HALVES];
    stand_connect(line(), &good);
    set_u32(frame, TOKWIRE_FRAME_MAX);
    for (size_t i = 0; i < HALVES; i++) {
        const size_t lengths[] = {1, 3, 4, 5, 40000, sizeof(frame) - 1};
        CU_ASSERT_TRUE_FATAL(wire_open(&bad[i], line()->socket));
        CU_ASSERT_TRUE(wire_send(&bad[i], bytes_make(frame, lengths[i % 6])));
        if (i % 3 == 0) {
            wire_close(&bad[i]);
        }
    }
    check_good_client("half frames", &good);
    check_new_client("half frames");
    /* And one that was only slow is served. */
    CU_ASSERT_TRUE(wire_send(&bad[5], bytes_make(frame, 1)));
    CU_ASSERT_EQUAL(wire_receive(&bad[5]), TOKWIRE_SW_LENGTH);
    for (size_t i = 0; i < HALVES; i++) {
        wire_close(&bad[i]);
    }
    wire_close(&good);
}

/* More connections than there are places, none of them logged in. */
static void test_idle_crowd(void)
{
    struct wire good, crowd[CROWD];
    stand_connect(line(), &good);
    for (size_t i = 0; i < CROWD; i++) {
        CU_ASSERT_TRUE_FATAL(wire_open(&crowd[i], line()->socket));
    }
    check_good_client("an idle crowd", &good);
    check_new_client("an idle crowd");
    for (size_t i = 0; i < CROWD; i++) {
        wire_close(&crowd[i]);
    }
    wire_close(&good);
}

/* All places taken by people with the PIN: the next is turned away, who works goes
 * on, and a place given up is a place to have. */
static void test_all_logged_in(void)
{
    struct wire crowd[CLIENTS_MAX], late;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        stand_connect(line(), &crowd[i]);
    }
    CU_ASSERT_TRUE_FATAL(wire_open(&late, line()->socket));
    CU_ASSERT_TRUE(wire_is_hung_up(&late, WIRE_WAIT_MS));
    wire_close(&late);
    check_good_client("64 logins", &crowd[CLIENTS_MAX / 2]);
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        wire_close(&crowd[i]);
    }
    check_new_client("64 logins that ended");
}

/* --- clients that keep sending --------------------------------------------------- */

struct flood {
    atomic_bool stop;
    atomic_ulong done;
    void (*once)(struct flood *flood, struct wire *wire);
};

static void *flood_run(void *argument)
{
    struct flood *flood = argument;
    struct wire wire = {.fd = -1};
    while (!flood->stop) {
        if (wire.fd < 0 && !wire_open(&wire, line()->socket)) {
            continue;
        }
        flood->once(flood, &wire);
        flood->done++;
    }
    wire_close(&wire);
    return NULL;
}

/* Runs it on some threads while the good client loads. The asserts of CUnit are
 * this thread's alone. */
static void check_beside(const char *name, void (*once)(struct flood *flood, struct wire *wire))
{
    pthread_t threads[THREADS];
    struct flood flood = {.once = once};
    struct wire good;
    stand_connect(line(), &good);
    for (size_t i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, flood_run, &flood), 0);
    }
    while (flood.done < THREADS) {
        usleep(1000);
    }
    check_good_client(name, &good);
    check_new_client(name);
    flood.stop = true;
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    check_good_client(name, &good);
    wire_close(&good);
}

/* A frame as bytes, made once. */
static bool send_frame_of(struct wire *wire, struct bytes apdu)
{
    uint8_t frame[128];
    set_u32(frame, (uint32_t)apdu.len);
    memcpy(frame + TOKWIRE_FRAME_HEADER, apdu.data, apdu.len);
    return wire_send(wire, bytes_make(frame, TOKWIRE_FRAME_HEADER + apdu.len));
}

static void ask_status(struct flood *flood, struct wire *wire)
{
    static const uint8_t apdu[] = {TOKWIRE_CLA, TOKWIRE_GET_STATUS, 0, 0};
    uint8_t answer[256];
    (void)flood;
    if (!send_frame_of(wire, BYTES_OF(apdu)) || recv(wire->fd, answer, sizeof(answer), 0) <= 0) {
        wire_close(wire);
    }
}

static void test_status_flood(void)
{
    check_beside("a flood of good requests", ask_status);
}

/* Requests without taking the answers, until nothing more goes; then again. */
static void never_read(struct flood *flood, struct wire *wire)
{
    static const uint8_t apdu[] = {TOKWIRE_CLA,
                                   TOKWIRE_GET_RANDOM,
                                   0,
                                   0,
                                   0,
                                   0,
                                   10,
                                   TOKWIRE_F_COUNT,
                                   8,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0,
                                   0x10,
                                   0};
    uint8_t frame[TOKWIRE_FRAME_HEADER + sizeof(apdu)];
    set_u32(frame, sizeof(apdu));
    memcpy(frame + TOKWIRE_FRAME_HEADER, apdu, sizeof(apdu));
    for (int i = 0; i < 20000 && !flood->stop; i++) {
        if (send(wire->fd, frame, sizeof(frame), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
            usleep(20 * 1000);
            break;
        }
    }
    if (flood->done % 16 == 15) {
        wire_close(wire);
    }
}

static void test_never_read(void)
{
    check_beside("answers nobody takes", never_read);
}

/* Bytes from nowhere, and a new connection when they have had their effect. */
static void send_garbage(struct flood *flood, struct wire *wire)
{
    uint8_t garbage[512];
    uint32_t state = (uint32_t)flood->done * 2654435761u + 1;
    for (size_t i = 0; i < sizeof(garbage); i++) {
        state = state * 1664525u + 1013904223u;
        garbage[i] = (uint8_t)(state >> 24);
    }
    /* Half of them with a length that is one, so that the bytes behind are read. */
    if (flood->done % 2 == 0) {
        set_u32(garbage, sizeof(garbage) - TOKWIRE_FRAME_HEADER);
    }
    if (!wire_send(wire, BYTES_OF(garbage)) || flood->done % 2 == 1) {
        wire_close(wire);
    }
}

static void test_garbage(void)
{
    check_beside("garbage", send_garbage);
}

/* Connecting and hanging up, nothing else. */
static void come_and_go(struct flood *flood, struct wire *wire)
{
    (void)flood;
    wire_close(wire);
}

static void test_come_and_go(void)
{
    check_beside("clients that come and go", come_and_go);
}

/* The dearest command there is, by those who know the PIN: login and logout. */
static void log_in_and_out(struct flood *flood, struct wire *wire)
{
    static const uint8_t login[] = {TOKWIRE_CLA, TOKWIRE_VERIFY_PIN,
                                    0,           TOKWIRE_USER,
                                    0,           0,
                                    12,          TOKWIRE_F_PIN,
                                    10,          'u',
                                    's',         'e',
                                    'r',         '-',
                                    'p',         'i',
                                    'n',         '-',
                                    '1'};
    static const uint8_t logout[] = {TOKWIRE_CLA, TOKWIRE_LOGOUT, 0, 0};
    uint8_t answer[16];
    (void)flood;
    if (!send_frame_of(wire, BYTES_OF(login)) || recv(wire->fd, answer, sizeof(answer), 0) <= 0 ||
        !send_frame_of(wire, BYTES_OF(logout)) || recv(wire->fd, answer, sizeof(answer), 0) <= 0) {
        wire_close(wire);
    }
}

static void test_login_flood(void)
{
    check_beside("a flood of logins", log_in_and_out);
    /* No guess was among them, so no try was lost. */
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, line()->socket));
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(wire_uint(&wire, TOKWIRE_F_USER_TRIES), 5);
    wire_close(&wire);
}

/* A byte now and then: never quite silent. It is served in the end. */
static void test_slow_bytes(void)
{
    struct wire good, slow;
    struct buf apdu, frame;
    stand_connect(line(), &good);
    CU_ASSERT_TRUE_FATAL(wire_open(&slow, line()->socket));
    wire_apdu(&apdu, TOKWIRE_GET_RANDOM, 0, 0, test_hex("9A080000000000000008"));
    buf_init(&frame, 64);
    tokwire_frame_put(&frame, buf_bytes(&apdu));
    for (size_t i = 0; i < frame.len; i++) {
        CU_ASSERT_TRUE(wire_send(&slow, bytes_make(frame.data + i, 1)));
        if (i % 8 == 0) {
            check_good_client("a byte now and then", &good);
        }
    }
    expect_sw("the slow one", wire_receive(&slow), TOKWIRE_SW_OK);
    buf_clear(&apdu);
    buf_clear(&frame);
    wire_close(&slow);
    wire_close(&good);
}

/* A frame that is never finished ends the connection, and only that one. */
static void test_stall(void)
{
    struct wire good, stalled, idle;
    stand_connect(line(), &good);
    CU_ASSERT_TRUE_FATAL(wire_open(&stalled, line()->socket));
    CU_ASSERT_TRUE_FATAL(wire_open(&idle, line()->socket));
    CU_ASSERT_TRUE(wire_send(&stalled, test_hex("0000000480")));
    sleep(STALL_S);
    CU_ASSERT_TRUE(wire_is_hung_up(&stalled, 3000));
    CU_ASSERT_FALSE(wire_is_hung_up(&idle, 0));
    check_good_client("after a stall", &good);
    wire_close(&stalled);
    wire_close(&idle);
    wire_close(&good);
}

/* What all this cost the engine in memory is bounded, and it hung on to no
 * connection. */
static void test_what_is_left(void)
{
    char path[64], text[128], key[32];
    unsigned long kb = 0, peak = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)line()->engine);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(text, sizeof(text), file) != NULL) {
        if (sscanf(text, "%31s %lu kB", key, &kb) == 2 && strcmp(key, "VmHWM:") == 0) {
            peak = kb;
        }
    }
    fclose(file);
    if (peak == 0 || peak >= MEMORY_MAX_KB) {
        test_note("the engine's memory peaked at %lu KiB", peak);
    }
    CU_ASSERT_TRUE(peak > 0 && peak < MEMORY_MAX_KB);
    test_all_logged_in();
}

static const struct test_case cases[] = {
    {"lengths no frame has", test_bad_lengths},
    {"half frames", test_half_frames},
    {"an idle crowd", test_idle_crowd},
    {"all places logged in", test_all_logged_in},
    {"a byte now and then", test_slow_bytes},
    {"a flood of good requests", test_status_flood},
    {"answers nobody takes", test_never_read},
    {"garbage", test_garbage},
    {"clients that come and go", test_come_and_go},
    {"a flood of logins", test_login_flood},
    {"what is left", test_what_is_left},
    /* half a minute of waiting: the long run alone has it */
    {"a stalled client", test_stall},
};

int main(void)
{
    const char *everything = getenv("EUICC_LINE_LONG");
    bool long_run = everything != NULL && strcmp(everything, "1") == 0;
    size_t count = sizeof(cases) / sizeof(cases[0]);
    return test_main("attack: floods", cases, long_run ? count : count - 1);
}
