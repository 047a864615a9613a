#include "line/failure.h"

#include <stdarg.h>
#include <stdio.h>

struct failure_row {
    const char *name;
    enum exit_code exit_code;
    const char *advice;
};

static const struct failure_row rows[FAILURE_COUNT] = {
    [FAILURE_NONE] = {"none", EXIT_DONE, ""},
    [FAILURE_CONFIGURATION] = {"configuration", EXIT_USAGE, "Correct the configuration file."},
    [FAILURE_PORT_NOT_FOUND] =
        {"port_not_found", EXIT_PORT,
         "Check that the device is plugged in and the port's name is right."},
    [FAILURE_PORT_BUSY] = {"port_busy", EXIT_PORT,
                           "Another program has the port: stop it (ModemManager is a usual one)."},
    [FAILURE_PORT] = {"port", EXIT_PORT, "Plug the device out and in, then load again."},
    [FAILURE_MODEM_SILENT] =
        {"modem_silent", EXIT_PORT,
         "The modem did not answer in time: restart the device, then load again."},
    [FAILURE_MODEM_GONE] = {"modem_gone", EXIT_PORT,
                            "The device was unplugged or restarted: plug it in, then load again."},
    [FAILURE_MODEM_ERROR] = {"modem_error", EXIT_PORT,
                             "The modem refused a command: restart the device, then load again."},
    [FAILURE_MODEM_DIALECT] = {"modem_dialect", EXIT_PORT,
                               "This port offers no APDU command: try the modem's other AT port."},
    [FAILURE_NO_ISDR] =
        {"no_isdr", EXIT_PORT,
         "No eUICC answers behind this modem: check that the eUICC slot is the active one."},
    [FAILURE_EUICC_ANSWER] =
        {"euicc_answer", EXIT_AUTHENTICATION,
         "The eUICC's answer is malformed: set the device aside for examination."},
    [FAILURE_EID_INVALID] =
        {"eid_invalid", EXIT_AUTHENTICATION,
         "The eUICC states no valid EID: set the device aside for examination."},
    [FAILURE_NO_PROFILE] = {"no_profile", EXIT_NO_PROFILE,
                            "Import the batch that holds this EID, or set the device aside."},
    [FAILURE_PROFILE_MISSING] =
        {"profile_missing", EXIT_NO_PROFILE,
         "The profile was downloaded before and is gone: order a new one for this EID."},
    [FAILURE_RETRIES] =
        {"retries", EXIT_NO_PROFILE,
         "Too many failed downloads of this profile: set the device aside for examination."},
    [FAILURE_CI_UNKNOWN] = {"ci_unknown", EXIT_AUTHENTICATION,
                            "The eUICC does not know the CI of this USBKey's certificates: use the "
                            "USBKey of the device's CI."},
    [FAILURE_EUICC_CERTIFICATE] = {"euicc_certificate", EXIT_AUTHENTICATION,
                                   "The eUICC is not one of a trusted CI: set the device aside."},
    [FAILURE_EUICC_CERTIFICATE_DATE] =
        {"euicc_certificate_date", EXIT_AUTHENTICATION,
         "A certificate of the eUICC is not valid today: check this PC's clock first."},
    [FAILURE_EID_MISMATCH] = {"eid_mismatch", EXIT_AUTHENTICATION,
                              "The eUICC states one EID and proves another: set the device aside."},
    [FAILURE_EUICC_SIGNATURE] = {"euicc_signature", EXIT_AUTHENTICATION,
                                 "The eUICC's signature does not verify: set the device aside."},
    [FAILURE_CHALLENGE] =
        {"challenge", EXIT_AUTHENTICATION,
         "The eUICC answered another challenge: load again; if it stays, set the device aside."},
    [FAILURE_TRANSACTION] = {"transaction", EXIT_AUTHENTICATION,
                             "The eUICC answered for another transaction: load again; if it stays, "
                             "set the device aside."},
    [FAILURE_AUTHENTICATE_REFUSED] =
        {"authenticate_refused", EXIT_AUTHENTICATION,
         "The eUICC refused this server: check the DPauth certificate and its CI."},
    [FAILURE_PREPARE_REFUSED] = {"prepare_refused", EXIT_EUICC,
                                 "The eUICC refused the download: check the DPpb certificate."},
    [FAILURE_TOKEN] = {"token", EXIT_TOKEN, "See the USBKey's status with usbkey-admin status."},
    [FAILURE_TOKEN_GONE] = {"token_gone", EXIT_TOKEN,
                            "Plug the USBKey in and check that its engine (usbkeyd) runs."},
    [FAILURE_TOKEN_PIN] =
        {"token_pin", EXIT_TOKEN,
         "Correct the PIN file before the next try: a few wrong PINs lock the USBKey."},
    [FAILURE_TOKEN_CERTIFICATE] = {"token_certificate", EXIT_TOKEN,
                                   "Have the security officer renew the USBKey's DP certificates."},
    [FAILURE_TOKEN_REFUSED] =
        {"token_refused", EXIT_TOKEN,
         "The USBKey refused the release: its journal (usbkey-admin audit show) says why."},
    [FAILURE_ROOT_KEY] = {"root_key", EXIT_LEDGER,
                          "This USBKey does not hold, or no longer holds, the batch's root key: use the one "
                          "that does, or have the batch made anew."},
    [FAILURE_ICCID_EXISTS] =
        {"iccid_exists", EXIT_EUICC,
         "The eUICC already holds a profile of this ICCID: delete it there or order another."},
    [FAILURE_EUICC_REFUSED] = {"euicc_refused", EXIT_EUICC,
                               "The eUICC refused the profile: its result code says why."},
    [FAILURE_RESULT_SIGNATURE] = {"result_signature", EXIT_AUTHENTICATION,
                                  "The installation result is not signed by this eUICC: set the "
                                  "device aside for examination."},
    [FAILURE_RESULT] =
        {"result", EXIT_AUTHENTICATION,
         "The installation result is not of this download: set the device aside for examination."},
    [FAILURE_ENABLE] = {"enable", EXIT_EUICC,
                        "The profile is installed but not enabled: enable it by other means."},
    [FAILURE_LEDGER] = {"ledger", EXIT_LEDGER, "Check the ledger's file, its folder and the disk."},
    [FAILURE_LEDGER_BUSY] = {"ledger_busy", EXIT_LEDGER,
                             "Another station is loading this profile: wait for it to end."},
    [FAILURE_BATCH] = {"batch", EXIT_LEDGER, "Fetch the batch file again from the DP+."},
    [FAILURE_BATCH_SIGNATURE] =
        {"batch_signature", EXIT_LEDGER,
         "The batch was changed after it was signed: fetch it again from the DP+."},
    [FAILURE_BATCH_TRUST] =
        {"batch_trust", EXIT_LEDGER,
         "The batch is not signed under the station's batch_trust certificate."},
    [FAILURE_FILE] = {"file", EXIT_LEDGER, "Check the file's name and the folder's permissions."},
    [FAILURE_INTERNAL] = {"internal", EXIT_LEDGER,
                          "Load again; if it stays, report it with this message."},
};

static const char *const stages[STAGE_COUNT] = {
    [STAGE_OPEN] = "open",       [STAGE_MATCH] = "match", [STAGE_AUTHENTICATE] = "authenticate",
    [STAGE_PREPARE] = "prepare", [STAGE_BIND] = "bind",   [STAGE_LOAD] = "load",
    [STAGE_RECORD] = "record",
};

const char *failure_name(enum failure_kind kind)
{
    return rows[kind].name;
}

const char *failure_advice(enum failure_kind kind)
{
    return rows[kind].advice;
}

enum exit_code failure_exit_code(enum failure_kind kind)
{
    return rows[kind].exit_code;
}

const char *stage_name(enum stage stage)
{
    return stages[stage];
}

bool failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...)
{
    va_list arguments;
    failure->kind = kind;
    va_start(arguments, format);
    vsnprintf(failure->detail, sizeof(failure->detail), format, arguments);
    va_end(arguments);
    return false;
}
