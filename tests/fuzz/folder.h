/* A folder for what a target needs on a disk; in memory where that can be. */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include "base/bytes.h"

/* Made at the first call, removed at exit. */
const char *fuzz_folder(void);
/* Path of a name in it; static buffer. */
const char *fuzz_path(const char *name);
/* Writes the whole file, without syncing. */
void fuzz_write_file(const char *path, struct bytes content);

#endif
