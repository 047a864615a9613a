/* Hexadecimal text. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>

#include "base/bytes.h"

/* Writes 2 * bytes.len upper-case digits and a terminating zero; text holds at
 * least 2 * bytes.len + 1. Returns text. */
char *hex_encode(struct bytes bytes, char *text);
/* Appends the digits to buf, upper case. */
void hex_put(struct buf *buf, struct bytes bytes);
/* Decodes len digits (either case, no blanks) into out, which holds out_size
 * bytes. ERR_MALFORMED for an odd count or a stranger, ERR_RANGE when too long. */
enum err hex_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *out_len);
/* Value of one digit, -1 when it is none. */
int hex_digit(char c);

#endif
