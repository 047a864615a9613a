/* A port decorator that writes down what passes. */
#include "link/recording.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "link/port_fd.h"

struct recorder {
    struct port port;
    struct port *inner;
    FILE *file;
};

static struct recorder *self(struct port *port)
{
    return (struct recorder *)port;
}

static void put_byte(FILE *file, uint8_t byte)
{
    if (byte == '\r') {
        fputs("\\r", file);
    } else if (byte == '\n') {
        fputs("\\n", file);
    } else if (byte == '\\') {
        fputs("\\\\", file);
    } else if (byte >= 0x20 && byte < 0x7F) {
        putc(byte, file);
    } else {
        fprintf(file, "\\x%02X", byte);
    }
}

/* Flushed line by line: a recording is wanted most after a crash. */
static void put_event(FILE *file, char sign, const uint8_t *data, size_t len)
{
    fprintf(file, "%c ", sign);
    for (size_t i = 0; i < len; i++) {
        put_byte(file, data[i]);
    }
    putc('\n', file);
    fflush(file);
}

static void put_marker(FILE *file, const char *word)
{
    fprintf(file, "! %s\n", word);
    fflush(file);
}

static enum err recorder_read(struct port *port, uint8_t *data, size_t size, int timeout_ms,
                              size_t *got)
{
    struct recorder *r = self(port);
    enum err err = r->inner->ops->read(r->inner, data, size, timeout_ms, got);
    if (err == ERR_OK) {
        put_event(r->file, '<', data, *got);
    } else {
        port_explain(port->detail, err, "%s", r->inner->detail);
        if (err == ERR_TIMEOUT && timeout_ms > 0) {
            put_marker(r->file, "timeout");
        } else if (err == ERR_CLOSED) {
            put_marker(r->file, "closed");
        }
    }
    return err;
}

static enum err recorder_write(struct port *port, const uint8_t *data, size_t len, int timeout_ms)
{
    struct recorder *r = self(port);
    enum err err = r->inner->ops->write(r->inner, data, len, timeout_ms);
    if (err == ERR_OK) {
        put_event(r->file, '>', data, len);
    } else {
        port_explain(port->detail, err, "%s", r->inner->detail);
    }
    return err;
}

static void recorder_flush(struct port *port)
{
    self(port)->inner->ops->flush(self(port)->inner);
}

static void recorder_close(struct port *port)
{
    struct recorder *r = self(port);
    port_close(&r->inner);
    fclose(r->file);
    free(r);
}

static const struct port_ops recorder_ops = {
    .read = recorder_read,
    .write = recorder_write,
    .flush = recorder_flush,
    .close = recorder_close,
};

enum err recording_open(struct port *inner, const char *path, struct port **port, char *detail)
{
    struct recorder *r = calloc(1, sizeof(*r));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    *port = NULL;
    if (r == NULL || file == NULL) {
        enum err err = port_explain(detail, r == NULL ? ERR_MEMORY : ERR_SYSTEM, "%s: %m", path);
        if (file != NULL) {
            fclose(file);
        } else if (fd >= 0) {
            close(fd);
        }
        free(r);
        port_close(&inner);
        return err;
    }
    *r = (struct recorder){.port = {.ops = &recorder_ops}, .inner = inner, .file = file};
    *port = &r->port;
    return ERR_OK;
}
