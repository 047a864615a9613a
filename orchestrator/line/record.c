#include "line/download.h"

bool download_end_attempt(struct download *download, enum ledger_state state, struct bytes result)
{
    struct ledger *ledger = download->station->ledger;
    const struct failure failure = download->failure;
    bool failed = state != LEDGER_DOWNLOADED;
    const struct ledger_outcome outcome = {
        .state = state,
        .result = result,
        .error = failed ? failure_name(failure.kind) : NULL,
        .stage = failed ? stage_name(failure.stage) : NULL,
        .detail = failed ? failure.detail : NULL,
    };
    enum err err = ledger_attempt_end(ledger, download->attempt, &outcome);
    if (err != ERR_OK) {
        return line_ledger_failure(&download->failure, err, ledger_detail(ledger));
    }
    download->attempt = 0;
    return true;
}

/* The result is signed by this chip, for this transaction and this ICCID
 * (invariant 4). */
static bool verify_result(struct download *download,
                          const struct profile_installation_result *result)
{
    struct failure *failure = &download->failure;
    if (profile_installation_result_verify(result, download->euicc) != ERR_OK) {
        return failure_set(failure, FAILURE_RESULT_SIGNATURE,
                           "the ProfileInstallationResult's signature does not verify");
    }
    if (!bytes_equal(result->transaction_id, BYTES_OF(download->transaction_id))) {
        return failure_set(failure, FAILURE_RESULT,
                           "the ProfileInstallationResult is of another transaction");
    }
    if (result->success &&
        (!result->notification.has_iccid || !bytes_equal(iccid_bytes(&result->notification.iccid),
                                                         iccid_bytes(&download->profile.iccid)))) {
        return failure_set(failure, FAILURE_RESULT,
                           "the ProfileInstallationResult is of another ICCID");
    }
    return true;
}

enum { REASON_ICCID_EXISTS = 9 };

/* The eUICC said no, signed. */
static bool refused(struct download *download, const struct profile_installation_result *result)
{
    enum failure_kind kind =
        result->error_reason == REASON_ICCID_EXISTS ? FAILURE_ICCID_EXISTS : FAILURE_EUICC_REFUSED;
    download->failure.result_code = (int)result->error_reason;
    return failure_set(&download->failure, kind, "%s: %s",
                       bpp_command_id_name(result->bpp_command_id),
                       error_reason_name(result->error_reason));
}

/* An ICCID the chip already has says nothing against this profile or this chip:
 * the row waits as before, until somebody has looked. */
static enum ledger_state state_after(enum failure_kind kind)
{
    return kind == FAILURE_ICCID_EXISTS ? LEDGER_READY : LEDGER_FAILED;
}

/* Takes the notification off the chip. It stands archived in the ledger by now:
 * the result is the notification (2.5.6), byte for byte. A chip that keeps it
 * offers it again, which harms nothing, so a failure here fails no download. */
void download_remove_notification(struct download *download, uint64_t seq_number)
{
    es10b_notification_sent(&download->device.isdr, seq_number);
}

bool download_enable(struct download *download)
{
    if (!download->station->line->config.enable_profile) {
        return true;
    }
    download->failure.stage = STAGE_RECORD;
    enum err err = es10c_enable_profile(&download->device.isdr, &download->profile.iccid, false);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_ENABLE);
    }
    download->report->enabled = true;
    return true;
}

/* An answer came, and it proves nothing: the profile has failed, whatever the
 * chip's unsigned list would say (invariant 4). */
static bool unproven(struct download *download)
{
    download_end_attempt(download, LEDGER_FAILED, buf_bytes(&download->result));
    return false;
}

void download_keep_result(struct download *download, struct bytes result)
{
    buf_reset(&download->report->result);
    buf_put_bytes(&download->report->result, result);
}

bool download_record(struct download *download)
{
    struct profile_installation_result result;
    download->failure.stage = STAGE_RECORD;
    if (profile_installation_result_decode(buf_bytes(&download->result), &result) != ERR_OK) {
        failure_set(&download->failure, FAILURE_RESULT,
                    "the ProfileInstallationResult is malformed");
        return unproven(download);
    }
    if (!verify_result(download, &result)) {
        return unproven(download);
    }
    download_keep_result(download, result.whole);
    if (!result.success) {
        refused(download, &result);
        download_end_attempt(download, state_after(download->failure.kind), result.whole);
        download_remove_notification(download, result.notification.seq_number);
        return false;
    }
    if (!download_end_attempt(download, LEDGER_DOWNLOADED, result.whole)) {
        return false;
    }
    download->report->downloaded = true;
    download_remove_notification(download, result.notification.seq_number);
    return download_enable(download);
}
