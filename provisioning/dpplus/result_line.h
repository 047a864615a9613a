/* The lines of a results file NAME.ppr: JSON, one header and one line for each
 * profile (docs/batch-format.md). */
#ifndef DPPLUS_RESULT_LINE_H
#define DPPLUS_RESULT_LINE_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

enum {
    RESULT_FORMAT_VERSION = 1,
    RESULT_LINE_MAX = 128 * 1024,
    RESULT_TEXT_MAX = 1024,
    RESULT_PIR_MAX = 16 * 1024,
};

struct result_line {
    const char *eid, *iccid, *batch, *result;           /* never NULL */
    const char *error, *stage, *detail, *time;          /* NULL when absent */
    struct buf pir, euicc_certificate, eum_certificate; /* empty when absent */
    cJSON *json;                                        /* owns the text */
};

/* {"format":"ppr","version":1,..}. ERR_UNSUPPORTED for another version. */
enum err result_header_decode(struct bytes text);
/* *where names the member that is wrong. result_line_clear() in any case. */
enum err result_line_decode(struct bytes text, struct result_line *line, const char **where);
void result_line_clear(struct result_line *line);

#endif
