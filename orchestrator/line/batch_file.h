/* Reading a batch file: verified as a whole before SQLite sees a byte of it. */
#ifndef LINE_BATCH_FILE_H
#define LINE_BATCH_FILE_H

#include "batch/batch.h"
#include "line/failure.h"
#include "line/ledger.h"

struct batch_file;

/* Copies the batch into `folder` while hashing it, so that what was verified is
 * what is read later, checks digest, signature and the certificate against
 * trust, and opens the copy read only. The copy is removed again at once; it
 * lives as long as the handle. False with failure set: FAILURE_FILE (cannot be
 * read), FAILURE_BATCH (no batch file, or its tables are wrong),
 * FAILURE_BATCH_SIGNATURE, FAILURE_BATCH_TRUST. */
bool batch_file_open(const char *path, const char *folder, const struct cert *trust, time_t now,
                     struct batch_file **file, struct failure *failure);
void batch_file_close(struct batch_file **file);
/* What the batch says of itself. */
const struct ledger_batch *batch_file_info(const struct batch_file *file);
unsigned batch_file_count(const struct batch_file *file);

/* One profile of a batch; views live until the next call. */
struct batch_profile {
    struct eid eid;
    struct iccid iccid;
    struct bytes metadata;
    struct bytes ppp;
};
/* The next profile, checked: EID, ICCID, metadata of the same ICCID, whole '86'
 * segments. *more is false behind the last one. */
bool batch_file_next(struct batch_file *file, struct batch_profile *profile, bool *more,
                     struct failure *failure);
/* Whole '86' segments of at most 1020 bytes and nothing else. */
enum err ppp_check(struct bytes ppp);

#endif
