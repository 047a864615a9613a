/* The filter of system calls: what it lets through, refuses, and ends. */
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "support/test.h"

static int socket_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int socket_inet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int map_executable(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : 0;
}

static int map_memory(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? -1 : mprotect(memory, 4096, PROT_EXEC);
}

static int change_directory(void)
{
    return chdir("/");
}

static int run_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int make_process(void)
{
    return fork() < 0 ? -1 : 0;
}

static int change_user(void)
{
    return setuid(getuid());
}

enum outcome { ALLOWED = 0, REFUSED = 1, OTHER = 2, KILLED = 100 };

struct row {
    const char *name;
    int (*call)(void);
    unsigned needs;
    enum outcome outcome;
};

static const struct row rows[] = {
    {"a UNIX socket", socket_unix, 0, ALLOWED},
    {"a TCP socket", socket_inet, 0, REFUSED},
    {"a TCP socket for a connector", socket_inet, ENGINE_NEEDS_TCP, ALLOWED},
    {"executable memory", map_executable, 0, REFUSED},
    {"memory made executable", map_memory, 0, REFUSED},
    {"what nobody thought of", change_directory, 0, REFUSED},
    {"another program", run_program, 0, KILLED},
    {"another process", make_process, 0, KILLED},
    {"another process beside threads", make_process, ENGINE_NEEDS_THREADS, KILLED},
    {"another user", change_user, 0, KILLED},
};

static int outcome_of(const struct row *row)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (syscalls_filter(row->needs) != ERR_OK) {
            _exit(OTHER);
        }
        int result = row->call();
        _exit(result >= 0 ? ALLOWED : errno == EPERM ? REFUSED : OTHER);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED : WEXITSTATUS(status);
}

static void test_table(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int outcome = outcome_of(&rows[i]);
        if (outcome != (int)rows[i].outcome) {
            test_note("%s: %d", rows[i].name, outcome);
        }
        CU_ASSERT_EQUAL(outcome, (int)rows[i].outcome);
    }
}

static const struct test_case cases[] = {
    {"what the filter does", test_table},
};
TEST_MAIN("token/daemon/syscalls", cases)
