#include "engine/diversify.h"

#include <string.h>

enum { ENC_KEY_SIZE = 32, BLOCKS = ENC_KEY_SIZE / AES_BLOCK, MESSAGE_MAX = 64, CHECK_SIZE = 5 };

enum err diversify_enc_key(struct keystore *store, struct keystore_key root, const struct eid *eid,
                           struct secret *enc_key)
{
    struct buf message;
    enum err err = ERR_OK;
    secret_clear(enc_key);
    buf_init(&message, MESSAGE_MAX);
    for (uint32_t i = 0; i < BLOCKS && err == ERR_OK; i++) {
        buf_reset(&message);
        crypto_kbkdf_block(&message, i + 1, "EncKey", eid_bytes(eid), ENC_KEY_SIZE);
        err = buf_err(&message);
        if (err == ERR_OK) {
            err = keystore_cmac(store, root, buf_bytes(&message), enc_key->data + i * AES_BLOCK);
        }
    }
    buf_clear(&message);
    if (err != ERR_OK) {
        secret_clear(enc_key);
        return err;
    }
    enc_key->len = ENC_KEY_SIZE;
    return ERR_OK;
}

enum err diversify_ppk(struct keystore *store, struct keystore_key root, const struct eid *eid,
                       const struct iccid *iccid, struct secret *ppk)
{
    struct secret enc_key = {0};
    secret_clear(ppk);
    enum err err = diversify_enc_key(store, root, eid, &enc_key);
    if (err == ERR_OK) {
        err = crypto_kbkdf(secret_bytes(&enc_key), "PPK", iccid_bytes(iccid), DIVERSIFY_PPK_SIZE,
                           ppk);
    }
    secret_clear(&enc_key);
    return err;
}

enum err diversify_check_value(struct keystore *store, struct keystore_key key,
                               uint8_t check_value[CHECK_SIZE])
{
    static const uint8_t zero[AES_BLOCK];
    uint8_t mac[AES_BLOCK];
    memset(check_value, 0, CHECK_SIZE);
    enum err err = keystore_cmac(store, key, BYTES_OF(zero), mac);
    if (err == ERR_OK) {
        memcpy(check_value, mac, CHECK_SIZE);
    }
    secret_zero(mac, sizeof(mac));
    return err;
}
