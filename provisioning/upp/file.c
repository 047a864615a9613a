/* Files of the UICC and DF.TELECOM, and how any file is written (SAIP 8.3). */
#include "upp/internal.h"

#include <string.h>

#include "sgp22/tags.h"

enum { TEMPLATE_MF = 1, TEMPLATE_TELECOM = 3 };

enum {
    FILE_TRANSPARENT = 0x41,
    FILE_LINEAR = 0x42,
    FILE_CYCLIC = 0x46,
    FILE_DATA_CODING = 0x21,
    FILE_MF_ARR = 0x2F06,
    FILE_ARR_RECORD = 0x1E,
    /* special file information: 40 high update activity no, readable while
     * deactivated no (ETSI TS 102 222 6.3.2.2.1) */
    FILE_SPECIAL = 0x40,
    FILE_IMAGE_MAX = 4000,
};

static void put_u16(struct buf *out, uint32_t tag, uint16_t value)
{
    tlv_put_header(out, tag, 2);
    buf_put_u16(out, value);
}

/* efFileSize is an OCTET STRING without leading zeros (SAIP 8.3.3). */
static void size_put(struct buf *out, uint16_t size)
{
    if (size > 0xFF) {
        put_u16(out, UPP_FCP_SIZE, size);
    } else {
        tlv_put(out, UPP_FCP_SIZE, bytes_make((const uint8_t[]){(uint8_t)size}, 1));
    }
}

static void security_put(struct buf *out, uint16_t access_file, enum upp_access access)
{
    tlv_put_header(out, UPP_FCP_SECURITY, 3);
    buf_put_u16(out, access_file);
    buf_put_u8(out, (uint8_t)access);
}

void upp_directory_put(struct buf *out, const struct upp_directory *directory)
{
    size_t field = tlv_open(out, directory->field);
    size_t fcp = tlv_open(out, UPP_FILE_DESCRIPTOR);

    if (directory->file_id != 0) {
        put_u16(out, UPP_FCP_FILE_ID, directory->file_id);
    }
    if (directory->df_name.len > 0) {
        tlv_put(out, UPP_FCP_DF_NAME, directory->df_name);
    }
    security_put(out, directory->access_file, UPP_DIRECTORY_RULE);
    tlv_put(out, UPP_FCP_PIN_STATUS, directory->pin_status);
    tlv_close(out, fcp);
    tlv_close(out, field);
}

void upp_fcp_put(struct buf *out, uint16_t access_file, const struct upp_file *file)
{
    static const uint8_t structures[] = {FILE_TRANSPARENT, FILE_LINEAR, FILE_CYCLIC};
    bool records = file->structure != UPP_TRANSPARENT;
    size_t proprietary;

    tlv_put_header(out, UPP_FCP_DESCRIPTOR, records ? 4 : 2);
    buf_put_u8(out, structures[file->structure]);
    buf_put_u8(out, FILE_DATA_CODING);
    if (records) {
        buf_put_u16(out, file->record_len);
    }
    put_u16(out, UPP_FCP_FILE_ID, file->file_id);
    security_put(out, access_file, file->access);
    size_put(out, file->size);
    if (file->short_id >= 0) {
        tlv_put(out, UPP_FCP_SHORT_ID,
                bytes_make((const uint8_t[]){(uint8_t)(file->short_id << 3)}, 1));
    }
    proprietary = tlv_open(out, UPP_FCP_PROPRIETARY);
    tlv_put(out, UPP_SPECIAL_INFORMATION, bytes_make((const uint8_t[]){FILE_SPECIAL}, 1));
    if (file->content == NULL) {
        tlv_put(out, UPP_REPEAT_PATTERN, bytes_make((const uint8_t[]){0xFF}, 1));
    }
    tlv_close(out, proprietary);
}

