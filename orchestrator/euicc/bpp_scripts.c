/* Segmentation of a bound profile package (SGP.22 2.5.4, 2.5.5). */
#include "euicc/es10b.h"

#include "sgp22/bsp.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

/* The parts of one package: views. */
struct bpp_parts {
    struct bytes head;    /* BF36 tag and length, and the whole BF23 */
    struct tlv configure; /* A0 */
    struct tlv metadata;  /* A1 */
    struct tlv replace;   /* A2, tag 0 when absent */
    struct tlv elements;  /* A3 */
};

/* Every child is one segment with this tag, none longer than the eUICC takes. */
static enum err check_segments(const struct tlv *sequence, uint32_t tag)
{
    struct tlv_reader reader;
    struct tlv segment;
    enum err err;

    if (sequence->value.len == 0) {
        return ERR_MALFORMED;
    }
    tlv_reader_init(&reader, sequence->value);
    while (!tlv_reader_end(&reader)) {
        err = tlv_reader_expect(&reader, tag, &segment);
        if (err != ERR_OK) {
            return err;
        }
        if (segment.whole.len > BSP_SEGMENT_MAX) {
            return ERR_RANGE;
        }
    }
    return ERR_OK;
}

static enum err split_parts(struct bytes bpp, struct bpp_parts *parts)
{
    struct tlv package, channel;
    struct tlv_reader reader;
    enum err err;

    *parts = (struct bpp_parts){0};
    err = tlv_single(bpp, TAG_BOUND_PROFILE_PACKAGE, &package);
    if (err != ERR_OK) {
        return err;
    }
    tlv_reader_init(&reader, package.value);
    err = tlv_reader_expect(&reader, TAG_INITIALISE_SECURE_CHANNEL, &channel);
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_FIRST_SEQUENCE_OF_87, &parts->configure);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_SEQUENCE_OF_88, &parts->metadata);
    }
    if (err == ERR_OK) {
        err = tlv_reader_optional(&reader, TAG_SECOND_SEQUENCE_OF_87, &parts->replace);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_SEQUENCE_OF_86, &parts->elements);
    }
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_MALFORMED : err;
    }
    if (!tlv_reader_end(&reader)) {
        return ERR_MALFORMED;
    }
    parts->head = bytes_make(bpp.data, (size_t)(channel.whole.data - bpp.data) + channel.whole.len);
    return ERR_OK;
}

static enum err check_parts(const struct bpp_parts *parts)
{
    enum err err = check_segments(&parts->configure, BSP_TAG_COMMAND);

    if (err == ERR_OK) {
        err = check_segments(&parts->metadata, BSP_TAG_METADATA);
    }
    if (err == ERR_OK && parts->replace.tag != 0) {
        err = check_segments(&parts->replace, BSP_TAG_COMMAND);
    }
    if (err == ERR_OK) {
        err = check_segments(&parts->elements, BSP_TAG_PROFILE_ELEMENTS);
    }
    return err;
}

/* Tag and length alone, then each segment. */
static enum err use_sequence(const struct tlv *sequence,
                             enum err (*use)(void *context, struct bytes script), void *context)
{
    struct bytes header =
        bytes_make(sequence->whole.data, sequence->whole.len - sequence->value.len);
    struct tlv_reader reader;
    struct tlv segment;
    enum err err = use(context, header);

    tlv_reader_init(&reader, sequence->value);
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = tlv_reader_next(&reader, &segment);
        if (err == ERR_OK) {
            err = use(context, segment.whole);
        }
    }
    return err;
}

enum err bpp_scripts(struct bytes bpp, enum err (*use)(void *context, struct bytes script),
                     void *context)
{
    struct bpp_parts parts;
    enum err err = split_parts(bpp, &parts);

    /* The whole package is checked before the first script leaves. */
    if (err == ERR_OK) {
        err = check_parts(&parts);
    }
    if (err == ERR_OK) {
        err = use(context, parts.head);
    }
    if (err == ERR_OK) {
        err = use(context, parts.configure.whole);
    }
    if (err == ERR_OK) {
        err = use_sequence(&parts.metadata, use, context);
    }
    if (err == ERR_OK && parts.replace.tag != 0) {
        err = use(context, parts.replace.whole);
    }
    if (err == ERR_OK) {
        err = use_sequence(&parts.elements, use, context);
    }
    return err;
}
