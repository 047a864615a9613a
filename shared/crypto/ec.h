/* ECDSA and ECKA on the two curves SGP.22 knows (2.6.7.2): NIST P-256 and
 * brainpoolP256r1. Points are uncompressed (04 || X || Y), signatures r || s. */
#ifndef CRYPTO_EC_H
#define CRYPTO_EC_H

#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/secret.h"

enum {
    EC_POINT_SIZE = 65,
    EC_SCALAR_SIZE = 32,
    EC_SIGNATURE_SIZE = 64,
    EC_DIGEST_SIZE = 32,
};

enum ec_curve { EC_CURVE_NONE = 0, EC_CURVE_P256 = 1, EC_CURVE_BRAINPOOL_P256R1 = 2 };

/* DER of the curve's OBJECT IDENTIFIER, as CKA_EC_PARAMS wants it. */
struct bytes ec_curve_params(enum ec_curve curve);
/* EC_CURVE_NONE when the OID is not one of the two. */
enum ec_curve ec_curve_from_params(struct bytes params);

/* Public key from a point; checks that it lies on the curve (SP 800-56A
 * 5.6.2.3.3). NULL *key on failure; EVP_PKEY_free() by the caller. */
enum err ec_public_from_point(enum ec_curve curve, struct bytes point, EVP_PKEY **key);
/* Key pair from a private scalar of 32 bytes. */
enum err ec_private_from_scalar(enum ec_curve curve, struct bytes scalar, EVP_PKEY **key);
enum err ec_generate(enum ec_curve curve, EVP_PKEY **key);
/* The uncompressed point and the curve of a public or private key.
 * ERR_UNSUPPORTED for any other kind of key. */
enum err ec_point(const EVP_PKEY *key, uint8_t point[EC_POINT_SIZE], enum ec_curve *curve);

/* ECDSA with SHA-256 over message. ERR_SIGNATURE when it does not verify. */
enum err ec_verify(EVP_PKEY *key, struct bytes message, struct bytes signature);
/* The same over several pieces one after the other. */
enum err ec_verify_pieces(EVP_PKEY *key, const struct bytes *pieces, size_t count,
                          struct bytes signature);
enum err ec_sign(EVP_PKEY *key, struct bytes message, uint8_t signature[EC_SIGNATURE_SIZE]);
/* r || s of 64 bytes to and from DER ECDSA-Sig-Value. */
enum err ec_signature_to_der(struct bytes signature, struct buf *der);
enum err ec_signature_from_der(struct bytes der, uint8_t signature[EC_SIGNATURE_SIZE]);

/* ECKA-EG (BSI TR-03111 4.3): the x coordinate of the shared point, 32 bytes.
 * public_key comes from ec_public_from_point() or a certificate, which check it. */
enum err ec_agree(EVP_PKEY *private_key, EVP_PKEY *public_key, struct secret *shared);

#endif
