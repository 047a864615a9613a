/* Recordings and their replay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "link/at.h"
#include "support/test.h"
#include "wire.h"

static enum err read_text(struct port *port, int timeout_ms, char text[64])
{
    size_t got = 0;
    enum err err = port->ops->read(port, (uint8_t *)text, 63, timeout_ms, &got);
    text[got] = '\0';
    return err;
}

static enum err write_text(struct port *port, const char *text)
{
    return port->ops->write(port, (const uint8_t *)text, strlen(text), 100);
}

static void replay_is_strict(void)
{
    struct port *port =
        wire_script("# a comment\n\n> AT\\r\n< \\x00\\\\OK\n< more\n! timeout\n> B\n");
    char text[64];

    TEST_ERR(read_text(port, 100, text), ERR_TIMEOUT);
    TEST_OK(write_text(port, "A"));
    TEST_OK(write_text(port, "T\r"));
    TEST_OK(read_text(port, 0, text));
    CU_ASSERT_EQUAL(memcmp(text, "\0\\OK", 4), 0);
    TEST_OK(read_text(port, 0, text));
    CU_ASSERT_STRING_EQUAL(text, "more");
    TEST_ERR(read_text(port, 0, text), ERR_TIMEOUT);
    TEST_ERR(read_text(port, 100, text), ERR_TIMEOUT);
    TEST_ERR(write_text(port, "C"), ERR_MISMATCH);
    TEST_OK(write_text(port, "B"));
    CU_ASSERT_TRUE(replay_finished(port));
    TEST_ERR(read_text(port, 100, text), ERR_CLOSED);
    TEST_ERR(write_text(port, "C"), ERR_CLOSED);
    port->ops->flush(port);
    port_close(&port);
    CU_ASSERT_PTR_NULL(port);
}

static void replay_lax_takes_any_write(void)
{
    static const char text[] = "> recorded\n< one\n> other\n< two\n! closed\n";
    struct port *port;
    char got[64];

    TEST_OK(replay_open(bytes_make(text, strlen(text)), REPLAY_LAX, &port));
    TEST_OK(write_text(port, "x"));
    TEST_OK(write_text(port, "y"));
    TEST_OK(read_text(port, 100, got));
    CU_ASSERT_STRING_EQUAL(got, "two");
    TEST_ERR(read_text(port, 100, got), ERR_CLOSED);
    TEST_ERR(write_text(port, "z"), ERR_CLOSED);
    port_close(&port);
}

static void bad_recordings_are_refused(void)
{
    static const char *const bad[] = {"x\n",       ">\n",   "> \n",       "> \\q\n",  "> \\x1\n",
                                      "> \\xZZ\n", "> a\\", "!timeout\n", "! else\n", "<a\n"};
    struct port *port;
    struct bytes huge = {(const uint8_t *)"", RECORDING_MAX + 1};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        TEST_ERR(replay_open(bytes_make(bad[i], strlen(bad[i])), REPLAY_LAX, &port), ERR_MALFORMED);
        CU_ASSERT_PTR_NULL(port);
    }
    TEST_ERR(replay_open(huge, REPLAY_LAX, &port), ERR_RANGE);
    TEST_OK(replay_open(BYTES_NONE, REPLAY_LAX, &port));
    port_close(&port);
}

/* What is recorded plays again to the same conversation. */
static void recording_plays_again(void)
{
    static const char script[] = SENT("ATE0V1") RAW("ATE0V1\\r\\r\\nOK\\r\\n") SENT("AT+X")
        RAW("\\x7F\\\\ \\x01\\r\\n") SAID("OK") SENT("AT") SILENCE;
    char path[] = "/tmp/euicc-line-recording-XXXXXX";
    char detail[PORT_DETAIL_SIZE];
    struct euicc_traffic traffic = {0};
    struct port *port;
    struct buf text;
    struct stat status;
    struct at at;

    int fd = mkstemp(path);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    close(fd);
    unlink(path);
    TEST_OK(recording_open(wire_script(script), path, &port, detail));
    at_init(&at, port, &traffic);
    TEST_OK(at_wake(&at, 100));
    TEST_OK(at_command(&at, "AT+X", NULL, 100));
    TEST_ERR(at_command(&at, "AT", NULL, 100), ERR_TIMEOUT);
    port_close(&port);
    buf_init(&text, RECORDING_MAX);
    TEST_OK(file_read(path, &text));
    TEST_BYTES(buf_bytes(&text), bytes_make(script, strlen(script)));
    CU_ASSERT_EQUAL(stat(path, &status), 0);
    CU_ASSERT_EQUAL(status.st_mode & 0777, 0600);
    unlink(path);
    buf_clear(&text);
    TEST_ERR(recording_open(wire_script(script), "/nonexistent/x", &port, detail), ERR_SYSTEM);
    CU_ASSERT_PTR_NULL(port);
}

static const struct test_case cases[] = {
    {"replay is strict", replay_is_strict},
    {"lax replay takes any write", replay_lax_takes_any_write},
    {"bad recordings are refused", bad_recordings_are_refused},
    {"a recording plays again", recording_plays_again},
};
TEST_MAIN("link/recording", cases)
