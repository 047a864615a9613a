/* usbkeyd as a process: its socket, its exit codes, and clients that mean it
 * harm. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/test.h"
#include "tokwire/tokwire.h"

enum { START_MS = 20000, ANSWER_MS = 10000, EXIT_CODE_USAGE = 1, EXIT_CODE_TOKEN = 5 };

static char folder[] = "/tmp/euicc-line-daemon-XXXXXX";
static char socket_path[64], state_path[64];

static void remove_folder(void)
{
    char command[96];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    if (system(command) != 0) {
        test_note("%s stays behind", folder);
    }
}

static void make_folder(void)
{
    if (socket_path[0] != '\0') {
        return;
    }
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    snprintf(socket_path, sizeof(socket_path), "%s/s", folder);
    snprintf(state_path, sizeof(state_path), "%s/state", folder);
}

/* Starts usbkeyd with its messages out of the way. */
static pid_t spawn(const char *state, const char *path, const char *module)
{
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (module != NULL) {
            execl(USBKEYD, "usbkeyd", "--state", state, "--socket", path, "--backend-module",
                  module, (char *)NULL);
        } else {
            execl(USBKEYD, "usbkeyd", "--state", state, "--socket", path, (char *)NULL);
        }
        _exit(127);
    }
    CU_ASSERT_FATAL(child > 0);
    return child;
}

static int exit_code(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A connection, or -1. */
static int connect_once(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static pid_t start(void)
{
    make_folder();
    pid_t child = spawn(state_path, socket_path, NULL);
    int64_t until = clock_ms() + START_MS;
    int fd = -1;
    while (fd < 0 && clock_ms() < until) {
        poll(NULL, 0, 20);
        fd = connect_once();
    }
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    return child;
}

static void stop(pid_t child)
{
    kill(child, SIGTERM);
    CU_ASSERT_EQUAL(exit_code(child), 0);
    CU_ASSERT_NOT_EQUAL(access(socket_path, F_OK), 0);
}

/* GET STATUS on a connection: is somebody there and quick? */
static bool answers(int fd)
{
    static const uint8_t request[] = {0, 0, 0, 4, TOKWIRE_CLA, TOKWIRE_GET_STATUS, 0, 0};
    uint8_t answer[512];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request) ||
        poll(&wait, 1, ANSWER_MS) != 1) {
        return false;
    }
    ssize_t got = recv(fd, answer, sizeof(answer), 0);
    return got > 6 && get_u16(answer + got - 2) == TOKWIRE_SW_OK;
}

static bool alive(void)
{
    int fd = connect_once();
    bool well = fd >= 0 && answers(fd);
    if (fd >= 0) {
        close(fd);
    }
    return well;
}

