#include "tlv/tlv.h"

enum {
    TAG_NUMBER_MASK = 0x1F, /* X.690 8.1.2.4: all ones announce further bytes */
    TAG_MORE = 0x80,
    LENGTH_LONG = 0x80,
    LENGTH_BYTES_MAX = 4,
};

void tlv_reader_init(struct tlv_reader *reader, struct bytes input)
{
    *reader = (struct tlv_reader){.left = input, .ber = false};
}

void tlv_reader_init_ber(struct tlv_reader *reader, struct bytes input)
{
    *reader = (struct tlv_reader){.left = input, .ber = true};
}

bool tlv_reader_end(const struct tlv_reader *reader)
{
    return reader->left.len == 0;
}

/* Tag bytes at the front. X.690 8.1.2: numbers up to 30 take one byte; the
 * first of several subsequent bytes is not 80 (leading zeros of the number). */
static enum err take_tag(struct bytes in, uint32_t *tag, size_t *used)
{
    if (in.len == 0) {
        return ERR_TRUNCATED;
    }
    *tag = in.data[0];
    *used = 1;
    if ((in.data[0] & TAG_NUMBER_MASK) != TAG_NUMBER_MASK) {
        return ERR_OK;
    }
    do {
        if (*used == TLV_TAG_BYTES_MAX) {
            return ERR_MALFORMED;
        }
        if (*used == in.len) {
            return ERR_TRUNCATED;
        }
        if (*used == 1 && (in.data[1] < TAG_NUMBER_MASK || in.data[1] == TAG_MORE)) {
            return ERR_MALFORMED;
        }
        *tag = *tag << 8 | in.data[*used];
    } while (in.data[(*used)++] & TAG_MORE);
    return ERR_OK;
}

/* Length bytes at the front. X.690 8.1.3; minimal form demanded of DER (10.1). */
static enum err take_length(struct bytes in, bool ber, size_t *length, size_t *used)
{
    if (in.len == 0) {
        return ERR_TRUNCATED;
    }
    if (in.data[0] < LENGTH_LONG) {
        *length = in.data[0];
        *used = 1;
        return ERR_OK;
    }
    size_t count = in.data[0] & ~LENGTH_LONG;
    if (count == 0 || count > LENGTH_BYTES_MAX) {
        return ERR_MALFORMED; /* indefinite, or over 4 GiB */
    }
    if (in.len - 1 < count) {
        return ERR_TRUNCATED;
    }
    uint32_t value = 0;
    for (size_t i = 1; i <= count; i++) {
        value = value << 8 | in.data[i];
    }
    if (!ber && (value < LENGTH_LONG || in.data[1] == 0)) {
        return ERR_MALFORMED;
    }
    *length = value;
    *used = 1 + count;
    return ERR_OK;
}

static enum err take_header(struct bytes in, bool ber, uint32_t *tag, size_t *header_len,
                            size_t *value_len)
{
    size_t tag_len = 0;
    size_t length_len = 0;
    enum err err = take_tag(in, tag, &tag_len);
    if (err == ERR_OK) {
        err = take_length(bytes_make(in.data + tag_len, in.len - tag_len), ber, value_len,
                          &length_len);
    }
    *header_len = tag_len + length_len;
    return err;
}

enum err tlv_peek_header(struct bytes input, uint32_t *tag, size_t *header_len, size_t *value_len)
{
    *tag = 0;
    *header_len = 0;
    *value_len = 0;
    enum err err = take_header(input, false, tag, header_len, value_len);
    if (err != ERR_OK) {
        *tag = 0;
        *header_len = 0;
    }
    return err;
}

enum err tlv_reader_next(struct tlv_reader *reader, struct tlv *out)
{
    *out = (struct tlv){0};
    if (tlv_reader_end(reader)) {
        return ERR_NOT_FOUND;
    }
    uint32_t tag;
    size_t header_len;
    size_t value_len = 0;
    enum err err = take_header(reader->left, reader->ber, &tag, &header_len, &value_len);
    if (err != ERR_OK) {
        return err;
    }
    if (value_len > reader->left.len - header_len) {
        return ERR_TRUNCATED;
    }
    const uint8_t *start = reader->left.data;
    size_t whole = header_len + value_len;
    *out = (struct tlv){
        .tag = tag,
        .value = {start + header_len, value_len},
        .whole = {start, whole},
    };
    reader->left = bytes_make(start + whole, reader->left.len - whole);
    return ERR_OK;
}

enum err tlv_reader_expect(struct tlv_reader *reader, uint32_t tag, struct tlv *out)
{
    struct tlv_reader before = *reader;
    enum err err = tlv_reader_next(reader, out);
    if (err == ERR_OK && out->tag != tag) {
        *reader = before;
        *out = (struct tlv){0};
        return ERR_TAG;
    }
    return err;
}

enum err tlv_reader_require(struct tlv_reader *reader, uint32_t tag, struct tlv *out)
{
    enum err err = tlv_reader_expect(reader, tag, out);
    return err == ERR_NOT_FOUND ? ERR_TAG : err;
}

enum err tlv_reader_optional(struct tlv_reader *reader, uint32_t tag, struct tlv *out)
{
    enum err err = tlv_reader_expect(reader, tag, out);
    return err == ERR_TAG || err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err tlv_find(struct bytes value, uint32_t tag, struct tlv *out)
{
    struct tlv_reader reader;
    tlv_reader_init(&reader, value);
    for (;;) {
        enum err err = tlv_reader_next(&reader, out);
        if (err != ERR_OK) {
            *out = (struct tlv){0};
            return err;
        }
        if (out->tag == tag) {
            return ERR_OK;
        }
    }
}

enum err tlv_single(struct bytes input, uint32_t tag, struct tlv *out)
{
    struct tlv_reader reader;
    tlv_reader_init(&reader, input);
    enum err err = tlv_reader_expect(&reader, tag, out);
    if (err == ERR_OK && !tlv_reader_end(&reader)) {
        *out = (struct tlv){0};
        return ERR_MALFORMED;
    }
    return err;
}

enum err tlv_get_uint(struct bytes value, uint64_t *out)
{
    *out = 0;
    if (value.len == 0) {
        return ERR_MALFORMED;
    }
    if (value.data[0] & 0x80) {
        return ERR_RANGE; /* negative */
    }
    size_t first = value.data[0] == 0 ? 1 : 0;
    if (first == 1 && value.len > 1 && !(value.data[1] & 0x80)) {
        return ERR_MALFORMED; /* X.690 8.3.2: not the shortest */
    }
    if (value.len - first > sizeof(*out)) {
        return ERR_RANGE;
    }
    for (size_t i = first; i < value.len; i++) {
        *out = *out << 8 | value.data[i];
    }
    return ERR_OK;
}
