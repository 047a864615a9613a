/* One station: a port, a thread, one device at a time. */
#ifndef LINE_STATION_H
#define LINE_STATION_H

#include "euicc/es10b.h"
#include "euicc/transport.h"
#include "line/failure.h"
#include "line/ledger.h"
#include "line/line.h"

struct station {
    struct line *line;
    const char *port;
    struct ledger *ledger;
    struct p11_session *session;
    /* Where a load stands, for the progress bar; may be NULL. */
    const struct bpp_progress *progress;
    /* The last device seen, for run: a device that stays plugged is not loaded
     * again and again. */
    bool has_eid;
    struct eid eid;
};

/* What one load reports. */
struct load_report {
    bool downloaded;
    bool already; /* downloaded before, and still on the chip */
    bool enabled;
    bool has_eid;
    struct eid eid;
    bool has_iccid;
    struct iccid iccid;
    double seconds;
    int64_t binding_us; /* step 5 in all */
    int64_t token_us;   /* of it, inside the USBKey's calls */
    struct euicc_traffic traffic;
    struct buf result; /* the verified ProfileInstallationResult; may be empty */
    struct failure failure;
};

/* Opens the station's own ledger handle and token session. */
bool station_open(struct line *line, const char *port, struct station *station,
                  struct failure *failure);
void station_close(struct station *station);

/* The line tool's way (design.md section 6) for the device on the port now:
 * match, authenticate, prepare, bind, load, record. The report is complete
 * whatever happens; load_report_clear() when done. */
void station_load(struct station *station, struct load_report *report);
void load_report_clear(struct load_report *report);

#endif
