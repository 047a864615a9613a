/* The CI certificates whose chips' results are believed. */
#ifndef DPPLUS_TRUST_H
#define DPPLUS_TRUST_H

#include "dpplus/config.h"
#include "sgp22/cert.h"

/* CI certificates from files, PEM or DER. cis holds DP_CI_MAX. On failure none
 * is left. ERR_CERT_ROLE for a certificate that is no CI's. */
enum err trust_load(const char *const *files, size_t file_count, struct cert **cis, size_t *count,
                    struct dp_failure *failure);
void trust_free(struct cert **cis, size_t *count);

#endif
