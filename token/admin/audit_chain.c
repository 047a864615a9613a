#include "admin/audit_chain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

#define LINE_START "{\"seq\":"
#define PREV_START ",\"prev\":\""
#define PREV_END "\"}"

enum {
    START_LEN = sizeof(LINE_START) - 1,
    PREV_DIGITS = 2 * SHA256_SIZE,
    PREV_START_LEN = sizeof(PREV_START) - 1,
    PREV_END_LEN = sizeof(PREV_END) - 1,
    TAIL_LEN = PREV_START_LEN + PREV_DIGITS + PREV_END_LEN,
    NUMBER_DIGITS_MAX = 19,
};

void audit_chain_init(struct audit_chain *chain)
{
    *chain = (struct audit_chain){0};
}

bool audit_line_number(struct bytes line, uint64_t *number)
{
    size_t at = START_LEN, digits = 0;
    *number = 0;
    if (line.len < START_LEN || memcmp(line.data, LINE_START, START_LEN) != 0) {
        return false;
    }
    for (; at < line.len && isdigit(line.data[at]) && digits <= NUMBER_DIGITS_MAX; digits++) {
        *number = *number * 10 + (line.data[at++] - (uint8_t)'0');
    }
    return digits > 0 && digits <= NUMBER_DIGITS_MAX && at < line.len && line.data[at] == ',';
}

bool audit_line_prev(struct bytes line, uint8_t prev[SHA256_SIZE])
{
    if (line.len < START_LEN + TAIL_LEN) {
        return false;
    }
    const uint8_t *tail = line.data + line.len - TAIL_LEN;
    const char *digits = (const char *)tail + PREV_START_LEN;
    size_t len = 0;
    return memcmp(tail, PREV_START, PREV_START_LEN) == 0 &&
           memcmp(digits + PREV_DIGITS, PREV_END, PREV_END_LEN) == 0 &&
           hex_decode(digits, PREV_DIGITS, prev, SHA256_SIZE, &len) == ERR_OK;
}

static void blame(struct audit_chain *chain, enum audit_fault fault, uint64_t line)
{
    chain->fault = fault;
    chain->fault_line = line;
}

void audit_chain_line(struct audit_chain *chain, struct bytes line)
{
    uint64_t number = 0;
    uint8_t prev[SHA256_SIZE];
    if (chain->fault != AUDIT_FAULT_NONE) {
        return;
    }
    uint64_t expected = chain->count + 1;
    if (!audit_line_number(line, &number) || !audit_line_prev(line, prev)) {
        blame(chain, AUDIT_FAULT_FORM, expected);
    } else if (number != expected) {
        blame(chain, AUDIT_FAULT_NUMBER, expected);
    } else if (memcmp(prev, chain->hash, SHA256_SIZE) != 0) {
        /* The first line has none before it: then it is itself at fault. */
        blame(chain, AUDIT_FAULT_EDITED, chain->count > 0 ? chain->count : expected);
    } else if (crypto_sha256(line, chain->hash) != ERR_OK) {
        blame(chain, AUDIT_FAULT_FORM, expected);
    } else {
        chain->count = expected;
    }
}

void audit_chain_end(struct audit_chain *chain, uint64_t head_count,
                     const uint8_t head_hash[SHA256_SIZE])
{
    if (chain->fault != AUDIT_FAULT_NONE) {
        return;
    }
    if (chain->count < head_count) {
        blame(chain, AUDIT_FAULT_TRUNCATED, chain->count + 1);
    } else if (chain->count > head_count) {
        blame(chain, AUDIT_FAULT_LONGER, head_count + 1);
    } else if (memcmp(chain->hash, head_hash, SHA256_SIZE) != 0) {
        blame(chain, AUDIT_FAULT_HEAD, chain->count);
    }
}

static const char *const fault_texts[] = {
    [AUDIT_FAULT_NONE] = "the chain holds",
    [AUDIT_FAULT_FORM] = "damaged: line % is no journal entry",
    [AUDIT_FAULT_NUMBER] = "cut or reordered: the entry that belongs at line % is not there",
    [AUDIT_FAULT_EDITED] = "edited: line % is not the one its successor names",
    [AUDIT_FAULT_TRUNCATED] = "truncated, or an older copy: entries from % on are missing",
    [AUDIT_FAULT_HEAD] = "edited: the last line, %, is not the one the engine authenticates",
    [AUDIT_FAULT_LONGER] =
        "the engine's own journal was set back to an older copy: it does not know entry %",
};

const char *audit_fault_text(enum audit_fault fault)
{
    return fault_texts[fault];
}
