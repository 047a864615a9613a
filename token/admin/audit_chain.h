/* The journal's hash chain, checked by the reader: each line names its number
 * and, last of all, the SHA-256 of the line before it without its newline
 * (docs/audit.md). */
#ifndef ADMIN_AUDIT_CHAIN_H
#define ADMIN_AUDIT_CHAIN_H

#include "base/bytes.h"
#include "crypto/kdf.h"

/* What is wrong with a chain, by name. */
enum audit_fault {
    AUDIT_FAULT_NONE = 0,
    AUDIT_FAULT_FORM,      /* a line is no entry */
    AUDIT_FAULT_NUMBER,    /* a line is missing, twice there, or out of order */
    AUDIT_FAULT_EDITED,    /* a line is not the one the next line names */
    AUDIT_FAULT_TRUNCATED, /* ends before the entry the engine authenticates */
    AUDIT_FAULT_HEAD,      /* as long, but with another last line */
    AUDIT_FAULT_LONGER,    /* has entries the engine does not know: it was set back */
};

struct audit_chain {
    uint64_t count;            /* entries so far */
    uint8_t hash[SHA256_SIZE]; /* of the last line; zeros before the first */
    enum audit_fault fault;    /* the first found */
    uint64_t fault_line;       /* from 1 */
};

/* The number an entry begins with, the hash it ends with; false when the line is
 * none. */
bool audit_line_number(struct bytes line, uint64_t *number);
bool audit_line_prev(struct bytes line, uint8_t prev[SHA256_SIZE]);

void audit_chain_init(struct audit_chain *chain);
/* Takes the next line, without its newline. After a fault nothing more counts. */
void audit_chain_line(struct audit_chain *chain, struct bytes line);
/* Compares the end with the head the engine authenticates. */
void audit_chain_end(struct audit_chain *chain, uint64_t head_count,
                     const uint8_t head_hash[SHA256_SIZE]);
/* One sentence on a fault, with AUDIT_FAULT_PLACE where the line goes. */
#define AUDIT_FAULT_PLACE "%"
const char *audit_fault_text(enum audit_fault fault);

#endif
