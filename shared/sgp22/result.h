/* ProfileInstallationResult and notifications (SGP.22 2.5.6, 5.7.9 - 5.7.11). */
#ifndef SGP22_RESULT_H
#define SGP22_RESULT_H

#include "base/bytes.h"
#include "sgp22/cert.h"
#include "sgp22/id.h"

/* profileManagementOperation: bit numbers of NotificationEvent. */
enum notification_event {
    NOTIFICATION_INSTALL = 0,
    NOTIFICATION_ENABLE = 1,
    NOTIFICATION_DISABLE = 2,
    NOTIFICATION_DELETE = 3,
    NOTIFICATION_UNKNOWN = -1,
};

/* BF2F{80 seq, 81 operation, 0C address, [5A iccid]} */
struct notification_metadata {
    struct bytes whole;
    uint64_t seq_number;
    enum notification_event event;
    struct bytes address;
    bool has_iccid;
    struct iccid iccid;
};
enum err notification_metadata_decode(struct bytes input, struct notification_metadata *out);

/* BF37{BF27{80 tid, BF2F, [06 smdpOid], A2{A0|A1}}, 5F37} */
struct profile_installation_result {
    struct bytes whole;     /* BF37 as received */
    struct bytes data;      /* BF27 as received: what euiccSignPIR covers */
    struct bytes signature; /* 64 bytes */
    struct bytes transaction_id;
    struct notification_metadata notification;
    struct bytes smdp_oid; /* content of the OBJECT IDENTIFIER, may be empty */
    bool success;
    struct bytes isdp_aid;   /* success */
    uint64_t bpp_command_id; /* error */
    uint64_t error_reason;   /* error */
    struct bytes sima_response;
};
enum err profile_installation_result_decode(struct bytes input,
                                            struct profile_installation_result *out);
/* euiccSignPIR against CERT.EUICC's key. ERR_SIGNATURE. */
enum err profile_installation_result_verify(const struct profile_installation_result *result,
                                            const struct cert *euicc);

/* The specification's words, static storage: "iccidAlreadyExists..", "unknown". */
const char *bpp_command_id_name(uint64_t id);
const char *error_reason_name(uint64_t reason);

#endif
