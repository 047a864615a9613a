/* What each kind of object says of itself: one table, so that a reviewer can
 * see at one glance what a key may and may not do. */
#include <string.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "module/object.h"

enum {
    ROOT = 1 << MODULE_ROOT_KEY,
    PRIVATE = 1 << MODULE_PRIVATE_KEY,
    PUBLIC = 1 << MODULE_PUBLIC_KEY,
    CERTIFICATE = 1 << MODULE_CERTIFICATE,
    COUNTER = 1 << MODULE_COUNTER,
    ONE_TIME = 1 << MODULE_ONE_TIME_KEY,
    SESSION_KEYS = 1 << MODULE_SESSION_KEYS,
    PPK = 1 << MODULE_PPK,
    DATA = 1 << MODULE_DATA,

    SECRETS = ROOT | SESSION_KEYS | PPK,
    PRIVATES = PRIVATE | ONE_TIME,
    SENSITIVES = SECRETS | PRIVATES,
    KEYS = SENSITIVES | PUBLIC,
    EC_KEYS = PRIVATES | PUBLIC,
    STORED = KEYS | CERTIFICATE | DATA,
    ALL = STORED | COUNTER,
    NONE = 0,
};

enum {
    FIXED = 0,
    FREE = MODULE_ATTRIBUTE_FREE,
    DERIVED = MODULE_ATTRIBUTE_DERIVED,
    HIDDEN = MODULE_ATTRIBUTE_HIDDEN,
    CHANGED_LATER = MODULE_ATTRIBUTE_FREE | MODULE_ATTRIBUTE_SETTABLE,
    CHANGED_IN_COPY = MODULE_ATTRIBUTE_FREE | MODULE_ATTRIBUTE_COPIED,
};

