/* The other side of the simulated chip: a PKI made on the spot, a DP+ that
 * builds every message with knobs to get each wrong, and a card reader. */
#ifndef UNIT_SIMULATOR_KIT_H
#define UNIT_SIMULATOR_KIT_H

#include "sgp22/bsp.h"
#include "sgp22/result.h"
#include "simulator/card.h"
#include "simulator/pki.h"
#include "support/test.h"

enum { KIT_SCRIPTS_MAX = 64, KIT_UPP_SIZE = 4096 };

#define KIT_EID "89049032123451234512345678901235"
#define KIT_DP_OID "2.999.10"
#define KIT_ADDRESS "dp.example.com"

enum kit_name { KIT_CI, KIT_EUM, KIT_EUICC, KIT_DPAUTH, KIT_DPPB, KIT_FOREIGN_CI, KIT_NAMES };

/* Keys and certificates, made once and kept to the end of the program. */
EVP_PKEY *kit_key(enum kit_name name);
const struct cert *kit_cert(enum kit_name name);
/* A certificate for one of the keys, signed by ci; kept to the end. */
const struct cert *kit_issue(const struct pki_request *request, EVP_PKEY *key, enum kit_name ci);

/* What one session says; defaults from kit_open(), changed by a test before a
 * message is built. */
struct kit {
    struct card *card;
    unsigned channel;
    struct buf response; /* of the last kit_send() */

    const struct cert *dpauth, *dppb;
    EVP_PKEY *dpauth_key, *dppb_key;
    uint8_t challenge[16];      /* the chip's, from kit_challenge() */
    uint8_t transaction_id[16]; /* serverSigned1 */
    uint8_t prepare_transaction_id[16];
    uint8_t bpp_transaction_id[16];
    uint8_t ci_key_id[20];
    uint8_t euicc_signature1[64];
    uint8_t smdp_signature2[64];
    bool cc_required, hash_cc;

    /* the package */
    uint8_t remote_op_id, key_type, key_len;
    struct bytes host_id;
    EVP_PKEY *dp_one_time_key;
    uint8_t euicc_otpk[65];        /* what the signature covers */
    uint8_t agreed_otpk[65];       /* what the keys come from */
    struct buf upp, metadata, ppk; /* ppk empty: no ReplaceSessionKeys */
    size_t metadata_piece;         /* data bytes in one '88' */
    size_t upp_piece;              /* plaintext bytes in one '86'; 0: as the BSP cuts */
};

/* A package as its scripts, (1) to (7) of 2.5.5. */
struct kit_package {
    struct buf script[KIT_SCRIPTS_MAX];
    size_t count;
};

/* A chip (in memory unless config names a folder) with the ISD-R selected on
 * channel 1 and a kit with everything right. config may be NULL. */
void kit_open(struct kit *kit, const struct card_config *config);
void kit_close(struct kit *kit);
/* The identity of the kit's chip, for a card_config of one's own. */
struct identity *kit_identity(void);
/* Opens channel 1 and selects the ISD-R. */
void kit_select(struct kit *kit);

/* STORE DATA of a whole command and its GET RESPONSEs: final status word, the
 * data in kit->response. */
uint16_t kit_send(struct kit *kit, struct bytes command);
/* One APDU: status word, data in kit->response. */
uint16_t kit_apdu(struct kit *kit, struct bytes apdu);

void kit_challenge(struct kit *kit);
void kit_build_authenticate(struct kit *kit, struct buf *out);
void kit_build_prepare(struct kit *kit, struct buf *out);
/* Builds, sends, and keeps the chip's signature or one-time key when it said
 * yes. 0, or the chip's error code; -1 for anything else. */
int kit_authenticate(struct kit *kit);
int kit_prepare(struct kit *kit);
/* Error code in an answer of either, 0 when ok. */
int kit_error_code(const struct kit *kit);
/* Challenge, authenticate, prepare: asserts that all is well. */
void kit_begin(struct kit *kit);

void kit_build_package(struct kit *kit, struct kit_package *package);
/* One encrypted segment by hand from whole blocks, padding included as the test
 * wants it: wrong padding or length under a good MAC. */
void kit_seal(struct bsp *bsp, uint8_t tag, struct bytes blocks, struct buf *out);
void kit_package_clear(struct kit_package *package);
/* Whole package as one: BF36 with everything in it. */
void kit_package_join(const struct kit_package *package, struct buf *out);
/* Sends scripts from..to until one answers with data or an error: its index,
 * or count when none did; the status word in *sw. */
size_t kit_load_range(struct kit *kit, const struct kit_package *package, size_t from,
                      uint16_t *sw);
/* Loads all of it. */
size_t kit_load(struct kit *kit, const struct kit_package *package);

/* The result in kit->response, its signature checked. False when there is none. */
bool kit_result(struct kit *kit, struct profile_installation_result *result);
/* The last answer was a refusal with these. */
bool kit_refused(struct kit *kit, uint64_t command, uint64_t reason);
/* Begin, build, load; then kit_refused(). */
bool kit_load_refused(struct kit *kit, uint64_t command, uint64_t reason);
bool kit_installed(struct kit *kit);

/* A profile package of about `size` bytes with this ICCID (plain digits). */
void kit_make_upp(struct buf *out, const char *iccid, size_t size);
void kit_make_metadata(struct buf *out, const char *iccid);

#endif
