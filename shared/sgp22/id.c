#include "sgp22/id.h"

#include <string.h>

#include "base/hex.h"

enum { EID_DIGITS = 32, ICCID_DIGITS_MIN = 18, ICCID_DIGITS_MAX = 20, FILLER = 0xF };

/* SGP.29: the 32 digits as a number leave 1 when divided by 97. */
static bool eid_check_digits(const uint8_t data[EID_SIZE])
{
    unsigned rest = 0;
    for (size_t i = 0; i < EID_SIZE; i++) {
        rest = (rest * 100 + (data[i] >> 4) * 10u + (data[i] & 0x0F)) % 97;
    }
    return rest == 1;
}

enum err eid_from_bytes(struct bytes bytes, struct eid *eid)
{
    *eid = (struct eid){{0}};
    if (bytes.len != EID_SIZE) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < EID_SIZE; i++) {
        if (bytes.data[i] >> 4 > 9 || (bytes.data[i] & 0x0F) > 9) {
            return ERR_MALFORMED;
        }
    }
    if (!eid_check_digits(bytes.data)) {
        return ERR_CERT_EID;
    }
    memcpy(eid->data, bytes.data, EID_SIZE);
    return ERR_OK;
}

enum err eid_parse(const char *text, struct eid *eid)
{
    uint8_t data[EID_SIZE];
    size_t len = 0;
    *eid = (struct eid){{0}};
    if (strlen(text) != EID_DIGITS ||
        hex_decode(text, EID_DIGITS, data, sizeof(data), &len) != ERR_OK) {
        return ERR_MALFORMED;
    }
    return eid_from_bytes(bytes_make(data, len), eid);
}

char *eid_text(const struct eid *eid, char text[EID_TEXT_SIZE])
{
    return hex_encode(eid_bytes(eid), text);
}

struct bytes eid_bytes(const struct eid *eid)
{
    return bytes_make(eid->data, EID_SIZE);
}

static uint8_t swap(uint8_t byte)
{
    return (uint8_t)(byte << 4 | byte >> 4);
}

/* Digit i of the nibble swapped form. */
static unsigned digit_of(const uint8_t data[ICCID_SIZE], size_t i)
{
    return i % 2 == 0 ? data[i / 2] & 0x0F : data[i / 2] >> 4;
}

enum err iccid_from_bytes(struct bytes bytes, struct iccid *iccid)
{
    *iccid = (struct iccid){{0}};
    if (bytes.len != ICCID_SIZE) {
        return ERR_MALFORMED;
    }
    size_t digits = 0;
    while (digits < ICCID_DIGITS_MAX && digit_of(bytes.data, digits) <= 9) {
        digits++;
    }
    for (size_t i = digits; i < ICCID_DIGITS_MAX; i++) {
        if (digit_of(bytes.data, i) != FILLER) {
            return ERR_MALFORMED;
        }
    }
    if (digits < ICCID_DIGITS_MIN) {
        return ERR_MALFORMED;
    }
    memcpy(iccid->data, bytes.data, ICCID_SIZE);
    return ERR_OK;
}

enum err iccid_from_plain(struct bytes bytes, struct iccid *iccid)
{
    uint8_t swapped[ICCID_SIZE];
    *iccid = (struct iccid){{0}};
    if (bytes.len != ICCID_SIZE) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < ICCID_SIZE; i++) {
        swapped[i] = swap(bytes.data[i]);
    }
    return iccid_from_bytes(BYTES_OF(swapped), iccid);
}

enum err iccid_parse(const char *text, struct iccid *iccid)
{
    char digits[ICCID_DIGITS_MAX + 1];
    uint8_t plain[ICCID_SIZE];
    size_t len = strlen(text);
    *iccid = (struct iccid){{0}};
    if (len < ICCID_DIGITS_MIN || len > ICCID_DIGITS_MAX) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return ERR_MALFORMED;
        }
    }
    memset(digits, 'F', ICCID_DIGITS_MAX);
    memcpy(digits, text, len);
    enum err err = hex_decode(digits, ICCID_DIGITS_MAX, plain, sizeof(plain), &len);
    return err == ERR_OK ? iccid_from_plain(BYTES_OF(plain), iccid) : err;
}

char *iccid_text(const struct iccid *iccid, char text[ICCID_TEXT_SIZE])
{
    size_t i = 0;
    while (i < ICCID_DIGITS_MAX && digit_of(iccid->data, i) <= 9) {
        text[i] = (char)('0' + digit_of(iccid->data, i));
        i++;
    }
    text[i] = '\0';
    return text;
}

struct bytes iccid_bytes(const struct iccid *iccid)
{
    return bytes_make(iccid->data, ICCID_SIZE);
}