/* Contents with the distance from the end of one to the begin of the next. */
static void contents_put(struct upp_writer *writer, const struct upp_file *file)
{
    struct buf record;
    uint16_t skip = 0;

    buf_init(&record, file->size);
    for (size_t i = 0; file->content(writer->sample, i, &record); i++) {
        if (skip > 0) {
            tlv_put_uint(writer->out, UPP_FILL_OFFSET, skip);
        }
        tlv_put(writer->out, UPP_FILL_CONTENT, buf_bytes(&record));
        skip = file->structure == UPP_TRANSPARENT ? 0 : (uint16_t)(file->record_len - record.len);
        buf_reset(&record);
    }
    buf_clear(&record);
}

void upp_file_put(struct upp_writer *writer, uint16_t access_file, const struct upp_file *file)
{
    size_t field = tlv_open(writer->out, file->field);
    size_t fcp = tlv_open(writer->out, UPP_FILE_DESCRIPTOR);

    upp_fcp_put(writer->out, access_file, file);
    tlv_close(writer->out, fcp);
    if (file->content != NULL) {
        contents_put(writer, file);
    }
    tlv_close(writer->out, field);
}

/* One data object pair of the expanded format: what may be done, by whom. */
static void rule_put(struct buf *out, uint8_t mode, uint8_t key)
{
    size_t user;

    tlv_put(out, UPP_ACCESS_MODE, bytes_make(&mode, 1));
    if (key == 0) {
        tlv_put(out, UPP_ACCESS_ALWAYS, BYTES_NONE);
        return;
    }
    user = tlv_open(out, UPP_ACCESS_USER);
    tlv_put(out, UPP_ACCESS_KEY_REFERENCE, bytes_make(&key, 1));
    tlv_put(out, UPP_ACCESS_USAGE, bytes_make((const uint8_t[]){0x08}, 1));
    tlv_close(out, user);
}

bool upp_access_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    enum { ALWAYS = 0, PIN1 = 0x01, PIN2 = 0x81, ADM = 0x0A, READ = 0x01, UPDATE = 0x02 };
    static const struct {
        uint8_t read, update;
    } rules[UPP_ACCESS_COUNT] = {
        [UPP_READ_ALWAYS - 1] = {ALWAYS, ADM},    [UPP_READ_PIN - 1] = {PIN1, ADM},
        [UPP_READ_UPDATE_PIN - 1] = {PIN1, PIN1}, [UPP_READ_ADM - 1] = {ADM, ADM},
        [UPP_UPDATE_PIN2 - 1] = {PIN1, PIN2},     [UPP_DIRECTORY_RULE - 1] = {ADM, ADM},
    };

    (void)sample;
    if (record >= UPP_ACCESS_COUNT) {
        return false;
    }
    rule_put(out, READ, rules[record].read);
    rule_put(out, UPDATE, rules[record].update);
    return true;
}

static bool iccid_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    if (record > 0) {
        return false;
    }
    buf_put_bytes(out, iccid_bytes(&sample->iccid));
    return true;
}

/* EF.PL: English, then French */
static bool languages_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    (void)sample;
    if (record > 0) {
        return false;
    }
    buf_put_str(out, "enfr");
    return true;
}

static bool dir_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    size_t application;

    (void)sample;
    if (record > 0) {
        return false;
    }
    application = tlv_open(out, UPP_APPLICATION_TEMPLATE);
    tlv_put(out, UPP_AID, BYTES_OF(upp_usim_aid));
    tlv_put_str(out, UPP_APPLICATION_LABEL, "USIM");
    tlv_close(out, application);
    return true;
}

static void files_put(struct upp_writer *writer, const struct upp_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        upp_file_put(writer, FILE_MF_ARR, &files[i]);
    }
}

void upp_mf_put(struct upp_writer *writer)
{
    static const uint8_t pin_status[] = {0x01, 0x0A, 0x0B};
    static const struct upp_file files[] = {
        {0xA3, 0x2F05, UPP_TRANSPARENT, 0, 4, UPP_READ_UPDATE_PIN, 0x05, languages_content},
        {0xA4, 0x2FE2, UPP_TRANSPARENT, 0, 10, UPP_READ_ALWAYS, 0x02, iccid_content},
        {0xA5, 0x2F00, UPP_LINEAR, 0x21, 0x84, UPP_READ_ALWAYS, 0x1E, dir_content},
        {0xA6, FILE_MF_ARR, UPP_LINEAR, FILE_ARR_RECORD, FILE_ARR_RECORD * UPP_ACCESS_COUNT,
         UPP_READ_ALWAYS, 0x06, upp_access_content},
    };
    size_t element = upp_element_open(writer, UPP_PE_MF, TEMPLATE_MF);

    upp_directory_put(writer->out, &(struct upp_directory){.field = UPP_DIRECTORY,
                                                           .access_file = FILE_MF_ARR,
                                                           .pin_status = BYTES_OF(pin_status)});
    files_put(writer, files, sizeof(files) / sizeof(files[0]));
    tlv_close(writer->out, element);
}

