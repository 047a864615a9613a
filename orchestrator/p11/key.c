/* Session objects: the one-time key pair, session keys, PPK sets. */
#include "p11/internal.h"

#include <string.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

/* CKA_EC_POINT is the DER of an OCTET STRING that holds the point (PKCS#11
 * 2.40 Mechanisms, 2.3.3). */
static enum err point_read(struct p11_session *session, CK_OBJECT_HANDLE object,
                           uint8_t point[EC_POINT_SIZE])
{
    struct buf value;
    struct tlv inner;
    enum err err;

    buf_init(&value, EC_POINT_SIZE + 4);
    err = p11_attribute(session, object, CKA_EC_POINT, "one-time public key", &value);
    if (err == ERR_OK && (tlv_single(buf_bytes(&value), TAG_OCTET_STRING, &inner) != ERR_OK ||
                          inner.value.len != EC_POINT_SIZE)) {
        err = p11_fail(&session->failure, ERR_MALFORMED, "the one-time public key is no point");
    }
    if (err == ERR_OK) {
        memcpy(point, inner.value.data, EC_POINT_SIZE);
    }
    buf_clear(&value);
    return err;
}

enum err p11_one_time_key(struct p11_session *session, enum ec_curve curve,
                          unsigned long *private_key, unsigned long *public_key,
                          uint8_t point[EC_POINT_SIZE])
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    struct bytes params = ec_curve_params(curve);
    CK_ATTRIBUTE public_template[] = {
        p11_attr(CKA_EC_PARAMS, params.data, params.len),
        p11_attr(CKA_TOKEN, &no, sizeof(no)),
    };
    CK_ATTRIBUTE private_template[] = {
        p11_attr(CKA_TOKEN, &no, sizeof(no)),       p11_attr(CKA_PRIVATE, &yes, sizeof(yes)),
        p11_attr(CKA_SENSITIVE, &yes, sizeof(yes)), p11_attr(CKA_EXTRACTABLE, &no, sizeof(no)),
        p11_attr(CKA_DERIVE, &yes, sizeof(yes)),    p11_attr(CKA_SIGN, &no, sizeof(no)),
    };
    CK_RV rv;
    enum err err;

    *private_key = 0;
    *public_key = 0;
    memset(point, 0, EC_POINT_SIZE);
    if (params.len == 0) {
        return p11_fail(&session->failure, ERR_UNSUPPORTED, "no such curve");
    }
    rv = session->module->C_GenerateKeyPair(
        session->handle, &mechanism, public_template,
        sizeof(public_template) / sizeof(public_template[0]), private_template,
        sizeof(private_template) / sizeof(private_template[0]), public_key, private_key);
    if (rv != CKR_OK) {
        *private_key = 0;
        *public_key = 0;
        return p11_fail_call(session, "C_GenerateKeyPair", rv);
    }
    err = point_read(session, *public_key, point);
    if (err != ERR_OK) {
        p11_destroy(session, *private_key);
        p11_destroy(session, *public_key);
        *private_key = 0;
        *public_key = 0;
    }
    return err;
}

/* C_DeriveKey with the one template both results have. */
static enum err derive(struct p11_session *session, const char *call, unsigned long base,
                       CK_MECHANISM_TYPE type, void *params, size_t params_len, unsigned long *key)
{
    CK_MECHANISM mechanism = {type, params, params_len};
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE key_type = CKK_SGP22_BSP;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE template[] = {p11_attr(CKA_CLASS, &class, sizeof(class)),
                               p11_attr(CKA_KEY_TYPE, &key_type, sizeof(key_type)),
                               p11_attr(CKA_TOKEN, &no, sizeof(no))};
    CK_RV rv;

    *key = 0;
    rv = session->module->C_DeriveKey(session->handle, &mechanism, base, template,
                                      sizeof(template) / sizeof(template[0]), key);
    if (rv == CKR_OK) {
        return ERR_OK;
    }
    *key = 0;
    return p11_fail_call(session, call, rv);
}

enum err p11_session_keys(struct p11_session *session, unsigned long one_time_key,
                          const struct p11_evidence *evidence, unsigned long *keys)
{
    struct ck_sgp22_ecka_params params = {
        .euicc_certificate = p11_ptr(evidence->euicc_certificate),
        .euicc_certificate_len = evidence->euicc_certificate.len,
        .eum_certificate = p11_ptr(evidence->eum_certificate),
        .eum_certificate_len = evidence->eum_certificate.len,
        .euicc_signed2 = p11_ptr(evidence->euicc_signed2),
        .euicc_signed2_len = evidence->euicc_signed2.len,
        .euicc_signature2 = p11_ptr(evidence->euicc_signature2),
        .euicc_signature2_len = evidence->euicc_signature2.len,
        .host_id = p11_ptr(evidence->host_id),
        .host_id_len = evidence->host_id.len,
    };

    return derive(session, "C_DeriveKey (session keys)", one_time_key, CKM_SGP22_ECKA, &params,
                  sizeof(params), keys);
}

enum err p11_ppk(struct p11_session *session, unsigned long root, const struct eid *eid,
                 const struct iccid *iccid, struct bytes batch_id, unsigned long *ppk)
{
    struct ck_sgp22_ppk_params params = {
        .batch_id = p11_ptr(batch_id),
        .batch_id_len = batch_id.len,
    };

    memcpy(params.eid, eid->data, sizeof(params.eid));
    memcpy(params.iccid, iccid->data, sizeof(params.iccid));
    return derive(session, "C_DeriveKey (profile protection keys)", root, CKM_SGP22_PPK, &params,
                  sizeof(params), ppk);
}

void p11_destroy(struct p11_session *session, unsigned long key)
{
    if (key != 0) {
        session->module->C_DestroyObject(session->handle, key);
    }
}
