#include "module/token_object.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "module/ckr.h"
#include "sgp22/cert.h"

/* Two looks within this time see the same: a client lists and reads in many
 * calls. */
enum { FRESH_MS = 1000, CATEGORY_TOKEN_USER = 1, CATEGORY_AUTHORITY = 2, CERT_CHECK_SIZE = 3 };

static void make_root(struct module_object *object, const struct client_object *from)
{
    const struct module_object_start start = {
        .kind = MODULE_ROOT_KEY,
        .label = from->label,
        .id = {&from->version, sizeof(from->version)},
        .token = true,
        .always_internal = from->origin == TOKWIRE_ORIGIN_GENERATED,
    };
    module_object_defaults(object, &start);
    module_attributes_put(&object->attributes, CKA_CHECK_VALUE, MODULE_ATTRIBUTE_DERIVED,
                          from->check_value.data, from->check_value.len);
}

/* A key pair and its certificate carry the same CKA_ID, the SHA-1 of the point:
 * what a SubjectKeyIdentifier is by RFC 5280 4.2.1.2 (1). */
static void key_id(struct bytes point, uint8_t id[SHA_DIGEST_LENGTH])
{
    SHA1(point.data, point.len, id);
}

static void put_public_key_info(struct module_object *object, enum ec_curve curve,
                                struct bytes point)
{
    EVP_PKEY *key = NULL;
    uint8_t *der = NULL;
    if (ec_public_from_point(curve, point, &key) != ERR_OK) {
        return;
    }
    int len = i2d_PUBKEY(key, &der);
    if (len > 0) {
        module_attributes_put(&object->attributes, CKA_PUBLIC_KEY_INFO, MODULE_ATTRIBUTE_DERIVED,
                              der, (size_t)len);
    }
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

static void make_pair_half(struct module_object *object, const struct client_object *from)
{
    uint8_t id[SHA_DIGEST_LENGTH];
    key_id(from->public_key, id);
    const struct module_object_start start = {
        .kind = object->kind,
        .label = from->label,
        .id = BYTES_OF(id),
        .token = true,
        .always_internal = from->origin == TOKWIRE_ORIGIN_GENERATED,
    };
    object->key = (enum tokwire_key)from->key;
    module_object_defaults(object, &start);
    module_object_put_point(object, (enum ec_curve)from->curve, from->public_key.data);
    put_public_key_info(object, (enum ec_curve)from->curve, from->public_key);
}

/* A DER encoding OpenSSL makes: encode is called as i2d_X(x, &out). */
#define PUT_DER(object, type, encode, x)                                                           \
    do {                                                                                           \
        unsigned char *der_ = NULL;                                                                \
        int len_ = encode((x), &der_);                                                             \
        if (len_ > 0) {                                                                            \
            module_attributes_put(&(object)->attributes, (type), 0, der_, (size_t)len_);           \
        }                                                                                          \
        OPENSSL_free(der_);                                                                        \
    } while (0)

static void put_date(struct module_object *object, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *when)
{
    struct tm tm;
    char text[sizeof("YYYYMMDD") + 8];
    if (ASN1_TIME_to_tm(when, &tm) == 1 && strftime(text, sizeof(text), "%Y%m%d", &tm) == 8) {
        module_attributes_put(&object->attributes, type, 0, text, sizeof(CK_DATE));
    }
}

static void put_certificate(struct module_object *object, const struct cert *cert, struct bytes der,
                            bool trusted)
{
    struct module_attributes *set = &object->attributes;
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA1(der.data, der.len, digest);
    module_attributes_put(set, CKA_VALUE, 0, der.data, der.len);
    module_attributes_put(set, CKA_CHECK_VALUE, 0, digest, CERT_CHECK_SIZE);
    module_attributes_put_bool(set, CKA_TRUSTED, 0, trusted);
    module_attributes_put_ulong(set, CKA_CERTIFICATE_CATEGORY, 0,
                                trusted ? CATEGORY_AUTHORITY : CATEGORY_TOKEN_USER);
    module_attributes_put(set, CKA_URL, 0, NULL, 0);
    put_date(object, CKA_START_DATE, X509_get0_notBefore(cert->x509));
    put_date(object, CKA_END_DATE, X509_get0_notAfter(cert->x509));
    PUT_DER(object, CKA_SUBJECT, i2d_X509_NAME, X509_get_subject_name(cert->x509));
    PUT_DER(object, CKA_ISSUER, i2d_X509_NAME, X509_get_issuer_name(cert->x509));
    PUT_DER(object, CKA_SERIAL_NUMBER, i2d_ASN1_INTEGER, X509_get_serialNumber(cert->x509));
    PUT_DER(object, CKA_PUBLIC_KEY_INFO, i2d_PUBKEY, cert->key);
}

static enum err make_certificate(struct module_object *object, const struct client_object *from)
{
    struct cert *cert = NULL;
    enum err err = cert_parse(from->certificate, &cert);
    uint8_t point[EC_POINT_SIZE], id[SHA_DIGEST_LENGTH];
    enum ec_curve curve;
    if (err == ERR_OK) {
        err = ec_point(cert->key, point, &curve);
    }
    if (err == ERR_OK) {
        key_id(BYTES_OF(point), id);
        const struct module_object_start start = {
            .kind = MODULE_CERTIFICATE,
            .label = from->label,
            .id = BYTES_OF(id),
            .token = true,
        };
        module_object_defaults(object, &start);
        put_certificate(object, cert, from->certificate, from->key == TOKWIRE_KEY_CI);
    }
    cert_free(&cert);
    return err;
}

static void make_counter(struct module_object *object, const struct client_object *from)
{
    const struct module_object_start start = {
        .kind = MODULE_COUNTER,
        .label = from->label,
        .token = true,
    };
    uint8_t count[8];
    set_u64(count, from->count);
    module_object_defaults(object, &start);
    module_attributes_put(&object->attributes, CKA_VALUE, 0, count, sizeof(count));
}

static enum err make_object(struct module_object *object, const struct client_object *from)
{
    bool pair = object->kind == MODULE_PRIVATE_KEY || object->kind == MODULE_PUBLIC_KEY;
    if (pair && (from->public_key.len != EC_POINT_SIZE ||
                 ec_curve_params((enum ec_curve)from->curve).len == 0)) {
        return ERR_MALFORMED;
    }
    switch (object->kind) {
    case MODULE_ROOT_KEY:
        make_root(object, from);
        return ERR_OK;
    case MODULE_PRIVATE_KEY:
    case MODULE_PUBLIC_KEY:
        make_pair_half(object, from);
        return ERR_OK;
    case MODULE_CERTIFICATE:
        return make_certificate(object, from);
    default:
        make_counter(object, from);
        return ERR_OK;
    }
}

/* What an object is recognised by from one GET OBJECTS to the next. */
static struct bytes identity_of(const struct client_object *from)
{
    return from->object_class == TOKWIRE_CLASS_COUNTER
               ? bytes_make(from->label, strlen(from->label))
               : from->content;
}

static struct module_object *find_known(struct module_slot *slot, enum module_object_kind kind,
                                        struct bytes identity)
{
    for (struct module_object *object = slot->objects.first; object != NULL;
         object = object->next) {
        if (object->session == 0 && object->kind == kind &&
            bytes_equal(buf_bytes(&object->identity), identity)) {
            return object;
        }
    }
    return NULL;
}

/* Takes one object over. One that cannot be understood is left out: the rest of
 * the token is still of use. */
static CK_RV take_object(struct module_slot *slot, enum module_object_kind kind,
                         const struct client_object *from)
{
    struct bytes identity = identity_of(from);
    struct module_object *object = find_known(slot, kind, identity);
    if (object != NULL) {
        object->stale = false;
        if (kind == MODULE_COUNTER) {
            make_counter(object, from);
        }
        return object->attributes.err == ERR_OK ? CKR_OK : CKR_HOST_MEMORY;
    }
    object = module_object_new(kind);
    if (object == NULL) {
        return CKR_HOST_MEMORY;
    }
    buf_put_bytes(&object->identity, identity);
    object->engine_handle = from->handle;
    if (make_object(object, from) != ERR_OK) {
        module_object_free(&object);
        return CKR_OK;
    }
    CK_OBJECT_HANDLE handle;
    return module_objects_add(&slot->objects, &object, &handle);
}

/* Objects of Cryptoki that one of the wire becomes. */
static const struct {
    uint8_t object_class; /* enum tokwire_class */
    enum module_object_kind kind;
} kind_rows[] = {
    {TOKWIRE_CLASS_ROOT, MODULE_ROOT_KEY},      {TOKWIRE_CLASS_PRIVATE, MODULE_PRIVATE_KEY},
    {TOKWIRE_CLASS_PRIVATE, MODULE_PUBLIC_KEY}, {TOKWIRE_CLASS_CERTIFICATE, MODULE_CERTIFICATE},
    {TOKWIRE_CLASS_COUNTER, MODULE_COUNTER},
};

static CK_RV take_all(struct module_slot *slot, struct bytes objects)
{
    struct tlv_reader reader;
    struct client_object from;
    CK_RV rv = CKR_OK;
    tlv_reader_init(&reader, objects);
    enum err err = client_object_next(&reader, &from);
    for (; err == ERR_OK && rv == CKR_OK; err = client_object_next(&reader, &from)) {
        for (size_t i = 0; rv == CKR_OK && i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
            if (kind_rows[i].object_class == from.object_class) {
                rv = take_object(slot, kind_rows[i].kind, &from);
            }
        }
    }
    return rv != CKR_OK || err == ERR_NOT_FOUND ? rv : CKR_DEVICE_ERROR;
}

static void remove_stale(struct module_slot *slot)
{
    struct module_object *next = NULL;
    for (struct module_object *object = slot->objects.first; object != NULL; object = next) {
        next = object->next;
        if (object->stale) {
            module_objects_remove(&slot->objects, object);
        }
    }
}

CK_RV module_token_objects_sync(struct module_slot *slot, bool now)
{
    struct module_objects *objects = &slot->objects;
    if (!now && objects->fresh && clock_ms() - objects->read_ms < FRESH_MS) {
        return CKR_OK;
    }
    struct buf found;
    buf_init(&found, CLIENT_OBJECTS_MAX);
    CK_RV rv = module_ckr(slot->client, client_get_objects(slot->client, &found));
    if (rv == CKR_OK) {
        for (struct module_object *object = objects->first; object != NULL; object = object->next) {
            object->stale = object->session == 0;
        }
        rv = take_all(slot, buf_bytes(&found));
        remove_stale(slot);
    }
    objects->fresh = rv == CKR_OK;
    objects->read_ms = clock_ms();
    buf_clear(&found);
    return rv;
}
