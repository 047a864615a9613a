#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum err secret_set(struct secret *secret, const void *data, size_t len)
{
    secret_clear(secret);
    if (len > SECRET_MAX) {
        return ERR_RANGE;
    }
    if (len > 0) {
        memcpy(secret->data, data, len);
    }
    secret->len = len;
    return ERR_OK;
}

void secret_clear(struct secret *secret)
{
    OPENSSL_cleanse(secret, sizeof(*secret));
}

struct bytes secret_bytes(const struct secret *secret)
{
    return (struct bytes){secret->data, secret->len};
}

void secret_zero(void *memory, size_t len)
{
    if (memory != NULL && len > 0) {
        OPENSSL_cleanse(memory, len);
    }
}

/* The one line of text without its end; CR LF is one too. */
static enum err take_line(const char *text, size_t len, struct secret *secret)
{
    size_t end = 0;
    while (end < len && text[end] != '\n' && text[end] != '\r') {
        end++;
    }
    for (size_t i = end; i < len; i++) {
        if (text[i] != '\n' && text[i] != '\r') {
            return ERR_MALFORMED;
        }
    }
    if (end == 0) {
        return ERR_RANGE;
    }
    return secret_set(secret, text, end);
}

enum err secret_read_file(const char *path, struct secret *secret)
{
    /* Read with read(2), not stdio: no copy is left in a stream's buffer. */
    char text[SECRET_MAX + 8];
    size_t len = 0;
    secret_clear(secret);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    enum err err = ERR_OK;
    while (len < sizeof(text)) {
        ssize_t got = read(fd, text + len, sizeof(text) - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            err = ERR_SYSTEM;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    close(fd);
    if (err == ERR_OK && len == sizeof(text)) {
        err = ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = take_line(text, len, secret);
    }
    secret_zero(text, sizeof(text));
    return err;
}
