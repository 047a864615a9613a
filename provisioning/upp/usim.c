/* ADF.USIM and its optional files (3GPP TS 31.102, SAIP 9.5). */
#include "upp/internal.h"

#include <string.h>

enum { TEMPLATE_USIM = 4, TEMPLATE_OPT_USIM = 5, USIM_ARR = 0x6F06, USIM_ARR_RECORD = 0x1E };
enum { PLMN_ENTRY = 5, PLMN_COUNT = 60, ACCESS_TECHNOLOGIES = 0xC080 };

/* 001-01 as TS 24.008 codes it */
static const uint8_t home_plmn[3] = {0x00, 0xF1, 0x10};

/* One transparent content from fixed bytes. */
static bool put_once(struct buf *out, size_t record, const void *data, size_t len)
{
    if (record > 0) {
        return false;
    }
    buf_put(out, data, len);
    return true;
}

/* EF.IMSI (TS 31.102 4.2.2): length, then parity nibble and 15 digits. */
static bool imsi_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    char digits[UPP_IMSI_DIGITS + 1];

    if (record > 0) {
        return false;
    }
    upp_imsi(sample, digits);
    buf_put_u8(out, 8);
    buf_put_u8(out, (uint8_t)((digits[0] - '0') << 4 | 0x09));
    for (size_t i = 1; i < UPP_IMSI_DIGITS; i += 2) {
        buf_put_u8(out, (uint8_t)((digits[i + 1] - '0') << 4 | (digits[i] - '0')));
    }
    return true;
}

#define FIXED_CONTENT(name, ...)                                                                   \
    static bool name##_content(const struct upp_sample *sample, size_t record, struct buf *out)    \
    {                                                                                              \
        static const uint8_t bytes[] = {__VA_ARGS__};                                              \
        (void)sample;                                                                              \
        return put_once(out, record, bytes, sizeof(bytes));                                        \
    }

/* no key yet: KSI 7 */
FIXED_CONTENT(keys, 0x07, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
              0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
              0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
FIXED_CONTENT(hpplmn, 0x05)
/* services: SMS, SMS status and parameters, PLMN selectors, SPN, EPS */
FIXED_CONTENT(ust, 0x00, 0x1C, 0x08, 0x04, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00)
FIXED_CONTENT(est, 0x00)
FIXED_CONTENT(start_hfn, 0xF0, 0x00, 0x00, 0xF0, 0x00, 0x00)
FIXED_CONTENT(threshold, 0x0F, 0xFF, 0xFF)
FIXED_CONTENT(psloci, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0xF1, 0x10, 0xFF, 0xFE, 0xFF,
              0x01)
FIXED_CONTENT(loci, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0xF1, 0x10, 0xFF, 0xFE, 0xFF, 0x01)
FIXED_CONTENT(epsloci, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00,
              0xF1, 0x10, 0xFF, 0xFE, 0x01)
/* normal operation, MNC of two digits */
FIXED_CONTENT(ad, 0x00, 0x00, 0x00, 0x02)
/* 112, no special category */
FIXED_CONTENT(ecc, 0x11, 0xF2, 0xFF, 0xFF, 0x00)

/* access class from the IMSI's last digit, 0 to 9 */
static bool acc_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    char digits[UPP_IMSI_DIGITS + 1];

    if (record > 0) {
        return false;
    }
    upp_imsi(sample, digits);
    buf_put_u16(out, (uint16_t)(1u << (digits[UPP_IMSI_DIGITS - 1] - '0')));
    return true;
}

/* EF.SPN: display condition, the name, filled to 17 bytes */
static bool spn_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    static const char name[] = "Line Test";

    (void)sample;
    if (record > 0) {
        return false;
    }
    buf_put_u8(out, 0x01);
    buf_put_str(out, name);
    for (size_t len = sizeof(name); len < 17; len++) {
        buf_put_u8(out, 0xFF);
    }
    return true;
}

/* Networks of the test country 001 with their access technologies, the home
 * network first (TS 31.102 4.2.5). */
static bool plmn_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    (void)sample;
    if (record > 0) {
        return false;
    }
    buf_put(out, home_plmn, sizeof(home_plmn));
    buf_put_u16(out, ACCESS_TECHNOLOGIES);
    for (unsigned mnc = 2; mnc <= PLMN_COUNT; mnc++) {
        buf_put_u8(out, 0x00);
        buf_put_u8(out, 0xF1);
        buf_put_u8(out, (uint8_t)((mnc % 10) << 4 | mnc / 10));
        buf_put_u16(out, ACCESS_TECHNOLOGIES);
    }
    return true;
}

static bool fplmn_content(const struct upp_sample *sample, size_t record, struct buf *out)
{
    (void)sample;
    if (record > 0) {
        return false;
    }
    for (size_t i = 0; i < 12; i++) {
        buf_put_u8(out, 0xFF);
    }
    return true;
}

static void files_put(struct upp_writer *writer, const struct upp_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        upp_file_put(writer, USIM_ARR, &files[i]);
    }
}

