#include "sgp22/bsp.h"

#include <string.h>

#include <openssl/evp.h>

#include "crypto/kdf.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum { PADDING_START = 0x80, SHARED_INFO_MAX = 64 };

enum err bsp_init(struct bsp *bsp, struct bytes keys)
{
    *bsp = (struct bsp){.counter = 1};
    if (keys.len != BSP_KEYS_SIZE) {
        return ERR_RANGE;
    }
    memcpy(bsp->chaining_value, keys.data, 16);
    memcpy(bsp->enc, keys.data + 16, BSP_KEY_SIZE);
    memcpy(bsp->mac, keys.data + 32, BSP_KEY_SIZE);
    return ERR_OK;
}

void bsp_clear(struct bsp *bsp)
{
    secret_zero(bsp, sizeof(*bsp));
}

enum err bsp_derive_session_keys(struct bytes shared_secret, struct bytes host_id,
                                 const struct eid *eid, struct secret *keys)
{
    secret_clear(keys);
    if (host_id.len == 0 || host_id.len > BSP_HOST_ID_MAX) {
        return ERR_RANGE;
    }
    struct buf info;
    buf_init(&info, SHARED_INFO_MAX);
    buf_put_u8(&info, BSP_KEY_TYPE_AES);
    buf_put_u8(&info, BSP_KEY_LEN);
    buf_put_u8(&info, (uint8_t)host_id.len);
    buf_put_bytes(&info, host_id);
    buf_put_u8(&info, EID_SIZE);
    buf_put_bytes(&info, eid_bytes(eid));
    enum err err = buf_err(&info);
    if (err == ERR_OK) {
        err = crypto_x963kdf(shared_secret, buf_bytes(&info), BSP_KEYS_SIZE, keys);
    }
    buf_clear(&info);
    return err;
}

/* AES over whole blocks: ECB of one block makes the ICV, CBC the data. */
static enum err aes(const EVP_CIPHER *cipher, const uint8_t key[BSP_KEY_SIZE], const uint8_t *iv,
                    const uint8_t *in, size_t len, uint8_t *out)
{
    int done = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context != NULL && EVP_EncryptInit_ex2(context, cipher, key, iv, NULL) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                EVP_EncryptUpdate(context, out, &done, in, (int)len) == 1 && (size_t)done == len;
    EVP_CIPHER_CTX_free(context);
    return good ? ERR_OK : ERR_CRYPTO;
}

/* Encrypts in place with ICV = AES(S-ENC, counter as 16 bytes big endian). */
static enum err encrypt_padded(const struct bsp *bsp, uint8_t *data, size_t len)
{
    uint8_t counter[AES_BLOCK] = {0};
    uint8_t icv[AES_BLOCK];
    set_u32(counter + AES_BLOCK - 4, bsp->counter);
    enum err err = aes(EVP_aes_128_ecb(), bsp->enc, NULL, counter, AES_BLOCK, icv);
    if (err == ERR_OK) {
        err = aes(EVP_aes_128_cbc(), bsp->enc, icv, data, len, data);
    }
    secret_zero(icv, sizeof(icv));
    return err;
}

/* MACs chaining value || tag || length || data and moves the chain on. segment:
 * tag, length (MAC included) and data. */
static enum err chain_mac(struct bsp *bsp, struct bytes segment)
{
    uint8_t input[16 + BSP_SEGMENT_MAX];
    if (segment.len > BSP_SEGMENT_MAX - BSP_MAC_SIZE) {
        return ERR_RANGE;
    }
    if (bsp->counter == UINT32_MAX) {
        return ERR_RANGE;
    }
    memcpy(input, bsp->chaining_value, 16);
    memcpy(input + 16, segment.data, segment.len);
    enum err err =
        crypto_cmac(BYTES_OF(bsp->mac), bytes_make(input, 16 + segment.len), bsp->chaining_value);
    if (err == ERR_OK) {
        bsp->counter++;
    }
    secret_zero(input, sizeof(input));
    return err;
}

