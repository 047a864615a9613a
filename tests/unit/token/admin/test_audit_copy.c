/* An exported copy against the engine's journal: each way of cutting or changing it
 * has its own name, and a fresh one passes (design.md 9, 7; docs/audit.md). */
#include <stdio.h>
#include <string.h>

#include "admin/audit_copy.h"
#include "base/hex.h"
#include "crypto/kdf.h"
#include "support/test.h"

enum { LINE_SIZE = 64, ENTRIES_MAX = 12 };

/* The engine's journal: one letter an entry. i initialise, l login, o logout, r
 * release, f login failed. */
static const char *journal;

static const char *event_of(char letter)
{
    switch (letter) {
    case 'l':
        return "login";
    case 'f':
        return "login failed";
    case 'o':
        return "logout";
    case 'r':
        return "release";
    default:
        return "initialise";
    }
}

static void put_entry(char *line, size_t number, char letter)
{
    snprintf(line, LINE_SIZE, "{\"seq\":%zu,\"event\":\"%s\"}", number, event_of(letter));
}

/* Checks a copy of lines, each with a newline, against the journal. */
static struct audit_copy check(const char *lines, uint64_t entries, bool partial)
{
    struct audit_copy copy;
    audit_copy_init(&copy, bytes_make(lines, strlen(lines)));
    for (size_t i = 0; i < strlen(journal); i++) {
        char line[LINE_SIZE];
        put_entry(line, i + 1, journal[i]);
        if (!partial || journal[i] == 'r') {
            audit_copy_entry(&copy, bytes_make(line, strlen(line)), i + 1, event_of(journal[i]));
        }
    }
    audit_copy_end(&copy, entries, partial);
    CU_ASSERT_PTR_NOT_NULL(audit_copy_fault_text(copy.fault));
    return copy;
}

/* A copy of these entries of the journal, in this order; 0 ends the list. */
static const char *copy_of(const size_t *numbers)
{
    static char lines[ENTRIES_MAX * LINE_SIZE];
    size_t len = 0;
    lines[0] = '\0';
    for (; *numbers != 0; numbers++) {
        char line[LINE_SIZE];
        put_entry(line, *numbers, journal[*numbers - 1]);
        len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s\n", line);
    }
    return lines;
}
#define COPY_OF(...) copy_of((const size_t[]){__VA_ARGS__, 0})

static void expect(struct audit_copy copy, enum audit_copy_fault fault, uint64_t line)
{
    if (copy.fault != fault || copy.fault_line != line) {
        test_note("fault %d at %d", (int)copy.fault, (int)copy.fault_line);
    }
    CU_ASSERT_EQUAL(copy.fault, fault);
    CU_ASSERT_EQUAL(copy.fault_line, line);
}

static void fresh(void)
{
    /* Exported at entry 4, checked at entry 6. */
    journal = "irllol";
    journal = "irolol";
    expect(check(COPY_OF(1, 2, 3, 4), 0, false), AUDIT_COPY_SOUND, 0);
    /* Checked again, and by somebody who mistyped. */
    journal = "irololfol";
    expect(check(COPY_OF(1, 2, 3, 4), 0, false), AUDIT_COPY_SOUND, 0);
    /* The file of an engine that stood still. */
    journal = "irol";
    expect(check(COPY_OF(1, 2, 3), 0, false), AUDIT_COPY_SOUND, 0);
    expect(check(COPY_OF(1, 2, 3, 4), 0, false), AUDIT_COPY_SOUND, 0);
}

static void truncated(void)
{
    journal = "irolol";
    expect(check(COPY_OF(1, 2, 3), 0, false), AUDIT_COPY_TRUNCATED, 4);
    expect(check(COPY_OF(1, 2), 0, false), AUDIT_COPY_TRUNCATED, 3);
    expect(check(COPY_OF(1), 0, false), AUDIT_COPY_TRUNCATED, 2);
    expect(check("", 0, false), AUDIT_COPY_TRUNCATED, 1);
    /* Within a line. */
    char lines[ENTRIES_MAX * LINE_SIZE];
    snprintf(lines, sizeof(lines), "%s", COPY_OF(1, 2, 3, 4));
    lines[strlen(lines) - 1] = '\0';
    expect(check(lines, 0, false), AUDIT_COPY_TRUNCATED, 4);
    /* An older one. */
    journal = "irolorl";
    expect(check(COPY_OF(1, 2, 3, 4), 0, false), AUDIT_COPY_TRUNCATED, 5);
}

/* What was noted when it was made says whether an older copy is whole. */
static void noted(void)
{
    journal = "irolorlrl";
    expect(check(COPY_OF(1, 2, 3, 4), 4, false), AUDIT_COPY_SOUND, 0);
    expect(check(COPY_OF(1, 2, 3), 4, false), AUDIT_COPY_TRUNCATED, 4);
    expect(check(COPY_OF(1, 2, 3, 4, 5), 4, false), AUDIT_COPY_LONGER, 6);
    CU_ASSERT_EQUAL(check(COPY_OF(1, 2, 3, 4), 4, false).missing, 5);
}

