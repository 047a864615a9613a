/* An exported copy of the journal against the engine's own: entry by entry, byte by
 * byte. The copy may be of some entries alone; then so is what it is held against. */
#ifndef ADMIN_AUDIT_COPY_H
#define ADMIN_AUDIT_COPY_H

#include <stdbool.h>

#include "base/bytes.h"

enum audit_copy_fault {
    AUDIT_COPY_SOUND = 0,
    AUDIT_COPY_FORM,      /* a line is no entry */
    AUDIT_COPY_EDITED,    /* a line is not the engine's entry of that number */
    AUDIT_COPY_REMOVED,   /* an entry is not there, and later ones are */
    AUDIT_COPY_REORDERED, /* an entry stands at another line, or twice */
    AUDIT_COPY_FORKED,    /* from here it is another journal, whose own chain goes on */
    AUDIT_COPY_TRUNCATED, /* it ends too early: cut, or an older copy */
    AUDIT_COPY_UNKNOWN,   /* it has entries the engine does not know */
    AUDIT_COPY_LONGER,    /* it has more entries than it must have */
};

struct audit_copy {
    struct bytes left;           /* of the copy */
    uint64_t lines;              /* of the copy, so far the engine's */
    uint64_t last;               /* number of the engine's entry that was the last of them */
    bool ends_with_login;        /* that entry is one */
    uint64_t missing;            /* the engine's entries behind the copy's end */
    bool missing_logins;         /* and all of them are logins and logouts */
    bool goes_on_with_end;       /* and the first of them is a logout */
    enum audit_copy_fault fault; /* the first found */
    uint64_t fault_line;         /* of the copy, from 1 */
};

/* content: of the file; must outlive the copy. */
void audit_copy_init(struct audit_copy *copy, struct bytes content);
/* The engine's next entry of those that are wanted: its number, its "event". */
void audit_copy_entry(struct audit_copy *copy, struct bytes line, uint64_t number,
                      const char *event);
/* After the last: whether the copy is whole.
 *
 * entries: lines it must have, as noted when it was made; 0: not noted. Then a copy
 * may lack only what follows an export of itself: the logout of that login, and
 * logins such as the one that is checking now. partial: of some entries alone, where
 * the export's own login need not be among them. */
void audit_copy_end(struct audit_copy *copy, uint64_t entries, bool partial);
const char *audit_copy_fault_text(enum audit_copy_fault fault);

#endif
