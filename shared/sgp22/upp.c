#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

static enum err fail(enum err err, const char *text, const char **where)
{
    if (where != NULL) {
        *where = text;
    }
    return err;
}

static enum err header_uint(struct tlv_reader *reader, uint32_t tag, uint64_t *value)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, tag, &element);
    return err == ERR_OK ? tlv_get_uint(element.value, value) : err;
}

/* ProfileHeader (TS.48, SAIP 8.2.1): the mandatory head of its fields. */
static enum err check_header(struct bytes value, struct upp_info *out, const char **where)
{
    struct tlv_reader reader;
    struct tlv element;
    tlv_reader_init_ber(&reader, value);
    if (header_uint(&reader, TAG_PE_MAJOR_VERSION, &out->major) != ERR_OK ||
        header_uint(&reader, TAG_PE_MINOR_VERSION, &out->minor) != ERR_OK) {
        return fail(ERR_MALFORMED, "ProfileHeader has no version", where);
    }
    if (tlv_reader_optional(&reader, TAG_PE_PROFILE_TYPE, &element) != ERR_OK) {
        return fail(ERR_MALFORMED, "ProfileHeader is malformed after its version", where);
    }
    out->profile_type = element.value;
    if (tlv_reader_expect(&reader, TAG_PE_ICCID, &element) != ERR_OK ||
        iccid_from_plain(element.value, &out->iccid) != ERR_OK) {
        return fail(ERR_MALFORMED, "ProfileHeader has no valid ICCID", where);
    }
    return ERR_OK;
}

/* EF.ICCID in PE-MF, nibble swapped there: what the device will read must be
 * what the header says. */
static enum err check_mf(struct bytes value, struct upp_info *out, const char **where)
{
    struct tlv_reader reader;
    struct tlv file = {0};
    tlv_reader_init_ber(&reader, value);
    while (file.tag != TAG_PE_MF_EF_ICCID) {
        enum err err = tlv_reader_next(&reader, &file);
        if (err == ERR_NOT_FOUND) {
            return ERR_OK; /* left to the template's default: nothing to compare */
        }
        if (err != ERR_OK) {
            return fail(ERR_MALFORMED, "PE-MF is malformed", where);
        }
    }
    tlv_reader_init_ber(&reader, file.value);
    while (!tlv_reader_end(&reader)) {
        struct tlv element;
        if (tlv_reader_next(&reader, &element) != ERR_OK) {
            return fail(ERR_MALFORMED, "EF.ICCID of PE-MF is malformed", where);
        }
        if (element.tag != TAG_PE_FILL_FILE_CONTENT) {
            continue;
        }
        if (!bytes_equal(element.value, iccid_bytes(&out->iccid))) {
            return fail(ERR_MISMATCH, "EF.ICCID is not the ProfileHeader's ICCID", where);
        }
        out->iccid_file_count++;
    }
    return ERR_OK;
}

static enum err check_element(const struct tlv *element, bool first, bool last,
                              struct upp_info *out, const char **where)
{
    if ((element->tag == TAG_PE_HEADER) != first) {
        return fail(ERR_TAG, "ProfileHeader must come first and only once", where);
    }
    if ((element->tag == TAG_PE_END) != last) {
        return fail(ERR_TAG, "PE-End must come last and only once", where);
    }
    if (first) {
        return check_header(element->value, out, where);
    }
    return element->tag == TAG_PE_MF ? check_mf(element->value, out, where) : ERR_OK;
}

enum err upp_check(struct bytes upp, struct upp_info *out, const char **where)
{
    struct upp_info info = {0};
    struct tlv_reader reader;
    *out = info;
    fail(ERR_OK, "", where);
    if (upp.len == 0 || upp.len > UPP_MAX) {
        return fail(ERR_RANGE, "profile package is empty or larger than 1 MiB", where);
    }
    tlv_reader_init_ber(&reader, upp);
    while (!tlv_reader_end(&reader)) {
        struct tlv element;
        if (tlv_reader_next(&reader, &element) != ERR_OK) {
            return fail(ERR_MALFORMED, "a profile element is not whole", where);
        }
        enum err err =
            check_element(&element, info.element_count == 0, tlv_reader_end(&reader), &info, where);
        if (err != ERR_OK) {
            return err;
        }
        info.element_count++;
    }
    *out = info;
    return ERR_OK;
}