/* Booleans: the kinds that have the attribute, and those where it is true. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    unsigned kinds, true_for;
    unsigned flags;
} bool_rows[] = {
    {CKA_PRIVATE, STORED & ~(unsigned)DATA, SENSITIVES, FIXED},
    {CKA_PRIVATE, DATA, NONE, CHANGED_IN_COPY},
    {CKA_MODIFIABLE, STORED & ~(unsigned)DATA, NONE, FIXED},
    {CKA_MODIFIABLE, DATA, DATA, CHANGED_IN_COPY},
    {CKA_COPYABLE, STORED & ~(unsigned)DATA, NONE, FIXED},
    {CKA_COPYABLE, DATA, DATA, FREE},
    {CKA_DERIVE, KEYS, ROOT | ONE_TIME, FIXED},
    {CKA_SENSITIVE, SENSITIVES, SENSITIVES, FIXED},
    {CKA_EXTRACTABLE, SENSITIVES, NONE, FIXED},
    {CKA_ENCRYPT, SECRETS | PUBLIC, SESSION_KEYS, FIXED},
    {CKA_DECRYPT, SENSITIVES, NONE, FIXED},
    {CKA_SIGN, SENSITIVES, PRIVATE | SESSION_KEYS, FIXED},
    {CKA_SIGN_RECOVER, PRIVATES, NONE, FIXED},
    {CKA_VERIFY, SECRETS, NONE, FIXED},
    {CKA_VERIFY_RECOVER, PUBLIC, NONE, FIXED},
    {CKA_WRAP, SECRETS | PUBLIC, SESSION_KEYS, FIXED},
    {CKA_UNWRAP, SENSITIVES, NONE, FIXED},
    {CKA_WRAP_WITH_TRUSTED, SENSITIVES, NONE, FIXED},
    {CKA_ALWAYS_AUTHENTICATE, PRIVATES, NONE, FIXED},
    {CKA_TRUSTED, SECRETS | PUBLIC, NONE, FIXED},
    {CKA_RESET_ON_INIT, COUNTER, NONE, FIXED},
    {CKA_HAS_RESET, COUNTER, NONE, FIXED},
};

static const struct {
    CK_ATTRIBUTE_TYPE type;
    unsigned kinds;
    CK_ULONG value;
    unsigned flags;
} number_rows[] = {
    {CKA_CLASS, SECRETS, CKO_SECRET_KEY, FIXED},
    {CKA_CLASS, PRIVATES, CKO_PRIVATE_KEY, FIXED},
    {CKA_CLASS, PUBLIC, CKO_PUBLIC_KEY, FIXED},
    {CKA_CLASS, CERTIFICATE, CKO_CERTIFICATE, FIXED},
    {CKA_CLASS, COUNTER, CKO_HW_FEATURE, FIXED},
    {CKA_CLASS, DATA, CKO_DATA, FIXED},
    {CKA_KEY_TYPE, ROOT, CKK_AES, FIXED},
    {CKA_KEY_TYPE, EC_KEYS, CKK_EC, FIXED},
    {CKA_KEY_TYPE, SESSION_KEYS | PPK, CKK_SGP22_BSP, FIXED},
    {CKA_VALUE_LEN, ROOT, 32, DERIVED},
    {CKA_CERTIFICATE_TYPE, CERTIFICATE, CKC_X_509, FIXED},
    {CKA_HW_FEATURE_TYPE, COUNTER, CKH_MONOTONIC_COUNTER, FIXED},
};

/* Attributes that are empty unless somebody says something. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    unsigned kinds;
    unsigned flags;
} empty_rows[] = {
    {CKA_LABEL, ALL & ~(unsigned)DATA, FREE},
    {CKA_LABEL, DATA, CHANGED_LATER},
    {CKA_ID, KEYS | CERTIFICATE, FREE},
    {CKA_START_DATE, KEYS, FREE},
    {CKA_END_DATE, KEYS, FREE},
    {CKA_SUBJECT, EC_KEYS, FREE},
    {CKA_VALUE, SENSITIVES, HIDDEN},
    {CKA_VALUE, DATA, CHANGED_LATER},
    {CKA_APPLICATION, DATA, CHANGED_LATER},
    {CKA_OBJECT_ID, DATA, CHANGED_LATER},
};

static const struct {
    CK_MECHANISM_TYPE mechanism;
    unsigned kinds;
} allowed_rows[] = {
    {CKM_SGP22_PPK, ROOT},      {CKM_ECDSA_SHA256, PRIVATE | PUBLIC}, {CKM_ECDSA, PUBLIC},
    {CKM_SGP22_ECKA, ONE_TIME}, {CKM_SGP22_BSP, SESSION_KEYS | PPK},
};

static void put_allowed_mechanisms(struct module_object *object, bool bare_digest)
{
    CK_MECHANISM_TYPE allowed[sizeof(allowed_rows) / sizeof(allowed_rows[0])];
    size_t count = 0;
    for (size_t i = 0; i < sizeof(allowed_rows) / sizeof(allowed_rows[0]); i++) {
        bool here = (allowed_rows[i].kinds & 1U << object->kind) != 0 ||
                    (bare_digest && allowed_rows[i].mechanism == CKM_ECDSA);
        if (here) {
            allowed[count++] = allowed_rows[i].mechanism;
        }
    }
    module_attributes_put(&object->attributes, CKA_ALLOWED_MECHANISMS, FIXED, allowed,
                          count * sizeof(allowed[0]));
}

static void put_rows(struct module_attributes *set, unsigned kind)
{
    for (size_t i = 0; i < sizeof(bool_rows) / sizeof(bool_rows[0]); i++) {
        if ((bool_rows[i].kinds & kind) != 0) {
            module_attributes_put_bool(set, bool_rows[i].type, bool_rows[i].flags,
                                       (bool_rows[i].true_for & kind) != 0);
        }
    }
    for (size_t i = 0; i < sizeof(number_rows) / sizeof(number_rows[0]); i++) {
        if ((number_rows[i].kinds & kind) != 0) {
            module_attributes_put_ulong(set, number_rows[i].type, number_rows[i].flags,
                                        number_rows[i].value);
        }
    }
    for (size_t i = 0; i < sizeof(empty_rows) / sizeof(empty_rows[0]); i++) {
        if ((empty_rows[i].kinds & kind) != 0) {
            module_attributes_put(set, empty_rows[i].type, empty_rows[i].flags, NULL, 0);
        }
    }
}

/* How a key came to be; the token knows, a template cannot say. */
static void put_origin(struct module_object *object, const struct module_object_start *start)
{
    struct module_attributes *set = &object->attributes;
    bool derived = object->kind == MODULE_SESSION_KEYS || object->kind == MODULE_PPK;
    bool local = start->always_internal && !derived;
    CK_MECHANISM_TYPE generation = CK_UNAVAILABLE_INFORMATION;
    if (local) {
        generation = object->kind == MODULE_ROOT_KEY ? CKM_AES_KEY_GEN : CKM_EC_KEY_PAIR_GEN;
    }
    module_attributes_put_bool(set, CKA_LOCAL, DERIVED, local);
    module_attributes_put_ulong(set, CKA_KEY_GEN_MECHANISM, DERIVED, generation);
    if (object->kind != MODULE_PUBLIC_KEY) {
        /* Cryptoki 2.40, 5.7: neither can be said of a key made elsewhere. */
        module_attributes_put_bool(set, CKA_ALWAYS_SENSITIVE, DERIVED, start->always_internal);
        module_attributes_put_bool(set, CKA_NEVER_EXTRACTABLE, DERIVED, start->always_internal);
    }
}

