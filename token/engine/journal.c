/* Writing the journal: entries, appending, reading back. */
#include "engine/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "engine/journal_scan.h"

enum { FIELDS_MAX = JOURNAL_LINE_MAX - 200 };

void journal_entry_init(struct journal_entry *entry, const char *event)
{
    buf_init(&entry->fields, FIELDS_MAX);
    journal_entry_text(entry, "event", event);
}

static void put_name(struct buf *out, const char *name)
{
    if (out->len > 0) {
        buf_put_u8(out, ',');
    }
    buf_put_u8(out, '"');
    buf_put_str(out, name);
    buf_put_str(out, "\":");
}

void journal_entry_text(struct journal_entry *entry, const char *name, const char *text)
{
    struct buf *out = &entry->fields;
    put_name(out, name);
    buf_put_u8(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        char escaped[8];
        if (*c == '"' || *c == '\\') {
            buf_put_u8(out, '\\');
            buf_put_u8(out, (uint8_t)*c);
        } else if ((unsigned char)*c < 0x20 || *c == 0x7F) {
            snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)(unsigned char)*c);
            buf_put_str(out, escaped);
        } else {
            buf_put_u8(out, (uint8_t)*c);
        }
    }
    buf_put_u8(out, '"');
}

void journal_entry_hex(struct journal_entry *entry, const char *name, struct bytes value)
{
    put_name(&entry->fields, name);
    buf_put_u8(&entry->fields, '"');
    hex_put(&entry->fields, value);
    buf_put_u8(&entry->fields, '"');
}

void journal_entry_uint(struct journal_entry *entry, const char *name, uint64_t value)
{
    char number[24];
    snprintf(number, sizeof(number), "%" PRIu64, value);
    put_name(&entry->fields, name);
    buf_put_str(&entry->fields, number);
}

void journal_entry_flag(struct journal_entry *entry, const char *name, bool value)
{
    put_name(&entry->fields, name);
    buf_put_str(&entry->fields, value ? "true" : "false");
}

/* {"seq":N,"time":"..",FIELDS[,"development":true],"prev":".."} and a newline. */
static void compose(const struct journal *journal, struct bytes fields, time_t now,
                    struct buf *line)
{
    char time_text[CLOCK_TEXT_SIZE];
    char start[80];
    snprintf(start, sizeof(start), "{\"seq\":%" PRIu64 ",\"time\":\"%s\",", journal->count + 1,
             clock_text(now, time_text));
    buf_put_str(line, start);
    buf_put_bytes(line, fields);
    if (journal->development) {
        buf_put_str(line, ",\"development\":true");
    }
    buf_put_str(line, JOURNAL_PREV);
    hex_put(line, BYTES_OF(journal->hash));
    buf_put_str(line, JOURNAL_END "\n");
}

/* Takes back a line that was written in part. */
static void roll_back(struct journal *journal)
{
    if (ftruncate(journal->fd, journal->size) != 0) {
        journal_break(journal, TOKWIRE_FAULT_EDITED, "a line could not be taken back");
    }
}

static enum err write_line(struct journal *journal, struct bytes line, bool sync)
{
    if (journal->torn && ftruncate(journal->fd, journal->size) != 0) {
        log_error("journal: cannot cut %s: %s", journal->path, strerror(errno));
        return ERR_SYSTEM;
    }
    journal->torn = false;
    if (pwrite(journal->fd, line.data, line.len, journal->size) != (ssize_t)line.len) {
        log_error("journal: cannot write %s: %s", journal->path, strerror(errno));
        roll_back(journal);
        return ERR_SYSTEM;
    }
    if (sync && fdatasync(journal->fd) != 0) {
        log_error("journal: cannot sync %s: %s", journal->path, strerror(errno));
        roll_back(journal);
        return ERR_SYSTEM;
    }
    return ERR_OK;
}

enum err journal_append(struct journal *journal, struct journal_entry *entry, time_t now, bool sync)
{
    struct buf line;
    uint8_t hash[SHA256_SIZE];
    buf_init(&line, JOURNAL_LINE_MAX);
    enum err err = journal->broken ? ERR_SIGNATURE : buf_err(&entry->fields);
    if (err == ERR_OK) {
        compose(journal, buf_bytes(&entry->fields), now, &line);
        err = buf_err(&line);
    }
    if (err == ERR_OK) {
        err = crypto_sha256(bytes_make(line.data, line.len - 1), hash);
    }
    if (err == ERR_OK) {
        err = journal_index_add(journal, journal->count + 1, (uint64_t)journal->size);
    }
    if (err == ERR_OK) {
        err = write_line(journal, buf_bytes(&line), sync);
    }
    if (err == ERR_OK) {
        journal->size += (off_t)line.len;
        journal->count++;
        memcpy(journal->hash, hash, sizeof(hash));
        journal->synced = sync ? journal->count : journal->synced;
    }
    buf_clear(&line);
    buf_clear(&entry->fields);
    if (err == ERR_OK && sync && journal->store != NULL) {
        err = journal_seal(journal);
    }
    return err;
}

enum err journal_open(struct journal *journal, const char *dir,
                      const struct journal_visitor *visitor)
{
    *journal = (struct journal){.fd = -1, .head_fd = -1};
    int len = snprintf(journal->path, sizeof(journal->path), "%s/journal.jsonl", dir);
    if (len < 0 || (size_t)len >= sizeof(journal->path)) {
        return ERR_RANGE;
    }
    enum err err = journal_open_file(journal);
    if (err != ERR_OK) {
        return err;
    }
    err = journal_scan(journal, visitor, NULL, 0);
    if (err == ERR_SIGNATURE) {
        log_error("journal: %s: %s", journal->path, journal->fault);
        return ERR_OK;
    }
    return err;
}

void journal_close(struct journal *journal)
{
    journal_detach(journal);
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    free(journal->index);
    *journal = (struct journal){.fd = -1, .head_fd = -1};
}

/* Lines from `seq` on, of which those from `from` on are wanted. A broken journal
 * has more lines than were counted: it is read to its end. */
static enum err read_lines(const struct journal *journal, FILE *file, uint64_t seq, uint64_t from,
                           size_t max, struct buf *out)
{
    char line[JOURNAL_LINE_MAX + 2];
    size_t start = out->len;
    enum err err = ERR_OK;
    while (err == ERR_OK && (seq <= journal->count || journal->broken) &&
           fgets(line, sizeof(line), file) != NULL) {
        size_t len = strlen(line);
        if (seq >= from && out->len - start + len > max) {
            break;
        }
        if (seq >= from) {
            buf_put(out, line, len);
        }
        seq++;
        err = buf_err(out);
    }
    return err;
}

enum err journal_read(const struct journal *journal, uint64_t from, size_t max, struct buf *out)
{
    uint64_t seq = 1, offset = 0;
    if (from == 0) {
        from = 1;
    }
    if (from > journal->count && !journal->broken) {
        return ERR_OK;
    }
    if (!journal->broken) {
        offset = journal_index_find(journal, from, &seq);
    }
    FILE *file = fopen(journal->path, "re");
    if (file == NULL) {
        return ERR_SYSTEM;
    }
    enum err err = fseeko(file, (off_t)offset, SEEK_SET) == 0 ? ERR_OK : ERR_SYSTEM;
    if (err == ERR_OK) {
        err = read_lines(journal, file, seq, from, max, out);
    }
    fclose(file);
    return err;
}
