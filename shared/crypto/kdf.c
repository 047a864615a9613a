#include "crypto/kdf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

/* OpenSSL's OSSL_PARAM constructors take pointers that are not const but only
 * read. The one place that takes const away. */
static void *readable(const void *data)
{
    union {
        const void *in;
        void *out;
    } pointer = {data};
    return pointer.out;
}

static OSSL_PARAM octets(const char *name, struct bytes value)
{
    return OSSL_PARAM_construct_octet_string(name, readable(value.data), value.len);
}

static OSSL_PARAM text(const char *name, const char *value)
{
    return OSSL_PARAM_construct_utf8_string(name, readable(value), 0);
}

enum err crypto_cmac(struct bytes key, struct bytes message, uint8_t mac[AES_BLOCK])
{
    const char *cipher = key.len == 16 ? "AES-128-CBC" : key.len == 32 ? "AES-256-CBC" : NULL;
    if (cipher == NULL) {
        return ERR_RANGE;
    }
    size_t len = 0;
    enum err err = ERR_CRYPTO;
    OSSL_PARAM params[] = {text(OSSL_MAC_PARAM_CIPHER, cipher), OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *context = algorithm != NULL ? EVP_MAC_CTX_new(algorithm) : NULL;
    if (context != NULL && EVP_MAC_init(context, key.data, key.len, params) == 1 &&
        EVP_MAC_update(context, message.data, message.len) == 1 &&
        EVP_MAC_final(context, mac, &len, AES_BLOCK) == 1 && len == AES_BLOCK) {
        err = ERR_OK;
    }
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
    return err;
}

/* Runs one KDF of OpenSSL into a secret. */
static enum err derive(const char *name, const OSSL_PARAM *params, size_t out_len,
                       struct secret *out)
{
    secret_clear(out);
    if (out_len == 0 || out_len > SECRET_MAX) {
        return ERR_RANGE;
    }
    enum err err = ERR_CRYPTO;
    EVP_KDF *algorithm = EVP_KDF_fetch(NULL, name, NULL);
    EVP_KDF_CTX *context = algorithm != NULL ? EVP_KDF_CTX_new(algorithm) : NULL;
    if (context != NULL && EVP_KDF_derive(context, out->data, out_len, params) == 1) {
        out->len = out_len;
        err = ERR_OK;
    }
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(algorithm);
    if (err != ERR_OK) {
        secret_clear(out);
    }
    return err;
}

enum err crypto_check_value(struct bytes key, uint8_t check_value[CHECK_VALUE_SIZE])
{
    static const uint8_t zeros[AES_BLOCK];
    uint8_t mac[AES_BLOCK];
    memset(check_value, 0, CHECK_VALUE_SIZE);
    enum err err = crypto_cmac(key, BYTES_OF(zeros), mac);
    if (err == ERR_OK) {
        memcpy(check_value, mac, CHECK_VALUE_SIZE);
    }
    secret_zero(mac, sizeof(mac));
    return err;
}

enum err crypto_kbkdf(struct bytes key, const char *label, struct bytes context, size_t out_len,
                      struct secret *out)
{
    secret_clear(out);
    if (key.len != 32) {
        return ERR_RANGE;
    }
    /* In OpenSSL's words the label is the salt and the context the info. */
    OSSL_PARAM params[] = {
        text(OSSL_KDF_PARAM_MAC, "CMAC"),
        text(OSSL_KDF_PARAM_CIPHER, "AES-256-CBC"),
        text(OSSL_KDF_PARAM_MODE, "counter"),
        octets(OSSL_KDF_PARAM_KEY, key),
        octets(OSSL_KDF_PARAM_SALT, bytes_make(label, strlen(label))),
        octets(OSSL_KDF_PARAM_INFO, context),
        OSSL_PARAM_construct_end(),
    };
    return derive("KBKDF", params, out_len, out);
}

void crypto_kbkdf_block(struct buf *message, uint32_t counter, const char *label,
                        struct bytes context, size_t out_len)
{
    buf_put_u32(message, counter);
    buf_put_str(message, label);
    buf_put_u8(message, 0);
    buf_put_bytes(message, context);
    buf_put_u32(message, (uint32_t)(out_len * 8));
}

enum err crypto_x963kdf(struct bytes shared, struct bytes shared_info, size_t out_len,
                        struct secret *out)
{
    OSSL_PARAM params[] = {
        text(OSSL_KDF_PARAM_DIGEST, "SHA256"),
        octets(OSSL_KDF_PARAM_KEY, shared),
        octets(OSSL_KDF_PARAM_INFO, shared_info),
        OSSL_PARAM_construct_end(),
    };
    return derive("X963KDF", params, out_len, out);
}

enum err crypto_sha256(struct bytes message, uint8_t digest[SHA256_SIZE])
{
    unsigned len = 0;
    bool done = EVP_Digest(message.data, message.len, digest, &len, EVP_sha256(), NULL) == 1;
    return done && len == SHA256_SIZE ? ERR_OK : ERR_CRYPTO;
}

enum err crypto_random(uint8_t *out, size_t len)
{
    if (len > INT32_MAX) {
        return ERR_RANGE;
    }
    return RAND_bytes(out, (int)len) == 1 ? ERR_OK : ERR_CRYPTO;
}
