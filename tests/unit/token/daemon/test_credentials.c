/* Who may use the socket: the table. */
#include "credentials.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

enum { OWN = 900, SOCKET_GROUP = 901 };

struct row {
    const char *name;
    uid_t uid;
    gid_t gid, other;
    bool allowed;
};

static const struct row rows[] = {
    {"root", 0, 0, 0, true},
    {"the daemon's own user", OWN, OWN, OWN, true},
    {"primary group", 1000, SOCKET_GROUP, 5, true},
    {"supplementary group", 1000, 1000, SOCKET_GROUP, true},
    {"nobody of these", 1000, 1000, 5, false},
    {"group of the daemon's number", 1000, OWN, OWN, false},
    {"group root", 1000, 0, 0, false},
};

static void test_table(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct credentials credentials = {
            .uid = rows[i].uid, .gid = rows[i].gid, .group_count = 2, .groups = {4, rows[i].other}};
        bool allowed = credentials_allowed(&credentials, OWN, SOCKET_GROUP);
        if (allowed != rows[i].allowed) {
            test_note("%s", rows[i].name);
        }
        CU_ASSERT_EQUAL(allowed, rows[i].allowed);
    }
}

/* What the kernel says of ourselves. */
static void test_read(void)
{
    static struct credentials credentials;
    int fds[2];
    char text[CREDENTIALS_TEXT_SIZE];
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    CU_ASSERT_TRUE(credentials_read(fds[0], &credentials));
    CU_ASSERT_EQUAL(credentials.uid, getuid());
    CU_ASSERT_EQUAL(credentials.gid, getgid());
    CU_ASSERT_EQUAL(credentials.pid, getpid());
    credentials_text(&credentials, text);
    CU_ASSERT_EQUAL(strncmp(text, "uid ", 4), 0);
    close(fds[0]);
    close(fds[1]);
    CU_ASSERT_FALSE(credentials_read(fds[0], &credentials));
}

static const struct test_case cases[] = {
    {"who is allowed", test_table},
    {"what the kernel says", test_read},
};
TEST_MAIN("token/daemon/credentials", cases)
