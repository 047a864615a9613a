/* Elements without a file system (SAIP 8.2, 8.4 - 8.9). */
#include "upp/internal.h"

#include <stdio.h>
#include <string.h>

#include "sgp22/tags.h"

enum { SAIP_MAJOR = 2, SAIP_MINOR = 3 };

/* Key references (ETSI TS 102 221 9.5.1) */
enum { KEY_PIN1 = 0x01, KEY_ADM1 = 0x0A, KEY_PIN2 = 0x81 };

/* pinAttributes: change and unblock allowed, and disable for PIN1. */
enum { PIN_ENABLED_FIXED = 0x03, PIN_DISABLED = 0x06, PIN_TRIES = 3, PIN_TRIES_ADM = 10 };

enum { MILENAGE = 1, MILENAGE_OPTIONS = 2, KEY_TYPE_AES = 0x88, KEY_VERSION = 1 };

/* 2.23.143.1.2.x */
static const uint8_t template_oid[] = {0x67, 0x81, 0x0F, 0x01, 0x02};
static const uint8_t templates[] = {1, 3, 4, 5};

const uint8_t upp_usim_aid[12] = {0xA0, 0x00, 0x00, 0x00, 0x87, 0x10,
                                  0x02, 0xFF, 0x49, 0xFF, 0x05, 0x89};

static void template_put(struct buf *out, uint32_t tag, uint8_t template_id)
{
    tlv_put_header(out, tag, sizeof(template_oid) + 1);
    buf_put(out, template_oid, sizeof(template_oid));
    buf_put_u8(out, template_id);
}

size_t upp_element_open(struct upp_writer *writer, uint32_t tag, uint8_t template_id)
{
    size_t element = tlv_open(writer->out, tag);
    size_t header = tlv_open(writer->out, UPP_ELEMENT_HEADER);

    tlv_put(writer->out, UPP_HEADER_MANDATED, BYTES_NONE);
    tlv_put_uint(writer->out, UPP_HEADER_IDENTIFICATION, ++writer->elements);
    tlv_close(writer->out, header);
    if (template_id != 0) {
        template_put(writer->out, UPP_TEMPLATE_ID, template_id);
    }
    return element;
}

void upp_header_put(struct upp_writer *writer)
{
    struct buf *out = writer->out;
    size_t header = tlv_open(out, TAG_PE_HEADER);
    size_t list;

    tlv_put_uint(out, TAG_PE_MAJOR_VERSION, SAIP_MAJOR);
    tlv_put_uint(out, TAG_PE_MINOR_VERSION, SAIP_MINOR);
    tlv_put_str(out, TAG_PE_PROFILE_TYPE, "euicc-line test profile");
    /* Plain BCD here, nibble swapped everywhere else (SAIP 8.2). */
    tlv_put_header(out, TAG_PE_ICCID, ICCID_SIZE);
    for (size_t i = 0; i < ICCID_SIZE; i++) {
        uint8_t swapped = writer->sample->iccid.data[i];
        buf_put_u8(out, (uint8_t)(swapped << 4 | swapped >> 4));
    }
    list = tlv_open(out, UPP_MANDATORY_SERVICES);
    tlv_put(out, UPP_SERVICE_USIM, BYTES_NONE);
    tlv_put(out, UPP_SERVICE_MILENAGE, BYTES_NONE);
    tlv_close(out, list);
    list = tlv_open(out, UPP_MANDATORY_TEMPLATES);
    for (size_t i = 0; i < sizeof(templates); i++) {
        template_put(out, TAG_OBJECT_IDENTIFIER, templates[i]);
    }
    tlv_close(out, list);
    tlv_close(out, header);
}

void upp_imsi(const struct upp_sample *sample, char text[UPP_IMSI_DIGITS + 1])
{
    char iccid[ICCID_TEXT_SIZE];

    iccid_text(&sample->iccid, iccid);
    snprintf(text, UPP_IMSI_DIGITS + 1, "00101%.10s", iccid + strlen(iccid) - 10);
}

