/* What OpenSSL frees holds nothing any more. The linker leads free() here first
 * (--wrap), for memory that is gone cannot be looked at. */
#include "cleansing.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "crypto/ec.h"
#include "support/test.h"

static bool watching;
static size_t freed, found;
static struct bytes wanted; /* must not be in memory that is freed */

void __real_free(void *memory);
void __wrap_free(void *memory);

void __wrap_free(void *memory)
{
    if (watching && memory != NULL) {
        size_t len = malloc_usable_size(memory);
        freed++;
        found += memmem(memory, len, wanted.data, wanted.len) != NULL ? 1 : 0;
    }
    __real_free(memory);
}

static void watch(struct bytes bytes)
{
    wanted = bytes;
    freed = 0;
    found = 0;
    watching = true;
}

static void test_free(void)
{
    static const char secret[] = "a secret of some length";
    char *memory = OPENSSL_malloc(64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    memcpy(memory + 40, secret, sizeof(secret));
    watch(bytes_make(secret, sizeof(secret)));
    OPENSSL_free(memory);
    OPENSSL_free(NULL);
    watching = false;
    CU_ASSERT_EQUAL(freed, 1);
    CU_ASSERT_EQUAL(found, 0);
}

static void test_realloc(void)
{
    static const char secret[] = "a secret of some length";
    char *memory = OPENSSL_realloc(NULL, sizeof(secret));
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    memcpy(memory, secret, sizeof(secret));
    watch(bytes_make(secret, sizeof(secret)));
    memory = OPENSSL_realloc(memory, 65536);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    CU_ASSERT_STRING_EQUAL(memory, secret);
    CU_ASSERT_EQUAL(freed, 1);
    /* Smaller: it stays where it is, and ends where it says. */
    memory = OPENSSL_realloc(memory, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    CU_ASSERT_EQUAL(memcmp(memory, "a ", 2), 0);
    CU_ASSERT_PTR_NULL(memmem(memory, malloc_usable_size(memory), "secret", 6));
    CU_ASSERT_PTR_NULL(OPENSSL_realloc(memory, 0));
    watching = false;
    CU_ASSERT_EQUAL(freed, 2);
    CU_ASSERT_EQUAL(found, 0);
}

/* The bug this is for: a multiplication leaves its scalar in freed memory, in the
 * order of a little-endian number. */
static void test_agreement(void)
{
    uint8_t scalar[EC_SCALAR_SIZE], reversed[EC_SCALAR_SIZE], point[EC_POINT_SIZE];
    enum ec_curve curve;
    EVP_PKEY *own = NULL, *peer = NULL;
    struct secret shared = {0};
    for (size_t i = 0; i < sizeof(scalar); i++) {
        scalar[i] = (uint8_t)(0x11 + 7 * i);
        reversed[sizeof(scalar) - 1 - i] = scalar[i];
    }
    TEST_OK(ec_generate(EC_CURVE_P256, &peer));
    watch(BYTES_OF(reversed));
    TEST_OK(ec_private_from_scalar(EC_CURVE_P256, BYTES_OF(scalar), &own));
    TEST_OK(ec_point(own, point, &curve));
    TEST_OK(ec_agree(own, peer, &shared));
    EVP_PKEY_free(own);
    watching = false;
    CU_ASSERT_TRUE(freed > 0);
    CU_ASSERT_EQUAL(found, 0);
    EVP_PKEY_free(peer);
    secret_clear(&shared);
}

static const struct test_case cases[] = {
    {"free", test_free},
    {"realloc", test_realloc},
    {"key agreement", test_agreement},
};

/* Before the test's own beginning, which may be OpenSSL's. */
__attribute__((constructor)) static void first(void)
{
    if (cleansing_install() != ERR_OK) {
        abort();
    }
}

TEST_MAIN("daemon/cleansing", cases)