void module_object_defaults(struct module_object *object, const struct module_object_start *start)
{
    struct module_attributes *set = &object->attributes;
    unsigned kind = 1U << object->kind;
    put_rows(set, kind);
    module_attributes_put_bool(set, CKA_TOKEN, FIXED, start->token);
    if ((kind & STORED) != 0) {
        module_attributes_put_bool(set, CKA_DESTROYABLE, object->kind == MODULE_DATA ? FREE : FIXED,
                                   !start->token);
    }
    if (object->kind == MODULE_PUBLIC_KEY) {
        /* The one-time pair agrees; only the token's own pairs sign. */
        module_attributes_put_bool(set, CKA_VERIFY, FIXED, start->token);
    }
    if (object->kind == MODULE_PPK) {
        /* '86' segments are made where profiles are prepared; on the line the
         * set can only be wrapped (design.md section 4). */
        module_attributes_put_bool(set, CKA_ENCRYPT, FIXED, start->dp_role);
    }
    if ((kind & KEYS) != 0) {
        put_allowed_mechanisms(object, object->key == TOKWIRE_KEY_BATCH);
        put_origin(object, start);
    }
    module_attributes_put(set, CKA_LABEL, FREE, start->label, strlen(start->label));
    if ((kind & (KEYS | CERTIFICATE)) != 0) {
        module_attributes_put(set, CKA_ID, FREE, start->id.data, start->id.len);
    }
    object->is_private = module_attributes_bool(set, CKA_PRIVATE);
}

void module_object_put_point(struct module_object *object, enum ec_curve curve,
                             const uint8_t point[EC_POINT_SIZE])
{
    /* DER OCTET STRING around the point (PKCS#11 curr. mechanisms 2.3.3). */
    uint8_t der[2 + EC_POINT_SIZE] = {0x04, EC_POINT_SIZE};
    memcpy(der + 2, point, EC_POINT_SIZE);
    struct bytes params = ec_curve_params(curve);
    object->curve = curve;
    module_attributes_put(&object->attributes, CKA_EC_PARAMS, FIXED, params.data, params.len);
    if (object->kind == MODULE_PUBLIC_KEY) {
        memcpy(object->point, point, EC_POINT_SIZE);
        module_attributes_put(&object->attributes, CKA_EC_POINT, DERIVED, der, sizeof(der));
    }
}
