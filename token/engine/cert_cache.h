/* The last EUM certificates, parsed: a factory sees few of them and thousands
 * of chips, and parsing one costs more than a signature. Nothing is taken for
 * verified from here; every chain is checked whole every time. */
#ifndef ENGINE_CERT_CACHE_H
#define ENGINE_CERT_CACHE_H

#include "sgp22/cert.h"

enum { CERT_CACHE_SIZE = 4 };

struct cert_cache {
    struct cert *entries[CERT_CACHE_SIZE];
    unsigned next; /* to give up */
};

void cert_cache_clear(struct cert_cache *cache);
/* The certificate of exactly these bytes; owned by the cache, valid until the
 * next call. Errors of cert_parse(). */
enum err cert_cache_parse(struct cert_cache *cache, struct bytes der, const struct cert **cert);

#endif
