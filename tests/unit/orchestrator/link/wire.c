#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "support/test.h"

struct port *wire_script(const char *text)
{
    struct port *port;
    TEST_OK(replay_open(bytes_make(text, strlen(text)), REPLAY_STRICT, &port));
    CU_ASSERT_PTR_NOT_NULL_FATAL(port);
    return port;
}

void pty_open(struct pty *pty)
{
    struct termios raw;
    int near;

    memset(&raw, 0, sizeof(raw));
    cfmakeraw(&raw);
    CU_ASSERT_EQUAL_FATAL(openpty(&pty->far, &near, pty->name, &raw, NULL), 0);
    close(near);
}

void pty_close(struct pty *pty)
{
    if (pty->far >= 0) {
        close(pty->far);
    }
    pty->far = -1;
}

/* Waits until the descriptor is ready; false when the thread is to end. */
static bool ready(struct far_side *f, short events)
{
    struct pollfd poll_fd = {.fd = f->fd, .events = events};
    while (!atomic_load(&f->stop)) {
        if (poll(&poll_fd, 1, 20) == 1 && (poll_fd.revents & events)) {
            return true;
        }
        if (poll_fd.revents & POLLHUP) {
            usleep(5000);
        }
    }
    return false;
}

static void say(struct far_side *f, const char *text)
{
    size_t left = strlen(text);
    while (left > 0 && ready(f, POLLOUT)) {
        ssize_t n = write(f->fd, text, left);
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
}

static void *far_side_run(void *argument)
{
    struct far_side *f = argument;
    size_t n = 0;
    char c;

    while (f->answers == NULL && ready(f, POLLOUT)) {
        say(f, "+URC: noise without end\r\n");
    }
    while (ready(f, POLLIN)) {
        if (read(f->fd, &c, 1) != 1 || c != '\r') {
            continue;
        }
        const char *answer = f->answers[n];
        n += n + 1 < f->count;
        if (answer != NULL) {
            say(f, answer);
        }
    }
    return NULL;
}

void far_side_start(struct far_side *far_side, int fd, const char *const *answers, size_t count)
{
    far_side->fd = fd;
    far_side->answers = answers;
    far_side->count = count;
    atomic_init(&far_side->stop, false);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&far_side->thread, NULL, far_side_run, far_side), 0);
}

void far_side_stop(struct far_side *far_side)
{
    atomic_store(&far_side->stop, true);
    pthread_join(far_side->thread, NULL);
}
