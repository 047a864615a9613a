#include "fuzz.h"

#include "tlv/tlv.h"

enum { DEPTH_MAX = 8, CONSTRUCTED = 0x20 };

static bool is_constructed(const struct tlv *element)
{
    return (element->whole.data[0] & CONSTRUCTED) != 0;
}

/* All elements, and those inside: views never leave the input, and together
 * they are the input. */
static void walk(struct bytes input, bool ber, int depth)
{
    struct tlv_reader reader;
    struct tlv element;
    size_t used = 0;
    if (ber) {
        tlv_reader_init_ber(&reader, input);
    } else {
        tlv_reader_init(&reader, input);
    }
    while (tlv_reader_next(&reader, &element) == ERR_OK) {
        fuzz_check(element.whole.data == input.data + used);
        fuzz_check(element.value.data + element.value.len ==
                   element.whole.data + element.whole.len);
        used += element.whole.len;
        fuzz_check(used <= input.len && used + reader.left.len == input.len);
        if (is_constructed(&element) && depth < DEPTH_MAX) {
            walk(element.value, ber, depth + 1);
        }
    }
}

/* DER has one form: what was read is what is written. */
static void check_canonical(struct bytes input)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init(&reader, input);
    if (tlv_reader_next(&reader, &element) != ERR_OK) {
        return;
    }
    struct buf again;
    buf_init(&again, element.whole.len);
    tlv_put(&again, element.tag, element.value);
    fuzz_check(buf_err(&again) == ERR_OK && bytes_equal(buf_bytes(&again), element.whole));
    fuzz_check(tlv_header_len(element.tag, element.value.len) + element.value.len ==
               element.whole.len);
    buf_clear(&again);
}

static void check_uint(struct bytes input)
{
    uint64_t value;
    if (tlv_get_uint(input, &value) != ERR_OK) {
        return;
    }
    struct buf again;
    struct tlv element;
    buf_init(&again, 16);
    tlv_put_uint(&again, 0x02, value);
    fuzz_check(tlv_single(buf_bytes(&again), 0x02, &element) == ERR_OK);
    fuzz_check(bytes_equal(element.value, input));
    buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    struct tlv element;
    uint32_t tag;
    size_t header_len;
    size_t value_len;
    walk(input, false, 0);
    walk(input, true, 0);
    check_canonical(input);
    check_uint(input);
    if (tlv_peek_header(input, &tag, &header_len, &value_len) == ERR_OK) {
        fuzz_check(header_len <= size);
    }
    tlv_find(input, 0x80, &element);
    tlv_single(input, 0x30, &element);
    return 0;
}
