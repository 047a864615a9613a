#include "sgp22/metadata.h"

#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum { NOTIFICATION_ALL = 0xF0, UNUSED_BITS = 4, ADDRESS_MAX = 255 };

/* B6{30{80 operation bits, 81 address}} for all four events. */
static void put_notification_configuration(struct bytes address, struct buf *out)
{
    const uint8_t events[] = {UNUSED_BITS, NOTIFICATION_ALL};
    size_t configuration = tlv_open(out, TAG_NOTIFICATION_CONFIGURATION);
    size_t entry = tlv_open(out, TAG_SEQUENCE);
    tlv_put(out, TAG_NOTIFICATION_CONFIGURATION_OPERATION, BYTES_OF(events));
    tlv_put(out, TAG_NOTIFICATION_CONFIGURATION_ADDRESS, address);
    tlv_close(out, entry);
    tlv_close(out, configuration);
}

enum err store_metadata_encode(const struct store_metadata *in, struct buf *out)
{
    const uint8_t profile_class = (uint8_t)in->profile_class;
    if (in->service_provider_name.len > SERVICE_PROVIDER_NAME_MAX ||
        in->profile_name.len > PROFILE_NAME_MAX || in->notification_address.len > ADDRESS_MAX) {
        return ERR_RANGE;
    }
    size_t mark = tlv_open(out, TAG_STORE_METADATA);
    tlv_put(out, TAG_ICCID, iccid_bytes(&in->iccid));
    tlv_put(out, TAG_SERVICE_PROVIDER_NAME, in->service_provider_name);
    tlv_put(out, TAG_PROFILE_NAME, in->profile_name);
    tlv_put(out, TAG_PROFILE_CLASS, bytes_make(&profile_class, 1));
    if (in->notification_address.len > 0) {
        put_notification_configuration(in->notification_address, out);
    }
    tlv_close(out, mark);
    return buf_err(out);
}

/* The address of the first entry of notificationConfigurationInfo. */
static enum err decode_notification_address(struct bytes configuration, struct bytes *address)
{
    struct tlv entry;
    struct tlv element;
    enum err err = tlv_find(configuration, TAG_SEQUENCE, &entry);
    if (err == ERR_OK) {
        err = tlv_find(entry.value, TAG_NOTIFICATION_CONFIGURATION_ADDRESS, &element);
    }
    if (err == ERR_OK) {
        *address = element.value;
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err decode_class(struct bytes value, enum profile_class *out)
{
    if (value.len != 1 || value.data[0] > PROFILE_CLASS_OPERATIONAL) {
        return ERR_RANGE;
    }
    *out = (enum profile_class)value.data[0];
    return ERR_OK;
}

/* The names, each within its limit. */
static enum err decode_names(struct tlv_reader *reader, struct store_metadata *out)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, TAG_SERVICE_PROVIDER_NAME, &element);
    if (err != ERR_OK) {
        return err;
    }
    out->service_provider_name = element.value;
    err = tlv_reader_expect(reader, TAG_PROFILE_NAME, &element);
    if (err != ERR_OK) {
        return err;
    }
    out->profile_name = element.value;
    return out->service_provider_name.len <= SERVICE_PROVIDER_NAME_MAX &&
                   out->profile_name.len <= PROFILE_NAME_MAX
               ? ERR_OK
               : ERR_RANGE;
}

enum err store_metadata_decode(struct bytes input, struct store_metadata *out)
{
    /* profileClass DEFAULT operational (5.5.3) */
    struct store_metadata in = {.profile_class = PROFILE_CLASS_OPERATIONAL};
    struct tlv element;
    struct tlv_reader reader;
    *out = in;
    enum err err = tlv_single(input, TAG_STORE_METADATA, &element);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_TAG : err;
    }
    tlv_reader_init(&reader, element.value);
    err = tlv_reader_expect(&reader, TAG_ICCID, &element);
    if (err == ERR_OK) {
        err = iccid_from_bytes(element.value, &in.iccid);
    }
    if (err == ERR_OK) {
        err = decode_names(&reader, &in);
    }
    while (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = tlv_reader_next(&reader, &element);
        if (err == ERR_OK && element.tag == TAG_PROFILE_CLASS) {
            err = decode_class(element.value, &in.profile_class);
        } else if (err == ERR_OK && element.tag == TAG_NOTIFICATION_CONFIGURATION) {
            err = decode_notification_address(element.value, &in.notification_address);
        }
    }
    if (err == ERR_NOT_FOUND) {
        err = ERR_TAG;
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}
