/* The journal, line by line: from the engine, or from an exported copy. */
#ifndef ADMIN_JOURNAL_READER_H
#define ADMIN_JOURNAL_READER_H

#include "client/client.h"

/* What is done with each line, without its newline; an error ends the reading. */
struct journal_sink {
    enum err (*take)(void *context, struct bytes line);
    void *context;
};

/* The engine's journal from its first entry to entry `last`; UINT64_MAX: as far as
 * it goes, which may end without a newline when somebody was at the file. */
enum err journal_reader_run(struct client *client, uint64_t last, const struct journal_sink *sink);
/* Takes the next line off lines. ERR_NOT_FOUND at the end; ERR_TRUNCATED when what
 * is left has no newline, line being all of it. */
enum err journal_reader_line(struct bytes *lines, struct bytes *line);

#endif
