#include "admin/journal_reader.h"

#include <string.h>

enum { LINES_MAX = 70000 };

enum err journal_reader_line(struct bytes *lines, struct bytes *line)
{
    *line = *lines;
    if (lines->len == 0) {
        return ERR_NOT_FOUND;
    }
    const uint8_t *newline = memchr(lines->data, '\n', lines->len);
    if (newline == NULL) {
        *lines = BYTES_NONE;
        return ERR_TRUNCATED;
    }
    line->len = (size_t)(newline - lines->data);
    *lines = bytes_make(newline + 1, lines->len - line->len - 1);
    return ERR_OK;
}

/* Passes lines on until *count, which counts them, is last. */
static enum err pass_on(struct bytes lines, const struct journal_sink *sink, uint64_t last,
                        uint64_t *count)
{
    struct bytes line;
    enum err err = ERR_OK;
    while (*count < last && err == ERR_OK) {
        err = journal_reader_line(&lines, &line);
        if (err == ERR_NOT_FOUND) {
            return ERR_OK;
        }
        if (err == ERR_TRUNCATED && last != UINT64_MAX) {
            return ERR_MALFORMED;
        }
        *count += 1;
        err = sink->take(sink->context, line);
    }
    return err;
}

enum err journal_reader_run(struct client *client, uint64_t last, const struct journal_sink *sink)
{
    struct buf lines;
    uint64_t count = 0;
    enum err err = ERR_OK;
    buf_init(&lines, LINES_MAX);
    while (err == ERR_OK && count < last) {
        uint64_t before = count;
        buf_reset(&lines);
        err = client_read_journal_lines(client, before + 1, &lines);
        if (err == ERR_OK) {
            err = pass_on(buf_bytes(&lines), sink, last, &count);
        }
        if (err == ERR_OK && count == before) {
            break;
        }
    }
    buf_clear(&lines);
    return err;
}
