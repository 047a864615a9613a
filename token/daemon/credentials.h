/* Who is at the other end of a socket, as the kernel says, and whether that may
 * be. */
#ifndef DAEMON_CREDENTIALS_H
#define DAEMON_CREDENTIALS_H

#include <stdbool.h>
#include <sys/types.h>

enum { CREDENTIALS_TEXT_SIZE = 64, CREDENTIALS_GROUPS_MAX = 1024 };

struct credentials {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    size_t group_count;
    gid_t groups[CREDENTIALS_GROUPS_MAX]; /* supplementary, at the time of connect() */
};

/* False: the kernel does not say, and nobody is let in. */
bool credentials_read(int fd, struct credentials *credentials);
/* root, the daemon's own user, and members of the socket's group: the three the
 * mode of the socket's file means to let in, whatever became of that mode. */
bool credentials_allowed(const struct credentials *credentials, uid_t own, gid_t socket_group);
/* "uid 1000 gid 1000 pid 4711". */
void credentials_text(const struct credentials *credentials, char text[CREDENTIALS_TEXT_SIZE]);

#endif
