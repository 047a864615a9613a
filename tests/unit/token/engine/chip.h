/* A chip and an honest line PC for the engine's tests: every step of a
 * transaction by itself, so that a test can go wrong at any of them. */
#ifndef TEST_ENGINE_CHIP_H
#define TEST_ENGINE_CHIP_H

#include "crypto/ec.h"
#include "pki.h"
#include "sgp22/bsp.h"
#include "sgp22/rsp.h"
#include "token.h"

#define HOST_ID "line-01"
#define ICCID_SWAPPED "98109909002143658739"

struct chip {
    struct pki *pki;
    EVP_PKEY *otsk; /* otSK.EUICC of this session */
    uint8_t otpk[EC_POINT_SIZE];
    uint8_t transaction_id[16];
    uint8_t smdp_signature2[EC_SIGNATURE_SIZE];
    uint32_t one_time_key; /* handle in the token */
    uint8_t dp_otpk[EC_POINT_SIZE];
};

/* Evidence as it goes to the token; chip_evidence() fills what is honest. */
struct chip_evidence {
    struct bytes euicc, eum, signed2, signature, host_id;
    uint32_t one_time_key;
};

void chip_new(struct chip *chip, struct pki *pki, uint8_t transaction);
void chip_free(struct chip *chip);

/* Line token with root, keys, certificates and the PKI's CI; user logged in. */
void chip_prepare_token(struct token *token, struct pki *pki, enum tokwire_role role);

/* SIGN dpauth(serverSigned1), SIGN dppb(smdpSigned2 || euiccSignature1). */
uint16_t chip_server_signed1(struct chip *chip, struct token *token);
uint16_t chip_smdp_signed2(struct chip *chip, struct token *token);
uint16_t chip_one_time_key(struct chip *chip, struct token *token);
/* euiccSigned2 with euiccSignature2 by `key` over it and smdpSignature2. */
struct chip_evidence chip_evidence(struct chip *chip, EVP_PKEY *key, struct bytes hash_cc);
uint16_t chip_derive(struct token *token, const struct chip_evidence *evidence);
/* Everything up to here; returns the session keys' handle. */
uint32_t chip_session(struct chip *chip, struct token *token);
/* InitialiseSecureChannel's signed part, as the honest PC would build it. */
void chip_channel(const struct chip *chip, struct buf *out);
uint16_t chip_ppk(struct token *token, const char *eid, const char *iccid);
uint16_t chip_replace(struct token *token, uint32_t session, uint32_t ppk);
/* The chip's own session keys. */
void chip_keys(const struct chip *chip, const char *eid, struct bsp *bsp);

#endif