/* The other side hung up, within the time an answer takes. */
static bool hung_up(int fd)
{
    uint8_t byte;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, ANSWER_MS) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static void test_socket(void)
{
    struct stat info;
    pid_t child = start();
    CU_ASSERT_TRUE(alive());
    CU_ASSERT_EQUAL(stat(socket_path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0660);
    CU_ASSERT_EQUAL(stat(state_path, &info), 0);
    CU_ASSERT_EQUAL(info.st_mode & 0777, 0700);
    stop(child);
}

static void test_exit_codes(void)
{
    char other_state[80], other_socket[80], long_socket[200];
    pid_t child = start();
    snprintf(other_state, sizeof(other_state), "%s/other", folder);
    snprintf(other_socket, sizeof(other_socket), "%s/o", folder);
    memset(long_socket, 'x', sizeof(long_socket));
    long_socket[sizeof(long_socket) - 1] = '\0';
    /* The state directory, the socket: each one engine's. */
    CU_ASSERT_EQUAL(exit_code(spawn(state_path, other_socket, NULL)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn(other_state, socket_path, NULL)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn(other_state, long_socket, NULL)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn("/nonexistent/state", other_socket, NULL)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn(other_state, other_socket, "/nonexistent.so")),
                    EXIT_CODE_TOKEN);
    /* Something else lies where the socket should. */
    TEST_OK(file_replace(other_socket, bytes_make("x", 1), 0600));
    CU_ASSERT_EQUAL(exit_code(spawn(other_state, other_socket, NULL)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(access(other_socket, F_OK), 0);
    CU_ASSERT_TRUE(alive());
    stop(child);
}

/* Invariant 6: killed, it leaves its socket and its lock, and starts again. */
static void test_killed(void)
{
    pid_t child = start();
    kill(child, SIGKILL);
    CU_ASSERT_EQUAL(exit_code(child), -1);
    CU_ASSERT_EQUAL(access(socket_path, F_OK), 0);
    child = start();
    CU_ASSERT_TRUE(alive());
    stop(child);
}

/* Frames that are none end their own connection and no other. */
static void test_malformed_frames(void)
{
    static const char *const frames[] = {"FFFFFFFF00000000", "00000000", "0000000100",
                                         "0001000900"};
    pid_t child = start();
    int good = connect_once();
    CU_ASSERT_TRUE(answers(good));
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct bytes frame = test_hex(frames[i]);
        int fd = connect_once();
        CU_ASSERT_EQUAL(send(fd, frame.data, frame.len, MSG_NOSIGNAL), (ssize_t)frame.len);
        CU_ASSERT_TRUE(hung_up(fd));
        close(fd);
    }
    CU_ASSERT_TRUE(answers(good));
    close(good);
    stop(child);
}

/* Half a frame and silence, in numbers: the idlest make room. */
static void test_silent_clients(void)
{
    int fds[150];
    pid_t child = start();
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        fds[i] = connect_once();
        if (fds[i] >= 0) {
            CU_ASSERT_TRUE(send(fds[i], "\0\0", 2, MSG_NOSIGNAL | MSG_DONTWAIT) <= 2);
        }
    }
    CU_ASSERT_TRUE(alive());
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    CU_ASSERT_TRUE(alive());
    stop(child);
}

/* A client that asks and asks and never reads blocks itself alone. */
static void test_flooding_client(void)
{
    /* GET RANDOM of 4096 bytes */
    static const uint8_t request[] = {
        0, 0, 0,    0x11, TOKWIRE_CLA, TOKWIRE_GET_RANDOM, 0, 0, 0, 0, 10, 0x9A, 8, 0, 0, 0, 0,
        0, 0, 0x10, 0};
    pid_t child = start();
    int flood = connect_once();
    size_t sent = 0;
    while (send(flood, request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL) > 0 &&
           sent < 100000000) {
        sent += sizeof(request);
    }
    CU_ASSERT_TRUE(sent < 100000000);
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_TRUE(alive());
    }
    close(flood);
    CU_ASSERT_TRUE(alive());
    stop(child);
}

/* A frame that comes byte by byte is a frame. */
static void test_slow_client(void)
{
    static const uint8_t request[] = {0, 0, 0, 4, TOKWIRE_CLA, TOKWIRE_GET_STATUS, 0, 0};
    uint8_t answer[512];
    pid_t child = start();
    int fd = connect_once();
    for (size_t i = 0; i < sizeof(request); i++) {
        CU_ASSERT_EQUAL(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
        CU_ASSERT_TRUE(alive());
    }
    ssize_t got = recv(fd, answer, sizeof(answer), 0);
    CU_ASSERT_TRUE(got > 6 && get_u16(answer + got - 2) == TOKWIRE_SW_OK);
    close(fd);
    stop(child);
}

static const struct test_case cases[] = {
    {"socket and state directory", test_socket},
    {"exit codes", test_exit_codes},
    {"invariant 6: killed and started again", test_killed},
    {"malformed frames", test_malformed_frames},
    {"silent clients", test_silent_clients},
    {"a flooding client", test_flooding_client},
    {"a slow client", test_slow_client},
};
TEST_MAIN("token/daemon", cases)
