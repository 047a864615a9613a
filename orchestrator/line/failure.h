/* Why a download did not happen: one row per kind of failure. */
#ifndef LINE_FAILURE_H
#define LINE_FAILURE_H

#include "base/bytes.h"

/* Exit codes of the program (design.md section 8). */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_USAGE = 1,
    EXIT_PORT = 2,
    EXIT_AUTHENTICATION = 3,
    EXIT_NO_PROFILE = 4,
    EXIT_TOKEN = 5,
    EXIT_EUICC = 6,
    EXIT_LEDGER = 7,
};

enum failure_kind {
    FAILURE_NONE = 0,
    FAILURE_CONFIGURATION,
    FAILURE_PORT_NOT_FOUND,
    FAILURE_PORT_BUSY,
    FAILURE_PORT,
    FAILURE_MODEM_SILENT,
    FAILURE_MODEM_GONE,
    FAILURE_MODEM_ERROR,
    FAILURE_MODEM_DIALECT,
    FAILURE_NO_ISDR,
    FAILURE_EUICC_ANSWER,
    FAILURE_EID_INVALID,
    FAILURE_NO_PROFILE,
    FAILURE_PROFILE_MISSING,
    FAILURE_RETRIES,
    FAILURE_CI_UNKNOWN,
    FAILURE_EUICC_CERTIFICATE,
    FAILURE_EUICC_CERTIFICATE_DATE,
    FAILURE_EID_MISMATCH,
    FAILURE_EUICC_SIGNATURE,
    FAILURE_CHALLENGE,
    FAILURE_TRANSACTION,
    FAILURE_AUTHENTICATE_REFUSED,
    FAILURE_PREPARE_REFUSED,
    FAILURE_TOKEN,
    FAILURE_TOKEN_GONE,
    FAILURE_TOKEN_PIN,
    FAILURE_TOKEN_CERTIFICATE,
    FAILURE_TOKEN_REFUSED,
    FAILURE_ROOT_KEY,
    FAILURE_ICCID_EXISTS,
    FAILURE_EUICC_REFUSED,
    FAILURE_RESULT_SIGNATURE,
    FAILURE_RESULT,
    FAILURE_ENABLE,
    FAILURE_LEDGER,
    FAILURE_LEDGER_BUSY,
    FAILURE_BATCH,
    FAILURE_BATCH_SIGNATURE,
    FAILURE_BATCH_TRUST,
    FAILURE_FILE,
    FAILURE_INTERNAL,
    FAILURE_COUNT
};

enum stage {
    STAGE_OPEN,
    STAGE_MATCH,
    STAGE_AUTHENTICATE,
    STAGE_PREPARE,
    STAGE_BIND,
    STAGE_LOAD,
    STAGE_RECORD,
    STAGE_COUNT
};

enum { FAILURE_DETAIL_SIZE = 256 };

/* One failure, complete enough to report and to record. */
struct failure {
    enum failure_kind kind;
    enum stage stage;
    int sw;          /* status word of the eUICC, 0 when none */
    int result_code; /* SGP.22 result code, -1 when none */
    char detail[FAILURE_DETAIL_SIZE];
};

/* The NAME of reports, e.g. "eid_mismatch". Static storage. */
const char *failure_name(enum failure_kind kind);
/* What the user does next, one sentence. Static storage. */
const char *failure_advice(enum failure_kind kind);
enum exit_code failure_exit_code(enum failure_kind kind);
const char *stage_name(enum stage stage);

/* Fills failure (stage excepted, which the caller keeps current) and returns
 * false, so that a step ends with `return failure_set(..)`. */
bool failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
