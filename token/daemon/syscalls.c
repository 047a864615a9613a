#include "syscalls.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <seccomp.h>

#include "base/log.h"
#include "engine/engine.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

struct call_row {
    int number;
    unsigned needs; /* allowed only with one of these; 0: always */
};

#define CALL(name)                                                                                 \
    {                                                                                              \
        SCMP_SYS(name), 0                                                                          \
    }
#define CALL_FOR(name, needs)                                                                      \
    {                                                                                              \
        SCMP_SYS(name), (needs)                                                                    \
    }

static const struct call_row allowed[] = {
    /* files: state directory, journal, the key store's own */
    CALL(read),
    CALL(readv),
    CALL(pread64),
    CALL(write),
    CALL(writev),
    CALL(pwrite64),
    CALL(lseek),
    CALL(close),
    CALL(open),
    CALL(openat),
    CALL(creat),
    CALL(stat),
    CALL(fstat),
    CALL(lstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getdents),
    CALL(getdents64),
    CALL(getcwd),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rmdir),
    CALL(unlink),
    CALL(unlinkat),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(chmod),
    CALL(fchmod),
    CALL(fchmodat),
    CALL(umask),
    CALL(fsync),
    CALL(fdatasync),
    CALL(truncate),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(fadvise64),
    CALL(flock),
    CALL(fcntl),
    CALL(dup),
    CALL(pipe2),
    /* clients, and a reader daemon's UNIX socket */
    CALL(accept),
    CALL(accept4),
    CALL(connect),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(sendto),
    CALL(sendmsg),
    CALL(shutdown),
    CALL(getsockopt),
    CALL(setsockopt),
    CALL(getsockname),
    CALL(getpeername),
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    /* memory; mapping is below */
    CALL(brk),
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(mlock),
    CALL(mlock2),
    CALL(munlock),
    /* time, randomness, itself */
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(clock_nanosleep),
    CALL(nanosleep),
    CALL(gettimeofday),
    CALL(time),
    CALL(times),
    CALL(getrandom),
    CALL(getpid),
    CALL(gettid),
    CALL(getppid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(getrusage),
    CALL(prlimit64),
    CALL(sysinfo),
    CALL(uname),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(futex),
    CALL(set_robust_list),
    CALL(rseq),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL(tgkill), /* abort() */
    CALL(restart_syscall),
    CALL(exit),
    CALL(exit_group),
    /* what a key store's library may need besides */
    CALL_FOR(ioctl, ENGINE_NEEDS_USB),
    CALL_FOR(eventfd2, ENGINE_NEEDS_USB | ENGINE_NEEDS_TCP),
    CALL_FOR(timerfd_create, ENGINE_NEEDS_USB),
    CALL_FOR(timerfd_settime, ENGINE_NEEDS_USB),
    CALL_FOR(bind, ENGINE_NEEDS_USB | ENGINE_NEEDS_TCP),
    CALL_FOR(socketpair, ENGINE_NEEDS_TCP),
    CALL_FOR(epoll_create1, ENGINE_NEEDS_TCP),
    CALL_FOR(epoll_ctl, ENGINE_NEEDS_TCP),
    CALL_FOR(epoll_wait, ENGINE_NEEDS_TCP),
    CALL_FOR(epoll_pwait, ENGINE_NEEDS_TCP),
};

/* No engine ever makes these. */
static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
};

/* Families a socket may have, and for what. */
static const struct call_row families[] = {
    {AF_UNIX, 0},
    {AF_INET, ENGINE_NEEDS_TCP},
    {AF_INET6, ENGINE_NEEDS_TCP},
    {AF_NETLINK, ENGINE_NEEDS_USB},
};

static int add_lists(scmp_filter_ctx filter, unsigned needs)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (allowed[i].needs == 0 || (allowed[i].needs & needs) != 0) {
            failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i].number, 0);
        }
    }
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    }
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (families[i].needs == 0 || (families[i].needs & needs) != 0) {
            failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i].number));
        }
    }
    return failed;
}

/* Memory that is written and run is how an intruder begins: everything that runs
 * is mapped before the filter. */
static int add_memory(scmp_filter_ctx filter)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return failed | seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* Threads where a library needs them, and never a process. clone3 hides its flags
 * from a filter: glibc takes clone when it is not there. */
static int add_threads(scmp_filter_ctx filter, unsigned needs)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if ((needs & ENGINE_NEEDS_THREADS) != 0) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                   SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    }
    return failed;
}

/* Whether standard error is a terminal. */
static int add_terminal(scmp_filter_ctx filter, unsigned needs)
{
    return (needs & ENGINE_NEEDS_USB) != 0
               ? 0
               : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)TCGETS));
}

enum err syscalls_filter(unsigned needs)
{
    if (SANITIZED) {
        log_warning("no system call filter: this build has sanitizers");
        return ERR_OK;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return ERR_MEMORY;
    }
    int failed = add_lists(filter, needs);
    failed |= add_memory(filter);
    failed |= add_threads(filter, needs);
    failed |= add_terminal(filter, needs);
    if (failed == 0) {
        failed = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (failed != 0) {
        log_error("the system call filter cannot be installed");
        return ERR_SYSTEM;
    }
    return ERR_OK;
}
