/* C_CreateObject to C_SetAttributeValue: objects, one at a time. */
#include "module/entry.h"
#include "module/slot_object.h"
#include "module/template.h"
#include "module/token_object.h"

/* This token keeps what the engine holds, and nothing of an application's. */
static CK_RV check_token_object(const struct module_session *session, const CK_ATTRIBUTE *template,
                                CK_ULONG count)
{
    if (!module_template_bool(template, count, CKA_TOKEN, false)) {
        return CKR_OK;
    }
    return (session->flags & CKF_RW_SESSION) == 0 ? CKR_SESSION_READ_ONLY
                                                  : CKR_TEMPLATE_INCONSISTENT;
}

/* A new data object, or a copy of one whose attributes are `base`. */
static CK_RV create_data(struct module_session *session, const struct module_attributes *base,
                         const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
    struct module_object *object = module_object_new(MODULE_DATA);
    if (object == NULL) {
        return CKR_HOST_MEMORY;
    }
    if (base != NULL) {
        module_attributes_copy(&object->attributes, base);
    } else {
        const struct module_object_start start = {.kind = MODULE_DATA, .label = ""};
        module_object_defaults(object, &start);
    }
    CK_RV rv = base != NULL ? module_template_copy(&object->attributes, template, count)
                            : module_template_apply(&object->attributes, template, count);
    if (rv == CKR_OK && module_attributes_size(&object->attributes) > MODULE_DATA_OBJECT_MAX) {
        rv = CKR_DEVICE_MEMORY;
    }
    object->is_private = module_attributes_bool(&object->attributes, CKA_PRIVATE);
    if (rv == CKR_OK && !module_object_visible(session->slot, object)) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    if (rv != CKR_OK) {
        module_object_free(&object);
        return rv;
    }
    object->session = session->handle;
    return module_objects_add(&session->slot->objects, &object, handle);
}

/* A template may create data objects in the session; everything else is made
 * by the engine (C_GenerateKeyPair, C_DeriveKey) or by the officer. The class
 * is looked at first: it says what the other attributes may be. */
static CK_RV create(struct module_session *session, const CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE *handle)
{
    CK_OBJECT_CLASS class;
    if (module_template_find(template, count, CKA_CLASS) == NULL) {
        return CKR_TEMPLATE_INCOMPLETE;
    }
    if (!module_template_ulong(template, count, CKA_CLASS, &class) || class > CKO_OTP_KEY) {
        return CKR_ATTRIBUTE_VALUE_INVALID; /* no class of Cryptoki 2.40 (4.1.1) */
    }
    CK_RV rv = check_token_object(session, template, count);
    if (rv == CKR_OK && class != CKO_DATA) {
        rv = CKR_TEMPLATE_INCONSISTENT;
    }
    return rv == CKR_OK ? create_data(session, NULL, template, count, handle) : rv;
}

CK_RV C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count,
                     CK_OBJECT_HANDLE *object)
{
    struct module_session *session = NULL;
    bool arguments_ok = object != NULL && module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *object = CK_INVALID_HANDLE;
    return module_session_leave(session, create(session, template, count, object));
}

/* What is private does not become public by being copied. */
static CK_RV copy(struct module_session *session, const struct module_object *object,
                  const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
    if (!module_attributes_bool(&object->attributes, CKA_COPYABLE)) {
        return CKR_ACTION_PROHIBITED;
    }
    CK_RV rv = check_token_object(session, template, count);
    if (rv == CKR_OK && object->is_private &&
        !module_template_bool(template, count, CKA_PRIVATE, true)) {
        rv = CKR_TEMPLATE_INCONSISTENT;
    }
    return rv == CKR_OK ? create_data(session, &object->attributes, template, count, handle) : rv;
}

CK_RV C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE source, CK_ATTRIBUTE *template,
                   CK_ULONG count, CK_OBJECT_HANDLE *copied)
{
    struct module_session *session = NULL;
    bool arguments_ok = copied != NULL && module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *copied = CK_INVALID_HANDLE;
    const struct module_object *object = module_object_find(session->slot, source);
    rv =
        object == NULL ? CKR_OBJECT_HANDLE_INVALID : copy(session, object, template, count, copied);
    return module_session_leave(session, rv);
}

/* The object of a handle, if this session may change it, and `allows` says that it
 * can be changed so. */
static CK_RV find_changeable(const struct module_session *session, CK_OBJECT_HANDLE handle,
                             CK_ATTRIBUTE_TYPE allows, struct module_object **object)
{
    *object = module_object_find(session->slot, handle);
    if (*object == NULL) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    if ((*object)->session == 0 && (session->flags & CKF_RW_SESSION) == 0) {
        return CKR_SESSION_READ_ONLY;
    }
    return module_attributes_bool(&(*object)->attributes, allows) ? CKR_OK : CKR_ACTION_PROHIBITED;
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE target)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, true, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_object *object = NULL;
    rv = find_changeable(session, target, CKA_DESTROYABLE, &object);
    if (rv == CKR_OK) {
        rv = module_object_destroy_engine(session->slot, object);
    }
    if (rv == CKR_OK) {
        module_objects_remove(&session->slot->objects, object);
    }
    return module_session_leave(session, rv);
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE target, CK_ULONG *size)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, size != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_object *object = module_object_find(session->slot, target);
    if (object == NULL) {
        rv = CKR_OBJECT_HANDLE_INVALID;
    } else {
        *size = module_attributes_size(&object->attributes);
    }
    return module_session_leave(session, rv);
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE target, CK_ATTRIBUTE *template,
                          CK_ULONG count)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, module_template_count_ok(template, count), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_object *object = module_object_find(session->slot, target);
    if (object != NULL && object->kind == MODULE_COUNTER) {
        /* A counter is read as it stands now. */
        rv = module_token_objects_sync(session->slot, true);
        object = rv == CKR_OK ? module_object_find(session->slot, target) : object;
    }
    if (rv == CKR_OK) {
        rv = object == NULL ? CKR_OBJECT_HANDLE_INVALID
                            : module_attributes_get(&object->attributes, template, count);
    }
    return module_session_leave(session, rv);
}

/* All of the template or nothing of it. */
static CK_RV set_attributes(struct module_object *object, const CK_ATTRIBUTE *template,
                            CK_ULONG count)
{
    struct module_attributes changed = {0};
    module_attributes_copy(&changed, &object->attributes);
    CK_RV rv =
        changed.err == ERR_OK ? module_template_change(&changed, template, count) : CKR_HOST_MEMORY;
    if (rv == CKR_OK && module_attributes_size(&changed) > MODULE_DATA_OBJECT_MAX) {
        rv = CKR_DEVICE_MEMORY;
    }
    if (rv != CKR_OK) {
        module_attributes_clear(&changed);
        return rv;
    }
    module_attributes_clear(&object->attributes);
    object->attributes = changed;
    return CKR_OK;
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE target, CK_ATTRIBUTE *template,
                          CK_ULONG count)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_template_check(template, count) == CKR_OK;
    CK_RV rv = module_session_enter(handle, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_object *object = NULL;
    rv = find_changeable(session, target, CKA_MODIFIABLE, &object);
    if (rv == CKR_OK) {
        rv = set_attributes(object, template, count);
    }
    return module_session_leave(session, rv);
}
