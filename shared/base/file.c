#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_CHUNK = 64 * 1024 };

static enum err read_all(int fd, struct buf *buf)
{
    for (;;) {
        /* The last chunk may be small: ask for what still fits, and one byte to
         * see that nothing follows. */
        uint8_t probe;
        size_t room = buf->max - buf->len;
        size_t want = room < FILE_CHUNK ? room : FILE_CHUNK;
        uint8_t *at = want > 0 ? buf_extend(buf, want) : &probe;
        if (at == NULL) {
            return buf_err(buf);
        }
        ssize_t got = read(fd, at, want > 0 ? want : 1);
        if (want > 0) {
            buf->len -= want - (got > 0 ? (size_t)got : 0);
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ERR_SYSTEM;
        }
        if (got == 0) {
            return ERR_OK;
        }
        if (want == 0) {
            return ERR_RANGE;
        }
    }
}

enum err file_read(const char *path, struct buf *buf)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
    }
    enum err err = read_all(fd, buf);
    int saved = errno;
    close(fd);
    errno = saved;
    return err;
}

enum err file_write_all(int fd, const void *data, size_t len)
{
    const uint8_t *at = data;
    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return ERR_SYSTEM;
        }
        at += put;
        len -= (size_t)put;
    }
    return ERR_OK;
}

enum err file_resolve(const char *named_in, const char *path, char *out, size_t size)
{
    const char *slash = path[0] == '/' ? NULL : strrchr(named_in, '/');
    int folder = slash == NULL ? 0 : (int)(slash - named_in) + 1;
    int len = snprintf(out, size, "%.*s%s", folder, named_in, path);
    return len >= 0 && (size_t)len < size ? ERR_OK : ERR_RANGE;
}

static enum err sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
        return ERR_RANGE;
    }
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_SYSTEM;
    close(fd);
    return err;
}

enum err file_replace(const char *path, struct bytes content, mode_t mode)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
        return ERR_RANGE;
    }
    /* What a killed run left there, or a link, must not decide mode or target. */
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    enum err err = file_write_all(fd, content.data, content.len);
    if (err == ERR_OK && fsync(fd) != 0) {
        err = ERR_SYSTEM;
    }
    if (close(fd) != 0 && err == ERR_OK) {
        err = ERR_SYSTEM;
    }
    if (err == ERR_OK && rename(temporary, path) != 0) {
        err = ERR_SYSTEM;
    }
    if (err != ERR_OK) {
        unlink(temporary);
        return err;
    }
    return sync_folder_of(path);
}
