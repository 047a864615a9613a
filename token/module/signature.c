#include "module/signature.h"

#include <string.h>

#include "crypto/ec.h"
#include "module/session.h"

CK_RV module_sign_message(struct module_session *session, const struct module_object *key,
                          struct bytes data, uint8_t *out)
{
    return module_session_ckr(
        session, client_sign(session->slot->client, key->key, TOKWIRE_SIGN_MESSAGE, data, out));
}

/* A digest of any length becomes the 32 bytes the engine signs: the leftmost of
 * a longer one, a shorter one as the number it is (FIPS 186-4 6.4; PKCS#11
 * current mechanisms 2.3.1, CKM_ECDSA). */
CK_RV module_sign_digest(struct module_session *session, const struct module_object *key,
                         struct bytes data, uint8_t *out)
{
    uint8_t digest[EC_DIGEST_SIZE] = {0};
    size_t len = data.len < sizeof(digest) ? data.len : sizeof(digest);
    memcpy(digest + sizeof(digest) - len, data.data, len);
    return module_session_ckr(session, client_sign(session->slot->client, key->key,
                                                   TOKWIRE_SIGN_DIGEST, BYTES_OF(digest), out));
}

CK_RV module_sign_bsp(struct module_session *session, const struct module_object *key,
                      struct bytes data, uint8_t *out)
{
    return module_session_ckr(session,
                              client_bsp_mac(session->slot->client, key->engine_handle, data, out));
}

/* With a public key: here, in software; nothing about it is secret. */
CK_RV module_verify_message(const struct module_object *key, struct bytes data,
                            struct bytes signature)
{
    EVP_PKEY *public_key = NULL;
    if (ec_public_from_point(key->curve, BYTES_OF(key->point), &public_key) != ERR_OK) {
        return CKR_FUNCTION_FAILED;
    }
    enum err err = ec_verify(public_key, data, signature);
    EVP_PKEY_free(public_key);
    return err == ERR_OK ? CKR_OK : CKR_SIGNATURE_INVALID;
}

CK_RV module_verify_digest(const struct module_object *key, struct bytes data,
                           struct bytes signature)
{
    EVP_PKEY *public_key = NULL;
    EVP_PKEY_CTX *context = NULL;
    struct buf der;
    buf_init(&der, EC_SIGNATURE_SIZE * 2);
    CK_RV rv = CKR_FUNCTION_FAILED;
    if (ec_public_from_point(key->curve, BYTES_OF(key->point), &public_key) == ERR_OK) {
        context = EVP_PKEY_CTX_new(public_key, NULL);
    }
    if (context != NULL && EVP_PKEY_verify_init(context) == 1) {
        bool valid = ec_signature_to_der(signature, &der) == ERR_OK &&
                     EVP_PKEY_verify(context, der.data, der.len, data.data, data.len) == 1;
        rv = valid ? CKR_OK : CKR_SIGNATURE_INVALID;
    }
    buf_clear(&der);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(public_key);
    return rv;
}
