/* The journal's chain as the auditor checks it: each way of tampering has its
 * own name (design.md 9, 5 and 7; docs/audit.md). */
#include <stdio.h>
#include <string.h>

#include "admin/audit_chain.h"
#include "base/hex.h"
#include "support/test.h"

enum { ENTRIES = 4, LINE_SIZE = 256 };

static char lines[ENTRIES][LINE_SIZE];
static uint8_t head[SHA256_SIZE];

static struct bytes line_bytes(const char *line)
{
    return bytes_make(line, strlen(line));
}

/* A true journal, as engine/journal.h says. */
static void make_journal(void)
{
    char prev[2 * SHA256_SIZE + 1];
    memset(head, 0, sizeof(head));
    for (int i = 0; i < ENTRIES; i++) {
        hex_encode(BYTES_OF(head), prev);
        snprintf(lines[i], LINE_SIZE,
                 "{\"seq\":%d,\"time\":\"2026-11-23T10:58:4%dZ\",\"event\":\"login\","
                 "\"user\":\"user\",\"prev\":\"%s\"}",
                 i + 1, i, prev);
        TEST_OK(crypto_sha256(line_bytes(lines[i]), head));
    }
}

static struct audit_chain check(const int *order, size_t count)
{
    struct audit_chain chain;
    audit_chain_init(&chain);
    for (size_t i = 0; i < count; i++) {
        audit_chain_line(&chain, line_bytes(lines[order[i]]));
    }
    audit_chain_end(&chain, ENTRIES, head);
    return chain;
}

static void expect(struct audit_chain chain, enum audit_fault fault, uint64_t line)
{
    CU_ASSERT_EQUAL(chain.fault, fault);
    CU_ASSERT_EQUAL(chain.fault_line, line);
    CU_ASSERT_PTR_NOT_NULL(audit_fault_text(chain.fault));
}

static void whole(void)
{
    make_journal();
    expect(check((const int[]){0, 1, 2, 3}, 4), AUDIT_FAULT_NONE, 0);
}

static void truncated(void)
{
    make_journal();
    expect(check((const int[]){0, 1, 2}, 3), AUDIT_FAULT_TRUNCATED, 4);
    expect(check(NULL, 0), AUDIT_FAULT_TRUNCATED, 1);
}

static void reordered(void)
{
    make_journal();
    expect(check((const int[]){0, 2, 1, 3}, 4), AUDIT_FAULT_NUMBER, 2);
    expect(check((const int[]){0, 2, 3}, 3), AUDIT_FAULT_NUMBER, 2);
    expect(check((const int[]){0, 1, 1, 2}, 4), AUDIT_FAULT_NUMBER, 3);
}

static void edited(void)
{
    make_journal();
    strstr(lines[1], "login")[0] = 'L';
    expect(check((const int[]){0, 1, 2, 3}, 4), AUDIT_FAULT_EDITED, 2);
    make_journal();
    strstr(lines[3], "login")[0] = 'L';
    expect(check((const int[]){0, 1, 2, 3}, 4), AUDIT_FAULT_HEAD, 4);
}

static void set_back(void)
{
    make_journal();
    struct audit_chain chain;
    audit_chain_init(&chain);
    for (int i = 0; i < ENTRIES; i++) {
        audit_chain_line(&chain, line_bytes(lines[i]));
    }
    audit_chain_end(&chain, 2, head);
    expect(chain, AUDIT_FAULT_LONGER, 3);
}

/* Lines that are no entries: refused, never read past (invariant 7). */
static void malformed(void)
{
    static const char *const rows[] = {
        "",
        "{}",
        "{\"seq\":1",
        "{\"seq\":,\"prev\":\"\"}",
        "{\"seq\":99999999999999999999999,\"prev\":\"0\"}",
        "{\"seq\":1,\"prev\":\"00\"}",
        "{\"seq\":1,\"prev\":\"000000000000000000000000000000000000000000000000000000000000000G\"}",
        "{\"seq\":1,\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"
        " ",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct audit_chain chain;
        audit_chain_init(&chain);
        audit_chain_line(&chain, line_bytes(rows[i]));
        expect(chain, AUDIT_FAULT_FORM, 1);
    }
}

static const struct test_case cases[] = {
    {"whole", whole},   {"truncated", truncated}, {"reordered", reordered},
    {"edited", edited}, {"set_back", set_back},   {"malformed", malformed},
};
TEST_MAIN("token/admin audit_chain", cases)
