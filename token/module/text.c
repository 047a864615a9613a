#include "module/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void module_text_pad(unsigned char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len > size) {
        len = size;
        /* 10xxxxxx continues a character: cut before its first byte. */
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    memset(out, ' ', size);
    memcpy(out, text, len);
}

static unsigned char version_part(const char *text, char **end)
{
    unsigned long value = isdigit((unsigned char)*text) ? strtoul(text, end, 10) : 0;
    return (unsigned char)(value <= 255 ? value : 255);
}

CK_VERSION module_text_version(const char *text)
{
    /* A program's name may stand before the number: "usbkeyd 0.1.0". */
    text += strcspn(text, "0123456789");
    char *end = NULL;
    CK_VERSION version = {0, 0};
    version.major = version_part(text, &end);
    if (end != NULL && *end == '.') {
        version.minor = version_part(end + 1, &end);
    }
    return version;
}
