#include "engine/pin.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/file.h"
#include "base/log.h"

enum {
    SECRET_MODE = 0600,
    TRIES_FORMAT = 1,
    TRIES_SIZE = 3, /* format, user, so */
    TRIES_FILE_SIZE = TRIES_SIZE + AES_BLOCK,
    KEK_SIZE = 32,
};

enum err pin_secret_load(const char *path, struct secret *secret)
{
    struct buf file;
    buf_init(&file, ENGINE_SECRET_SIZE);
    secret_clear(secret);
    enum err err = file_read(path, &file);
    if (err == ERR_NOT_FOUND) {
        err = crypto_random(secret->data, ENGINE_SECRET_SIZE);
        secret->len = ENGINE_SECRET_SIZE;
        if (err == ERR_OK) {
            err = file_replace(path, secret_bytes(secret), SECRET_MODE);
        }
    } else if (err == ERR_OK) {
        err = file.len == ENGINE_SECRET_SIZE ? secret_set(secret, file.data, file.len) : ERR_RANGE;
    }
    buf_clear(&file);
    if (err != ERR_OK) {
        secret_clear(secret);
    }
    return err;
}

/* Key that wraps, from the PIN and what only the engine has. */
static enum err derive_kek(const struct secret *engine_secret, struct bytes pin,
                           const uint8_t salt[PIN_SALT_SIZE], struct secret *kek)
{
    uint8_t full_salt[PIN_SALT_SIZE + ENGINE_SECRET_SIZE];
    if (engine_secret->len != ENGINE_SECRET_SIZE) {
        return ERR_ARGUMENT;
    }
    memcpy(full_salt, salt, PIN_SALT_SIZE);
    memcpy(full_salt + PIN_SALT_SIZE, engine_secret->data, ENGINE_SECRET_SIZE);
    int done =
        PKCS5_PBKDF2_HMAC((const char *)pin.data, (int)pin.len, full_salt, (int)sizeof(full_salt),
                          PIN_ITERATIONS, EVP_sha256(), KEK_SIZE, kek->data);
    kek->len = KEK_SIZE;
    secret_zero(full_salt, sizeof(full_salt));
    return done == 1 ? ERR_OK : ERR_CRYPTO;
}

/* The person is authenticated data, so that one's record is not the other's. */
static bool gcm_start(EVP_CIPHER_CTX *context, const struct secret *kek, enum tokwire_user user,
                      const struct state_pin *record, int encrypt)
{
    uint8_t aad = (uint8_t)user;
    int len;
    return EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, kek->data, record->nonce, encrypt) ==
               1 &&
           EVP_CipherUpdate(context, NULL, &len, &aad, 1) == 1;
}

/* Always the same length: a shorter PIN, of a store that has its own, is filled up
 * with zeros, which stand in no PIN. */
static bool gcm_wrap(EVP_CIPHER_CTX *context, const struct secret *kek, enum tokwire_user user,
                     const struct secret *keystore_pin, struct state_pin *record)
{
    uint8_t padded[KEYSTORE_PIN_SIZE] = {0};
    int len;
    memcpy(padded, keystore_pin->data, keystore_pin->len);
    bool done = gcm_start(context, kek, user, record, 1) &&
                EVP_EncryptUpdate(context, record->wrapped, &len, padded, sizeof(padded)) == 1 &&
                EVP_EncryptFinal_ex(context, record->wrapped + len, &len) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, PIN_TAG_SIZE,
                                    record->wrapped + KEYSTORE_PIN_SIZE) == 1;
    secret_zero(padded, sizeof(padded));
    return done;
}

enum err pin_wrap(const struct secret *engine_secret, enum tokwire_user user, struct bytes pin,
                  const struct secret *keystore_pin, struct state_pin *record)
{
    struct secret kek = {0};
    EVP_CIPHER_CTX *context = NULL;
    *record = (struct state_pin){0};
    if (keystore_pin->len == 0 || keystore_pin->len > KEYSTORE_PIN_SIZE) {
        return ERR_ARGUMENT;
    }
    enum err err = crypto_random(record->salt, sizeof(record->salt));
    if (err == ERR_OK) {
        err = crypto_random(record->nonce, sizeof(record->nonce));
    }
    if (err == ERR_OK) {
        err = derive_kek(engine_secret, pin, record->salt, &kek);
    }
    if (err == ERR_OK) {
        context = EVP_CIPHER_CTX_new();
        err = context != NULL && gcm_wrap(context, &kek, user, keystore_pin, record) ? ERR_OK
                                                                                     : ERR_CRYPTO;
    }
    EVP_CIPHER_CTX_free(context);
    secret_clear(&kek);
    record->set = err == ERR_OK;
    return err;
}

