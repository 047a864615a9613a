/* BER-TLV: a strict zero-copy reader and a writer.
 *
 * Tags are held as their bytes read as a number: 0x5A, 0x5F37, 0xBF8102.
 * One to three tag bytes, definite lengths of up to four length bytes. */
#ifndef TLV_TLV_H
#define TLV_TLV_H

#include <stdbool.h>

#include "base/bytes.h"

enum { TLV_TAG_BYTES_MAX = 3 };

/* One element: views into the reader's input. */
struct tlv {
    uint32_t tag;
    struct bytes value;
    struct bytes whole; /* tag, length and value as received */
};

struct tlv_reader {
    struct bytes left;
    bool ber; /* accept lengths longer than needed (BER) */
};

/* Reads DER: the shortest length form only (X.690 10.1). */
void tlv_reader_init(struct tlv_reader *reader, struct bytes input);
/* Reads BER with definite lengths: longer length forms are accepted. */
void tlv_reader_init_ber(struct tlv_reader *reader, struct bytes input);
bool tlv_reader_end(const struct tlv_reader *reader);
/* The next element. ERR_NOT_FOUND at the end, ERR_TRUNCATED when it reaches
 * past the input, ERR_MALFORMED for an indefinite, over-long or non-minimal
 * length or an invalid tag. On failure the reader stays where it was. */
enum err tlv_reader_next(struct tlv_reader *reader, struct tlv *out);
/* The next element, which must be `tag`: ERR_TAG when another, ERR_NOT_FOUND at
 * the end. */
enum err tlv_reader_expect(struct tlv_reader *reader, uint32_t tag, struct tlv *out);
/* As expect, for an element that must stand in a structure that is there: the end
 * is ERR_TAG too, since ERR_NOT_FOUND would read as "there is no message". */
enum err tlv_reader_require(struct tlv_reader *reader, uint32_t tag, struct tlv *out);
/* The next element if it is `tag`; otherwise out is cleared (tag 0), nothing is
 * consumed and ERR_OK returned. Malformed input is still an error. */
enum err tlv_reader_optional(struct tlv_reader *reader, uint32_t tag, struct tlv *out);

/* The first child `tag` of a constructed value. ERR_NOT_FOUND when there is
 * none; every element up to it is checked. */
enum err tlv_find(struct bytes value, uint32_t tag, struct tlv *out);
/* Input is exactly one element `tag`, nothing behind it (ERR_MALFORMED). */
enum err tlv_single(struct bytes input, uint32_t tag, struct tlv *out);
/* Tag and length of the first element, whose value may not be there yet:
 * for input that arrives in pieces. ERR_TRUNCATED when even the header is not
 * whole. header_len: bytes of tag and length; value_len: as declared. */
enum err tlv_peek_header(struct bytes input, uint32_t *tag, size_t *header_len, size_t *value_len);
/* Unsigned INTEGER value, 1..8 bytes, two's complement not negative. */
enum err tlv_get_uint(struct bytes value, uint64_t *out);

/* Writer: appends to a buf, whose sticky error the caller checks once. */
void tlv_put(struct buf *buf, uint32_t tag, struct bytes value);
/* INTEGER content: shortest, with a leading zero where the top bit is set. */
void tlv_put_uint(struct buf *buf, uint32_t tag, uint64_t value);
void tlv_put_str(struct buf *buf, uint32_t tag, const char *text);
/* Tag and length only; the caller appends value_len bytes. */
void tlv_put_header(struct buf *buf, uint32_t tag, size_t value_len);
/* Opens a constructed element; what is appended until tlv_close(buf, mark)
 * becomes its value. Elements nest. */
size_t tlv_open(struct buf *buf, uint32_t tag);
void tlv_close(struct buf *buf, size_t mark);
/* Bytes that tag and length take. */
size_t tlv_header_len(uint32_t tag, size_t value_len);

#endif
