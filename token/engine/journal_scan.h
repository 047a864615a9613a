/* Inside the journal: what writing and checking share. */
#ifndef ENGINE_JOURNAL_SCAN_H
#define ENGINE_JOURNAL_SCAN_H

#include "engine/journal.h"

/* How every line ends: what compose() writes and the scan expects. */
#define JOURNAL_PREV ",\"prev\":\""
#define JOURNAL_END "\"}"

enum { JOURNAL_INDEX_STEP = 128 };

/* A line whose hash a scan notes. */
struct journal_watch {
    uint64_t seq;              /* 0: none */
    uint8_t hash[SHA256_SIZE]; /* zeros: the journal has no such line */
};

/* Walks the file from its first byte: sequence numbers and hash chain, every
 * line to visitor (may be NULL). Sets count, hash, size and the index, and the
 * watches' hashes. ERR_SIGNATURE: broken, see kind and fault. */
enum err journal_scan(struct journal *journal, const struct journal_visitor *visitor,
                      struct journal_watch *watches, size_t watch_count);
/* Opens the file that has the name now: what is scanned by its name is what is
 * written to. */
enum err journal_open_file(struct journal *journal);
/* Says what is wrong. ERR_SIGNATURE. */
enum err journal_break(struct journal *journal, enum tokwire_fault kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What was done to a file whose line `seq` does not continue the chain: looks at
 * the numbers of all lines. */
enum tokwire_fault journal_classify(const char *path);
/* Notes where a line starts, for lines the index keeps. */
enum err journal_index_add(struct journal *journal, uint64_t seq, uint64_t offset);
/* Offset of the nearest indexed line at or before seq, whose number is *found. */
uint64_t journal_index_find(const struct journal *journal, uint64_t seq, uint64_t *found);

#endif