void upp_puk_put(struct upp_writer *writer)
{
    static const struct {
        uint64_t reference;
        const char *value;
    } codes[] = {{KEY_PIN1, "10203040"}, {KEY_PIN2, "50607080"}};
    struct buf *out = writer->out;
    size_t element = upp_element_open(writer, UPP_PE_PUK, 0);
    size_t list = tlv_open(out, UPP_CODES);

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        size_t code = tlv_open(out, TAG_SEQUENCE);
        tlv_put_uint(out, UPP_CODE_KEY_REFERENCE, codes[i].reference);
        tlv_put_str(out, UPP_CODE_VALUE, codes[i].value);
        tlv_close(out, code);
    }
    tlv_close(out, list);
    tlv_close(out, element);
}

struct pin {
    uint64_t reference;
    const char *value;   /* filled with FF to 8 bytes */
    uint64_t unblocking; /* 0: none */
    uint64_t attributes;
    uint64_t tries;
};

static void pins_put(struct upp_writer *writer, const struct pin *pins, size_t count)
{
    struct buf *out = writer->out;
    size_t element = upp_element_open(writer, UPP_PE_PIN, 0);
    size_t codes = tlv_open(out, UPP_CODES);
    size_t list = tlv_open(out, UPP_PIN_LIST);

    for (size_t i = 0; i < count; i++) {
        size_t code = tlv_open(out, TAG_SEQUENCE);
        tlv_put_uint(out, UPP_CODE_KEY_REFERENCE, pins[i].reference);
        tlv_put_header(out, UPP_CODE_VALUE, 8);
        buf_put_str(out, pins[i].value);
        for (size_t fill = strlen(pins[i].value); fill < 8; fill++) {
            buf_put_u8(out, 0xFF);
        }
        if (pins[i].unblocking != 0) {
            tlv_put_uint(out, UPP_CODE_UNBLOCKING, pins[i].unblocking);
        }
        tlv_put_uint(out, UPP_CODE_ATTRIBUTES, pins[i].attributes);
        /* maxNumOfAttempts and retryNumLeft, a nibble each */
        tlv_put_uint(out, UPP_CODE_TRIES, pins[i].tries << 4 | pins[i].tries);
        tlv_close(out, code);
    }
    tlv_close(out, list);
    tlv_close(out, codes);
    tlv_close(out, element);
}

void upp_pin_put(struct upp_writer *writer)
{
    static const struct pin pins[] = {
        {KEY_PIN1, "1357", KEY_PIN1, PIN_DISABLED, PIN_TRIES},
        {KEY_ADM1, "24681357", 0, PIN_ENABLED_FIXED, PIN_TRIES_ADM},
    };

    pins_put(writer, pins, sizeof(pins) / sizeof(pins[0]));
}

void upp_application_pin_put(struct upp_writer *writer)
{
    static const struct pin pins[] = {
        {KEY_PIN2, "2468", KEY_PIN2, PIN_ENABLED_FIXED, PIN_TRIES},
    };

    pins_put(writer, pins, sizeof(pins) / sizeof(pins[0]));
}

void upp_aka_put(struct upp_writer *writer)
{
    struct buf *out = writer->out;
    size_t element = upp_element_open(writer, UPP_PE_AKA, 0);
    size_t configuration = tlv_open(out, UPP_AKA_CONFIGURATION);
    size_t parameter = tlv_open(out, UPP_AKA_PARAMETER);

    tlv_put_uint(out, UPP_AKA_ALGORITHM, MILENAGE);
    tlv_put_uint(out, UPP_AKA_OPTIONS, MILENAGE_OPTIONS);
    tlv_put(out, UPP_AKA_KEY, BYTES_OF(writer->sample->keys.k));
    tlv_put(out, UPP_AKA_OPC, BYTES_OF(writer->sample->keys.opc));
    tlv_close(out, parameter);
    tlv_close(out, configuration);
    tlv_close(out, element);
}

