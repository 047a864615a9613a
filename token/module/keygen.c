/* C_GenerateKeyPair: the one-time pair of a session with an eUICC. The private
 * half never leaves the engine; it can only agree, once (design.md 9, 3). */
#include "module/entry.h"
#include "module/template.h"

/* The curve both templates agree on. */
static CK_RV curve_of(const CK_ATTRIBUTE *template, CK_ULONG count, enum ec_curve *curve)
{
    const CK_ATTRIBUTE *params = module_template_find(template, count, CKA_EC_PARAMS);
    if (params == NULL) {
        return CKR_TEMPLATE_INCOMPLETE;
    }
    *curve = ec_curve_from_params(bytes_make(params->pValue, params->ulValueLen));
    return *curve != EC_CURVE_NONE ? CKR_OK : CKR_CURVE_NOT_SUPPORTED;
}

struct template
{
    const CK_ATTRIBUTE *attributes;
    CK_ULONG count;
};

/* An object of the pair with its template applied; the point comes later. */
static CK_RV prepare(struct module_session *session, enum module_object_kind kind,
                     enum ec_curve curve, struct template template, struct module_object **object)
{
    const struct module_object_start start = {
        .kind = kind,
        .label = "",
        .always_internal = true,
    };
    static const uint8_t no_point[EC_POINT_SIZE];
    *object = module_object_new(kind);
    if (*object == NULL) {
        return CKR_HOST_MEMORY;
    }
    (*object)->session = session->handle;
    module_object_defaults(*object, &start);
    module_object_put_point(*object, curve, no_point);
    if ((*object)->attributes.err != ERR_OK) {
        return CKR_HOST_MEMORY;
    }
    return module_template_apply(&(*object)->attributes, template.attributes, template.count);
}

static bool wants_token_object(struct template template)
{
    return module_template_bool(template.attributes, template.count, CKA_TOKEN, false);
}

static CK_RV generate(struct module_session *session, struct template public_template,
                      struct template private_template, CK_OBJECT_HANDLE *public_handle,
                      CK_OBJECT_HANDLE *private_handle)
{
    struct module_slot *slot = session->slot;
    struct module_object *public_key = NULL, *private_key = NULL;
    enum ec_curve curve = EC_CURVE_NONE;
    if ((wants_token_object(public_template) || wants_token_object(private_template)) &&
        (session->flags & CKF_RW_SESSION) == 0) {
        return CKR_SESSION_READ_ONLY;
    }
    CK_RV rv = module_objects_room(&slot->objects, 2);
    if (rv == CKR_OK) {
        rv = curve_of(public_template.attributes, public_template.count, &curve);
    }
    if (rv == CKR_OK) {
        rv = prepare(session, MODULE_PUBLIC_KEY, curve, public_template, &public_key);
    }
    if (rv == CKR_OK) {
        rv = prepare(session, MODULE_ONE_TIME_KEY, curve, private_template, &private_key);
    }
    if (rv == CKR_OK && slot->login != MODULE_LOGIN_USER) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    if (rv == CKR_OK) {
        uint8_t point[EC_POINT_SIZE];
        rv = module_session_ckr(
            session,
            client_generate_one_time_key(slot->client, curve, &private_key->engine_handle, point));
        module_object_put_point(public_key, curve, point);
    }
    if (rv == CKR_OK) {
        rv = module_objects_add(&slot->objects, &private_key, private_handle);
    }
    if (rv == CKR_OK) {
        rv = module_objects_add(&slot->objects, &public_key, public_handle);
    }
    module_object_free(&public_key);
    module_object_free(&private_key);
    return rv;
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                        CK_ATTRIBUTE *public_template, CK_ULONG public_count,
                        CK_ATTRIBUTE *private_template, CK_ULONG private_count,
                        CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    struct module_session *session = NULL;
    bool arguments_ok = mechanism != NULL && public_key != NULL && private_key != NULL &&
                        module_template_check(public_template, public_count) == CKR_OK &&
                        module_template_check(private_template, private_count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *public_key = CK_INVALID_HANDLE;
    *private_key = CK_INVALID_HANDLE;
    const struct module_mechanism *row = NULL;
    rv = module_mechanism_check(session->slot->status.role, mechanism, CKF_GENERATE_KEY_PAIR, &row);
    if (rv == CKR_OK) {
        rv = generate(session, (struct template){public_template, public_count},
                      (struct template){private_template, private_count}, public_key, private_key);
    }
    return module_session_leave(session, rv);
}
