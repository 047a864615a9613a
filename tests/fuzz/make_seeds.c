/* Makes the committed seeds: fuzz_make_seeds FOLDER tests/wire/..
 *
 * Valid structures, so that mutations start deep inside; hand-made nasty ones,
 * named for what they are; and findings, once mended. Keys are fixed, but
 * signatures are fresh, so certificates differ from run to run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "seed_file.h"

/* The recordings of tests/wire, which are seeds as they are. */
static void copy_recording(const char *folder, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct buf content;
    buf_init(&content, SEED_MAX);
    seed_require(file_read(path, &content) == ERR_OK, path);
    seed_write(folder, "wire", slash != NULL ? slash + 1 : path, buf_bytes(&content));
    buf_clear(&content);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER [RECORDING.wire..]\n", argv[0]);
        return EXIT_FAILURE;
    }
    seeds_of_messages(argv[1]);
    seeds_of_line(argv[1]);
    seeds_of_files(argv[1]);
    seeds_of_token(argv[1]);
    seeds_of_state(argv[1]);
    seeds_of_simulator(argv[1]);
    for (int i = 2; i < argc; i++) {
        copy_recording(argv[1], argv[i]);
    }
    return EXIT_SUCCESS;
}
