#include "line/download.h"
#include "sgp22/bsp.h"

/* `loading` is on the disk before the first byte of the BPP leaves
 * (invariant 6), with what is needed to settle it after a crash. */
static bool begin_attempt(struct download *download)
{
    struct ledger *ledger = download->station->ledger;
    const struct ledger_attempt attempt = {
        .transaction_id = BYTES_OF(download->transaction_id),
        .euicc_certificate = download->authenticated.euicc_certificate,
        .eum_certificate = download->authenticated.eum_certificate,
        .port = download->station->port,
    };
    enum err err = ledger_attempt_begin(ledger, download->profile.id, &attempt, &download->attempt);
    return err == ERR_OK ? true
                         : line_ledger_failure(&download->failure, err, ledger_detail(ledger));
}

/* A chip cannot have installed a profile whose last segment it never got. From
 * the moment that segment may be on its way, it may. */
static void watch(void *context, size_t done, size_t total)
{
    struct download *download = context;
    const struct bpp_progress *shown = download->station->progress;
    download->may_be_installed = total - done <= BSP_SEGMENT_MAX;
    if (shown != NULL) {
        shown->step(shown->context, done, total);
    }
}

bool download_load(struct download *download)
{
    const struct bpp_progress progress = {.step = watch, .context = download};
    download->failure.stage = STAGE_LOAD;
    if (!begin_attempt(download)) {
        return false;
    }
    download->may_be_installed = false;
    enum err err = es10b_load_bound_profile_package(
        &download->device.isdr, buf_bytes(&download->bpp), &progress, &download->result);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_EUICC_REFUSED);
    }
    /* The eUICC ended the session itself, for better or worse. */
    download->session_open = false;
    return true;
}
