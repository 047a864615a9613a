#include "module/derivation.h"

#include <string.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "module/session.h"
#include "module/template.h"
#include "sgp22/cert.h"

/* The new object with the template applied, before the engine is asked: a
 * template that does not fit must not cost the one-time key. */
static CK_RV prepare(struct module_session *session, const struct module_object *base,
                     enum module_object_kind kind, const CK_ATTRIBUTE *template, CK_ULONG count,
                     struct module_object **object)
{
    const struct module_object_start start = {
        .kind = kind,
        .label = "",
        /* Cryptoki 2.40, 2.3.8: a derived key is what its base key was. */
        .always_internal = module_attributes_bool(&base->attributes, CKA_ALWAYS_SENSITIVE),
        .dp_role = session->slot->status.role == TOKWIRE_ROLE_DP,
    };
    if (module_template_bool(template, count, CKA_TOKEN, false) &&
        (session->flags & CKF_RW_SESSION) == 0) {
        return CKR_SESSION_READ_ONLY;
    }
    CK_RV rv = module_objects_room(&session->slot->objects, 1);
    if (rv != CKR_OK) {
        return rv;
    }
    *object = module_object_new(kind);
    if (*object == NULL) {
        return CKR_HOST_MEMORY;
    }
    (*object)->session = session->handle;
    module_object_defaults(*object, &start);
    if ((*object)->attributes.err != ERR_OK) {
        return CKR_HOST_MEMORY;
    }
    return module_template_apply(&(*object)->attributes, template, count);
}

static void put_public(struct module_object *object, CK_ATTRIBUTE_TYPE type, struct bytes value)
{
    module_attributes_put(&object->attributes, type, MODULE_ATTRIBUTE_DERIVED, value.data,
                          value.len);
}

static bool length_within(const void *data, CK_ULONG len, CK_ULONG min, CK_ULONG max)
{
    return data != NULL && len >= min && len <= max;
}

/* Lengths the wire can carry; what they hold is the engine's to judge. */
static bool evidence_ok(const struct ck_sgp22_ecka_params *p)
{
    enum { SIGNED2_MAX = 512 };
    return length_within(p->euicc_certificate, p->euicc_certificate_len, 1, CERT_DER_MAX) &&
           length_within(p->eum_certificate, p->eum_certificate_len, 1, CERT_DER_MAX) &&
           length_within(p->euicc_signed2, p->euicc_signed2_len, 1, SIGNED2_MAX) &&
           length_within(p->euicc_signature2, p->euicc_signature2_len, EC_SIGNATURE_SIZE,
                         EC_SIGNATURE_SIZE) &&
           length_within(p->host_id, p->host_id_len, 1, BSP_HOST_ID_MAX);
}

CK_RV module_derive_session_keys(struct module_session *session, const void *parameter,
                                 const struct module_object *base, const CK_ATTRIBUTE *template,
                                 CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    struct ck_sgp22_ecka_params params;
    struct module_object *object = NULL;
    memcpy(&params, parameter, sizeof(params)); /* a caller's, aligned or not */
    if (!evidence_ok(&params)) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    CK_RV rv = prepare(session, base, MODULE_SESSION_KEYS, template, count, &object);
    if (rv == CKR_OK) {
        const struct client_evidence evidence = {
            .one_time_key = base->engine_handle,
            .euicc_certificate = bytes_make(params.euicc_certificate, params.euicc_certificate_len),
            .eum_certificate = bytes_make(params.eum_certificate, params.eum_certificate_len),
            .euicc_signed2 = bytes_make(params.euicc_signed2, params.euicc_signed2_len),
            .euicc_signature2 = bytes_make(params.euicc_signature2, params.euicc_signature2_len),
            .host_id = bytes_make(params.host_id, params.host_id_len),
        };
        struct client_session_keys keys;
        rv = module_session_ckr(
            session, client_derive_session_keys(session->slot->client, &evidence, &keys));
        object->engine_handle = keys.handle;
        put_public(object, CKA_SGP22_EID, BYTES_OF(keys.eid));
        put_public(object, CKA_SGP22_TRANSACTION_ID,
                   bytes_make(keys.transaction_id, keys.transaction_id_len));
    }
    if (rv == CKR_OK) {
        rv = module_objects_add(&session->slot->objects, &object, key);
    }
    module_object_free(&object);
    return rv;
}

CK_RV module_derive_ppk(struct module_session *session, const void *parameter,
                        const struct module_object *base, const CK_ATTRIBUTE *template,
                        CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    struct ck_sgp22_ppk_params params;
    struct module_object *object = NULL;
    memcpy(&params, parameter, sizeof(params));
    if (params.batch_id_len != 0 && !length_within(params.batch_id, params.batch_id_len,
                                                   TOKWIRE_BATCH_ID_SIZE, TOKWIRE_BATCH_ID_SIZE)) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    CK_RV rv = prepare(session, base, MODULE_PPK, template, count, &object);
    if (rv == CKR_OK) {
        rv = module_session_ckr(session,
                                client_derive_ppk(session->slot->client, base->engine_handle,
                                                  BYTES_OF(params.eid), BYTES_OF(params.iccid),
                                                  bytes_make(params.batch_id, params.batch_id_len),
                                                  &object->engine_handle));
        put_public(object, CKA_SGP22_EID, BYTES_OF(params.eid));
        put_public(object, CKA_SGP22_ICCID, BYTES_OF(params.iccid));
    }
    if (rv == CKR_OK) {
        rv = module_objects_add(&session->slot->objects, &object, key);
    }
    module_object_free(&object);
    return rv;
}
