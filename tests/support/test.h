/* What every unit test program shares: a table of cases run by CUnit, an exit
 * code that says whether all passed, and hex literals. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <CUnit/CUnit.h>

#include "base/bytes.h"

struct test_case {
    const char *name;
    void (*run)(void);
};

/* Runs the cases; 0 when every assertion held. The whole of main(). */
int test_main(const char *suite, const struct test_case *cases, size_t count);
#define TEST_MAIN(suite, cases)                                                                    \
    int main(void)                                                                                 \
    {                                                                                              \
        return test_main(suite, cases, sizeof(cases) / sizeof((cases)[0]));                        \
    }

/* Bytes from hexadecimal text (blanks allowed), in memory freed at exit. */
struct bytes test_hex(const char *text);
/* Path below the folder of published data beside the checkout (EUICC_LINE_DATA,
 * else ../shared/data), or NULL when it is not there: the case then checks what
 * it can without it and says so with test_note(). Static buffer. */
const char *test_data(const char *relative);
/* One line on standard output. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TEST_OK(expression) CU_ASSERT_EQUAL((expression), ERR_OK)
#define TEST_ERR(expression, expected) CU_ASSERT_EQUAL((expression), (expected))
#define TEST_BYTES(actual, expected) CU_ASSERT_TRUE(bytes_equal((actual), (expected)))

#endif
