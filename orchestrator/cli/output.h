/* What a person or a script reads of euicc-line. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <cjson/cJSON.h>

#include "line/failure.h"
#include "line/station.h"

/* Says a failure on standard error: what, to which port and EID (either may be
 * NULL), and what to do next. Returns the exit code that goes with it. */
int output_failure(const struct failure *failure, const char *port, const struct eid *eid);
/* One line of JSON on standard output. Takes ownership of the object. */
void output_json(cJSON *object);
/* The report of a load: PASS or FAIL for a person. */
void output_report(const struct load_report *report, const char *port);
/* The one line of load --json (design.md section 8). */
void output_report_json(const struct load_report *report, const char *port);

/* A progress bar on standard error when that is a terminal, else nothing. */
extern const struct bpp_progress output_progress;

#endif
