#include "admin/fault.h"

#include <stdio.h>

#include "admin/admin.h"

static const struct fault_text rows[] = {
    [TOKWIRE_FAULT_NONE] = {"none", "nothing is wrong"},
    [TOKWIRE_FAULT_TRUNCATED] = {"truncated", "entries are missing at the end of the journal"},
    [TOKWIRE_FAULT_EDITED] = {"edited", "an entry of the journal is not what was written"},
    [TOKWIRE_FAULT_REORDERED] = {"reordered", "the journal's entries stand in another order"},
    [TOKWIRE_FAULT_REMOVED] = {"removed", "entries are missing in the middle of the journal"},
    [TOKWIRE_FAULT_ROLLED_BACK] = {"rolled back",
                                   "journal or state are an older copy, put back since"},
    [TOKWIRE_FAULT_HEAD] = {"head", "the head of the journal is missing or forged"},
    [TOKWIRE_FAULT_STATE] = {"state", "the state file is not what the engine wrote"},
    [TOKWIRE_FAULT_KEYS] = {"keys", "the key store does not hold the keys it held"},
};
static const struct fault_text unknown = {"unknown", "a fault this version has no name for"};

const struct fault_text *fault_text(uint8_t fault)
{
    return fault < sizeof(rows) / sizeof(rows[0]) ? &rows[fault] : &unknown;
}

const char fault_advice[] =
    "The engine refuses to work until it finds everything as it was. Take the token out of\n"
    "use, keep a copy of its state directory as evidence, and save what can be read:\n"
    "usbkey-admin audit export. Putting the true files back mends it, on record; without\n"
    "them make a new token from the root key's components (docs/key-ceremony.md).\n";

int fault_report(uint8_t fault, const char *detail)
{
    const struct fault_text *text = fault_text(fault);
    fprintf(stderr, ADMIN_PROGRAM ": TAMPERED WITH: %s: %s%s%s\n%s", text->name, text->meaning,
            detail[0] != '\0' ? ": " : "", detail, fault_advice);
    return ADMIN_TOKEN;
}
