/* AES-CMAC (NIST SP 800-38B, RFC 4493) with a key of the store: by the store's
 * own mechanism, or built here from single blocks where it has none. */
#include <string.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

enum { SUBKEY_POLYNOMIAL = 0x87, LAST_BLOCK_MARK = 0x80 };

/* One block in CKM_AES_ECB. */
static enum err encrypt_block(struct pkcs11_store *store, struct keystore_key key,
                              const uint8_t in[AES_BLOCK], uint8_t out[AES_BLOCK])
{
    CK_MECHANISM mechanism = {CKM_AES_ECB, NULL, 0};
    CK_ULONG len = AES_BLOCK;
    CK_RV rv = store->p11->C_EncryptInit(store->session, &mechanism, key.handle);
    if (rv == CKR_OK) {
        rv = store->p11->C_Encrypt(store->session, (CK_BYTE *)(uintptr_t)in, AES_BLOCK, out, &len);
    }
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "CKM_AES_ECB");
    }
    return len == AES_BLOCK ? ERR_OK : ERR_KEYSTORE;
}

/* Doubling in GF(2^128): K1 from L, K2 from K1 (RFC 4493, 2.3). */
static void double_block(uint8_t block[AES_BLOCK])
{
    uint8_t carry = block[0] >> 7;
    for (size_t i = 0; i + 1 < AES_BLOCK; i++) {
        block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
    }
    block[AES_BLOCK - 1] = (uint8_t)(block[AES_BLOCK - 1] << 1);
    block[AES_BLOCK - 1] ^= (uint8_t)(carry * SUBKEY_POLYNOMIAL);
}

static void add_block(uint8_t into[AES_BLOCK], const uint8_t *block, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        into[i] ^= block[i];
    }
}

/* The last block, complete under K1, else padded under K2 (RFC 4493, 2.4). */
static void add_last(uint8_t sum[AES_BLOCK], uint8_t subkey[AES_BLOCK], struct bytes rest)
{
    double_block(subkey);
    if (rest.len < AES_BLOCK) {
        double_block(subkey);
        sum[rest.len] ^= LAST_BLOCK_MARK;
    }
    add_block(sum, rest.data, rest.len);
    add_block(sum, subkey, AES_BLOCK);
}

static enum err built_cmac(struct pkcs11_store *store, struct keystore_key key,
                           struct bytes message, uint8_t mac[AES_BLOCK])
{
    uint8_t subkey[AES_BLOCK] = {0}, sum[AES_BLOCK] = {0};
    enum err err = encrypt_block(store, key, sum, subkey);
    while (err == ERR_OK && message.len > AES_BLOCK) {
        add_block(sum, message.data, AES_BLOCK);
        err = encrypt_block(store, key, sum, sum);
        message = bytes_make(message.data + AES_BLOCK, message.len - AES_BLOCK);
    }
    if (err == ERR_OK) {
        add_last(sum, subkey, message);
        err = encrypt_block(store, key, sum, mac);
    }
    secret_zero(subkey, sizeof(subkey));
    secret_zero(sum, sizeof(sum));
    return err;
}

/* Some stores answer CKM_AES_CMAC with 8 bytes: a key derived from half a MAC is
 * no key. */
enum err pkcs11_cmac(struct keystore *base, struct keystore_key key, struct bytes message,
                     uint8_t mac[AES_BLOCK])
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    memset(mac, 0, AES_BLOCK);
    if (store->config.build_cmac) {
        return built_cmac(store, key, message, mac);
    }
    return pkcs11_sign_with(store, CKM_AES_CMAC, "CKM_AES_CMAC", key, message, mac, AES_BLOCK);
}

/* Known answers: NIST SP 800-38B, AES-256, examples 9 to 11 (0, 16 and 40
 * bytes), over a session key that goes at once. */
struct answer {
    size_t len;
    uint8_t mac[AES_BLOCK];
};

static const uint8_t known_key[32] = {
    0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
    0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
static const uint8_t known_message[40] = {
    0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93,
    0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac,
    0x45, 0xaf, 0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11};
static const struct answer answers[] = {
    {0,
     {0x02, 0x89, 0x62, 0xf6, 0x1b, 0x7b, 0xf8, 0x9e, 0xfc, 0x6b, 0x55, 0x1f, 0x46, 0x67, 0xd9,
      0x83}},
    {16,
     {0x28, 0xa7, 0x02, 0x3f, 0x45, 0x2e, 0x8f, 0x82, 0xbd, 0x4b, 0xf2, 0x8d, 0x8c, 0x37, 0xc3,
      0x5c}},
    {40,
     {0xaa, 0xf3, 0xd8, 0xf1, 0xde, 0x56, 0x40, 0xc2, 0x32, 0xf5, 0xb1, 0x69, 0xb9, 0xc9, 0x11,
      0xe6}},
};

enum err pkcs11_self_test(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    struct keystore_key key;
    uint8_t mac[AES_BLOCK];
    enum err err = ERR_OK;
    CK_RV rv = pkcs11_session_aes(store, known_key, &key.handle);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_CreateObject for the known answers");
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]) && err == ERR_OK; i++) {
        err = pkcs11_cmac(base, key, bytes_make(known_message, answers[i].len), mac);
        if (err == ERR_OK && memcmp(mac, answers[i].mac, sizeof(mac)) != 0) {
            log_error("key store: AES-CMAC fails its known answer%s",
                      store->config.build_cmac ? "" : "; try \"cmac\": \"built\"");
            err = ERR_KEYSTORE;
        }
    }
    store->p11->C_DestroyObject(store->session, key.handle);
    return err;
}
