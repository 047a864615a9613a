#include "line/download.h"

/* Whether the chip lists the profile. */
static bool on_chip(struct download *download, bool *present)
{
    enum err err = es10c_has_profile(&download->device.isdr, &download->profile.iccid, present);
    return err == ERR_OK ? true : download_euicc_failure(download, err, FAILURE_EUICC_ANSWER);
}

/* Downloaded before: PASS only if the chip still has it. */
static bool match_downloaded(struct download *download, bool present)
{
    char iccid[ICCID_TEXT_SIZE];
    if (!present) {
        return failure_set(&download->failure, FAILURE_PROFILE_MISSING,
                           "profile %s was downloaded at %s and is no longer on the eUICC",
                           iccid_text(&download->profile.iccid, iccid), download->profile.changed);
    }
    download->report->already = true;
    download->report->downloaded = true;
    return true;
}

/* Not downloaded as far as the ledger knows. */
static bool match_open(struct download *download, bool present)
{
    char iccid[ICCID_TEXT_SIZE];
    const struct ledger_profile *profile = &download->profile;
    if (present) {
        return failure_set(&download->failure, FAILURE_ICCID_EXISTS,
                           "profile %s is already on the eUICC, and not from this ledger",
                           iccid_text(&profile->iccid, iccid));
    }
    if (profile->attempts >= download->station->line->config.attempts_max) {
        return failure_set(&download->failure, FAILURE_RETRIES,
                           "profile %s failed %u times, last with %s",
                           iccid_text(&profile->iccid, iccid), profile->attempts,
                           profile->error[0] != '\0' ? profile->error : "no result");
    }
    return true;
}

/* What an earlier load left in `loading` is settled first. */
static bool match_loading(struct download *download, bool *proceed)
{
    bool installed = false;
    download->may_be_installed = true; /* nobody knows how far it came */
    if (!download_settle(download, &installed)) {
        return false;
    }
    if (installed) {
        download->report->downloaded = true;
        *proceed = false;
        return true;
    }
    return match_open(download, false);
}

bool download_match(struct download *download, bool *proceed)
{
    char eid[EID_TEXT_SIZE];
    bool present = false;
    struct station *station = download->station;
    download->failure.stage = STAGE_MATCH;
    *proceed = true;
    enum err err = ledger_match(station->ledger, &download->device.eid, &download->profile);
    if (err == ERR_NOT_FOUND) {
        return failure_set(&download->failure, FAILURE_NO_PROFILE,
                           "the ledger holds no profile for EID %s",
                           eid_text(&download->device.eid, eid));
    }
    if (err != ERR_OK) {
        return line_ledger_failure(&download->failure, err, ledger_detail(station->ledger));
    }
    download->report->has_iccid = true;
    download->report->iccid = download->profile.iccid;
    if (download->profile.state == LEDGER_LOADING) {
        return match_loading(download, proceed);
    }
    /* A first load does not ask: a chip that has the ICCID refuses it itself. */
    bool first = download->profile.state == LEDGER_READY && download->profile.attempts == 0;
    if (!first && !on_chip(download, &present)) {
        return false;
    }
    if (download->profile.state == LEDGER_DOWNLOADED) {
        *proceed = false;
        return match_downloaded(download, present);
    }
    return match_open(download, present);
}