void upp_telecom_put(struct upp_writer *writer)
{
    static const uint8_t pin_status[] = {0x81, 0x01, 0x0A, 0x0B};
    static const struct upp_file files[] = {
        {0xA3, 0x6F06, UPP_LINEAR, FILE_ARR_RECORD, FILE_ARR_RECORD * UPP_ACCESS_COUNT,
         UPP_READ_ALWAYS, 0x06, upp_access_content},
        {0xA5, 0x6F54, UPP_TRANSPARENT, 0, 18, UPP_READ_ALWAYS, -1, NULL},
        {0xA8, 0x6FE5, UPP_LINEAR, 0x16, 0x16, UPP_READ_PIN, -1, NULL},
    };
    size_t element = upp_element_open(writer, UPP_PE_TELECOM, TEMPLATE_TELECOM);

    upp_directory_put(writer->out, &(struct upp_directory){.field = UPP_DIRECTORY,
                                                           .file_id = 0x7F10,
                                                           .access_file = FILE_MF_ARR,
                                                           .pin_status = BYTES_OF(pin_status)});
    files_put(writer, files, sizeof(files) / sizeof(files[0]));
    upp_directory_put(writer->out, &(struct upp_directory){.field = UPP_DIRECTORY_GRAPHICS,
                                                           .file_id = 0x5F50,
                                                           .access_file = FILE_MF_ARR,
                                                           .pin_status = BYTES_OF(pin_status)});
    tlv_close(writer->out, element);
}

/* Pixels of an image: pseudo-random from the ICCID and the place, so that no
 * two profiles look alike and the same one always does. */
static void image_put(struct buf *out, const struct iccid *iccid, uint16_t file_id, size_t len)
{
    uint32_t state = get_u32(iccid->data + 6) ^ (uint32_t)file_id << 16 ^ 0x9E3779B9u;

    for (size_t i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        buf_put_u8(out, (uint8_t)state);
    }
}

void upp_images_put(struct upp_writer *writer, size_t len)
{
    static const uint8_t path[] = {0x7F, 0x10, 0x5F, 0x50};
    enum { OVERHEAD = 72, FIRST_FILE = 0x4F40 };
    struct buf *out = writer->out;

    for (uint16_t file_id = FIRST_FILE; len > OVERHEAD; file_id++) {
        size_t size = len - OVERHEAD < FILE_IMAGE_MAX ? len - OVERHEAD : FILE_IMAGE_MAX;
        struct upp_file file = {.file_id = file_id,
                                .structure = UPP_TRANSPARENT,
                                .size = (uint16_t)size,
                                .access = UPP_READ_PIN,
                                .short_id = -1};
        size_t element = upp_element_open(writer, UPP_PE_GENERIC_FILES, 0);
        size_t commands = tlv_open(out, UPP_GENERIC_COMMANDS);
        size_t command = tlv_open(out, TAG_SEQUENCE);
        size_t fcp;

        tlv_put(out, UPP_GENERIC_PATH, BYTES_OF(path));
        fcp = tlv_open(out, UPP_FCP);
        upp_fcp_put(out, FILE_MF_ARR, &file);
        tlv_close(out, fcp);
        tlv_put_header(out, UPP_GENERIC_CONTENT, size);
        image_put(out, &writer->sample->iccid, file_id, size);
        tlv_close(out, command);
        tlv_close(out, commands);
        tlv_close(out, element);
        len -= size + OVERHEAD;
    }
}