void upp_usim_put(struct upp_writer *writer)
{
    static const uint8_t pin_status[] = {0x81, 0x01, 0x0A, 0x0B};
    static const struct upp_file files[] = {
        {0xA3, 0x6F07, UPP_TRANSPARENT, 0, 9, UPP_READ_PIN, 0x07, imsi_content},
        {0xA4, USIM_ARR, UPP_LINEAR, USIM_ARR_RECORD, USIM_ARR_RECORD * UPP_ACCESS_COUNT,
         UPP_READ_ALWAYS, 0x17, upp_access_content},
        {0xA5, 0x6F08, UPP_TRANSPARENT, 0, 33, UPP_READ_UPDATE_PIN, 0x08, keys_content},
        {0xA6, 0x6F09, UPP_TRANSPARENT, 0, 33, UPP_READ_UPDATE_PIN, 0x09, keys_content},
        {0xA7, 0x6F31, UPP_TRANSPARENT, 0, 1, UPP_READ_PIN, 0x12, hpplmn_content},
        {0xA8, 0x6F38, UPP_TRANSPARENT, 0, 12, UPP_READ_PIN, 0x04, ust_content},
        {0xAA, 0x6F3C, UPP_LINEAR, 0xB0, 0x6E0, UPP_READ_UPDATE_PIN, -1, NULL},
        {0xAB, 0x6F42, UPP_LINEAR, 0x2A, 0x54, UPP_READ_UPDATE_PIN, -1, NULL},
        {0xAC, 0x6F43, UPP_TRANSPARENT, 0, 2, UPP_READ_UPDATE_PIN, -1, NULL},
        {0xAD, 0x6F46, UPP_TRANSPARENT, 0, 17, UPP_READ_ALWAYS, -1, spn_content},
        {0xAE, 0x6F56, UPP_TRANSPARENT, 0, 1, UPP_UPDATE_PIN2, 0x05, est_content},
        {0xAF, 0x6F5B, UPP_TRANSPARENT, 0, 6, UPP_READ_UPDATE_PIN, 0x0F, start_hfn_content},
        {0xB0, 0x6F5C, UPP_TRANSPARENT, 0, 3, UPP_READ_PIN, 0x10, threshold_content},
        {0xB1, 0x6F73, UPP_TRANSPARENT, 0, 14, UPP_READ_UPDATE_PIN, 0x0C, psloci_content},
        {0xB2, 0x6F78, UPP_TRANSPARENT, 0, 2, UPP_READ_PIN, 0x06, acc_content},
        {0xB3, 0x6F7B, UPP_TRANSPARENT, 0, 12, UPP_READ_UPDATE_PIN, 0x0D, fplmn_content},
        {0xB4, 0x6F7E, UPP_TRANSPARENT, 0, 11, UPP_READ_UPDATE_PIN, 0x0B, loci_content},
        {0xB5, 0x6FAD, UPP_TRANSPARENT, 0, 4, UPP_READ_ALWAYS, 0x03, ad_content},
        {0xB6, 0x6FB7, UPP_LINEAR, 5, 5, UPP_READ_ALWAYS, 0x01, ecc_content},
        {0xB8, 0x6FE3, UPP_TRANSPARENT, 0, 18, UPP_READ_UPDATE_PIN, 0x1E, epsloci_content},
        {0xB9, 0x6FE4, UPP_LINEAR, 0x36, 0x36, UPP_READ_UPDATE_PIN, 0x18, NULL},
    };
    size_t element = upp_element_open(writer, UPP_PE_USIM, TEMPLATE_USIM);

    upp_directory_put(writer->out, &(struct upp_directory){.field = UPP_DIRECTORY,
                                                           .file_id = 0x7FD0,
                                                           .access_file = 0x2F06,
                                                           .df_name = BYTES_OF(upp_usim_aid),
                                                           .pin_status = BYTES_OF(pin_status)});
    files_put(writer, files, sizeof(files) / sizeof(files[0]));
    tlv_close(writer->out, element);
}

void upp_opt_usim_put(struct upp_writer *writer)
{
    static const struct upp_file files[] = {
        {0xA2, 0x6F05, UPP_TRANSPARENT, 0, 6, UPP_READ_ALWAYS, 0x02, NULL},
        {0xA5, 0x6F3E, UPP_TRANSPARENT, 0, 2, UPP_READ_PIN, -1, NULL},
        {0xA6, 0x6F3F, UPP_TRANSPARENT, 0, 2, UPP_READ_PIN, -1, NULL},
        {0xA7, 0x6F40, UPP_LINEAR, 0x20, 0x40, UPP_READ_UPDATE_PIN, -1, NULL},
        {0xAF, 0x6F60, UPP_TRANSPARENT, 0, PLMN_COUNT * PLMN_ENTRY, UPP_READ_UPDATE_PIN, 0x0A,
         plmn_content},
        {0xB0, 0x6F61, UPP_TRANSPARENT, 0, PLMN_COUNT * PLMN_ENTRY, UPP_READ_PIN, 0x11,
         plmn_content},
        {0xB1, 0x6F62, UPP_TRANSPARENT, 0, PLMN_COUNT * PLMN_ENTRY, UPP_READ_PIN, 0x13,
         plmn_content},
    };
    size_t element = upp_element_open(writer, UPP_PE_OPT_USIM, TEMPLATE_OPT_USIM);

    files_put(writer, files, sizeof(files) / sizeof(files[0]));
    tlv_close(writer->out, element);
}
