/* usbkeyd as a process: its socket, its exit codes, and clients that mean it
 * harm. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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
#include "stores.h"
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

/* A number in /proc/PID/status. */
static long status_of(pid_t child, const char *field)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)child);
    FILE *file = fopen(path, "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (value < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            value = strtol(line + strlen(field), NULL, 10);
        }
    }
    fclose(file);
    return value;
}

/* No new privileges, and a filter of system calls once it serves; the sanitizers
 * make calls of their own. */
static void test_hardening(void)
{
    pid_t child = start();
    CU_ASSERT_TRUE(alive());
    CU_ASSERT_EQUAL(status_of(child, "NoNewPrivs:"), 1);
#ifdef USBKEYD_SANITIZED
    CU_ASSERT_EQUAL(status_of(child, "Seccomp:"), 0);
#else
    CU_ASSERT_EQUAL(status_of(child, "Seccomp:"), 2);
#endif
    stop(child);
}

/* A service manager's part: a listening socket as descriptor 3. */
static pid_t spawn_activated(const char *count, const char *pid, bool listening, bool with_path)
{
    pid_t child = fork();
    if (child == 0) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char own[16];
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
        snprintf(own, sizeof(own), "%ld", (long)getpid());
        unlink(socket_path);
        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
            (listening && listen(fd, 5) != 0) || dup2(fd, 3) != 3) {
            _exit(126);
        }
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        setenv("LISTEN_FDS", count, 1);
        setenv("LISTEN_PID", pid != NULL ? pid : own, 1);
        execl(USBKEYD, "usbkeyd", "--state", state_path, with_path ? "--socket" : (char *)NULL,
              socket_path, (char *)NULL);
        _exit(127);
    }
    CU_ASSERT_FATAL(child > 0);
    return child;
}

static void test_activation(void)
{
    make_folder();
    pid_t child = spawn_activated("1", NULL, true, false);
    int64_t until = clock_ms() + START_MS;
    while (!alive() && clock_ms() < until) {
        poll(NULL, 0, 20);
    }
    CU_ASSERT_TRUE(alive());
    kill(child, SIGTERM);
    CU_ASSERT_EQUAL(exit_code(child), 0);
    /* Not ours to remove. */
    CU_ASSERT_EQUAL(access(socket_path, F_OK), 0);
    CU_ASSERT_EQUAL(exit_code(spawn_activated("1", NULL, false, false)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn_activated("2", NULL, true, false)), EXIT_CODE_USAGE);
    CU_ASSERT_EQUAL(exit_code(spawn_activated("1", NULL, true, true)), EXIT_CODE_USAGE);
    /* Meant for another process: not handed over. */
    CU_ASSERT_EQUAL(exit_code(spawn_activated("1", "1", true, false)), EXIT_CODE_USAGE);
    unlink(socket_path);
}

/* A user of none of the three kinds gets nothing, though the socket's mode lets
 * him in; one of the socket's group does. */
static bool answers_as(gid_t group, bool is_member)
{
    pid_t child = fork();
    if (child == 0) {
        const gid_t groups[] = {group};
        if (setgroups(is_member ? 1 : 0, groups) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
            _exit(2);
        }
        int fd = connect_once();
        _exit(fd >= 0 && answers(fd) ? 0 : 1);
    }
    return exit_code(child) == 0;
}

static void test_strangers(void)
{
    enum { GROUP = 54321 };
    pid_t child = start();
    if (geteuid() != 0) {
        test_note("only root can be somebody else: not tried");
        stop(child);
        return;
    }
    CU_ASSERT_EQUAL(chmod(folder, 0755), 0);
    CU_ASSERT_EQUAL(chmod(socket_path, 0666), 0);
    CU_ASSERT_EQUAL(chown(socket_path, 0, GROUP), 0);
    CU_ASSERT_FALSE(answers_as(GROUP, false));
    CU_ASSERT_TRUE(answers_as(GROUP, true));
    CU_ASSERT_TRUE(alive());
    stop(child);
    CU_ASSERT_EQUAL(chmod(folder, 0700), 0);
}

/* One command over the socket; its status word, 0 when there is no answer. */
static uint16_t command(int fd, uint8_t ins, uint8_t p1, uint8_t p2, struct bytes data)
{
    struct apdu_command apdu = {TOKWIRE_CLA, ins, p1, p2, data, APDU_LE_ANY};
    struct buf payload, frame;
    uint8_t answer[4096];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    buf_init(&payload, 1024);
    buf_init(&frame, 1024);
    TEST_OK(apdu_encode_extended(&apdu, &payload));
    tokwire_frame_put(&frame, buf_bytes(&payload));
    ssize_t sent = send(fd, frame.data, frame.len, MSG_NOSIGNAL);
    buf_clear(&payload);
    buf_clear(&frame);
    if (sent < 0 || poll(&wait, 1, START_MS) != 1) {
        return 0;
    }
    ssize_t got = recv(fd, answer, sizeof(answer), 0);
    return got > 5 ? get_u16(answer + got - 2) : 0;
}

/* The officer's first steps under the filter: making a token, keys, an anchor. */
static void work(const char *config)
{
    char state[80], other[80];
    static const char officer[] = "\x83\x08so-pin-1";
    snprintf(state, sizeof(state), "%s/%s", folder, config != NULL ? "softokn" : "softhsm");
    snprintf(other, sizeof(other), "%s/s", folder);
    pid_t child = fork();
    if (child == 0) {
        execl(USBKEYD, "usbkeyd", "--state", state, "--socket", other,
              config != NULL ? "--keystore-config" : (char *)NULL, config, (char *)NULL);
        _exit(127);
    }
    int64_t until = clock_ms() + START_MS;
    int fd = -1;
    while (fd < 0 && clock_ms() < until) {
        poll(NULL, 0, 20);
        fd = connect_once();
    }
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(
        command(fd, TOKWIRE_INITIALISE, 0, 0, bytes_make("\x80\x01x\x83\x08so-pin-1", 13)),
        TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_SO, bytes_make(officer, 10)),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, BYTES_NONE),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPAUTH, 0, BYTES_NONE),
                    TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_KEYSTORE_INFO, 0, 0, BYTES_NONE), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_LOGOUT, 0, 0, BYTES_NONE), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(command(fd, TOKWIRE_VERIFY_PIN, 0, TOKWIRE_SO, bytes_make(officer, 10)),
                    TOKWIRE_SW_OK);
    close(fd);
    stop(child);
}

static void test_work_softhsm(void)
{
    make_folder();
    work(NULL);
}

#ifdef HAVE_SOFTOKN
static void test_work_softokn(void)
{
    char config[80];
    make_folder();
    setenv("USBKEY_TEST_KEYSTORE", "softokn", 1);
    snprintf(config, sizeof(config), "%s/keystore.json", folder);
    test_store_configure(config, folder);
    work(config);
}
#endif

static const struct test_case cases[] = {
    {"socket and state directory", test_socket},
    {"exit codes", test_exit_codes},
    {"invariant 6: killed and started again", test_killed},
    {"malformed frames", test_malformed_frames},
    {"silent clients", test_silent_clients},
    {"a flooding client", test_flooding_client},
    {"a slow client", test_slow_client},
    {"hardening", test_hardening},
    {"a socket handed over", test_activation},
    {"strangers", test_strangers},
    {"at work over SoftHSM2", test_work_softhsm},
#ifdef HAVE_SOFTOKN
    {"at work over NSS softokn", test_work_softokn},
#endif
};
TEST_MAIN("token/daemon", cases)
