#include "fuzz.h"

#include <string.h>

#include "sgp22/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct upp_info info;
    const char *where = NULL;
    enum err err = upp_check(bytes_make(data, size), &info, &where);
    fuzz_check(where != NULL && (err == ERR_OK) == (strlen(where) == 0));
    fuzz_check(err == ERR_OK ? info.element_count >= 2 : info.element_count == 0);
    return 0;
}
