#include "line/download.h"

/* Writes how the attempt ended. The failure, where there is one, is the
 * download's own. */
static bool end_attempt(struct download *download, enum ledger_state state, struct bytes result)
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
static void remove_notification(struct download *download, uint64_t seq_number)
{
    es10b_notification_sent(&download->device.isdr, seq_number);
}

static bool enable(struct download *download)
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
    end_attempt(download, LEDGER_FAILED, buf_bytes(&download->result));
    return false;
}

static void keep_result(struct download *download, struct bytes result)
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
    keep_result(download, result.whole);
    if (!result.success) {
        refused(download, &result);
        end_attempt(download, state_after(download->failure.kind), result.whole);
        remove_notification(download, result.notification.seq_number);
        return false;
    }
    if (!end_attempt(download, LEDGER_DOWNLOADED, result.whole)) {
        return false;
    }
    download->report->downloaded = true;
    remove_notification(download, result.notification.seq_number);
    return enable(download);
}

/* Whether a notification is the open attempt's result, by its transaction and the
 * certificate of that attempt. It is left in download->result. */
static bool is_result_of(struct download *download, const struct ledger_open_attempt *attempt,
                         const struct cert *euicc, uint64_t seq_number)
{
    struct profile_installation_result result;
    buf_reset(&download->result);
    return es10b_retrieve_notification(&download->device.isdr, seq_number, &download->result) ==
               ERR_OK &&
           profile_installation_result_decode(buf_bytes(&download->result), &result) == ERR_OK &&
           bytes_equal(result.transaction_id, buf_bytes(&attempt->transaction_id)) &&
           profile_installation_result_verify(&result, euicc) == ERR_OK;
}

/* The open attempt's result, if the chip still holds it: kept in
 * download->result, which is empty otherwise. */
static bool find_result(struct download *download, const struct ledger_open_attempt *attempt,
                        uint64_t *seq_number)
{
    struct notification_list list = {0};
    struct cert *euicc = NULL;
    bool found = false;
    if (cert_parse(buf_bytes(&attempt->euicc_certificate), &euicc) == ERR_OK &&
        es10b_list_notification(&download->device.isdr, &list) == ERR_OK) {
        for (size_t i = 0; i < list.count && !found; i++) {
            *seq_number = list.item[i].seq_number;
            found = list.item[i].event == NOTIFICATION_INSTALL &&
                    is_result_of(download, attempt, euicc, *seq_number);
        }
    }
    if (!found) {
        buf_reset(&download->result);
    }
    cert_free(&euicc);
    return found;
}

/* Ledger and chip agree again. */
static bool settle(struct download *download, bool installed)
{
    struct ledger_open_attempt attempt;
    uint64_t seq_number = 0;
    struct ledger *ledger = download->station->ledger;
    enum err err = ledger_attempt_open(ledger, download->profile.id, &attempt);
    if (err != ERR_OK) {
        ledger_open_attempt_clear(&attempt);
        return line_ledger_failure(&download->failure, err, ledger_detail(ledger));
    }
    download->attempt = attempt.id;
    bool found = find_result(download, &attempt, &seq_number);
    if (!installed && download->failure.kind == FAILURE_NONE) {
        failure_set(&download->failure, FAILURE_MODEM_GONE,
                    "an earlier load was cut off; the eUICC does not hold the profile");
    }
    bool good = end_attempt(download, installed ? LEDGER_DOWNLOADED : LEDGER_READY,
                            buf_bytes(&download->result));
    if (good && found) {
        keep_result(download, buf_bytes(&download->result));
        remove_notification(download, seq_number);
    }
    buf_reset(&download->result);
    ledger_open_attempt_clear(&attempt);
    return good;
}

bool download_settle(struct download *download, bool *installed, bool *settled)
{
    struct failure before = download->failure;
    *settled = false;
    *installed = false;
    enum err err = es10c_has_profile(&download->device.isdr, &download->profile.iccid, installed);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_EUICC_ANSWER);
    }
    if (!settle(download, *installed)) {
        return false;
    }
    *settled = true;
    download->failure = before;
    if (*installed) {
        return enable(download);
    }
    return true;
}
