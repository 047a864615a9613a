#include "engine/cert_cache.h"

void cert_cache_clear(struct cert_cache *cache)
{
    for (size_t i = 0; i < CERT_CACHE_SIZE; i++) {
        cert_free(&cache->entries[i]);
    }
}

enum err cert_cache_parse(struct cert_cache *cache, struct bytes der, const struct cert **cert)
{
    struct cert *parsed;
    *cert = NULL;
    for (size_t i = 0; i < CERT_CACHE_SIZE; i++) {
        if (cache->entries[i] != NULL && bytes_equal(buf_bytes(&cache->entries[i]->der), der)) {
            *cert = cache->entries[i];
            return ERR_OK;
        }
    }
    enum err err = cert_parse(der, &parsed);
    if (err != ERR_OK) {
        return err;
    }
    cert_free(&cache->entries[cache->next]);
    cache->entries[cache->next] = parsed;
    cache->next = (cache->next + 1) % CERT_CACHE_SIZE;
    *cert = parsed;
    return ERR_OK;
}
