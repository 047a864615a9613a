/* test_wire NAME: plays NAME.wire and compares what comes of it with NAME.txt;
 * then plays it with every kind of damage, which must end in words and not in
 * a crash or a wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "conversation.h"
#include "link/recording.h"
#include "support/test.h"

enum { PATH_SIZE = 1024, DAMAGES = 400, DAMAGE_STEP = 7 };

static const char *recording_name;

static void load(const char *suffix, struct buf *out)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%s%s", recording_name, suffix);
    buf_init(out, RECORDING_MAX);
    TEST_OK(file_read(path, out));
}

static void plays_as_recorded(void)
{
    struct buf wire, expected, report;
    struct port *port;

    load(".wire", &wire);
    load(".txt", &expected);
    buf_init(&report, CONVERSATION_REPORT_MAX);
    TEST_OK(replay_open(buf_bytes(&wire), REPLAY_STRICT, &port));
    if (port != NULL) {
        conversation_run(port, &report);
    }
    TEST_BYTES(buf_bytes(&report), buf_bytes(&expected));
    if (!bytes_equal(buf_bytes(&report), buf_bytes(&expected))) {
        test_note("%.*s", (int)report.len, (const char *)report.data);
    }
    buf_clear(&wire);
    buf_clear(&expected);
    buf_clear(&report);
}

static void play_damaged(struct bytes text)
{
    struct buf report;
    struct port *port;

    if (replay_open(text, REPLAY_LAX, &port) != ERR_OK) {
        return;
    }
    buf_init(&report, CONVERSATION_REPORT_MAX);
    conversation_run(port, &report);
    CU_ASSERT_TRUE(report.len > 0);
    buf_clear(&report);
}

/* Cut off anywhere, and one character changed anywhere (Invariant 7). */
static void damage_is_survived(void)
{
    struct buf wire;
    int64_t start = clock_ms();

    load(".wire", &wire);
    size_t step = wire.len / DAMAGES + 1;
    for (size_t at = 0; at < wire.len; at += step) {
        play_damaged(bytes_make(wire.data, at));
        uint8_t kept = wire.data[at];
        wire.data[at] = kept == '\n' ? 'X' : (uint8_t)(kept ^ (at % DAMAGE_STEP + 1));
        play_damaged(buf_bytes(&wire));
        wire.data[at] = kept;
    }
    CU_ASSERT_TRUE(clock_ms() - start < 30000);
    buf_clear(&wire);
}

static const struct test_case cases[] = {
    {"plays as recorded", plays_as_recorded},
    {"damage is survived", damage_is_survived},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test_wire NAME\n");
        return 1;
    }
    recording_name = argv[1];
    return test_main("wire", cases, sizeof(cases) / sizeof(cases[0]));
}
