/* The ISD-R: one complete ES10 command in, its answer out. */
#ifndef SIMULATOR_ISDR_H
#define SIMULATOR_ISDR_H

#include <time.h>

#include "apdu/sw.h"
#include "simulator/faults.h"
#include "simulator/identity.h"
#include "simulator/session.h"
#include "simulator/state.h"
#include "tlv/tlv.h"

enum { ISDR_COMMAND_MAX = 256 * 255, ISDR_RESPONSE_MAX = 1024 * 1024 };

struct isdr {
    struct identity *identity;
    struct state *state;
    struct faults *faults;
    size_t memory;               /* bytes for profiles */
    time_t now;                  /* 0: the system's clock */
    void (*die)(void *argument); /* kill-after-load, kill-in-load */
    void *die_argument;
    struct session session;
};

/* One row per ES10 function. A handler gets the command's value, appends the
 * whole answer and returns the status word. */
struct isdr_function {
    uint32_t tag;
    const char *name;
    uint16_t (*run)(struct isdr *isdr, struct bytes value, struct buf *response);
};

/* Name of the function a command belongs to, as in SGP.22; "unknown" else. A
 * segment of a package under way is LoadBoundProfilePackage. */
const char *isdr_function_name(const struct isdr *isdr, struct bytes command);
uint16_t isdr_run(struct isdr *isdr, struct bytes command, struct buf *response);
/* Power off and on. */
void isdr_reset(struct isdr *isdr);
time_t isdr_now(const struct isdr *isdr);
/* ECDSA by SK.EUICC over message, appended as 5F37; with the fault, wrong. */
enum err isdr_put_signature(struct isdr *isdr, struct bytes message, enum fault_id fault,
                            struct buf *out);
/* A transaction id, or another one where the fault asks for it. */
void isdr_put_transaction_id(struct isdr *isdr, struct bytes transaction_id, const char *where,
                             struct buf *out);

/* The handlers, by file. */
uint16_t info_get_eid(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t info_get_info1(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t info_get_info2(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t info_get_addresses(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t authenticate_get_challenge(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t authenticate_server(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t prepare_download(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t cancel_session(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t notifications_list(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t notifications_retrieve(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t notifications_sent(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t profiles_get_info(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t profiles_enable(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t profiles_disable(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t profiles_delete(struct isdr *isdr, struct bytes value, struct buf *response);
uint16_t profiles_set_nickname(struct isdr *isdr, struct bytes value, struct buf *response);

/* EUICCInfo2 as it stands in answers and in euiccSigned1. */
void info_put_info2(const struct isdr *isdr, struct buf *out);
/* Has the chip this key for signing (its EUM certificate's CI)? */
bool info_signs_under(const struct isdr *isdr, struct bytes ci_key_id);

#endif
