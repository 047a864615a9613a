/* What a load ends in: the ProfileInstallationResult (SGP.22 2.5.6), and the
 * profile with it. */
#ifndef SIMULATOR_INSTALL_H
#define SIMULATOR_INSTALL_H

#include "simulator/isdr.h"

enum bpp_command_id {
    BPP_INITIALISE_SECURE_CHANNEL = 0,
    BPP_CONFIGURE_ISDP = 1,
    BPP_STORE_METADATA = 2,
    BPP_STORE_METADATA2 = 3,
    BPP_REPLACE_SESSION_KEYS = 4,
    BPP_LOAD_PROFILE_ELEMENTS = 5,
};

enum error_reason {
    REASON_NONE = 0,
    REASON_INCORRECT_INPUT = 1,
    REASON_INVALID_SIGNATURE = 2,
    REASON_INVALID_TRANSACTION_ID = 3,
    REASON_UNSUPPORTED_CRT = 4,
    REASON_UNSUPPORTED_OPERATION = 5,
    REASON_UNSUPPORTED_CLASS = 6,
    REASON_STRUCTURE = 7,
    REASON_SECURITY = 8,
    REASON_ICCID_EXISTS = 9,
    REASON_MEMORY = 10,
    REASON_INTERRUPTION = 11,
    REASON_PROFILE_ELEMENT = 12,
    REASON_ICCID_MISMATCH = 13,
    REASON_TEST_KEY = 14,
    REASON_PPR = 15,
    REASON_UNKNOWN = 127,
};

/* Ends the session with an error: result signed, kept as a notification,
 * appended to response. */
uint16_t install_fail(struct isdr *isdr, enum bpp_command_id command, enum error_reason reason,
                      struct buf *response);
/* Installs what the load has gathered and ends the session: profile and result
 * become durable together. REASON_NONE, or why it cannot be. */
enum error_reason install_profile(struct isdr *isdr, struct buf *response);
/* OBJECT IDENTIFIER content of a dotted text under any tag. */
void install_put_oid(struct buf *out, uint32_t tag, const char *oid);
/* NotificationEvent as a BIT STRING with one bit (5.7.10). */
void install_put_event(struct buf *out, uint32_t tag, enum notification_event event);

#endif
