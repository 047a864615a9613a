/* One RSP session of the chip: from GetEUICCChallenge to the
 * ProfileInstallationResult. There is one at a time; it dies with its first
 * error, with the next challenge and with the power. */
#ifndef SIMULATOR_SESSION_H
#define SIMULATOR_SESSION_H

#include <openssl/evp.h>

#include "sgp22/cert.h"
#include "sgp22/rsp.h"
#include "simulator/bsp_unwrap.h"

enum session_phase {
    SESSION_NONE,
    SESSION_CHALLENGE,     /* a challenge is out */
    SESSION_AUTHENTICATED, /* the server has proven itself */
    SESSION_PREPARED,      /* otPK.EUICC is out */
    SESSION_LOADING,       /* the secure channel stands */
    SESSION_ENDED,         /* the result was given; the rest of a package finds nothing */
};

/* What the next script of a bound profile package must be (2.5.5). */
enum bpp_step {
    BPP_FIRST_87,
    BPP_88_HEADER,
    BPP_88,
    BPP_SECOND_87, /* or, without ReplaceSessionKeys, the header of the '86' */
    BPP_86_HEADER,
    BPP_86,
};

struct bpp_load {
    enum bpp_step step;
    size_t package_left; /* of what BF36 announced */
    size_t list_left;    /* of what A1 or A3 announced */
    struct bsp_unwrap keys;
    struct buf metadata; /* StoreMetadataRequest so far */
    struct buf upp;      /* decrypted profile elements so far */
    bool has_iccid;
    struct iccid iccid; /* of the metadata */
    bool header_checked;
};

struct session {
    enum session_phase phase;
    uint8_t challenge[CHALLENGE_SIZE];
    size_t transaction_id_len;
    uint8_t transaction_id[TRANSACTION_ID_MAX];
    size_t address_len;
    uint8_t address[SERVER_ADDRESS_MAX];
    char dp_oid[CERT_OID_TEXT_SIZE];
    uint8_t euicc_signature1[EC_SIGNATURE_SIZE];
    EVP_PKEY *dppb_key;
    EVP_PKEY *one_time_key; /* otSK.EUICC.ECKA */
    enum ec_curve curve;
    uint8_t euicc_otpk[EC_POINT_SIZE];
    struct bpp_load load;
};

struct bytes session_transaction_id(const struct session *session);
/* Zeroes keys and content; phase NONE. */
void session_clear(struct session *session);
/* The same, but phase ENDED: the rest of a package finds nothing to do. */
void session_end(struct session *session);
/* Deep copy into a cleared session: tests go back to a point. */
enum err session_copy(struct session *to, const struct session *from);

#endif
