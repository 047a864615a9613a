/* Ports: pseudo-terminals, TCP, locks, unplugging, bounds. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/port.h"
#include "support/test.h"
#include "wire.h"

static char detail[PORT_DETAIL_SIZE];

static enum err read_text(struct port *port, int timeout_ms, char text[64])
{
    size_t got = 0;
    enum err err = port->ops->read(port, (uint8_t *)text, 63, timeout_ms, &got);
    text[got] = '\0';
    return err;
}

/* Bytes pass unchanged both ways: no echo, no CR and LF changed, no XON. */
static void pty_is_raw(void)
{
    static const char all[] = "AT\r\n\x03\x04\x11\x13\x1A\x7F\xFF";
    struct port *port;
    struct pty pty;
    char text[64];

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    TEST_OK(port->ops->write(port, (const uint8_t *)all, sizeof(all), 100));
    CU_ASSERT_EQUAL(read(pty.far, text, sizeof(text)), sizeof(all));
    CU_ASSERT_EQUAL(memcmp(text, all, sizeof(all)), 0);
    CU_ASSERT_EQUAL(write(pty.far, all, sizeof(all)), sizeof(all));
    TEST_OK(read_text(port, 100, text));
    CU_ASSERT_EQUAL(memcmp(text, all, sizeof(all)), 0);
    CU_ASSERT_EQUAL(write(pty.far, "old", 3), 3);
    port->ops->flush(port);
    TEST_ERR(read_text(port, 0, text), ERR_TIMEOUT);
    port_close(&port);
    pty_close(&pty);
}

static void reads_are_bounded(void)
{
    struct port *port;
    struct pty pty;
    char text[64];

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    int64_t start = clock_ms();
    TEST_ERR(read_text(port, 50, text), ERR_TIMEOUT);
    int64_t took = clock_ms() - start;
    CU_ASSERT_TRUE(took >= 49 && took < 1000);
    port_close(&port);
    pty_close(&pty);
}

/* A peer that never reads: the write ends in time. */
static void writes_are_bounded(void)
{
    static const uint8_t block[64 * 1024] = {0};
    struct port *port;
    struct pty pty;
    enum err err = ERR_OK;

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    for (int i = 0; i < 8 && err == ERR_OK; i++) {
        err = port->ops->write(port, block, sizeof(block), 50);
    }
    TEST_ERR(err, ERR_TIMEOUT);
    port_close(&port);
    pty_close(&pty);
}

static void unplugging_is_closed(void)
{
    struct port *port;
    struct pty pty;
    char text[64];

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    pty_close(&pty);
    int64_t start = clock_ms();
    TEST_ERR(read_text(port, 5000, text), ERR_CLOSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(port->detail, "gone"));
    TEST_ERR(port->ops->write(port, (const uint8_t *)"AT\r", 3, 5000), ERR_CLOSED);
    CU_ASSERT_TRUE(clock_ms() - start < 1000);
    port->ops->flush(port);
    port_close(&port);
}

static void second_opener_is_turned_away(void)
{
    struct port *port, *second;
    struct pty pty;

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    TEST_ERR(port_open(pty.name, 0, &second, detail), ERR_BUSY);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "another program"));
    port_close(&port);
    TEST_OK(port_open(pty.name, 0, &second, detail));
    port_close(&second);
    pty_close(&pty);
}

