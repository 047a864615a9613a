/* The signed structures of common mutual authentication and profile download
 * (SGP.22 5.6, 5.7.5, 5.7.13): each with its encode and decode.
 *
 * Decoded views point into the input. Unknown trailing elements are skipped;
 * signatures are checked over `whole`, the bytes as received. */
#ifndef SGP22_RSP_H
#define SGP22_RSP_H

#include "base/bytes.h"
#include "crypto/ec.h"
#include "sgp22/id.h"
#include "tlv/tlv.h"

enum {
    CHALLENGE_SIZE = 16,
    TRANSACTION_ID_MIN = 1,
    TRANSACTION_ID_MAX = 16,
    SERVER_ADDRESS_MAX = 255,
};

/* 30{80 tid, 81 euiccChallenge, 83 serverAddress, 84 serverChallenge} */
struct server_signed1 {
    struct bytes whole;
    struct bytes transaction_id;
    struct bytes euicc_challenge;
    struct bytes server_address;
    struct bytes server_challenge;
};
void server_signed1_encode(const struct server_signed1 *in, struct buf *out);
/* Exactly one such structure and nothing behind it. */
enum err server_signed1_decode(struct bytes input, struct server_signed1 *out);

/* 30{80 tid, 83 serverAddress, 84 serverChallenge, BF22 info2, A0 ctxParams1} */
struct euicc_signed1 {
    struct bytes whole;
    struct bytes transaction_id;
    struct bytes server_address;
    struct bytes server_challenge;
    struct bytes euicc_info2;
    struct bytes ctx_params1;
};
enum err euicc_signed1_decode(struct bytes input, struct euicc_signed1 *out);

/* 30{80 tid, 01 ccRequiredFlag, [5F49 bppEuiccOtpk]} */
struct smdp_signed2 {
    struct bytes whole;
    struct bytes transaction_id;
    bool cc_required;
    struct bytes bpp_euicc_otpk; /* empty when absent */
};
void smdp_signed2_encode(const struct smdp_signed2 *in, struct buf *out);
enum err smdp_signed2_decode(struct bytes input, struct smdp_signed2 *out);

/* 30{80 tid, 5F49 otPK.EUICC.ECKA, [04 hashCc]} */
struct euicc_signed2 {
    struct bytes whole;
    struct bytes transaction_id;
    struct bytes euicc_otpk; /* 65 bytes */
    struct bytes hash_cc;    /* empty when absent */
};
enum err euicc_signed2_decode(struct bytes input, struct euicc_signed2 *out);

/* What smdpSign covers (5.5.1): 82 01 01 || 80 tid || A6 crt || 5F49 otPK.DP ||
 * 5F49 otPK.EUICC. In BF23 the otPK.EUICC is left out and 5F37 smdpSign follows. */
struct initialise_secure_channel {
    struct bytes transaction_id;
    struct bytes host_id;
    struct bytes dp_otpk;
    struct bytes euicc_otpk;
};
void initialise_secure_channel_encode_signed(const struct initialise_secure_channel *in,
                                             struct buf *out);
enum err initialise_secure_channel_decode_signed(struct bytes input,
                                                 struct initialise_secure_channel *out);
/* The BF23 data object of the bound profile package. */
void initialise_secure_channel_encode(const struct initialise_secure_channel *in,
                                      struct bytes smdp_sign, struct buf *out);

/* 5F37 40 signature: the data object as it stands in messages and is covered
 * by the other side's signature. */
void rsp_put_signature(struct buf *out, struct bytes signature);

/* The message of smdpSignature2: smdpSigned2 || 5F37 40 euiccSignature1. Splits
 * what the token is asked to sign. */
enum err smdp_signed2_message_decode(struct bytes input, struct smdp_signed2 *out,
                                     struct bytes *euicc_signature1);

#endif