static size_t padded_len(size_t len)
{
    return (len / AES_BLOCK + 1) * AES_BLOCK;
}

static enum err encrypt_segment(struct bsp *bsp, uint8_t tag, struct bytes data, struct buf *out)
{
    size_t start = out->len;
    size_t padded = padded_len(data.len);
    tlv_put_header(out, tag, padded + BSP_MAC_SIZE);
    uint8_t *at = buf_extend(out, padded);
    if (at == NULL) {
        return buf_err(out);
    }
    memset(at, 0, padded);
    if (data.len > 0) {
        memcpy(at, data.data, data.len);
    }
    at[data.len] = PADDING_START;
    enum err err = encrypt_padded(bsp, at, padded);
    if (err == ERR_OK) {
        err = chain_mac(bsp, bytes_make(out->data + start, out->len - start));
    }
    if (err == ERR_OK) {
        buf_put(out, bsp->chaining_value, BSP_MAC_SIZE);
        err = buf_err(out);
    }
    return err;
}

enum err bsp_encrypt(struct bsp *bsp, uint8_t tag, struct bytes data, struct buf *out)
{
    if (tag != BSP_TAG_PROFILE_ELEMENTS && tag != BSP_TAG_COMMAND) {
        return ERR_ARGUMENT;
    }
    do {
        size_t take = data.len < BSP_ENCRYPTED_MAX ? data.len : BSP_ENCRYPTED_MAX;
        enum err err = encrypt_segment(bsp, tag, bytes_make(data.data, take), out);
        if (err != ERR_OK) {
            return err;
        }
        data = bytes_make(take > 0 ? data.data + take : NULL, data.len - take);
    } while (data.len > 0);
    return ERR_OK;
}

enum err bsp_mac(struct bsp *bsp, struct bytes data, uint8_t mac[BSP_MAC_SIZE])
{
    if (data.len > BSP_MACED_MAX) {
        return ERR_RANGE;
    }
    struct buf segment;
    buf_init(&segment, BSP_SEGMENT_MAX);
    tlv_put_header(&segment, BSP_TAG_METADATA, data.len + BSP_MAC_SIZE);
    buf_put_bytes(&segment, data);
    enum err err = buf_err(&segment);
    if (err == ERR_OK) {
        err = chain_mac(bsp, buf_bytes(&segment));
    }
    if (err == ERR_OK) {
        memcpy(mac, bsp->chaining_value, BSP_MAC_SIZE);
    }
    buf_clear(&segment);
    return err;
}

void bsp_put_maced(struct buf *out, struct bytes data, const uint8_t mac[BSP_MAC_SIZE])
{
    tlv_put_header(out, BSP_TAG_METADATA, data.len + BSP_MAC_SIZE);
    buf_put_bytes(out, data);
    buf_put(out, mac, BSP_MAC_SIZE);
}

void bsp_put_replace_session_keys(struct buf *out, struct bytes keys)
{
    if (keys.len != BSP_KEYS_SIZE) {
        out->err = ERR_RANGE;
        return;
    }
    size_t mark = tlv_open(out, TAG_REPLACE_SESSION_KEYS);
    tlv_put(out, TAG_INITIAL_MAC_CHAINING_VALUE, bytes_make(keys.data, 16));
    tlv_put(out, TAG_PPK_ENC, bytes_make(keys.data + 16, BSP_KEY_SIZE));
    tlv_put(out, TAG_PPK_CMAC, bytes_make(keys.data + 32, BSP_KEY_SIZE));
    tlv_close(out, mark);
}

size_t bsp_encrypted_len(size_t data_len)
{
    size_t full = data_len / BSP_ENCRYPTED_MAX;
    size_t rest = data_len % BSP_ENCRYPTED_MAX;
    size_t total = full * BSP_SEGMENT_MAX;
    if (rest > 0 || full == 0) {
        size_t body = padded_len(rest) + BSP_MAC_SIZE;
        total += tlv_header_len(BSP_TAG_COMMAND, body) + body;
    }
    return total;
}
