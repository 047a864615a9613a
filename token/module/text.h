/* Fixed-width text of Cryptoki's structures: blank padded, no terminator. */
#ifndef MODULE_TEXT_H
#define MODULE_TEXT_H

#include <stddef.h>

#include <p11-kit/pkcs11.h>

#define MODULE_MANUFACTURER "euicc-line"

/* Copies as much of text as fits, cut between characters of UTF-8. */
void module_text_pad(unsigned char *out, size_t size, const char *text);
/* "0.1.0" as {0, 1}; {0, 0} when it is no version. */
CK_VERSION module_text_version(const char *text);

#endif