/* Invariant 6: a killed program leaves no lock behind, the far side still open. */
static void lock_dies_with_its_holder(void)
{
    struct port *port;
    struct pty pty;
    int ready[2], status;
    char c;

    pty_open(&pty);
    CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        enum err err = port_open(pty.name, 0, &port, detail);
        c = (char)err;
        if (write(ready[1], &c, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
    CU_ASSERT_EQUAL(c, ERR_OK);
    TEST_ERR(port_open(pty.name, 0, &port, detail), ERR_BUSY);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    port_close(&port);
    close(ready[0]);
    close(ready[1]);
    pty_close(&pty);
}

static void links_and_names_are_followed(void)
{
    char path[64];
    struct port *port, *second;
    struct pty pty;

    pty_open(&pty);
    snprintf(path, sizeof(path), "/tmp/euicc-line-port-%d", (int)getpid());
    CU_ASSERT_EQUAL_FATAL(symlink(pty.name, path), 0);
    TEST_OK(port_open(path, 0, &port, detail));
    TEST_ERR(port_open(pty.name, 0, &second, detail), ERR_BUSY);
    port_close(&port);
    unlink(path);
    TEST_ERR(port_open(path, 0, &port, detail), ERR_NOT_FOUND);
    TEST_ERR(port_open("no-such-device", 0, &port, detail), ERR_NOT_FOUND);
    TEST_ERR(port_open("/tmp", 0, &port, detail), ERR_UNSUPPORTED);
    TEST_ERR(port_open("/dev/null", 0, &port, detail), ERR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(port);
    pty_close(&pty);
}

/* A listening socket on loopback; its port's number into name. */
static int listen_on_loopback(char name[32])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 1), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(name, 32, "tcp:127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

/* A bare name that is no device is a link in the working directory. */
static void bare_names_are_looked_up_here_too(void)
{
    char folder[] = "/tmp/euicc-line-port-XXXXXX";
    char before[4096];
    struct port *port = NULL;
    struct pty pty;

    pty_open(&pty);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof(before)));
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
    CU_ASSERT_EQUAL(symlink(pty.name, "modem"), 0);
    TEST_OK(port_open("modem", 0, &port, detail));
    port_close(&port);
    CU_ASSERT_EQUAL(unlink("modem"), 0);
    TEST_ERR(port_open("modem", 0, &port, detail), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(chdir(before), 0);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    pty_close(&pty);
}

static void tcp_on_loopback(void)
{
    char name[32], text[64];
    struct port *port;
    int listener = listen_on_loopback(name);

    TEST_OK(port_open(name, 0, &port, detail));
    int peer = accept(listener, NULL, NULL);
    TEST_OK(port->ops->write(port, (const uint8_t *)"AT\r", 3, 100));
    CU_ASSERT_EQUAL(read(peer, text, sizeof(text)), 3);
    CU_ASSERT_EQUAL(write(peer, "OK", 2), 2);
    TEST_OK(read_text(port, 1000, text));
    CU_ASSERT_STRING_EQUAL(text, "OK");
    TEST_ERR(read_text(port, 20, text), ERR_TIMEOUT);
    close(peer);
    TEST_ERR(read_text(port, 1000, text), ERR_CLOSED);
    /* no SIGPIPE, whatever the kernel says first */
    port->ops->write(port, (const uint8_t *)"AT\r", 3, 100);
    usleep(10000);
    TEST_ERR(port->ops->write(port, (const uint8_t *)"AT\r", 3, 100), ERR_CLOSED);
    port_close(&port);
    close(listener);
    TEST_ERR(port_open(name, 0, &port, detail), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(detail, "nobody listens"));
}

static void tcp_names(void)
{
    static const char *const bad[] = {"tcp:", "tcp:host", "tcp::1", "tcp:host:", "tcp:[]:1"};
    struct port *port;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        TEST_ERR(port_open(bad[i], 0, &port, detail), ERR_ARGUMENT);
    }
    TEST_ERR(port_open("tcp:127.0.0.1:no-such-service", 0, &port, detail), ERR_NOT_FOUND);
}

static const struct test_case cases[] = {
    {"pseudo-terminal is raw", pty_is_raw},
    {"reads are bounded", reads_are_bounded},
    {"writes are bounded", writes_are_bounded},
    {"unplugging is closed", unplugging_is_closed},
    {"second opener is turned away", second_opener_is_turned_away},
    {"lock dies with its holder", lock_dies_with_its_holder},
    {"links and names", links_and_names_are_followed},
    {"bare names are looked up here too", bare_names_are_looked_up_here_too},
    {"tcp on loopback", tcp_on_loopback},
    {"tcp names", tcp_names},
};
TEST_MAIN("link/port", cases)
