#include "simulator/identity.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "simulator/pki.h"

static EVP_PKEY *key_load(const char *path)
{
    BIO *bio = BIO_new_file(path, "rb");
    if (!bio) {
        return NULL;
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    if (!key && BIO_reset(bio) == 0) {
        key = d2i_PrivateKey_bio(bio, NULL);
    }
    BIO_free(bio);
    return key;
}

void identity_free(struct identity **identity)
{
    struct identity *it = *identity;

    if (!it) {
        return;
    }
    EVP_PKEY_free(it->key);
    cert_free(&it->euicc);
    cert_free(&it->eum);
    for (size_t i = 0; i < it->ci_count; i++) {
        cert_free(&it->ci[i]);
    }
    free(it);
    *identity = NULL;
}

/* Roles, the key's match and the EID; not the chain, so that a chip of a bad
 * chain can be simulated too. */
static enum err check(struct identity *it)
{
    if (!it->key || EVP_PKEY_eq(it->key, it->euicc->key) != 1) {
        return ERR_MISMATCH;
    }
    if (it->euicc->role != CERT_ROLE_EUICC || it->eum->role != CERT_ROLE_EUM) {
        return ERR_CERT_ROLE;
    }
    if (!it->eum->has_authority_key_id) {
        return ERR_CERT_CHAIN;
    }
    for (size_t i = 0; i < it->ci_count; i++) {
        if (it->ci[i]->role != CERT_ROLE_CI) {
            return ERR_CERT_ROLE;
        }
    }
    return cert_eid(it->euicc, &it->eid);
}

enum err identity_new(EVP_PKEY *key, struct cert *euicc, struct cert *eum, struct cert *const *ci,
                      size_t ci_count, struct identity **identity)
{
    struct identity *it = calloc(1, sizeof(*it));

    *identity = NULL;
    if (!it || ci_count > IDENTITY_CIS_MAX) {
        EVP_PKEY_free(key);
        cert_free(&euicc);
        cert_free(&eum);
        for (size_t i = 0; i < ci_count; i++) {
            struct cert *one = ci[i];
            cert_free(&one);
        }
        free(it);
        return it ? ERR_RANGE : ERR_MEMORY;
    }
    it->key = key;
    it->euicc = euicc;
    it->eum = eum;
    for (size_t i = 0; i < ci_count; i++) {
        it->ci[i] = ci[i];
    }
    it->ci_count = ci_count;
    enum err err = check(it);
    if (err != ERR_OK) {
        identity_free(&it);
        return err;
    }
    *identity = it;
    return ERR_OK;
}

enum err identity_load(const struct identity_files *files, struct identity **identity,
                       const char **file)
{
    struct cert *euicc = NULL, *eum = NULL, *ci[IDENTITY_CIS_MAX] = {NULL};
    EVP_PKEY *key = NULL;
    enum err err = ERR_OK;

    *identity = NULL;
    *file = files->euicc_cert;
    err = cert_load(files->euicc_cert, &euicc);
    if (err != ERR_OK) {
        goto out;
    }
    *file = files->eum_cert;
    err = cert_load(files->eum_cert, &eum);
    if (err != ERR_OK) {
        goto out;
    }
    for (size_t i = 0; i < files->ci_count; i++) {
        *file = files->ci[i];
        err = cert_load(files->ci[i], &ci[i]);
        if (err != ERR_OK) {
            goto out;
        }
    }
    *file = files->euicc_key;
    key = key_load(files->euicc_key);
    if (!key) {
        err = ERR_MALFORMED;
        goto out;
    }
    return identity_new(key, euicc, eum, ci, files->ci_count, identity);
out:
    cert_free(&euicc);
    cert_free(&eum);
    for (size_t i = 0; i < IDENTITY_CIS_MAX; i++) {
        cert_free(&ci[i]);
    }
    return err;
}

/* A whole chain of the given EID below a new CI. */
static enum err make_chain(const char *eid, const uint8_t *ci_key_id, EVP_PKEY **key,
                           struct cert **euicc, struct cert **eum, struct cert **ci)
{
    EVP_PKEY *ci_key = NULL, *eum_key = NULL;
    char prefix[9];
    enum err err = ec_generate(EC_CURVE_P256, &ci_key);

    snprintf(prefix, sizeof(prefix), "%.8s", eid);
    struct pki_request ci_request = {.role = CERT_ROLE_CI,
                                     .common_name = "Foreign CI",
                                     .organisation = "Foreign",
                                     .oid = "2.999.77",
                                     .key_id = ci_key_id};
    struct pki_request eum_request = {.role = CERT_ROLE_EUM,
                                      .common_name = "Foreign EUM",
                                      .organisation = "Foreign EUM",
                                      .serial_number = prefix,
                                      .oid = "2.999.78"};
    struct pki_request euicc_request = {.role = CERT_ROLE_EUICC,
                                        .common_name = "Foreign eUICC",
                                        .organisation = "Foreign EUM",
                                        .serial_number = eid};
    if (err == ERR_OK) {
        err = ec_generate(EC_CURVE_P256, &eum_key);
    }
    if (err == ERR_OK) {
        err = ec_generate(EC_CURVE_P256, key);
    }
    if (err == ERR_OK) {
        err = pki_issue(&ci_request, ci_key, NULL, ci_key, ci);
    }
    if (err == ERR_OK) {
        err = pki_issue(&eum_request, eum_key, *ci, ci_key, eum);
    }
    if (err == ERR_OK) {
        err = pki_issue(&euicc_request, *key, *eum, eum_key, euicc);
    }
    EVP_PKEY_free(ci_key);
    EVP_PKEY_free(eum_key);
    return err;
}

enum err identity_make_foreign(struct identity *identity, bool disguised)
{
    char eid[EID_TEXT_SIZE];
    EVP_PKEY *key = NULL;
    struct cert *euicc = NULL, *eum = NULL, *ci = NULL;
    enum err err =
        make_chain(eid_text(&identity->eid, eid),
                   disguised ? identity->eum->authority_key_id : NULL, &key, &euicc, &eum, &ci);

    if (err != ERR_OK) {
        EVP_PKEY_free(key);
        cert_free(&euicc);
        cert_free(&eum);
        cert_free(&ci);
        return err;
    }
    EVP_PKEY_free(identity->key);
    cert_free(&identity->euicc);
    cert_free(&identity->eum);
    identity->key = key;
    identity->euicc = euicc;
    identity->eum = eum;
    if (disguised) {
        /* It goes on accepting the DP+ of the CI it claims to belong to. */
        cert_free(&ci);
        return ERR_OK;
    }
    for (size_t i = 0; i < identity->ci_count; i++) {
        cert_free(&identity->ci[i]);
    }
    identity->ci[0] = ci;
    identity->ci_count = 1;
    return ERR_OK;
}
