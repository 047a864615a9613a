#include "credentials.h"

#include <stdio.h>
#include <sys/socket.h>

bool credentials_read(int fd, struct credentials *credentials)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    socklen_t groups_len = sizeof(credentials->groups);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, credentials->groups, &groups_len) != 0) {
        return false;
    }
    credentials->uid = peer.uid;
    credentials->gid = peer.gid;
    credentials->pid = peer.pid;
    credentials->group_count = groups_len / sizeof(credentials->groups[0]);
    return true;
}

bool credentials_allowed(const struct credentials *credentials, uid_t own, gid_t socket_group)
{
    if (credentials->uid == 0 || credentials->uid == own || credentials->gid == socket_group) {
        return true;
    }
    for (size_t i = 0; i < credentials->group_count; i++) {
        if (credentials->groups[i] == socket_group) {
            return true;
        }
    }
    return false;
}

void credentials_text(const struct credentials *credentials, char text[CREDENTIALS_TEXT_SIZE])
{
    snprintf(text, CREDENTIALS_TEXT_SIZE, "uid %ld gid %ld pid %ld", (long)credentials->uid,
             (long)credentials->gid, (long)credentials->pid);
}
