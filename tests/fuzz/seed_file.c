#include "seed_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hex.h"

enum { PATH_SIZE = 4096, DEPTH_MAX = 16, LENGTH_MAX = 4 };

struct mark {
    char kind; /* the bracket that opened it */
    size_t at;
};

void seed_require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "make_seeds: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

/* The length field that a bracket stands for. */
static size_t length_field(char kind, size_t len, uint8_t field[LENGTH_MAX])
{
    const uint8_t high = (uint8_t)(len >> 8), low = (uint8_t)len;
    size_t used = 0;
    if (kind == '(') {
        seed_require(len <= UINT8_MAX, "length of one byte");
    } else if (kind == '[') {
        field[used++] = high;
    } else if (len > UINT8_MAX) {
        field[used++] = 0x82;
        field[used++] = high;
    } else if (len > 0x7F) {
        field[used++] = 0x81;
    }
    field[used++] = low;
    return used;
}

static void close_mark(const struct mark *mark, struct buf *out)
{
    uint8_t field[LENGTH_MAX];
    size_t len = out->len - mark->at;
    size_t used = length_field(mark->kind, len, field);
    seed_require(len <= UINT16_MAX && buf_extend(out, used) != NULL, "length");
    memmove(out->data + mark->at + used, out->data + mark->at, len);
    memcpy(out->data + mark->at, field, used);
}

void seed_assemble(const char *words, struct buf *out)
{
    struct mark marks[DEPTH_MAX];
    size_t depth = 0;
    for (const char *at = words; *at != '\0'; at++) {
        if (*at == ' ') {
            continue;
        }
        if (*at == '\'') {
            size_t len = strcspn(++at, "'");
            buf_put(out, at, len);
            at += len;
        } else if (strchr("{([", *at) != NULL) {
            seed_require(depth < DEPTH_MAX, words);
            marks[depth++] = (struct mark){*at, out->len};
        } else if (strchr("})]", *at) != NULL) {
            seed_require(depth > 0, words);
            close_mark(&marks[--depth], out);
        } else {
            seed_require(hex_digit(at[0]) >= 0 && hex_digit(at[1]) >= 0, words);
            buf_put_u8(out, (uint8_t)(hex_digit(at[0]) << 4 | hex_digit(at[1])));
            at++;
        }
    }
    seed_require(depth == 0 && buf_err(out) == ERR_OK, words);
}

void seed_write(const char *folder, const char *target, const char *name, struct bytes data)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%s/%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
    FILE *file = fopen(path, "wb");
    seed_require(file != NULL, path);
    seed_require(fwrite(data.data, 1, data.len, file) == data.len && fclose(file) == 0, path);
}

void seed_write_table(const char *folder, const struct seed *seeds, size_t count)
{
    struct buf out;
    buf_init(&out, SEED_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&out);
        seed_assemble(seeds[i].words, &out);
        seed_write(folder, seeds[i].target, seeds[i].name, buf_bytes(&out));
    }
    buf_clear(&out);
}
