#include "simulator/bsp_unwrap.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/secret.h"

enum { MAC_SIZE = 8, BLOCK = 16, DERIVED_SIZE = 48, SHARED_SIZE = 32 };

static enum err agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t shared[SHARED_SIZE])
{
    size_t len = SHARED_SIZE;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
    bool ok = context && EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer(context, peer) == 1 &&
              EVP_PKEY_derive(context, shared, &len) == 1 && len == SHARED_SIZE;
    EVP_PKEY_CTX_free(context);
    return ok ? ERR_OK : ERR_CRYPTO;
}

static enum err x963(uint8_t shared[SHARED_SIZE], uint8_t *info, size_t info_len,
                     uint8_t out[DERIVED_SIZE])
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared, SHARED_SIZE),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, info_len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "X963KDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = context && EVP_KDF_derive(context, out, DERIVED_SIZE, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return ok ? ERR_OK : ERR_CRYPTO;
}

enum err bsp_unwrap_derive(struct bsp_unwrap *keys, EVP_PKEY *own, EVP_PKEY *peer,
                           struct bytes host_id, const struct eid *eid)
{
    uint8_t shared[SHARED_SIZE], derived[DERIVED_SIZE];
    /* keyType AES, keyLen 16, LV(hostId), LV(EID) */
    uint8_t info[2 + 1 + 16 + 1 + EID_SIZE] = {0x88, 0x10};
    size_t len = 2;

    bsp_unwrap_clear(keys);
    if (host_id.len < 1 || host_id.len > 16) {
        return ERR_RANGE;
    }
    info[len++] = (uint8_t)host_id.len;
    memcpy(info + len, host_id.data, host_id.len);
    len += host_id.len;
    info[len++] = EID_SIZE;
    memcpy(info + len, eid->data, EID_SIZE);
    len += EID_SIZE;

    enum err err = agree(own, peer, shared);
    if (err == ERR_OK) {
        err = x963(shared, info, len, derived);
    }
    if (err == ERR_OK) {
        err = bsp_unwrap_replace(keys, bytes_make(derived, 16), bytes_make(derived + 16, 16),
                                 bytes_make(derived + 32, 16));
    }
    secret_zero(shared, sizeof(shared));
    secret_zero(derived, sizeof(derived));
    return err;
}

enum err bsp_unwrap_replace(struct bsp_unwrap *keys, struct bytes chaining_value, struct bytes enc,
                            struct bytes mac)
{
    bsp_unwrap_clear(keys);
    if (chaining_value.len != UNWRAP_KEY_SIZE || enc.len != UNWRAP_KEY_SIZE ||
        mac.len != UNWRAP_KEY_SIZE) {
        return ERR_RANGE;
    }
    memcpy(keys->chaining_value, chaining_value.data, UNWRAP_KEY_SIZE);
    memcpy(keys->enc, enc.data, UNWRAP_KEY_SIZE);
    memcpy(keys->mac, mac.data, UNWRAP_KEY_SIZE);
    keys->counter = 1;
    return ERR_OK;
}

void bsp_unwrap_clear(struct bsp_unwrap *keys)
{
    secret_zero(keys, sizeof(*keys));
}

/* AES-CMAC over chaining value || segment without its MAC. */
static enum err segment_mac(const struct bsp_unwrap *keys, struct bytes message, uint8_t mac[BLOCK])
{
    char cipher[] = "AES-128-CBC";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_end(),
    };
    size_t len = 0;
    EVP_MAC *cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
    EVP_MAC_CTX *context = cmac ? EVP_MAC_CTX_new(cmac) : NULL;
    bool ok = context && EVP_MAC_init(context, keys->mac, UNWRAP_KEY_SIZE, parameters) == 1 &&
              EVP_MAC_update(context, keys->chaining_value, UNWRAP_KEY_SIZE) == 1 &&
              EVP_MAC_update(context, message.data, message.len) == 1 &&
              EVP_MAC_final(context, mac, &len, BLOCK) == 1 && len == BLOCK;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(cmac);
    return ok ? ERR_OK : ERR_CRYPTO;
}

static bool aes(const EVP_CIPHER *cipher, int encrypt, const uint8_t *key, const uint8_t *iv,
                struct bytes in, uint8_t *out)
{
    int len = 0, last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = context && EVP_CipherInit_ex2(context, cipher, key, iv, encrypt, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
              EVP_CipherUpdate(context, out, &len, in.data, (int)in.len) == 1 &&
              EVP_CipherFinal_ex(context, out + len, &last) == 1 && (size_t)(len + last) == in.len;
    EVP_CIPHER_CTX_free(context);
    return ok;
}

/* Length without 80 00.., which must be there and at most one block; 0 bytes of
 * data are data too. */
static enum err unpad(const uint8_t *data, size_t len, size_t *out)
{
    size_t at = len;
    while (at > 0 && len - at < BLOCK && data[at - 1] == 0x00) {
        at--;
    }
    if (at == 0 || len - at >= BLOCK || data[at - 1] != 0x80) {
        return ERR_SIGNATURE;
    }
    *out = at - 1;
    return ERR_OK;
}

static enum err decrypt(const struct bsp_unwrap *keys, struct bytes data, struct buf *plain)
{
    uint8_t block[BLOCK] = {0}, icv[BLOCK], clear[UNWRAP_SEGMENT_MAX];
    size_t len = 0;
    enum err err = ERR_CRYPTO;

    set_u32(block + BLOCK - 4, keys->counter);
    if (aes(EVP_aes_128_ecb(), 1, keys->enc, NULL, BYTES_OF(block), icv) &&
        aes(EVP_aes_128_cbc(), 0, keys->enc, icv, data, clear)) {
        err = unpad(clear, data.len, &len);
    }
    if (err == ERR_OK) {
        buf_put(plain, clear, len);
        err = buf_err(plain);
    }
    secret_zero(clear, sizeof(clear));
    return err;
}

enum err bsp_unwrap_segment(struct bsp_unwrap *keys, const struct tlv *segment, bool encrypted,
                            struct buf *plain)
{
    uint8_t mac[BLOCK];

    if (segment->whole.len > UNWRAP_SEGMENT_MAX) {
        return ERR_RANGE;
    }
    if (segment->value.len < MAC_SIZE) {
        return ERR_MALFORMED;
    }
    struct bytes data = bytes_make(segment->value.data, segment->value.len - MAC_SIZE);
    if (encrypted && (data.len == 0 || data.len % BLOCK != 0)) {
        return ERR_MALFORMED;
    }
    enum err err =
        segment_mac(keys, bytes_make(segment->whole.data, segment->whole.len - MAC_SIZE), mac);
    if (err != ERR_OK) {
        return err;
    }
    if (CRYPTO_memcmp(mac, data.data + data.len, MAC_SIZE) != 0) {
        return ERR_SIGNATURE;
    }
    if (encrypted) {
        err = decrypt(keys, data, plain);
    } else {
        buf_put_bytes(plain, data);
    }
    memcpy(keys->chaining_value, mac, BLOCK);
    keys->counter++;
    return err != ERR_OK ? err : buf_err(plain);
}
