#include "cleansing.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static void *cleansing_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size > 0 ? malloc(size) : NULL;
}

static void cleansing_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (memory != NULL) {
        OPENSSL_cleanse(memory, malloc_usable_size(memory));
        free(memory);
    }
}

/* Never realloc(3), which would free the old place as it is. */
static void *cleansing_realloc(void *memory, size_t size, const char *file, int line)
{
    if (memory == NULL) {
        return cleansing_malloc(size, file, line);
    }
    if (size == 0) {
        cleansing_free(memory, file, line);
        return NULL;
    }
    size_t had = malloc_usable_size(memory);
    if (size <= had) {
        OPENSSL_cleanse((char *)memory + size, had - size);
        return memory;
    }
    void *larger = malloc(size);
    if (larger != NULL) {
        memcpy(larger, memory, had);
        cleansing_free(memory, file, line);
    }
    return larger;
}

enum err cleansing_install(void)
{
    return CRYPTO_set_mem_functions(cleansing_malloc, cleansing_realloc, cleansing_free) == 1
               ? ERR_OK
               : ERR_UNTIMELY;
}
