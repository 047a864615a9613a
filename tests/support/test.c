#include "support/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/hex.h"

int test_main(const char *suite, const struct test_case *cases, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return EXIT_FAILURE;
    }
    CU_pSuite made = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; made != NULL && i < count; i++) {
        if (CU_add_test(made, cases[i].name, cases[i].run) == NULL) {
            made = NULL;
        }
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_ErrorCode run = made != NULL ? CU_basic_run_tests() : CUE_NOSUITE;
    unsigned failed = CU_get_number_of_failures();
    /* A run in which not every case ran has failed, whatever it asserted. */
    bool whole = run == CUE_SUCCESS && CU_get_number_of_tests_run() == count && count > 0;
    CU_cleanup_registry();
    return failed == 0 && whole ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Literals live as long as the program; kept in a list so that a leak checker
 * sees them. */
struct literal {
    struct literal *next;
    uint8_t data[];
};
static struct literal *literals;

struct bytes test_hex(const char *text)
{
    struct literal *literal = calloc(1, sizeof(*literal) + strlen(text) / 2 + 1);
    if (literal == NULL) {
        abort();
    }
    literal->next = literals;
    literals = literal;
    size_t digits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        int digit = hex_digit(*at);
        if (digit < 0) {
            continue;
        }
        uint8_t *byte = &literal->data[digits / 2];
        *byte = (uint8_t)(*byte << 4 | digit);
        digits++;
    }
    return bytes_make(literal->data, digits / 2);
}

const char *test_data(const char *relative)
{
    static char path[4096];
    const char *root = getenv("EUICC_LINE_DATA");
    snprintf(path, sizeof(path), "%s/%s", root != NULL ? root : "../shared/data", relative);
    return access(path, R_OK) == 0 ? path : NULL;
}

void test_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("\n    note: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}
