#include "module/seed.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "tokwire/tokwire.h"

/* SHAKE256 of the pool and more material. */
static enum err expand(const struct module_seed *seed, struct bytes material, uint8_t *out,
                       size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestInit_ex(context, EVP_shake256(), NULL) == 1 &&
                EVP_DigestUpdate(context, seed->pool, sizeof(seed->pool)) == 1 &&
                EVP_DigestUpdate(context, material.data, material.len) == 1 &&
                EVP_DigestFinalXOF(context, out, len) == 1;
    EVP_MD_CTX_free(context);
    return done ? ERR_OK : ERR_MEMORY;
}

enum err module_seed_add(struct module_seed *seed, struct bytes material)
{
    uint8_t pool[MODULE_SEED_POOL];
    enum err err = expand(seed, material, pool, sizeof(pool));
    if (err == ERR_OK) {
        memcpy(seed->pool, pool, sizeof(pool));
        seed->given = true;
    }
    OPENSSL_cleanse(pool, sizeof(pool));
    return err;
}

enum err module_seed_mix(struct module_seed *seed, uint8_t *random, size_t len)
{
    uint8_t stream[MODULE_SEED_POOL + TOKWIRE_RANDOM_MAX];
    if (!seed->given) {
        return ERR_OK;
    }
    if (len > TOKWIRE_RANDOM_MAX) {
        return ERR_RANGE;
    }
    enum err err = expand(seed, bytes_make(NULL, 0), stream, sizeof(seed->pool) + len);
    if (err == ERR_OK) {
        /* The pool moves on, so that one seed never makes the same stream twice. */
        memcpy(seed->pool, stream, sizeof(seed->pool));
        for (size_t i = 0; i < len; i++) {
            random[i] ^= stream[sizeof(seed->pool) + i];
        }
    }
    OPENSSL_cleanse(stream, sizeof(stream));
    return err;
}

void module_seed_clear(struct module_seed *seed)
{
    OPENSSL_cleanse(seed, sizeof(*seed));
}
