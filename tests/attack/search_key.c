#include "search_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "base/hex.h"
#include "crypto/ec.h"
#include "search_image.h"
#include "sgp22/bsp.h"

enum { PIECE = 16 };

/* --- session keys ------------------------------------------------------------------------ */

enum { WRAPPED_SIZE = 64, WRAPPED_SEGMENT = 2 + WRAPPED_SIZE + BSP_MAC_SIZE };

/* No key of 16 random bytes has four zeros in a row; most of a memory has. */
static bool may_be_key(const uint8_t *window)
{
    unsigned run = 0;
    for (size_t i = 0; i < PIECE; i++) {
        run = window[i] == 0 ? run + 1 : 0;
        if (run == 4) {
            return false;
        }
    }
    return true;
}

/* Offset of a key in the image that opens the segment's second block to what it
 * holds; (size_t)-1: none. Without knowing the ICV: CBC needs the block before. */
static size_t find_key(struct bytes keys, const uint8_t *segment, const uint8_t *plaintext)
{
    const uint8_t *first = segment + 2, *second = first + PIECE;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    size_t found = (size_t)-1;
    if (context == NULL || EVP_DecryptInit_ex(context, EVP_aes_128_ecb(), NULL, NULL, NULL) != 1) {
        abort();
    }
    for (size_t at = 0; at + PIECE <= keys.len && found == (size_t)-1; at++) {
        uint8_t out[2 * PIECE];
        int len = 0;
        if (!may_be_key(keys.data + at)) {
            continue;
        }
        if (EVP_DecryptInit_ex(context, NULL, NULL, keys.data + at, NULL) != 1 ||
            EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
            EVP_DecryptUpdate(context, out, &len, second, PIECE) != 1) {
            abort();
        }
        bool same = true;
        for (size_t i = 0; i < PIECE && same; i++) {
            same = (out[i] ^ first[i]) == plaintext[PIECE + i];
        }
        found = same ? at : found;
    }
    EVP_CIPHER_CTX_free(context);
    return found;
}

static void print_hex(const char *name, const uint8_t *data)
{
    char digits[2 * PIECE + 1];
    printf("%s %s\n", name, hex_encode(bytes_make(data, PIECE), digits));
}

/* The first A2{87 ..} of one ReplaceSessionKeys; NULL: none. */
static const uint8_t *find_wrapped(struct bytes image)
{
    static const uint8_t start[] = {0xA2, WRAPPED_SEGMENT, BSP_TAG_COMMAND, WRAPPED_SEGMENT - 2};
    const uint8_t *at = memmem(image.data, image.len, start, sizeof(start));
    size_t room = at != NULL ? image.len - (size_t)(at - image.data) : 0;
    return room >= 2 + WRAPPED_SEGMENT ? at + 2 : NULL;
}

/* Prints the key set around S-ENC as lines of a file of secrets. */
enum search_result search_unwrap(const char *ppk_digits, const char *line_path,
                                 const char *keys_path)
{
    uint8_t ppk[BSP_KEYS_SIZE];
    size_t len;
    struct image line = {0}, keys = {0};
    struct buf plaintext;
    enum search_result result = SEARCH_FAILED;
    buf_init(&plaintext, WRAPPED_SIZE);
    if (hex_decode(ppk_digits, strlen(ppk_digits), ppk, sizeof(ppk), &len) != ERR_OK ||
        len != sizeof(ppk) || !image_read(line_path, &line) || !image_read(keys_path, &keys)) {
        goto out;
    }
    bsp_put_replace_session_keys(&plaintext, BYTES_OF(ppk));
    const uint8_t *segment = find_wrapped(buf_bytes(&line.bytes));
    if (segment == NULL || buf_err(&plaintext) != ERR_OK) {
        goto out;
    }
    size_t at = find_key(buf_bytes(&keys.bytes), segment, plaintext.data);
    result = at != (size_t)-1 ? SEARCH_FOUND : SEARCH_NOTHING;
    if (result == SEARCH_FOUND) {
        print_hex("S-ENC", keys.bytes.data + at);
    }
    /* Key sets are kept as chaining value, S-ENC, S-MAC. */
    if (result == SEARCH_FOUND && at + 2 * PIECE <= keys.bytes.len) {
        print_hex("S-MAC", keys.bytes.data + at + PIECE);
    }
out:
    buf_clear(&plaintext);
    buf_clear(&line.bytes);
    buf_clear(&keys.bytes);
    return result;
}

/* --- one-time keys ---------------------------------------------------------------------- */

enum { POINTS_MAX = 8, DISTINCT_MIN = 24 };

