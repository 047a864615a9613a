#include "search_pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/hex.h"

enum {
    PIECE = 16,
    PIECES_MAX = 256,
    PATTERNS_MAX = PIECES_MAX * 8,
    PATTERN_SIZE = 2 * PIECE,
    NAME_SIZE = 40,
    LINE_SIZE = 512,
    STARTS = 1 << 16,
    REPORTS_MAX = 40,
};

struct pattern {
    char name[NAME_SIZE];
    const char *form;
    size_t len;
    uint8_t bytes[PATTERN_SIZE];
    int next; /* with the same first two bytes; -1: none */
};

struct patterns {
    struct pattern item[PATTERNS_MAX];
    int count;
    int first[STARTS]; /* by the first two bytes */
};

static void add(struct patterns *patterns, const char *name, const char *form, const void *bytes,
                size_t len)
{
    if (patterns->count == PATTERNS_MAX || len < 2 || len > PATTERN_SIZE) {
        return;
    }
    struct pattern *pattern = &patterns->item[patterns->count];
    snprintf(pattern->name, sizeof(pattern->name), "%s", name);
    pattern->form = form;
    pattern->len = len;
    memcpy(pattern->bytes, bytes, len);
    int *first = &patterns->first[pattern->bytes[0] << 8 | pattern->bytes[1]];
    pattern->next = *first;
    *first = patterns->count++;
}

/* What base64 makes of a piece that begins at each of the three places in a group:
 * the digits that depend on it alone. */
static void add_base64(struct patterns *patterns, const char *name, const uint8_t *piece,
                       size_t len)
{
    for (size_t shift = 0; shift < 3; shift++) {
        uint8_t in[PIECE + 3] = {0}, out[2 * PIECE + 8];
        memcpy(in + shift, piece, len);
        size_t whole = (len + shift) / 3 * 3;
        EVP_EncodeBlock(out, in, (int)whole);
        size_t skip = shift == 0 ? 0 : shift + 1;
        add(patterns, name, "base64", out + skip, whole / 3 * 4 - skip);
    }
}

static void add_piece(struct patterns *patterns, const char *name, const uint8_t *piece, size_t len)
{
    uint8_t reversed[PIECE];
    char digits[2 * PIECE + 1];
    for (size_t i = 0; i < len; i++) {
        reversed[i] = piece[len - 1 - i];
    }
    add(patterns, name, "bytes", piece, len);
    add(patterns, name, "bytes in reverse", reversed, len);
    hex_encode(bytes_make(piece, len), digits);
    add(patterns, name, "digits", digits, 2 * len);
    for (char *c = digits; *c != '\0'; c++) {
        *c = *c >= 'A' && *c <= 'F' ? (char)(*c - 'A' + 'a') : *c;
    }
    add(patterns, name, "digits", digits, 2 * len);
    add_base64(patterns, name, piece, len);
}

static bool load(const char *path, struct patterns *patterns)
{
    char line[LINE_SIZE], name[NAME_SIZE], digits[LINE_SIZE];
    uint8_t secret[LINE_SIZE / 2];
    size_t len;
    memset(patterns->first, 0xFF, sizeof(patterns->first));
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return search_fail("cannot be read", path);
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%39s %511s", name, digits) != 2 ||
            hex_decode(digits, strlen(digits), secret, sizeof(secret), &len) != ERR_OK) {
            errno = EINVAL;
            search_fail("a name and hexadecimal digits are wanted", path);
            fclose(file);
            return false;
        }
        for (size_t at = 0; at == 0 || at + PIECE <= len; at += PIECE) {
            add_piece(patterns, name, secret + at, len - at < PIECE ? len - at : PIECE);
        }
    }
    fclose(file);
    return patterns->count > 0;
}

struct patterns *patterns_load(const char *path)
{
    struct patterns *patterns = calloc(1, sizeof(*patterns));
    if (patterns != NULL && !load(path, patterns)) {
        free(patterns);
        patterns = NULL;
    }
    return patterns;
}

size_t patterns_search(const struct patterns *patterns, const struct image *image)
{
    const uint8_t *data = image->bytes.data;
    size_t len = image->bytes.len, found = 0;
    for (size_t at = 0; at + 1 < len; at++) {
        for (int i = patterns->first[data[at] << 8 | data[at + 1]]; i >= 0;
             i = patterns->item[i].next) {
            const struct pattern *pattern = &patterns->item[i];
            if (at + pattern->len > len || memcmp(data + at, pattern->bytes, pattern->len) != 0) {
                continue;
            }
            if (found++ < REPORTS_MAX) {
                printf("%s: %s as %s at %zu\n", image->name, pattern->name, pattern->form, at);
            }
        }
    }
    return found;
}
