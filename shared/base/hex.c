#include "base/hex.h"

static const char digits[] = "0123456789ABCDEF";

char *hex_encode(struct bytes bytes, char *text)
{
    char *at = text;
    for (size_t i = 0; i < bytes.len; i++) {
        *at++ = digits[bytes.data[i] >> 4];
        *at++ = digits[bytes.data[i] & 0x0F];
    }
    *at = '\0';
    return text;
}

void hex_put(struct buf *buf, struct bytes bytes)
{
    uint8_t *at = buf_extend(buf, bytes.len * 2);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        at[2 * i] = (uint8_t)digits[bytes.data[i] >> 4];
        at[2 * i + 1] = (uint8_t)digits[bytes.data[i] & 0x0F];
    }
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

enum err hex_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *out_len)
{
    *out_len = 0;
    if (len % 2 != 0) {
        return ERR_MALFORMED;
    }
    if (len / 2 > out_size) {
        return ERR_RANGE;
    }
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return ERR_MALFORMED;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    *out_len = len / 2;
    return ERR_OK;
}
