#include "line/download.h"

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
    bool good = download_end_attempt(download, installed ? LEDGER_DOWNLOADED : LEDGER_READY,
                                     buf_bytes(&download->result));
    if (good && found) {
        download_keep_result(download, buf_bytes(&download->result));
        download_remove_notification(download, seq_number);
    }
    buf_reset(&download->result);
    ledger_open_attempt_clear(&attempt);
    return good;
}

/* Ends the attempt knowing that the chip has not got the profile. */
static bool settle_not_installed(struct download *download)
{
    struct failure before = download->failure;
    bool good = download_end_attempt(download, LEDGER_READY, BYTES_NONE);
    if (good) {
        download->failure = before;
    }
    return good;
}

bool download_settle(struct download *download, bool *installed)
{
    struct failure before = download->failure;
    *installed = false;
    if (!download->may_be_installed) {
        return settle_not_installed(download);
    }
    enum err err = es10c_has_profile(&download->device.isdr, &download->profile.iccid, installed);
    if (err != ERR_OK) {
        return download_euicc_failure(download, err, FAILURE_EUICC_ANSWER);
    }
    if (!settle(download, *installed)) {
        return false;
    }
    download->failure = before;
    return *installed ? download_enable(download) : true;
}
