/* What the files of this library share. */
#ifndef UPP_INTERNAL_H
#define UPP_INTERNAL_H

#include "tlv/tlv.h"
#include "upp/sample.h"
#include "upp/tags.h"

enum { UPP_RECORD_MAX = 64, UPP_IMSI_DIGITS = 15 };

/* The package as it grows. Identifications count from 0 (SAIP 8.1.1). */
struct upp_writer {
    const struct upp_sample *sample;
    struct buf *out;
    unsigned elements;
};

/* Opens a profile element with its PEHeader and, unless template_id is 0, the
 * template 2.23.143.1.2.template_id. tlv_close() with what it returns. */
size_t upp_element_open(struct upp_writer *writer, uint32_t tag, uint8_t template_id);

/* Access rules of EF.ARR, by record; the files name one of them. */
enum upp_access {
    UPP_READ_ALWAYS = 1,
    UPP_READ_PIN,
    UPP_READ_UPDATE_PIN,
    UPP_READ_ADM,
    UPP_UPDATE_PIN2,
    UPP_DIRECTORY_RULE,
    UPP_ACCESS_COUNT = UPP_DIRECTORY_RULE,
};

enum upp_structure { UPP_TRANSPARENT, UPP_LINEAR, UPP_CYCLIC };

/* One elementary file of a file system element. */
struct upp_file {
    uint32_t field; /* its field in the element */
    uint16_t file_id;
    enum upp_structure structure;
    uint16_t record_len; /* linear and cyclic */
    uint16_t size;
    enum upp_access access;
    int short_id; /* -1: none */
    /* One record's content (a transparent file is its only record), or false
     * when there is no such record. NULL: the file is filled with FF. */
    bool (*content)(const struct upp_sample *sample, size_t record, struct buf *out);
};

/* A directory (MF, DF or ADF) as a field of its element. */
struct upp_directory {
    uint32_t field;
    uint16_t file_id;
    uint16_t access_file;
    struct bytes df_name; /* AID of an ADF */
    struct bytes pin_status;
};
void upp_directory_put(struct buf *out, const struct upp_directory *directory);
/* access_file: the EF.ARR whose records the rules are, 2F06 or 6F06. */
void upp_file_put(struct upp_writer *writer, uint16_t access_file, const struct upp_file *file);
/* The access rules themselves. */
bool upp_access_content(const struct upp_sample *sample, size_t record, struct buf *out);
/* The FCP's data objects, without a tag around them. */
void upp_fcp_put(struct buf *out, uint16_t access_file, const struct upp_file *file);

/* The elements with a file system: MF, DF.TELECOM, ADF.USIM, its options. */
void upp_mf_put(struct upp_writer *writer);
void upp_telecom_put(struct upp_writer *writer);
void upp_usim_put(struct upp_writer *writer);
void upp_opt_usim_put(struct upp_writer *writer);
/* Images below DF.GRAPHICS, some `len` bytes of them in all. */
void upp_images_put(struct upp_writer *writer, size_t len);

/* PUKs, PINs of the UICC, PIN of the application, Milenage, the issuer's
 * security domain, remote file management. */
void upp_header_put(struct upp_writer *writer);
void upp_puk_put(struct upp_writer *writer);
void upp_pin_put(struct upp_writer *writer);
void upp_application_pin_put(struct upp_writer *writer);
void upp_aka_put(struct upp_writer *writer);
void upp_security_domain_put(struct upp_writer *writer);
void upp_rfm_put(struct upp_writer *writer);
void upp_end_put(struct upp_writer *writer);

extern const uint8_t upp_usim_aid[12];
/* 15 digits and zero: 001-01 and the ICCID's last ten digits. */
void upp_imsi(const struct upp_sample *sample, char text[UPP_IMSI_DIGITS + 1]);

#endif
