#include "crypto/ec.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

enum { SIGNATURE_DER_MAX = 80, GROUP_NAME_MAX = 64 };

static const uint8_t params_p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const uint8_t params_brainpool[] = {0x06, 0x09, 0x2B, 0x24, 0x03, 0x03,
                                           0x02, 0x08, 0x01, 0x01, 0x07};

struct curve_row {
    enum ec_curve curve;
    int nid;
    const char *name; /* OpenSSL's */
    struct bytes params;
};

static const struct curve_row curves[] = {
    {EC_CURVE_P256, NID_X9_62_prime256v1, "prime256v1", {params_p256, sizeof(params_p256)}},
    {EC_CURVE_BRAINPOOL_P256R1,
     NID_brainpoolP256r1,
     "brainpoolP256r1",
     {params_brainpool, sizeof(params_brainpool)}},
};
enum { CURVE_COUNT = sizeof(curves) / sizeof(curves[0]) };

static const struct curve_row *row_of(enum ec_curve curve)
{
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (curves[i].curve == curve) {
            return &curves[i];
        }
    }
    return NULL;
}

struct bytes ec_curve_params(enum ec_curve curve)
{
    const struct curve_row *row = row_of(curve);
    return row == NULL ? BYTES_NONE : row->params;
}

enum ec_curve ec_curve_from_params(struct bytes params)
{
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (bytes_equal(params, curves[i].params)) {
            return curves[i].curve;
        }
    }
    return EC_CURVE_NONE;
}

/* Builds a key from group, point and, for a private key, scalar. */
static enum err key_from_data(const struct curve_row *row, struct bytes point, const BIGNUM *scalar,
                              EVP_PKEY **key)
{
    enum err err = ERR_CRYPTO;
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (context == NULL || build == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, row->name, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) !=
            1) {
        goto out;
    }
    if (scalar != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1) {
        goto out;
    }
    params = OSSL_PARAM_BLD_to_param(build);
    if (params == NULL || EVP_PKEY_fromdata_init(context) != 1) {
        goto out;
    }
    int selection = scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    /* A point off the curve fails here: from bytes outside, so not our error. */
    err = EVP_PKEY_fromdata(context, key, selection, params) == 1 ? ERR_OK : ERR_MALFORMED;
out:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    return err;
}

/* SP 800-56A 5.6.2.3.4: coordinates in range, on the curve, not at infinity. Both
 * curves have cofactor 1, so every such point has the right order, and the full
 * check's multiplication by the order would find nothing more. */
static enum err check_public(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool valid = context != NULL && EVP_PKEY_public_check_quick(context) == 1;
    EVP_PKEY_CTX_free(context);
    return valid ? ERR_OK : ERR_MALFORMED;
}

enum err ec_public_from_point(enum ec_curve curve, struct bytes point, EVP_PKEY **key)
{
    const struct curve_row *row = row_of(curve);
    *key = NULL;
    if (row == NULL) {
        return ERR_UNSUPPORTED;
    }
    if (point.len != EC_POINT_SIZE || point.data[0] != POINT_CONVERSION_UNCOMPRESSED) {
        return ERR_MALFORMED;
    }
    enum err err = key_from_data(row, point, NULL, key);
    if (err == ERR_OK) {
        err = check_public(*key);
    }
    if (err != ERR_OK) {
        EVP_PKEY_free(*key);
        *key = NULL;
    }
    return err;
}

/* The point of a scalar, which must be in 1 .. order - 1. */
static enum err point_of_scalar(const struct curve_row *row, const BIGNUM *scalar,
                                uint8_t out[EC_POINT_SIZE])
{
    enum err err = ERR_CRYPTO;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(row->nid);
    EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
    if (point == NULL) {
        goto out;
    }
    if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group)) >= 0) {
        err = ERR_MALFORMED;
        goto out;
    }
    if (EC_POINT_mul(group, point, scalar, NULL, NULL, NULL) == 1 &&
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, EC_POINT_SIZE, NULL) ==
            EC_POINT_SIZE) {
        err = ERR_OK;
    }
out:
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return err;
}

enum err ec_private_from_scalar(enum ec_curve curve, struct bytes scalar, EVP_PKEY **key)
{
    const struct curve_row *row = row_of(curve);
    uint8_t point[EC_POINT_SIZE];
    *key = NULL;
    if (row == NULL) {
        return ERR_UNSUPPORTED;
    }
    if (scalar.len != EC_SCALAR_SIZE) {
        return ERR_RANGE;
    }
    BIGNUM *number = BN_secure_new();
    if (number == NULL || BN_bin2bn(scalar.data, EC_SCALAR_SIZE, number) == NULL) {
        BN_clear_free(number);
        return ERR_CRYPTO;
    }
    BN_set_flags(number, BN_FLG_CONSTTIME);
    enum err err = point_of_scalar(row, number, point);
    if (err == ERR_OK) {
        err = key_from_data(row, BYTES_OF(point), number, key);
    }
    BN_clear_free(number);
    return err;
}

enum err ec_generate(enum ec_curve curve, EVP_PKEY **key)
{
    const struct curve_row *row = row_of(curve);
    *key = NULL;
    if (row == NULL) {
        return ERR_UNSUPPORTED;
    }
    *key = EVP_EC_gen(row->name);
    return *key != NULL ? ERR_OK : ERR_CRYPTO;
}

