/* Checking the journal: the chain from the first line to the last. */
#include "engine/journal_scan.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"

enum { JOURNAL_MODE = 0600, INDEX_FIRST_CAP = 64, PREV_HEX = 2 * SHA256_SIZE };

enum err journal_open_file(struct journal *journal)
{
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, JOURNAL_MODE);
    return journal->fd >= 0 ? ERR_OK : ERR_SYSTEM;
}

enum err journal_index_add(struct journal *journal, uint64_t seq, uint64_t offset)
{
    if ((seq - 1) % JOURNAL_INDEX_STEP != 0 ||
        journal->index_len > (seq - 1) / JOURNAL_INDEX_STEP) {
        return ERR_OK;
    }
    if (journal->index_len == journal->index_cap) {
        size_t cap = journal->index_cap == 0 ? INDEX_FIRST_CAP : journal->index_cap * 2;
        uint64_t *index = realloc(journal->index, cap * sizeof(*index));
        if (index == NULL) {
            return ERR_MEMORY;
        }
        journal->index = index;
        journal->index_cap = cap;
    }
    journal->index[journal->index_len++] = offset;
    return ERR_OK;
}

uint64_t journal_index_find(const struct journal *journal, uint64_t seq, uint64_t *found)
{
    size_t i = (size_t)((seq - 1) / JOURNAL_INDEX_STEP);
    if (journal->index_len == 0) {
        *found = 1;
        return 0;
    }
    if (i >= journal->index_len) {
        i = journal->index_len - 1;
    }
    *found = (uint64_t)i * JOURNAL_INDEX_STEP + 1;
    return journal->index[i];
}

enum err journal_break(struct journal *journal, enum tokwire_fault kind, const char *format, ...)
{
    va_list args;
    journal->broken = true;
    journal->kind = kind;
    va_start(args, format);
    vsnprintf(journal->fault, sizeof(journal->fault), format, args);
    va_end(args);
    return ERR_SIGNATURE;
}

static enum err broken(struct journal *journal, uint64_t seq, const char *what)
{
    return journal_break(journal, journal_classify(journal->path), "line %" PRIu64 ": %s", seq,
                         what);
}

/* One line without its newline against the chain so far. */
static enum err check_line(struct journal *journal, const char *line, size_t len)
{
    char start[48], prev[PREV_HEX + 1];
    uint64_t seq = journal->count + 1;
    const size_t tail = strlen(JOURNAL_PREV) + PREV_HEX + strlen(JOURNAL_END);
    snprintf(start, sizeof(start), "{\"seq\":%" PRIu64 ",\"time\":\"", seq);
    if (strncmp(line, start, strlen(start)) != 0) {
        return broken(journal, seq, "is not the entry of that number");
    }
    if (len < strlen(start) + tail) {
        return broken(journal, seq, "is cut short");
    }
    const char *at = line + len - tail;
    hex_encode(BYTES_OF(journal->hash), prev);
    if (strncmp(at, JOURNAL_PREV, strlen(JOURNAL_PREV)) != 0 ||
        strncmp(at + strlen(JOURNAL_PREV), prev, PREV_HEX) != 0 ||
        strcmp(at + tail - strlen(JOURNAL_END), JOURNAL_END) != 0) {
        return broken(journal, seq, "does not continue the line before it");
    }
    return crypto_sha256(bytes_make(line, len), journal->hash);
}

/* A line torn by a crash was never synced, so nothing followed from it. */
static enum err pass_torn_line(struct journal *journal)
{
    log_warning("journal: passing over an entry that was not written to its end");
    journal->torn = true;
    return ERR_OK;
}

static void note_watched(const struct journal *journal, struct journal_watch *watches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (watches[i].seq == journal->count) {
            memcpy(watches[i].hash, journal->hash, SHA256_SIZE);
        }
    }
}

static enum err scan_lines(struct journal *journal, FILE *file,
                           const struct journal_visitor *visitor, struct journal_watch *watches,
                           size_t watch_count)
{
    char line[JOURNAL_LINE_MAX + 2];
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t len = strlen(line);
        if (len == 0 || line[len - 1] != '\n') {
            return feof(file) ? pass_torn_line(journal)
                              : broken(journal, journal->count + 1, "is no journal line");
        }
        line[len - 1] = '\0';
        enum err err = check_line(journal, line, len - 1);
        if (err == ERR_OK) {
            err = journal_index_add(journal, journal->count + 1, (uint64_t)journal->size);
        }
        if (err == ERR_OK && visitor != NULL) {
            err = visitor->visit(visitor->context, line, len - 1);
            if (err == ERR_SIGNATURE) {
                err = broken(journal, journal->count + 1, "is no entry of the engine");
            }
        }
        if (err != ERR_OK) {
            return err;
        }
        journal->size += (off_t)len;
        journal->count++;
        note_watched(journal, watches, watch_count);
    }
    return ferror(file) ? ERR_SYSTEM : ERR_OK;
}

enum err journal_scan(struct journal *journal, const struct journal_visitor *visitor,
                      struct journal_watch *watches, size_t watch_count)
{
    journal->count = 0;
    journal->size = 0;
    journal->index_len = 0;
    journal->broken = false;
    journal->torn = false;
    journal->kind = TOKWIRE_FAULT_NONE;
    journal->fault[0] = '\0';
    memset(journal->hash, 0, sizeof(journal->hash));
    for (size_t i = 0; i < watch_count; i++) {
        memset(watches[i].hash, 0, SHA256_SIZE);
    }
    FILE *file = fopen(journal->path, "re");
    if (file == NULL) {
        return ERR_SYSTEM;
    }
    enum err err = scan_lines(journal, file, visitor, watches, watch_count);
    fclose(file);
    return err;
}