/* The three keys of one SCP80 key set: KIc, KID, KIK (ETSI TS 102 225). */
static void domain_keys_put(struct upp_writer *writer)
{
    static const uint8_t usage[3] = {0x18, 0x14, 0x48};
    struct buf *out = writer->out;
    size_t list = tlv_open(out, UPP_KEY_LIST);

    for (uint8_t i = 0; i < 3; i++) {
        size_t key = tlv_open(out, TAG_SEQUENCE);
        tlv_put(out, UPP_KEY_USAGE, bytes_make(usage + i, 1));
        tlv_put_uint(out, UPP_KEY_ID, i + 1u);
        tlv_put_uint(out, UPP_KEY_VERSION, KEY_VERSION);
        size_t components = tlv_open(out, TAG_SEQUENCE);
        size_t component = tlv_open(out, TAG_SEQUENCE);
        tlv_put(out, UPP_KEY_TYPE, bytes_make((const uint8_t[]){KEY_TYPE_AES}, 1));
        tlv_put(out, UPP_KEY_DATA, BYTES_OF(writer->sample->keys.domain[i]));
        tlv_close(out, component);
        tlv_close(out, components);
        tlv_close(out, key);
    }
    tlv_close(out, list);
}

void upp_security_domain_put(struct upp_writer *writer)
{
    /* GlobalPlatform's security domain package, its class, the issuer domain */
    static const uint8_t package[] = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50};
    static const uint8_t class_aid[] = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50, 0x41};
    static const uint8_t instance_aid[] = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00};
    static const uint8_t privileges[] = {0x82, 0xDC, 0x00};
    static const uint8_t life_cycle[] = {0x0F};
    /* SCP80 alone; accessible to the domain itself */
    static const uint8_t parameters[] = {0x81, 0x02, 0x80, 0x00, 0x87, 0x01, 0xF0};
    struct buf *out = writer->out;
    size_t element = upp_element_open(writer, UPP_PE_SECURITY_DOMAIN, 0);
    size_t instance = tlv_open(out, UPP_INSTANCE);

    tlv_put(out, UPP_AID, BYTES_OF(package));
    tlv_put(out, UPP_AID, BYTES_OF(class_aid));
    tlv_put(out, UPP_AID, BYTES_OF(instance_aid));
    tlv_put(out, UPP_PRIVILEGES, BYTES_OF(privileges));
    tlv_put(out, UPP_LIFE_CYCLE, BYTES_OF(life_cycle));
    tlv_put(out, UPP_PARAMETERS_C9, BYTES_OF(parameters));
    tlv_close(out, instance);
    domain_keys_put(writer);
    tlv_close(out, element);
}

void upp_rfm_put(struct upp_writer *writer)
{
    static const uint8_t instance_aid[] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0x00, 0x02};
    static const uint8_t tar[] = {0xB0, 0x01, 0x40};
    /* integrity by cryptographic checksum and encryption (TS 102 225 5.1.1) */
    static const uint8_t security[] = {0x16};
    static const uint8_t full_access[] = {0x00};
    struct buf *out = writer->out;
    size_t element = upp_element_open(writer, UPP_PE_RFM, 0);
    size_t tars, adf;

    tlv_put(out, UPP_AID, BYTES_OF(instance_aid));
    tars = tlv_open(out, UPP_RFM_TARS);
    tlv_put(out, TAG_OCTET_STRING, BYTES_OF(tar));
    tlv_close(out, tars);
    tlv_put(out, UPP_RFM_SECURITY, BYTES_OF(security));
    tlv_put(out, TAG_OCTET_STRING, BYTES_OF(full_access));
    tlv_put(out, TAG_OCTET_STRING, BYTES_OF(full_access));
    adf = tlv_open(out, TAG_SEQUENCE);
    tlv_put(out, UPP_RFM_ADF_AID, BYTES_OF(upp_usim_aid));
    tlv_put(out, UPP_RFM_ADF_ACCESS, BYTES_OF(full_access));
    tlv_put(out, UPP_RFM_ADF_ADMIN, BYTES_OF(full_access));
    tlv_close(out, adf);
    tlv_close(out, element);
}

void upp_end_put(struct upp_writer *writer)
{
    tlv_close(writer->out, upp_element_open(writer, TAG_PE_END, 0));
}
