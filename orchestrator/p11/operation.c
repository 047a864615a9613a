/* Signing, the segments of a bound profile package, the wrapped PPK set. */
#include "p11/internal.h"

#include <string.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "crypto/kdf.h"
#include "sgp22/bsp.h"

/* The whole of C_SignInit and C_Sign; the signature must be exactly size bytes. */
static enum err sign(struct p11_session *session, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key,
                     struct bytes message, uint8_t *signature, size_t size, const char *what)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_ULONG len = size;
    CK_RV rv;

    memset(signature, 0, size);
    rv = session->module->C_SignInit(session->handle, &mechanism, key);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_SignInit", rv);
    }
    rv = session->module->C_Sign(session->handle, p11_ptr(message), message.len, signature, &len);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_Sign", rv);
    }
    if (len != size) {
        return p11_fail(&session->failure, ERR_KEYSTORE, "C_Sign gave %s of %lu bytes, not %zu",
                        what, len, size);
    }
    return ERR_OK;
}

enum err p11_sign(struct p11_session *session, const char *label, struct bytes message,
                  uint8_t signature[EC_SIGNATURE_SIZE])
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE match[] = {p11_attr(CKA_CLASS, &class, sizeof(class)),
                            p11_attr(CKA_LABEL, label, strlen(label))};
    struct p11_found found;
    enum err err;

    memset(signature, 0, EC_SIGNATURE_SIZE);
    err = p11_find(session, match, sizeof(match) / sizeof(match[0]), &found);
    if (err != ERR_OK) {
        return err;
    }
    if (found.count == 0) {
        return p11_fail(&session->failure, ERR_NOT_FOUND,
                        "no private key \"%.32s\" on the token: usbkey-admin key generate", label);
    }
    if (found.count > 1) {
        return p11_fail(&session->failure, ERR_DUPLICATE, "%zu private keys are \"%.32s\"",
                        found.count, label);
    }
    return sign(session, CKM_ECDSA_SHA256, found.handle[0], message, signature, EC_SIGNATURE_SIZE,
                "a signature");
}

enum err p11_bsp_mac(struct p11_session *session, unsigned long key, struct bytes data,
                     uint8_t mac[8])
{
    return sign(session, CKM_SGP22_BSP, key, data, mac, BSP_MAC_SIZE, "a MAC");
}

enum err p11_bsp_encrypt(struct p11_session *session, unsigned long key, struct bytes data,
                         struct buf *out)
{
    CK_MECHANISM mechanism = {CKM_SGP22_BSP, NULL, 0};
    size_t expected = bsp_encrypted_len(data.len);
    CK_ULONG len = expected;
    uint8_t *segments;
    CK_RV rv;

    rv = session->module->C_EncryptInit(session->handle, &mechanism, key);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_EncryptInit", rv);
    }
    segments = buf_extend(out, expected);
    if (segments == NULL) {
        return p11_fail(&session->failure, buf_err(out), "%zu bytes of segments do not fit",
                        expected);
    }
    rv = session->module->C_Encrypt(session->handle, p11_ptr(data), data.len, segments, &len);
    if (rv == CKR_OK && len == expected) {
        return ERR_OK;
    }
    /* What was reserved must not stand there as if it were segments. */
    secret_zero(segments, expected);
    out->len -= expected;
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_Encrypt", rv);
    }
    return p11_fail(&session->failure, ERR_KEYSTORE, "C_Encrypt gave %lu bytes, not %zu", len,
                    expected);
}

enum err p11_replace_session_keys(struct p11_session *session, unsigned long session_keys,
                                  unsigned long ppk, struct buf *out)
{
    CK_MECHANISM mechanism = {CKM_SGP22_BSP, NULL, 0};
    uint8_t segment[BSP_SEGMENT_MAX];
    /* Room for the largest segment there is: asking for the length first could
     * already spend the session keys, which wrap once. */
    CK_ULONG len = sizeof(segment);
    CK_RV rv;

    rv = session->module->C_WrapKey(session->handle, &mechanism, session_keys, ppk, segment, &len);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_WrapKey", rv);
    }
    if (len > sizeof(segment) || len < 1 + 1 + AES_BLOCK + BSP_MAC_SIZE) {
        return p11_fail(&session->failure, ERR_KEYSTORE, "C_WrapKey gave %lu bytes", len);
    }
    buf_put(out, segment, len);
    if (buf_err(out) != ERR_OK) {
        return p11_fail(&session->failure, buf_err(out), "the wrapped key does not fit");
    }
    return ERR_OK;
}
