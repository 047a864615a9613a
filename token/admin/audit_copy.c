#include "admin/audit_copy.h"

#include <string.h>

#include "admin/audit_chain.h"
#include "admin/journal_reader.h"

void audit_copy_init(struct audit_copy *copy, struct bytes content)
{
    *copy = (struct audit_copy){.left = content, .missing_logins = true};
}

static void blame(struct audit_copy *copy, enum audit_copy_fault fault)
{
    copy->fault = fault;
    copy->fault_line = copy->lines + 1;
}

static bool has_number(struct bytes lines, uint64_t wanted)
{
    struct bytes line;
    uint64_t number;
    while (journal_reader_line(&lines, &line) == ERR_OK) {
        if (audit_line_number(line, &number) && number == wanted) {
            return true;
        }
    }
    return false;
}

/* Does the line after this one name it, as it stands here? */
static bool goes_on(struct bytes line, struct bytes left)
{
    struct bytes next;
    uint8_t hash[SHA256_SIZE], prev[SHA256_SIZE];
    return journal_reader_line(&left, &next) == ERR_OK && audit_line_prev(next, prev) &&
           crypto_sha256(line, hash) == ERR_OK && bytes_equal(BYTES_OF(hash), BYTES_OF(prev));
}

/* Why a line is not the engine's entry `wanted`; the copy goes on with `left`. */
static enum audit_copy_fault classify(struct bytes line, struct bytes left, uint64_t wanted)
{
    uint64_t number = 0;
    if (!audit_line_number(line, &number)) {
        return AUDIT_COPY_FORM;
    }
    if (number == wanted) {
        return goes_on(line, left) ? AUDIT_COPY_FORKED : AUDIT_COPY_EDITED;
    }
    return number < wanted || has_number(left, wanted) ? AUDIT_COPY_REORDERED : AUDIT_COPY_REMOVED;
}

static bool is_login(const char *event)
{
    return strcmp(event, "login") == 0 || strcmp(event, "login failed") == 0;
}

static bool is_logout(const char *event)
{
    return strcmp(event, "logout") == 0;
}

static void note_missing(struct audit_copy *copy, const char *event)
{
    copy->missing++;
    copy->missing_logins = copy->missing_logins && (is_login(event) || is_logout(event));
    copy->goes_on_with_end = copy->goes_on_with_end || (copy->missing == 1 && is_logout(event));
}

void audit_copy_entry(struct audit_copy *copy, struct bytes line, uint64_t number,
                      const char *event)
{
    struct bytes own;
    if (copy->fault != AUDIT_COPY_SOUND) {
        return;
    }
    enum err err = journal_reader_line(&copy->left, &own);
    if (err == ERR_NOT_FOUND) {
        note_missing(copy, event);
    } else if (err == ERR_TRUNCATED) {
        blame(copy, AUDIT_COPY_TRUNCATED);
    } else if (!bytes_equal(own, line)) {
        blame(copy, classify(own, copy->left, number));
    } else {
        copy->lines++;
        copy->last = number;
        copy->ends_with_login = is_login(event);
    }
}

static bool may_end_here(const struct audit_copy *copy, bool partial)
{
    if (!copy->missing_logins) {
        return false;
    }
    /* Nothing between the copy and the login that checks it. */
    if (partial || copy->missing <= 1) {
        return true;
    }
    return copy->ends_with_login && copy->goes_on_with_end;
}

void audit_copy_end(struct audit_copy *copy, uint64_t entries, bool partial)
{
    if (copy->fault != AUDIT_COPY_SOUND) {
        return;
    }
    bool whole = entries != 0 ? copy->lines == entries : may_end_here(copy, partial);
    if (copy->left.len > 0) {
        blame(copy, AUDIT_COPY_UNKNOWN);
    } else if (entries != 0 && copy->lines > entries) {
        blame(copy, AUDIT_COPY_LONGER);
    } else if (!whole) {
        blame(copy, AUDIT_COPY_TRUNCATED);
    }
}

const char *audit_copy_fault_text(enum audit_copy_fault fault)
{
    static const char *const texts[] = {
        [AUDIT_COPY_SOUND] = "a true copy",
        [AUDIT_COPY_FORM] = "damaged: this line is no journal entry",
        [AUDIT_COPY_EDITED] = "edited: this is not the engine's entry of that number",
        [AUDIT_COPY_REMOVED] = "removed: the entry that belongs here is not there",
        [AUDIT_COPY_REORDERED] = "reordered: another entry belongs here",
        [AUDIT_COPY_TRUNCATED] = "truncated, or an older copy: here it ends",
        [AUDIT_COPY_FORKED] =
            "rolled back, forged, or another token's: from here on the engine's journal "
            "is another one, while the chain of this copy goes on",
        [AUDIT_COPY_UNKNOWN] =
            "rolled back, or forged: the engine does not know this entry, which follows its last",
        [AUDIT_COPY_LONGER] = "another copy: it has more entries than --entries says",
    };
    return texts[fault];
}