static void changed(void)
{
    char lines[ENTRIES_MAX * LINE_SIZE];
    journal = "irolol";
    expect(check(COPY_OF(1, 3, 4), 0, false), AUDIT_COPY_REMOVED, 2);
    expect(check(COPY_OF(2, 3, 4), 0, false), AUDIT_COPY_REMOVED, 1);
    expect(check(COPY_OF(1, 3, 2, 4), 0, false), AUDIT_COPY_REORDERED, 2);
    expect(check(COPY_OF(1, 2, 2, 3, 4), 0, false), AUDIT_COPY_REORDERED, 3);
    snprintf(lines, sizeof(lines), "%s", COPY_OF(1, 2, 3, 4));
    strstr(lines, "release")[0] = 'R';
    expect(check(lines, 0, false), AUDIT_COPY_EDITED, 2);
}

/* Entries behind the engine's last: its own journal was set back, or these are
 * forged. */
static void unknown(void)
{
    char lines[ENTRIES_MAX * LINE_SIZE];
    journal = "irolol";
    snprintf(lines, sizeof(lines), "%s{\"seq\":7,\"event\":\"release\"}\n",
             COPY_OF(1, 2, 3, 4, 5, 6));
    expect(check(lines, 0, false), AUDIT_COPY_UNKNOWN, 7);
    expect(check(lines, 7, false), AUDIT_COPY_UNKNOWN, 7);
}

/* The engine was set back and has written on: the copy's own chain holds. */
static void forked(void)
{
    static const char engines[] = "{\"seq\":1,\"event\":\"login\",\"prev\":\"0\"}";
    char first[2 * LINE_SIZE], lines[8 * LINE_SIZE], digits[2 * SHA256_SIZE + 1];
    uint8_t hash[SHA256_SIZE] = {0};
    hex_encode(BYTES_OF(hash), digits);
    snprintf(first, sizeof(first), "{\"seq\":1,\"event\":\"release\",\"prev\":\"%s\"}", digits);
    for (int holds = 0; holds < 2; holds++) {
        struct audit_copy copy;
        if (holds) {
            TEST_OK(crypto_sha256(bytes_make(first, strlen(first)), hash));
        }
        snprintf(lines, sizeof(lines), "%s\n{\"seq\":2,\"event\":\"logout\",\"prev\":\"%s\"}\n",
                 first, hex_encode(BYTES_OF(hash), digits));
        audit_copy_init(&copy, bytes_make(lines, strlen(lines)));
        audit_copy_entry(&copy, bytes_make(engines, strlen(engines)), 1, "login");
        audit_copy_end(&copy, 0, false);
        expect(copy, holds ? AUDIT_COPY_FORKED : AUDIT_COPY_EDITED, 1);
    }
}

static void partial(void)
{
    journal = "irrolrol";
    expect(check(COPY_OF(2, 3, 6), 0, true), AUDIT_COPY_SOUND, 0);
    expect(check(COPY_OF(2, 3), 0, true), AUDIT_COPY_TRUNCATED, 3);
    expect(check(COPY_OF(2, 3), 2, true), AUDIT_COPY_SOUND, 0);
    expect(check(COPY_OF(2, 6), 0, true), AUDIT_COPY_REMOVED, 2);
    expect(check(COPY_OF(3, 6), 0, true), AUDIT_COPY_REMOVED, 1);
    expect(check(COPY_OF(2, 3, 4, 6), 0, true), AUDIT_COPY_REORDERED, 3);
    expect(check(COPY_OF(2, 3, 6), 0, false), AUDIT_COPY_REMOVED, 1);
}

/* Lines that are no entries: refused, never read past (invariant 7). */
static void malformed(void)
{
    static const char *const rows[] = {
        "\n",
        "{}\n",
        "{\"seq\":1\n",
        "{\"seq\":,\n",
        "{\"seq\":99999999999999999999999,\n",
        "\x00\xFF\xFE{\"seq\":1,\n",
        "[{\"seq\":1,\"event\":\"initialise\"}]\n",
    };
    journal = "irol";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct audit_copy copy;
        const char entry[] = "{\"seq\":1,\"event\":\"initialise\"}";
        /* The row with a zero in it has a length of its own. */
        size_t len = i == 5 ? 12 : strlen(rows[i]);
        audit_copy_init(&copy, bytes_make(rows[i], len));
        audit_copy_entry(&copy, bytes_make(entry, strlen(entry)), 1, "initialise");
        audit_copy_end(&copy, 0, false);
        CU_ASSERT_EQUAL(copy.lines, 0);
        expect(copy, i == 5 ? AUDIT_COPY_TRUNCATED : AUDIT_COPY_FORM, 1);
    }
}

static const struct test_case cases[] = {
    {"fresh", fresh},     {"truncated", truncated}, {"noted", noted},     {"changed", changed},
    {"unknown", unknown}, {"forked", forked},       {"partial", partial}, {"malformed", malformed},
};
TEST_MAIN("token/admin audit_copy", cases)
