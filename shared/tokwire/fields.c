#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

/* Takes the elements of one repeated field: the span of all of them. */
static enum err take_repeated(struct tlv_reader *reader, const struct tokwire_shape *shape,
                              struct bytes *span)
{
    struct bytes start = reader->left;
    while (!tlv_reader_end(reader)) {
        struct tlv element;
        enum err err = tlv_reader_expect(reader, shape->tag, &element);
        if (err != ERR_OK) {
            return err;
        }
        if (element.value.len < shape->min || element.value.len > shape->max) {
            return ERR_RANGE;
        }
    }
    *span = start;
    return ERR_OK;
}

static enum err take_one(struct tlv_reader *reader, const struct tokwire_shape *shape,
                         struct bytes *value, bool *present)
{
    struct tlv element;
    enum err err = shape->optional ? tlv_reader_optional(reader, shape->tag, &element)
                                   : tlv_reader_expect(reader, shape->tag, &element);
    if (err != ERR_OK) {
        return err;
    }
    *present = element.tag == shape->tag;
    if (!*present) {
        return ERR_OK;
    }
    if (element.value.len < shape->min || element.value.len > shape->max) {
        return ERR_RANGE;
    }
    *value = element.value;
    return ERR_OK;
}

enum err tokwire_fields_decode(const struct tokwire_shape *shape, struct bytes data,
                               struct tokwire_fields *fields)
{
    *fields = (struct tokwire_fields){.shape = shape};
    struct tlv_reader reader;
    tlv_reader_init(&reader, data);
    for (size_t i = 0; i < TOKWIRE_FIELDS_MAX && shape[i].tag != 0; i++) {
        enum err err;
        if (shape[i].repeated) {
            err = take_repeated(&reader, &shape[i], &fields->value[i]);
            fields->present[i] = fields->value[i].len > 0;
        } else {
            err = take_one(&reader, &shape[i], &fields->value[i], &fields->present[i]);
        }
        if (err != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    return tlv_reader_end(&reader) ? ERR_OK : ERR_MALFORMED;
}

/* Index of a tag in the shape, -1 when the shape has none. */
static int field_index(const struct tokwire_fields *fields, uint16_t tag)
{
    for (int i = 0; i < TOKWIRE_FIELDS_MAX && fields->shape[i].tag != 0; i++) {
        if (fields->shape[i].tag == tag) {
            return i;
        }
    }
    return -1;
}

struct bytes tokwire_field(const struct tokwire_fields *fields, uint16_t tag)
{
    int i = field_index(fields, tag);
    return i < 0 ? BYTES_NONE : fields->value[i];
}

bool tokwire_field_present(const struct tokwire_fields *fields, uint16_t tag)
{
    int i = field_index(fields, tag);
    return i >= 0 && fields->present[i];
}

uint64_t tokwire_field_uint(const struct tokwire_fields *fields, uint16_t tag)
{
    struct bytes value = tokwire_field(fields, tag);
    uint64_t number = 0;
    for (size_t i = 0; i < value.len && i < 8; i++) {
        number = number << 8 | value.data[i];
    }
    return number;
}

void tokwire_put_uint(struct buf *out, uint16_t tag, uint64_t value, size_t width)
{
    uint8_t number[8];
    set_u64(number, value);
    size_t len = width < sizeof(number) ? width : sizeof(number);
    tlv_put(out, tag, bytes_make(number + sizeof(number) - len, len));
}
