/* What is wrong with the token, kept and named. */
#include <stdio.h>

#include "base/log.h"
#include "engine/internal.h"

const char *fault_name(enum tokwire_fault fault)
{
    static const char *const names[] = {
        [TOKWIRE_FAULT_NONE] = "none",       [TOKWIRE_FAULT_TRUNCATED] = "truncated",
        [TOKWIRE_FAULT_EDITED] = "edited",   [TOKWIRE_FAULT_REORDERED] = "reordered",
        [TOKWIRE_FAULT_REMOVED] = "removed", [TOKWIRE_FAULT_ROLLED_BACK] = "rolled back",
        [TOKWIRE_FAULT_HEAD] = "head",       [TOKWIRE_FAULT_STATE] = "state",
        [TOKWIRE_FAULT_KEYS] = "keys",
    };
    return (size_t)fault < sizeof(names) / sizeof(names[0]) ? names[fault] : "unknown";
}

void engine_set_fault(struct engine *engine, enum tokwire_fault fault, const char *text)
{
    if (engine->fault != TOKWIRE_FAULT_NONE) {
        return;
    }
    engine->fault = fault;
    snprintf(engine->fault_text, sizeof(engine->fault_text), "%s", text);
    log_error("tampered with (%s): %s", fault_name(fault), text);
}
