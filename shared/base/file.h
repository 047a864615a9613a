/* Whole files, bounded reads and durable writes. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/bytes.h"

/* Appends the whole file to buf, whose max bounds it. ERR_NOT_FOUND when there
 * is none, ERR_RANGE when it is larger, ERR_SYSTEM else. */
enum err file_read(const char *path, struct buf *buf);
/* Replaces path atomically and durably: temporary file beside it, fsync,
 * rename, fsync of the folder. A kill at any moment leaves the old or the new. */
enum err file_replace(const char *path, struct bytes content, mode_t mode);
/* A path named in a file: one that is relative starts at that file's own folder.
 * ERR_RANGE when it does not fit. */
enum err file_resolve(const char *named_in, const char *path, char *out, size_t size);
/* Whole write to a descriptor, through partial writes and EINTR. */
enum err file_write_all(int fd, const void *data, size_t len);

#endif
