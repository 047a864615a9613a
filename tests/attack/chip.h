/* A chip and an honest line PC, step by step, so that an attack can turn off the
 * way at any of them. */
#ifndef ATTACK_CHIP_H
#define ATTACK_CHIP_H

#include "crypto/ec.h"
#include "sgp22/bsp.h"
#include "sgp22/rsp.h"
#include "support/pki.h"
#include "wire.h"

#define HOST_ID "line-01"
/* Two more EIDs the EUM may certify, and one it may not. */
#define EID_OTHER "89049032123451234512345678902205"
#define EID_THIRD "89049032123451234512345678903369"
#define EID_FOREIGN_EUM "89033023123451234512345678901244"
#define ICCID "89019990001234567893"

struct chip {
    const struct test_pki_identity *euicc, *eum; /* borrowed */
    EVP_PKEY *otsk;                              /* otSK.EUICC of this session */
    uint8_t otpk[EC_POINT_SIZE];
    uint8_t transaction_id[TRANSACTION_ID_MAX];
    uint8_t smdp_signature2[EC_SIGNATURE_SIZE];
    uint32_t one_time_key; /* handle in the engine */
    uint8_t dp_otpk[EC_POINT_SIZE];
};

/* Evidence as it goes over the wire, each field free to be changed. */
struct evidence {
    uint32_t one_time_key;
    struct buf euicc, eum, signed2, signature, host_id;
};

/* A fresh one-time key pair and a transactionId no other chip of this program
 * has had. */
void chip_new(struct chip *chip, const struct test_pki_identity *euicc,
              const struct test_pki_identity *eum);
void chip_clear(struct chip *chip);
/* CERT.EUICC for another EID, under the PKI's EUM. */
void chip_issue(const struct test_pki *pki, const char *eid, struct test_pki_identity *euicc);

/* SIGN dpauth(serverSigned1), SIGN dppb(smdpSigned2 || euiccSignature1). */
uint16_t chip_authenticate(struct chip *chip, struct wire *wire);
uint16_t chip_prepare(struct chip *chip, struct wire *wire);
uint16_t chip_one_time_key(struct chip *chip, struct wire *wire);
/* What an honest chip answers. */
void chip_evidence(const struct chip *chip, struct evidence *evidence);
void evidence_clear(struct evidence *evidence);
/* euiccSignature2 anew, over what euiccSigned2 holds now. */
void chip_sign_evidence(const struct chip *chip, EVP_PKEY *key, struct evidence *evidence);
/* DERIVE SESSION KEYS; *handle is 0 unless OK. */
uint16_t evidence_derive(const struct evidence *evidence, struct wire *wire, uint32_t *handle);
/* All of it: an attested session. Returns the session keys' handle. */
uint32_t chip_session(struct chip *chip, struct wire *wire);

void chip_put_server_signed1(const struct chip *chip, struct buf *message);
void chip_put_smdp_signed2(const struct chip *chip, struct buf *message);
/* What smdpSign covers. */
void chip_put_channel(const struct chip *chip, struct buf *message);
/* The chip's own session keys. */
void chip_keys(const struct chip *chip, const char *eid, struct bsp *bsp);
/* The 48 bytes the chip must end up with, from the root key. */
void chip_expected_ppk(const char *eid, const char *iccid, struct secret *ppk);
/* Releases one profile from the beginning; the status word of the wrap. What
 * leaves is compared with what the chip's own keys make of it. */
uint16_t chip_release(struct wire *wire, const struct test_pki *pki, const char *eid,
                      const char *iccid);

#endif