static enum ec_curve curve_of(const EVP_PKEY *key)
{
    char name[GROUP_NAME_MAX];
    size_t len = 0;
    if (EVP_PKEY_is_a(key, "EC") != 1 ||
        EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1) {
        return EC_CURVE_NONE;
    }
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        if (strcmp(name, curves[i].name) == 0) {
            return curves[i].curve;
        }
    }
    return EC_CURVE_NONE;
}

enum err ec_point(const EVP_PKEY *key, uint8_t point[EC_POINT_SIZE], enum ec_curve *curve)
{
    uint8_t encoded[EC_POINT_SIZE];
    size_t len = 0;
    *curve = curve_of(key);
    if (*curve == EC_CURVE_NONE) {
        return ERR_UNSUPPORTED;
    }
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof(encoded),
                                        &len) != 1) {
        return ERR_UNSUPPORTED;
    }
    if (len == EC_POINT_SIZE && encoded[0] == POINT_CONVERSION_UNCOMPRESSED) {
        memcpy(point, encoded, EC_POINT_SIZE);
        return ERR_OK;
    }
    /* A certificate may carry the compressed form (RFC 5480 2.2). */
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    enum err err = ERR_CRYPTO;
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
        BN_bn2binpad(x, point + 1, EC_SCALAR_SIZE) == EC_SCALAR_SIZE &&
        BN_bn2binpad(y, point + 1 + EC_SCALAR_SIZE, EC_SCALAR_SIZE) == EC_SCALAR_SIZE) {
        err = ERR_OK;
    }
    BN_free(x);
    BN_free(y);
    return err;
}

enum err ec_signature_to_der(struct bytes signature, struct buf *der)
{
    if (signature.len != EC_SIGNATURE_SIZE) {
        return ERR_MALFORMED;
    }
    uint8_t encoded[SIGNATURE_DER_MAX];
    uint8_t *at = encoded;
    enum err err = ERR_CRYPTO;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, EC_SCALAR_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + EC_SCALAR_SIZE, EC_SCALAR_SIZE, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        goto out;
    }
    int len = i2d_ECDSA_SIG(pair, NULL);
    if (len > 0 && (size_t)len <= sizeof(encoded) && i2d_ECDSA_SIG(pair, &at) == len) {
        buf_put(der, encoded, (size_t)len);
        err = buf_err(der);
    }
out:
    ECDSA_SIG_free(pair);
    return err;
}

enum err ec_signature_from_der(struct bytes der, uint8_t signature[EC_SIGNATURE_SIZE])
{
    const uint8_t *at = der.data;
    if (der.len > SIGNATURE_DER_MAX) {
        return ERR_RANGE;
    }
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    enum err err = ERR_MALFORMED;
    if (pair != NULL && at == der.data + der.len &&
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, EC_SCALAR_SIZE) == EC_SCALAR_SIZE &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + EC_SCALAR_SIZE, EC_SCALAR_SIZE) ==
            EC_SCALAR_SIZE) {
        err = ERR_OK;
    }
    ECDSA_SIG_free(pair);
    return err;
}

enum err ec_verify_pieces(EVP_PKEY *key, const struct bytes *pieces, size_t count,
                          struct bytes signature)
{
    struct buf der;
    buf_init(&der, SIGNATURE_DER_MAX);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum err err = ec_signature_to_der(signature, &der);
    if (err == ERR_MALFORMED) {
        err = ERR_SIGNATURE;
    }
    if (err != ERR_OK) {
        goto out;
    }
    err = ERR_CRYPTO;
    if (context == NULL || EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1) {
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        if (EVP_DigestVerifyUpdate(context, pieces[i].data, pieces[i].len) != 1) {
            goto out;
        }
    }
    err = EVP_DigestVerifyFinal(context, der.data, der.len) == 1 ? ERR_OK : ERR_SIGNATURE;
out:
    EVP_MD_CTX_free(context);
    buf_clear(&der);
    return err;
}

enum err ec_verify(EVP_PKEY *key, struct bytes message, struct bytes signature)
{
    return ec_verify_pieces(key, &message, 1, signature);
}

enum err ec_sign(EVP_PKEY *key, struct bytes message, uint8_t signature[EC_SIGNATURE_SIZE])
{
    uint8_t der[SIGNATURE_DER_MAX];
    size_t len = sizeof(der);
    enum err err = ERR_CRYPTO;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &len, message.data, message.len) == 1) {
        err = ec_signature_from_der(bytes_make(der, len), signature);
    }
    EVP_MD_CTX_free(context);
    return err;
}

enum err ec_agree(EVP_PKEY *private_key, EVP_PKEY *public_key, struct secret *shared)
{
    secret_clear(shared);
    size_t len = EC_SCALAR_SIZE;
    enum err err = ERR_CRYPTO;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, private_key, NULL);
    if (context != NULL && EVP_PKEY_derive_init(context) == 1 &&
        /* not checked again: ec_public_from_point() has done it */
        EVP_PKEY_derive_set_peer_ex(context, public_key, 0) == 1 &&
        EVP_PKEY_derive(context, shared->data, &len) == 1 && len == EC_SCALAR_SIZE) {
        shared->len = len;
        err = ERR_OK;
    }
    EVP_PKEY_CTX_free(context);
    if (err != ERR_OK) {
        secret_clear(shared);
    }
    return err;
}
