/* ES10b: profile download and notifications (SGP.22 5.7). Each function sends
 * its request, decodes the answer and leaves verification to the caller.
 * Decoded views point into `raw`, which the caller clears. On ERR_REFUSED the
 * isdr holds the eUICC's result code. */
#ifndef EUICC_ES10B_H
#define EUICC_ES10B_H

#include "euicc/isdr.h"
#include "sgp22/cert.h"
#include "sgp22/result.h"
#include "sgp22/rsp.h"

enum { CI_LIST_MAX = 16, NOTIFICATION_LIST_MAX = 64 };

struct ci_key_list {
    size_t count;
    uint8_t id[CI_LIST_MAX][CERT_KEY_ID_SIZE]; /* in the eUICC's order of preference */
};

/* GetEUICCInfo1 (5.7.8) */
struct euicc_info1 {
    uint8_t svn[3];
    struct ci_key_list for_verification;
    struct ci_key_list for_signing;
};
enum err es10b_get_euicc_info1(struct isdr *isdr, struct euicc_info1 *info);

/* GetEUICCInfo2 (5.7.8), or the copy in euiccSigned1: what a report shows. */
struct euicc_info2 {
    uint8_t profile_version[3];
    uint8_t svn[3];
    uint8_t firmware[3];
    struct ci_key_list for_verification;
    struct ci_key_list for_signing;
};
enum err es10b_get_euicc_info2(struct isdr *isdr, struct euicc_info2 *info, struct buf *raw);
enum err euicc_info2_decode(struct bytes bf22, struct euicc_info2 *info);

/* GetEUICCChallenge (5.7.7) */
enum err es10b_get_euicc_challenge(struct isdr *isdr, uint8_t challenge[CHALLENGE_SIZE]);

/* AuthenticateServer (5.7.13) */
struct authenticate_server_request {
    struct bytes server_signed1;    /* data object */
    struct bytes server_signature1; /* 64 */
    struct bytes ci_key_id;         /* 20 */
    struct bytes dpauth_certificate;
    uint8_t tac[4];
    struct bytes imei;        /* 8 bytes BCD or empty */
    struct bytes matching_id; /* text or empty */
};
struct authenticate_server_response {
    struct euicc_signed1 signed1;
    struct bytes signature1; /* 64 */
    struct bytes euicc_certificate;
    struct bytes eum_certificate;
};
enum err es10b_authenticate_server(struct isdr *isdr,
                                   const struct authenticate_server_request *request,
                                   struct buf *raw, struct authenticate_server_response *response);

/* PrepareDownload (5.7.5) */
struct prepare_download_request {
    struct bytes smdp_signed2;    /* data object */
    struct bytes smdp_signature2; /* 64 */
    struct bytes dppb_certificate;
};
struct prepare_download_response {
    struct euicc_signed2 signed2;
    struct bytes signature2; /* 64 */
};
enum err es10b_prepare_download(struct isdr *isdr, const struct prepare_download_request *request,
                                struct buf *raw, struct prepare_download_response *response);

/* CancelSession (5.7.14). reason: 0 endUserRejection, 1 postponed, 2 timeout,
 * 3 pprNotAllowed, 4 metadataMismatch, 5 loadBppExecutionError, 127 undefined. */
enum cancel_reason {
    CANCEL_END_USER_REJECTION = 0,
    CANCEL_POSTPONED = 1,
    CANCEL_TIMEOUT = 2,
    CANCEL_PPR_NOT_ALLOWED = 3,
    CANCEL_METADATA_MISMATCH = 4,
    CANCEL_LOAD_BPP_EXECUTION_ERROR = 5,
    CANCEL_UNDEFINED = 127,
};
enum err es10b_cancel_session(struct isdr *isdr, struct bytes transaction_id,
                              enum cancel_reason reason);

/* LoadBoundProfilePackage (5.7.6): sends the BPP in the scripts of 2.5.5 and
 * stops at the first ProfileInstallationResult. progress, which may be NULL, is
 * called after each script with bytes done and in all. result: the BF37 as
 * received, empty when the eUICC gave none (then ERR_REFUSED or a link error).
 * A result is returned with ERR_OK whether it says success or error. */
struct bpp_progress {
    void (*step)(void *context, size_t done, size_t total);
    void *context;
};
enum err es10b_load_bound_profile_package(struct isdr *isdr, struct bytes bpp,
                                          const struct bpp_progress *progress, struct buf *result);
/* Cuts a BPP into its scripts: calls use(context, script) for each in order. */
enum err bpp_scripts(struct bytes bpp, enum err (*use)(void *context, struct bytes script),
                     void *context);

/* ListNotification (5.7.9) */
struct notification_list {
    size_t count;
    struct {
        uint64_t seq_number;
        enum notification_event event;
        bool has_iccid;
        struct iccid iccid;
    } item[NOTIFICATION_LIST_MAX];
};
enum err es10b_list_notification(struct isdr *isdr, struct notification_list *list);
/* RetrieveNotificationsList (5.7.10) by seqNumber: the one notification as
 * received (BF37 or 30), ERR_NOT_FOUND when there is none. */
enum err es10b_retrieve_notification(struct isdr *isdr, uint64_t seq_number, struct buf *out);
/* NotificationSent (5.7.11): removes it. ERR_NOT_FOUND when it is not there. */
enum err es10b_notification_sent(struct isdr *isdr, uint64_t seq_number);

#endif
