/* Writing a batch file (shared/batch/batch.h): image, trailer, durable rename. */
#ifndef DPPLUS_BATCHFILE_H
#define DPPLUS_BATCHFILE_H

#include "batch/batch.h"
#include "dpplus/failure.h"
#include "sgp22/id.h"

enum { BATCH_CHECK_VALUE_SIZE = 5 };

struct batchfile;

/* What the batch says of itself. Borrowed for the call. */
struct batchfile_info {
    uint8_t id[BATCH_ID_SIZE];
    const char *dp_oid;
    unsigned root_key_version;
    uint8_t root_key_check_value[BATCH_CHECK_VALUE_SIZE];
};

/* Starts "PATH.part"; a leftover of that name is of a killed export and goes. */
enum err batchfile_create(const char *path, struct batchfile **file, struct dp_failure *failure);
enum err batchfile_add(struct batchfile *file, const struct eid *eid, const struct iccid *iccid,
                       struct bytes metadata, struct bytes ppp, struct dp_failure *failure);
/* Closes the image: the row of the batch, the digest. manifest: what the batch
 * key must sign. */
enum err batchfile_seal(struct batchfile *file, const struct batchfile_info *info,
                        struct batch_manifest *manifest, struct dp_failure *failure);
/* Appends the trailer, makes it durable and gives it its name. From then on it
 * stays; what existed under PATH is replaced. */
enum err batchfile_publish(struct batchfile *file, struct bytes trailer,
                           struct dp_failure *failure);
/* Frees; removes "PATH.part" unless it was published. */
void batchfile_close(struct batchfile **file);

/* The id a batch file states, unverified. ERR_NOT_FOUND: there is no file;
 * ERR_MALFORMED: it is no batch. */
enum err batchfile_id(const char *path, uint8_t id[BATCH_ID_SIZE]);

#endif
