#include "support/test.h"

#include <string.h>

/* The names go into reports, so each code has one and no two share one. */
static void test_names_are_unique(void)
{
    for (int i = 0; i < ERR_COUNT; i++) {
        const char *name = err_name((enum err)i);
        CU_ASSERT_PTR_NOT_NULL_FATAL(name);
        CU_ASSERT_TRUE(strlen(name) > 0);
        CU_ASSERT_STRING_NOT_EQUAL(name, "unknown");
        CU_ASSERT_EQUAL(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        for (int k = 0; k < i; k++) {
            CU_ASSERT_STRING_NOT_EQUAL(name, err_name((enum err)k));
        }
    }
}

static void test_outside_the_list(void)
{
    CU_ASSERT_STRING_EQUAL(err_name(ERR_COUNT), "unknown");
    CU_ASSERT_STRING_EQUAL(err_name((enum err) - 1), "unknown");
    CU_ASSERT_STRING_EQUAL(err_name((enum err)1000), "unknown");
}

static void test_contract_names(void)
{
    CU_ASSERT_STRING_EQUAL(err_name(ERR_OK), "ok");
    CU_ASSERT_STRING_EQUAL(err_name(ERR_CERT_CHAIN), "cert_chain");
    CU_ASSERT_STRING_EQUAL(err_name(ERR_PIN_LOCKED), "pin_locked");
}

static const struct test_case cases[] = {
    {"every code has a name of its own", test_names_are_unique},
    {"codes outside the list", test_outside_the_list},
    {"names of the contract", test_contract_names},
};
TEST_MAIN("shared/base/err", cases)
