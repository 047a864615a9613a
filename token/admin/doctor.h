/* What a key store can and cannot do, judged: the findings of KEYSTORE INFO, what
 * they mean for a USBKey, and the row for the table of docs/hardware.md. */
#ifndef ADMIN_DOCTOR_H
#define ADMIN_DOCTOR_H

#include "client/client.h"

enum { DOCTOR_FINDINGS_MAX = 96, DOCTOR_ROW_MAX = 8192 };

enum doctor_weight {
    DOCTOR_GOOD = 0,
    DOCTOR_RESERVATION, /* usable; somebody has to know */
    DOCTOR_UNUSABLE,
};

struct doctor_finding {
    struct client_capability capability;
    enum doctor_weight weight;
    const char *meaning; /* of a finding that is not good; else NULL */
};

struct doctor {
    struct client_keystore keystore;
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    size_t count;
    size_t reservations, faults; /* findings of that weight */
    uint8_t tampered;            /* enum tokwire_fault: then nothing is usable */
};
bool doctor_usable(const struct doctor *doctor);

/* capabilities: of client_keystore_info(). ERR_MALFORMED; ERR_RANGE: more findings
 * than there is room for. */
enum err doctor_judge(const struct client_keystore *keystore, struct bytes capabilities,
                      struct doctor *doctor);
/* "yes", "no", "built", "untold"; "?" of a number this version does not know. */
const char *doctor_verdict_name(uint8_t verdict);
/* One line of Markdown, without a newline. name: first column; NULL: what the
 * library calls itself. */
enum err doctor_row(const struct doctor *doctor, const char *name, struct buf *row);
/* The heading the row stands under. */
extern const char doctor_row_head[];
/* One JSON object. cJSON_free() the text. */
enum err doctor_json(const struct doctor *doctor, const char *name, char **text);

#endif
