/* Who the chip is: its key pair, certificates and the CI keys it knows. */
#ifndef SIMULATOR_IDENTITY_H
#define SIMULATOR_IDENTITY_H

#include "sgp22/cert.h"

enum { IDENTITY_CIS_MAX = 8 };

struct identity {
    EVP_PKEY *key; /* SK.EUICC.ECDSA */
    struct cert *euicc;
    struct cert *eum;
    struct cert *ci[IDENTITY_CIS_MAX]; /* accepted for verification */
    size_t ci_count;
    struct eid eid; /* of CERT.EUICC */
};

struct identity_files {
    const char *euicc_cert, *euicc_key, *eum_cert;
    const char *ci[IDENTITY_CIS_MAX];
    size_t ci_count;
};

/* PEM or DER. The key must be that of CERT.EUICC, the certificates of their
 * roles. *file names the one that was refused. The caller frees. */
enum err identity_load(const struct identity_files *files, struct identity **identity,
                       const char **file);
/* From parts, which it takes over, also when it fails. */
enum err identity_new(EVP_PKEY *key, struct cert *euicc, struct cert *eum, struct cert *const *ci,
                      size_t ci_count, struct identity **identity);
void identity_free(struct identity **identity);

/* Replaces key and certificates by those of a CI nobody knows, same EID.
 * disguised: the foreign CI claims the key id of the CI the chip had, which
 * stays in the lists; otherwise the lists name the foreign one alone. */
enum err identity_make_foreign(struct identity *identity, bool disguised);

#endif
