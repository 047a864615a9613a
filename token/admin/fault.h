/* What an engine finds wrong with its own token, in words for people. */
#ifndef ADMIN_FAULT_H
#define ADMIN_FAULT_H

#include <stdint.h>

/* One of enum tokwire_fault: its name as in docs/token-commands.md, and what it
 * means. Of a number this version does not know, "unknown". Static storage. */
struct fault_text {
    const char *name;
    const char *meaning;
};
const struct fault_text *fault_text(uint8_t fault);
/* Says on standard error what is wrong, in the engine's own words too (detail may be
 * empty), and what to do. Returns ADMIN_TOKEN. */
int fault_report(uint8_t fault, const char *detail);
/* The same advice, for other places to print. */
extern const char fault_advice[];

#endif
