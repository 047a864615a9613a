/* Components: check values (docs/key-ceremony.md), the root key they make, files
 * that are none, the page for an envelope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/admin.h"
#include "admin/component.h"
#include "base/file.h"
#include "base/hex.h"
#include "support/test.h"

#define PUBLISHED "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"

static char paths[COMPONENTS_MAX + 1][64];

/* A file of this text; its name stays until the next call with the same index. */
static const char *file_of(size_t index, const char *text)
{
    snprintf(paths[index], sizeof(paths[index]), "/tmp/component-test.%ld.%zu", (long)getpid(),
             index);
    TEST_OK(file_replace(paths[index], bytes_make(text, strlen(text)), 0600));
    return paths[index];
}

static struct secret secret_of(const char *hex)
{
    struct secret secret = {0};
    struct bytes value = test_hex(hex);
    TEST_OK(secret_set(&secret, value.data, value.len));
    return secret;
}

static void files(void)
{
    struct component_set set;
    struct option_list list = {.count = 2};
    list.values[0] = file_of(0, PUBLISHED "\n");
    list.values[1] = file_of(1, "ff0102030405060708090a0b0c0d0e0f"
                                "101112131415161718191a1b1c1d1eff\r\n");
    CU_ASSERT_EQUAL(component_set_read(&list, &set), ADMIN_OK);
    CU_ASSERT_EQUAL(set.count, 2);
    struct secret root = {0};
    component_set_combine(&set, &root);
    TEST_BYTES(secret_bytes(&root),
               test_hex("FF000000000000000000000000000000000000000000000000000000000000E0"));
    component_set_clear(&set);
    CU_ASSERT_EQUAL(set.components[0].data[31], 0);
}

static void wrong_files(void)
{
    static const char *const rows[] = {
        "",
        "\n",
        PUBLISHED "00\n",
        "0001\n",
        PUBLISHED "\n" PUBLISHED "\n",
        "G00102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n",
        "0001 0203 0405 0607 0809 0A0B 0C0D 0E0F 1011 1213 1415 1617 1819 1A1B 1C1D 1E1F\n",
    };
    struct component_set set;
    struct option_list list = {.count = 1};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        list.values[0] = file_of(0, rows[i]);
        CU_ASSERT_EQUAL(component_set_read(&list, &set), ADMIN_USAGE);
        CU_ASSERT_EQUAL(set.count, 0);
        component_set_clear(&set);
    }
    list.values[0] = "/nonexistent/component";
    CU_ASSERT_EQUAL(component_set_read(&list, &set), ADMIN_USAGE);
    /* No one person may know the root key. */
    list = (struct option_list){.count = 2};
    list.values[0] = file_of(0, PUBLISHED "\n");
    list.values[1] = file_of(1, PUBLISHED "\n");
    CU_ASSERT_EQUAL(component_set_read(&list, &set), ADMIN_USAGE);
    component_set_clear(&set);
    list.count = COMPONENTS_MAX + 1;
    CU_ASSERT_EQUAL(component_set_read(&list, &set), ADMIN_USAGE);
}

static void page(void)
{
    struct secret published = secret_of(PUBLISHED);
    struct buf text;
    buf_init(&text, 4096);
    TEST_OK(component_page(&published, "2026-11-23T10:58:40Z", &text));
    buf_put_u8(&text, 0);
    const char *rows[] = {
        "      row 1    0001 0203 0405 0607\n", "      row 4    1819 1A1B 1C1D 1E1F\n",
        "      check value    37 78 22 C0 93\n", "      generated      2026-11-23T10:58:40Z\n"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr((const char *)text.data, rows[i]));
    }
    buf_clear(&text);
    buf_init(&text, 100);
    TEST_ERR(component_page(&published, "", &text), ERR_RANGE);
    buf_clear(&text);
    for (size_t i = 0; i < 2; i++) {
        unlink(paths[i]);
    }
}

static const struct test_case cases[] = {
    {"files", files},
    {"wrong_files", wrong_files},
    {"page", page},
};
TEST_MAIN("token/admin component", cases)
