/* Searches images of processes and files for secrets the test knows, and for keys it can
 * tell by what they do.
 *
 *   secret_search SECRETS PLACE..      PLACE: a file, or pid:N, stopped meanwhile
 *   secret_search --dump N FILE        the writable memory of process N, as a core has it
 *   secret_search --unwrap PPK LINE KEYS
 *   secret_search --scalar LINE KEYS   see search_key.h
 *   secret_search --hold SECRETS       keeps them in its memory until it is ended
 *
 * SECRETS: lines of a name and hexadecimal digits. Exit: 0 nothing found, 1 found,
 * 2 neither. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "search_key.h"
#include "search_pattern.h"

static enum search_result search_places(char **places, const char *secrets)
{
    struct patterns *patterns = patterns_load(secrets);
    enum search_result result = patterns != NULL ? SEARCH_NOTHING : SEARCH_FAILED;
    for (; *places != NULL && result != SEARCH_FAILED; places++) {
        struct image image = {0};
        if (!image_read(*places, &image)) {
            result = SEARCH_FAILED;
        } else if (patterns_search(patterns, &image) > 0) {
            result = SEARCH_FOUND;
        }
        buf_clear(&image.bytes);
    }
    free(patterns);
    return result;
}

static enum search_result dump(const char *pid, const char *path)
{
    struct image image = {0};
    char place[32];
    snprintf(place, sizeof(place), "pid:%.20s", pid);
    bool good =
        image_read(place, &image) && file_replace(path, buf_bytes(&image.bytes), 0600) == ERR_OK;
    buf_clear(&image.bytes);
    return good ? SEARCH_NOTHING : SEARCH_FAILED;
}

/* What a leak would look like: every form of every secret, on the heap. */
static enum search_result hold(const char *secrets)
{
    struct patterns *patterns = patterns_load(secrets);
    if (patterns == NULL) {
        return SEARCH_FAILED;
    }
    puts("holding");
    fflush(stdout);
    pause();
    free(patterns);
    return SEARCH_NOTHING;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--dump") == 0) {
        return (int)dump(argv[2], argv[3]);
    }
    if (argc == 5 && strcmp(argv[1], "--unwrap") == 0) {
        return (int)search_unwrap(argv[2], argv[3], argv[4]);
    }
    if (argc == 4 && strcmp(argv[1], "--scalar") == 0) {
        return (int)search_scalar(argv[2], argv[3]);
    }
    if (argc == 3 && strcmp(argv[1], "--hold") == 0) {
        return (int)hold(argv[2]);
    }
    if (argc < 3 || argv[1][0] == '-') {
        fputs("usage: secret_search SECRETS PLACE.. | --dump PID FILE |\n"
              "       --unwrap PPK LINE_IMAGE KEYS_IMAGE | --scalar LINE_IMAGE KEYS_IMAGE |\n"
              "       --hold SECRETS\n",
              stderr);
        return (int)SEARCH_FAILED;
    }
    return (int)search_places(argv + 2, argv[1]);
}
