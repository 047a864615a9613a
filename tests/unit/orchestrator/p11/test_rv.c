/* CK_RV by name, and what each means to the project. */
#include "support/test.h"

#include <string.h>

#include <p11-kit/pkcs11.h>

#include "p11/rv.h"

static void names(void)
{
    static const struct {
        unsigned long rv;
        const char *name;
        enum err err;
    } rows[] = {
        {CKR_OK, "CKR_OK", ERR_OK},
        {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", ERR_PIN},
        {CKR_PIN_LOCKED, "CKR_PIN_LOCKED", ERR_PIN_LOCKED},
        {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", ERR_CLOSED},
        {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", ERR_NOT_FOUND},
        {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED", ERR_DENIED},
        {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", ERR_UNSUPPORTED},
        {CKR_FUNCTION_REJECTED, "CKR_FUNCTION_REJECTED", ERR_DENIED},
        {CKR_VENDOR_DEFINED, "CKR_VENDOR_DEFINED", ERR_KEYSTORE},
        {CKR_VENDOR_DEFINED | 7, "CKR_VENDOR_DEFINED", ERR_KEYSTORE},
        {0x7FFFFFFF, "unknown CKR", ERR_KEYSTORE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_STRING_EQUAL(p11_rv_name(rows[i].rv), rows[i].name);
        TEST_ERR(p11_rv_err(rows[i].rv), rows[i].err);
    }
}

/* Every value up to the highest has a name of its own or none at all. */
static void names_are_unique(void)
{
    for (unsigned long a = 0; a <= CKR_FUNCTION_REJECTED; a++) {
        const char *name = p11_rv_name(a);
        if (strncmp(name, "CKR_", 4) != 0) {
            continue;
        }
        for (unsigned long b = a + 1; b <= CKR_FUNCTION_REJECTED; b++) {
            CU_ASSERT_STRING_NOT_EQUAL(name, p11_rv_name(b));
        }
        /* success is one value only */
        CU_ASSERT_EQUAL(p11_rv_err(a) == ERR_OK, a == CKR_OK);
    }
}

static const struct test_case cases[] = {
    {"names", names},
    {"names are unique", names_are_unique},
};

TEST_MAIN("orchestrator/p11/rv", cases)
