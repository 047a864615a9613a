#include "search_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { LINE_SIZE = 512, IMAGE_MAX = 1 << 30, SHADOW_MIN = 1 << 27 };

bool search_fail(const char *what, const char *of)
{
    fprintf(stderr, "secret_search: %s: %s: %s\n", of, what, strerror(errno));
    return false;
}

/* One paragraph of /proc/PID/smaps. */
struct mapping {
    uint64_t start, end;
    char access[5];
    char path[200];
    bool is_dumped;
};

/* The head line of a paragraph. Hexadecimal digits from its first character on: the
 * others are names. */
static bool parse_head(const char *line, struct mapping *mapping)
{
    struct mapping found = {.is_dumped = true};
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %199[^\n]", &found.start, &found.end,
               found.access, found.path) < 3) {
        return false;
    }
    *mapping = found;
    return true;
}

/* What the process can have written to. The rest is the files it was loaded from, and
 * the shadow memory of a sanitised build: terabytes that say of every eight bytes
 * whether they may be read, and hold none. */
static bool is_own_memory(const struct mapping *mapping)
{
    bool shadow = !mapping->is_dumped && mapping->end - mapping->start >= SHADOW_MIN;
    return mapping->access[0] == 'r' && mapping->access[1] == 'w' &&
           strncmp(mapping->path, "[v", 2) != 0 && !shadow;
}

static void read_mapping(int memory, const struct mapping *mapping, struct buf *out)
{
    enum { BLOCK = 1 << 16 };
    for (uint64_t at = mapping->start; at < mapping->end; at += BLOCK) {
        size_t want = mapping->end - at < BLOCK ? (size_t)(mapping->end - at) : BLOCK;
        uint8_t *to = buf_extend(out, want);
        if (to == NULL) {
            return;
        }
        ssize_t got = pread(memory, to, want, (off_t)at);
        out->len -= want - (got > 0 ? (size_t)got : 0);
    }
}

static bool read_process(long pid, struct buf *out)
{
    char path[64], line[LINE_SIZE];
    struct mapping mapping = {0};
    snprintf(path, sizeof(path), "/proc/%ld/smaps", pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL) {
        return search_fail("no such process", path);
    }
    snprintf(path, sizeof(path), "/proc/%ld/mem", pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    bool opened = memory >= 0 || search_fail("its memory cannot be read", path);
    while (opened && fgets(line, sizeof(line), maps) != NULL) {
        if (parse_head(line, &mapping) || strncmp(line, "VmFlags:", 8) != 0) {
            continue;
        }
        mapping.is_dumped = strstr(line, " dd") == NULL;
        if (is_own_memory(&mapping)) {
            read_mapping(memory, &mapping, out);
        }
    }
    fclose(maps);
    if (opened) {
        close(memory);
    }
    return opened && out->len > 0 && buf_err(out) == ERR_OK;
}

/* A process is stopped while it is read, so that nothing moves past the reader. */
static bool read_stopped(long pid, struct buf *out)
{
    if (kill((pid_t)pid, SIGSTOP) != 0) {
        return search_fail("stop", "kill");
    }
    bool good = read_process(pid, out);
    kill((pid_t)pid, SIGCONT);
    return good;
}

bool image_read(const char *place, struct image *image)
{
    snprintf(image->name, sizeof(image->name), "%s", place);
    buf_init(&image->bytes, IMAGE_MAX);
    if (strncmp(place, "pid:", 4) == 0) {
        return read_stopped(strtol(place + 4, NULL, 10), &image->bytes);
    }
    return file_read(place, &image->bytes) == ERR_OK || search_fail("cannot be read", place);
}
