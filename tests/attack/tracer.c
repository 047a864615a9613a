#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

enum { STEPS_MAX = 4096, EVENT_SHIFT = 8 };

/* Between the test and the tracing process. */
struct tracer {
    atomic_int engine;   /* its process id */
    atomic_uint kill_at; /* 0: never */
    atomic_uint seen;
    atomic_bool counts;
    atomic_bool fired;
    atomic_uchar steps[STEPS_MAX]; /* enum tracer_step */
};

static struct tracer *shared;
static volatile sig_atomic_t traced;

/* The system calls that change a file or tell the client, with what they are; openat()
 * beside them, by its flags. */
static const struct {
    int number;
    enum tracer_step step;
} calls[] = {
    {SCMP_SYS(write), TRACER_WRITE},      {SCMP_SYS(pwrite64), TRACER_WRITE},
    {SCMP_SYS(writev), TRACER_WRITE},     {SCMP_SYS(ftruncate), TRACER_TRUNCATE},
    {SCMP_SYS(fsync), TRACER_SYNC},       {SCMP_SYS(fdatasync), TRACER_SYNC},
    {SCMP_SYS(rename), TRACER_RENAME},    {SCMP_SYS(renameat), TRACER_RENAME},
    {SCMP_SYS(renameat2), TRACER_RENAME}, {SCMP_SYS(link), TRACER_RENAME},
    {SCMP_SYS(linkat), TRACER_RENAME},    {SCMP_SYS(unlink), TRACER_REMOVE},
    {SCMP_SYS(unlinkat), TRACER_REMOVE},  {SCMP_SYS(rmdir), TRACER_REMOVE},
    {SCMP_SYS(mkdir), TRACER_CREATE},     {SCMP_SYS(mkdirat), TRACER_CREATE},
    {SCMP_SYS(sendto), TRACER_ANSWER},    {SCMP_SYS(sendmsg), TRACER_ANSWER},
};

/* Has the kernel stop the engine at these alone, since a stop at every system call costs
 * far more than most of them do. The engine's own filter comes beside it. */
static bool set_filter(void)
{
    const uint64_t made = O_CREAT | O_TRUNC;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool good = filter != NULL;
    for (size_t i = 0; good && i < sizeof(calls) / sizeof(calls[0]); i++) {
        good = seccomp_rule_add(filter, SCMP_ACT_TRACE(calls[i].step), calls[i].number, 0) == 0;
    }
    good = good &&
           seccomp_rule_add(filter, SCMP_ACT_TRACE(TRACER_TRUNCATE), SCMP_SYS(openat), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_TRACE(TRACER_CREATE), SCMP_SYS(openat), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, made, O_CREAT)) == 0 &&
           seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

/* The engine stands before a call: counts it, and kills there. The call is not executed
 * then. */
static void at_entry(pid_t pid, enum tracer_step step)
{
    if (!shared->counts) {
        return;
    }
    unsigned seen = ++shared->seen;
    if (seen <= STEPS_MAX) {
        shared->steps[seen - 1] = (unsigned char)step;
    }
    if (seen == shared->kill_at) {
        shared->fired = true;
        kill(pid, SIGKILL);
    }
}

/* Signals to the tracer are meant for the engine. */
static void pass_on(int number)
{
    kill((pid_t)traced, number);
}

static void trace(pid_t pid)
{
    int status, number = 0;
    while (ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)number) == 0 || errno == ESRCH) {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
        }
        number = 0;
        if (status >> EVENT_SHIFT == (SIGTRAP | PTRACE_EVENT_SECCOMP << EVENT_SHIFT)) {
            unsigned long step = TRACER_OTHER;
            ptrace(PTRACE_GETEVENTMSG, pid, NULL, &step);
            at_entry(pid, (enum tracer_step)step);
        } else if (WSTOPSIG(status) != SIGTRAP) {
            number = WSTOPSIG(status);
        }
    }
    _exit(1);
}

/* In the child that the stand takes for the engine. */
static void launch(const struct stand *stand)
{
    struct sigaction action = {.sa_handler = pass_on};
    int status;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t pid = fork();
    if (pid == 0) {
        /* A leak checker refuses to be traced; what leaks shows elsewhere. */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0 && set_filter()) {
            stand_exec_engine(stand);
        }
        _exit(127);
    }
    traced = pid;
    shared->engine = pid;
    sigaction(SIGTERM, &action, NULL);
    /* It stops before its filter is there: without a tracer's option that fails calls. */
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL,
               (void *)(intptr_t)(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)) != 0) {
        _exit(127);
    }
    trace(pid);
}

void tracer_attach(struct stand *stand)
{
    if (shared == NULL) {
        shared =
            mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        CU_ASSERT_TRUE_FATAL(shared != MAP_FAILED);
    }
    stand->launch = launch;
}

void tracer_arm(unsigned at)
{
    shared->counts = false;
    shared->seen = 0;
    shared->fired = false;
    shared->kill_at = at;
    shared->counts = true;
}

void tracer_disarm(void)
{
    shared->counts = false;
    shared->kill_at = 0;
}

bool tracer_fired(void)
{
    return shared->fired;
}

unsigned tracer_seen(void)
{
    return shared->seen;
}

unsigned tracer_first(enum tracer_step kind, unsigned from)
{
    unsigned seen = shared->seen < STEPS_MAX ? shared->seen : STEPS_MAX;
    for (unsigned i = from; i < seen; i++) {
        if (shared->steps[i] == kind) {
            return i + 1;
        }
    }
    return 0;
}

unsigned tracer_last(enum tracer_step kind)
{
    unsigned last = 0;
    for (unsigned at = tracer_first(kind, 0); at != 0; at = tracer_first(kind, at)) {
        last = at;
    }
    return last;
}

/* The tracing process ends with the engine. Killed itself, it might leave one behind
 * for a moment that still holds the state directory. */
void tracer_kill(struct stand *stand)
{
    kill(shared->engine, SIGKILL);
    stand_reap(stand);
}
