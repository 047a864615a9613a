/* Inside the journal: what writing and checking share. */
#ifndef ENGINE_JOURNAL_SCAN_H
#define ENGINE_JOURNAL_SCAN_H

#include "engine/journal.h"

/* How every line ends: what compose() writes and the scan expects. */
#define JOURNAL_PREV ",\"prev\":\""
#define JOURNAL_END "\"}"

enum { JOURNAL_INDEX_STEP = 128 };

/* Walks the file from its first byte: sequence numbers and hash chain, every
 * line to visitor (may be NULL). Sets count, hash, size and the index; the hash
 * of line `watched` goes to watched_hash. ERR_SIGNATURE: broken, see fault. */
enum err journal_scan(struct journal *journal, const struct journal_visitor *visitor,
                      uint64_t watched, uint8_t watched_hash[SHA256_SIZE]);
/* Notes where a line starts, for lines the index keeps. */
enum err journal_index_add(struct journal *journal, uint64_t seq, uint64_t offset);
/* Offset of the nearest indexed line at or before seq, whose number is *found. */
uint64_t journal_index_find(const struct journal *journal, uint64_t seq, uint64_t *found);

#endif
