/* Making seeds: files below the folder that make_seeds was given. */
#ifndef FUZZ_SEED_FILE_H
#define FUZZ_SEED_FILE_H

#include "base/bytes.h"
#include "support/pki.h"

enum { SEED_MAX = 64 * 1024 };

/* A seed in words. Hexadecimal digits and blanks, and
 *   'text'    its bytes
 *   {..}      a BER length, then what stands between
 *   (..)      a 1-byte length, the same
 *   [..]      a 2-byte length, the same */
struct seed {
    const char *target;
    const char *name;
    const char *words;
};

/* Something that cannot fail did: ends the program. */
void seed_require(bool good, const char *what);
void seed_assemble(const char *words, struct buf *out);
void seed_write(const char *folder, const char *target, const char *name, struct bytes data);
void seed_write_table(const char *folder, const struct seed *seeds, size_t count);

/* The tables, by side: each writes all of its seeds. */
void seeds_of_messages(const char *folder);
void seeds_of_line(const char *folder);
void seeds_of_files(const char *folder);
void seeds_of_token(const char *folder);
void seeds_of_state(const char *folder);
void seeds_of_simulator(const char *folder);

#endif
