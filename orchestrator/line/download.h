/* One download in the making: what the steps hand to one another. Private to
 * this folder. Every step returns false with download->failure set. */
#ifndef LINE_DOWNLOAD_H
#define LINE_DOWNLOAD_H

#include "euicc/es10b.h"
#include "euicc/es10c.h"
#include "line/device.h"
#include "line/failure.h"
#include "line/station.h"

/* 1 to 16 bytes are allowed; 8 random ones do not meet again on one chip. */
enum { TRANSACTION_ID_SIZE = 8 };

struct download {
    struct station *station;
    struct load_report *report;
    struct failure failure;

    struct device device;

    struct ledger_profile profile;
    struct ledger_package package;

    uint8_t transaction_id[TRANSACTION_ID_SIZE];
    bool session_open; /* the eUICC holds an RSP session that needs cancelling */

    struct buf authenticate_raw; /* the views below point into it */
    struct authenticate_server_response authenticated;
    struct cert *euicc;
    struct cert *eum;

    uint8_t smdp_signature2[EC_SIGNATURE_SIZE];
    struct buf prepare_raw;
    struct prepare_download_response prepared;

    struct buf bpp;
    struct buf result; /* BF37 as received */

    int64_t attempt;       /* open attempt in the ledger, 0 when none */
    bool may_be_installed; /* of the open attempt; false: certainly not */
};

/* download.c: empty, for one try at one station; and everything given back. */
void download_init(struct download *download, struct station *station, struct load_report *report);
void download_clear(struct download *download);

/* match.c: step 2. *proceed false: nothing is to be loaded and nothing is
 * wrong (it is on the chip already). */
bool download_match(struct download *download, bool *proceed);

/* authenticate.c: step 3, SGP.22 3.1.2. */
bool download_authenticate(struct download *download);
/* prepare.c: step 4, SGP.22 3.1.3. */
bool download_prepare(struct download *download);
/* bind.c: step 5. */
bool download_bind(struct download *download);
/* load.c: step 6. */
bool download_load(struct download *download);
/* record.c: step 7. */
bool download_record(struct download *download);

/* record.c: writes how the open attempt ended; the failure, where there is one, is
 * the download's own. */
bool download_end_attempt(struct download *download, enum ledger_state state, struct bytes result);
/* record.c: keeps a verified result for the report. */
void download_keep_result(struct download *download, struct bytes result);
/* record.c: takes a notification off the chip. */
void download_remove_notification(struct download *download, uint64_t seq_number);
/* record.c: enables the profile where that is configured. */
bool download_enable(struct download *download);

/* settle.c: ends an attempt that gave no result: by what is certain, else by what
 * the chip says it holds. False: it could not be asked, and the attempt stays
 * open. */
bool download_settle(struct download *download, bool *installed);

/* Failures of the eUICC or the link, and of the token, as the download's own. */
bool download_euicc_failure(struct download *download, enum err err, enum failure_kind refused);
bool download_token_failure(struct download *download, enum err err);

#endif