static bool gcm_unwrap(EVP_CIPHER_CTX *context, const struct secret *kek, enum tokwire_user user,
                       const struct state_pin *record, struct secret *keystore_pin)
{
    uint8_t tag[PIN_TAG_SIZE];
    int len;
    memcpy(tag, record->wrapped + KEYSTORE_PIN_SIZE, sizeof(tag));
    return gcm_start(context, kek, user, record, 0) &&
           EVP_DecryptUpdate(context, keystore_pin->data, &len, record->wrapped,
                             KEYSTORE_PIN_SIZE) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, PIN_TAG_SIZE, tag) == 1 &&
           EVP_DecryptFinal_ex(context, keystore_pin->data + len, &len) == 1;
}

enum err pin_unwrap(const struct secret *engine_secret, enum tokwire_user user, struct bytes pin,
                    const struct state_pin *record, struct secret *keystore_pin)
{
    struct secret kek = {0};
    secret_clear(keystore_pin);
    if (!record->set) {
        return ERR_NOT_FOUND;
    }
    enum err err = derive_kek(engine_secret, pin, record->salt, &kek);
    if (err == ERR_OK) {
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        if (context == NULL) {
            err = ERR_MEMORY;
        } else if (!gcm_unwrap(context, &kek, user, record, keystore_pin)) {
            err = ERR_PIN;
        }
        EVP_CIPHER_CTX_free(context);
    }
    secret_clear(&kek);
    if (err != ERR_OK) {
        secret_clear(keystore_pin);
        return err;
    }
    keystore_pin->len = KEYSTORE_PIN_SIZE;
    while (keystore_pin->len > 0 && keystore_pin->data[keystore_pin->len - 1] == 0) {
        keystore_pin->len--;
    }
    return ERR_OK;
}

enum err pin_check_new(struct bytes pin)
{
    return pin.len >= TOKWIRE_PIN_MIN && pin.len <= TOKWIRE_PIN_MAX ? ERR_OK : ERR_RANGE;
}

uint8_t *pin_tries_of(struct pin_tries *tries, enum tokwire_user user)
{
    return user == TOKWIRE_SO ? &tries->so : &tries->user;
}

static enum err tries_mac(const struct secret *engine_secret, const uint8_t content[TRIES_SIZE],
                          uint8_t mac[AES_BLOCK])
{
    return crypto_cmac(secret_bytes(engine_secret), bytes_make(content, TRIES_SIZE), mac);
}

enum err pin_tries_load(const char *path, const struct secret *engine_secret,
                        struct pin_tries *tries)
{
    struct buf file;
    uint8_t mac[AES_BLOCK];
    *tries = (struct pin_tries){0, 0};
    buf_init(&file, TRIES_FILE_SIZE);
    enum err err = file_read(path, &file);
    if (err == ERR_OK && (file.len != TRIES_FILE_SIZE || file.data[0] != TRIES_FORMAT)) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        err = tries_mac(engine_secret, file.data, mac);
    }
    if (err == ERR_OK &&
        !bytes_equal_secret(BYTES_OF(mac), bytes_make(file.data + TRIES_SIZE, AES_BLOCK))) {
        err = ERR_SIGNATURE;
    }
    if (err == ERR_OK) {
        tries->user = file.data[1] <= PIN_TRIES ? file.data[1] : PIN_TRIES;
        tries->so = file.data[2] <= PIN_TRIES ? file.data[2] : PIN_TRIES;
    } else if (err != ERR_SYSTEM && err != ERR_MEMORY) {
        /* Deny by default: a counter that cannot be believed counts as used up. */
        log_error("PIN counters: %s is missing or fails authentication: PINs are locked", path);
        err = ERR_OK;
    }
    buf_clear(&file);
    return err;
}

enum err pin_tries_save(const char *path, const struct secret *engine_secret,
                        const struct pin_tries *tries)
{
    uint8_t file[TRIES_FILE_SIZE] = {TRIES_FORMAT, tries->user, tries->so};
    enum err err = tries_mac(engine_secret, file, file + TRIES_SIZE);
    return err == ERR_OK ? file_replace(path, BYTES_OF(file), SECRET_MODE) : err;
}