struct points {
    uint8_t x[POINTS_MAX][EC_SCALAR_SIZE];
    size_t count;
};

/* Whatever follows 5F49 41 04, each once. */
static void find_points(struct bytes image, struct points *points)
{
    static const uint8_t start[] = {0x5F, 0x49, EC_POINT_SIZE, 0x04};
    const uint8_t *at = image.data, *end = image.data + image.len;
    points->count = 0;
    while (points->count < POINTS_MAX &&
           (at = memmem(at, (size_t)(end - at), start, sizeof(start))) != NULL) {
        at += sizeof(start);
        bool fresh = end - at >= EC_SCALAR_SIZE;
        for (size_t i = 0; i < points->count && fresh; i++) {
            fresh = memcmp(points->x[i], at, EC_SCALAR_SIZE) != 0;
        }
        if (fresh) {
            memcpy(points->x[points->count++], at, EC_SCALAR_SIZE);
        }
    }
}

/* 32 random bytes have some 30 different values; fewer than 24 about once in 100,000
 * times. Text, addresses and counters have fewer, and most of a memory is those. */
static bool may_be_scalar(const uint8_t *window)
{
    bool seen[256] = {false};
    unsigned distinct = 0;
    for (size_t i = 0; i < EC_SCALAR_SIZE; i++) {
        distinct += seen[window[i]] ? 0 : 1;
        seen[window[i]] = true;
    }
    return distinct >= DISTINCT_MIN;
}

/* Remembers what was tried: most of what looks like a scalar is the profile, in several
 * copies. */
static bool is_fresh(const uint8_t *window)
{
    static uint64_t tried[1 << 20];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < EC_SCALAR_SIZE; i++) {
        hash = (hash ^ window[i]) * 1099511628211u;
    }
    uint64_t *place = &tried[hash >> 44];
    bool fresh = *place != hash;
    *place = hash;
    return fresh;
}

/* The number of the point that scalar makes; points->count: none of them. */
static size_t point_of(const uint8_t scalar[EC_SCALAR_SIZE], const struct points *points)
{
    static EC_GROUP *group;
    static EC_POINT *point;
    static BIGNUM *number, *x;
    uint8_t out[EC_SCALAR_SIZE];
    if (group == NULL) {
        group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
        point = EC_POINT_new(group);
        number = BN_new();
        x = BN_new();
    }
    if (BN_bin2bn(scalar, EC_SCALAR_SIZE, number) == NULL ||
        BN_cmp(number, EC_GROUP_get0_order(group)) >= 0 ||
        EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1 ||
        EC_POINT_get_affine_coordinates(group, point, x, NULL, NULL) != 1 ||
        BN_bn2binpad(x, out, sizeof(out)) != sizeof(out)) {
        return points->count;
    }
    size_t i = 0;
    while (i < points->count && memcmp(points->x[i], out, sizeof(out)) != 0) {
        i++;
    }
    return i;
}

/* Each point's scalar once. */
static enum search_result find_scalars(struct bytes keys, const struct points *points)
{
    bool found[POINTS_MAX + 1] = {false};
    enum search_result result = SEARCH_NOTHING;
    for (size_t at = 0; at + EC_SCALAR_SIZE <= keys.len; at++) {
        uint8_t orders[2][EC_SCALAR_SIZE];
        if (!may_be_scalar(keys.data + at) || !is_fresh(keys.data + at)) {
            continue;
        }
        for (size_t i = 0; i < EC_SCALAR_SIZE; i++) {
            orders[0][i] = keys.data[at + i];
            orders[1][EC_SCALAR_SIZE - 1 - i] = keys.data[at + i];
        }
        for (size_t order = 0; order < 2; order++) {
            size_t number = point_of(orders[order], points);
            if (number < points->count && !found[number]) {
                char digits[2 * EC_SCALAR_SIZE + 1];
                found[number] = true;
                result = SEARCH_FOUND;
                printf("one-time-key-%zu %s\n", number + 1,
                       hex_encode(BYTES_OF(orders[order]), digits));
            }
        }
    }
    return result;
}

enum search_result search_scalar(const char *line_path, const char *keys_path)
{
    struct image line = {0}, keys = {0};
    struct points points;
    enum search_result result = SEARCH_FAILED;
    if (image_read(line_path, &line) && image_read(keys_path, &keys)) {
        find_points(buf_bytes(&line.bytes), &points);
        result = points.count > 0 ? find_scalars(buf_bytes(&keys.bytes), &points) : SEARCH_FAILED;
    }
    buf_clear(&line.bytes);
    buf_clear(&keys.bytes);
    return result;
}
