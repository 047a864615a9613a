#include "line/station.h"

#include "base/clock.h"
#include "line/download.h"

bool station_open(struct line *line, const char *port, struct station *station,
                  struct failure *failure)
{
    struct p11_failure token = {0};
    *station = (struct station){.line = line, .port = port};
    if (!line_open_ledger(line, &station->ledger, failure)) {
        return false;
    }
    enum err err = p11_session_open(line->token, &station->session, &token);
    if (err != ERR_OK) {
        station_close(station);
        return line_token_failure(failure, err, &token);
    }
    return true;
}

void station_close(struct station *station)
{
    p11_session_close(&station->session);
    ledger_close(&station->ledger);
}

/* Whether there is any use in asking the chip after this failure: a silent or
 * vanished modem would only cost the operator more timeouts. */
static bool still_answering(const struct download *download)
{
    switch (download->failure.kind) {
    case FAILURE_PORT:
    case FAILURE_MODEM_SILENT:
    case FAILURE_MODEM_GONE:
        return false;
    default:
        return true;
    }
}

/* A failed session is cancelled, never continued (design.md section 6). */
static void cancel(struct download *download)
{
    if (!download->session_open || !still_answering(download)) {
        return;
    }
    enum cancel_reason reason =
        download->failure.stage == STAGE_LOAD ? CANCEL_LOAD_BPP_EXECUTION_ERROR : CANCEL_UNDEFINED;
    es10b_cancel_session(&download->device.isdr, BYTES_OF(download->transaction_id), reason);
    download->session_open = false;
}

/* A load that failed with its attempt open. Where the chip may hold the profile it
 * is asked at once, if it still answers; if not, the row stays in `loading` and
 * the next load asks. */
static void settle(struct download *download)
{
    struct failure why = download->failure;
    bool installed = false;
    if (download->attempt == 0 || (download->may_be_installed && !still_answering(download))) {
        return;
    }
    if (download_settle(download, &installed) && installed) {
        download->report->downloaded = true;
        download->failure.kind = FAILURE_NONE;
        return;
    }
    download->failure = why;
}

/* Step 1. */
static bool open_device(struct download *download)
{
    const struct station *station = download->station;
    struct device *device = &download->device;
    download->failure.stage = STAGE_OPEN;
    const struct device_port port = line_port(station->line, station->port);
    bool good = device_open(&port, device, &download->failure);
    download->report->has_eid = device->has_eid;
    download->report->eid = device->eid;
    return good;
}

static void close_device(struct download *download)
{
    /* The figures go with the modem; closing the channel is part of the job. */
    struct device *device = &download->device;
    if (device->isdr_open) {
        isdr_close(&device->isdr);
        device->isdr_open = false;
    }
    if (device->modem != NULL) {
        download->report->traffic = modem_transport(device->modem)->traffic;
    }
    device_close(device);
}

static void run_steps(struct download *download)
{
    bool proceed = true;
    if (!open_device(download) || !download_match(download, &proceed) || !proceed) {
        return;
    }
    if (download_authenticate(download) && download_prepare(download) && download_bind(download) &&
        download_load(download) && download_record(download)) {
        return;
    }
    cancel(download);
    settle(download);
}

void station_load(struct station *station, struct load_report *report)
{
    struct download download;
    int64_t began = clock_us();
    *report = (struct load_report){0};
    buf_init(&report->result, ES10_RESPONSE_MAX);
    download_init(&download, station, report);
    run_steps(&download);
    close_device(&download);
    report->failure = download.failure;
    report->seconds = (double)(clock_us() - began) / 1e6;
    station->has_eid = report->has_eid;
    station->eid = report->eid;
    download_clear(&download);
}

void load_report_clear(struct load_report *report)
{
    buf_clear(&report->result);
}
