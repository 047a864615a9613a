/* Keys of the PKCS#11 store: the attributes each kind must have, written once
 * and used twice, to create and to assert (design.md section 4). */
#include <string.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

struct flag_row {
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL value;
    const char *name;
};

#define FLAG(type, value)                                                                          \
    {                                                                                              \
        (type), (value), #type                                                                     \
    }

/* An omitted CKA_ENCRYPT or CKA_DERIVE defaults to true or can be set later, so
 * that nothing is left out. */
static const struct flag_row cmac_flags[] = {
    FLAG(CKA_TOKEN, CK_TRUE),        FLAG(CKA_PRIVATE, CK_TRUE),  FLAG(CKA_SENSITIVE, CK_TRUE),
    FLAG(CKA_EXTRACTABLE, CK_FALSE), FLAG(CKA_SIGN, CK_TRUE),     FLAG(CKA_VERIFY, CK_FALSE),
    FLAG(CKA_ENCRYPT, CK_FALSE),     FLAG(CKA_DECRYPT, CK_FALSE), FLAG(CKA_WRAP, CK_FALSE),
    FLAG(CKA_UNWRAP, CK_FALSE),      FLAG(CKA_DERIVE, CK_FALSE),  FLAG(CKA_MODIFIABLE, CK_FALSE),
    FLAG(CKA_COPYABLE, CK_FALSE),
};

static const struct flag_row ec_flags[] = {
    FLAG(CKA_TOKEN, CK_TRUE),         FLAG(CKA_PRIVATE, CK_TRUE),   FLAG(CKA_SENSITIVE, CK_TRUE),
    FLAG(CKA_EXTRACTABLE, CK_FALSE),  FLAG(CKA_SIGN, CK_TRUE),      FLAG(CKA_DECRYPT, CK_FALSE),
    FLAG(CKA_SIGN_RECOVER, CK_FALSE), FLAG(CKA_UNWRAP, CK_FALSE),   FLAG(CKA_DERIVE, CK_FALSE),
    FLAG(CKA_MODIFIABLE, CK_FALSE),   FLAG(CKA_COPYABLE, CK_FALSE),
};

struct kind_row {
    const struct flag_row *flags;
    size_t count;
    CK_MECHANISM_TYPE mechanism; /* CKA_ALLOWED_MECHANISMS holds this alone */
};

static const struct kind_row kinds[] = {
    [KEYSTORE_CMAC] = {cmac_flags, sizeof(cmac_flags) / sizeof(cmac_flags[0]), CKM_AES_CMAC},
    [KEYSTORE_EC] = {ec_flags, sizeof(ec_flags) / sizeof(ec_flags[0]), CKM_ECDSA},
};

enum { TEMPLATE_MAX = 24, AES_KEY_SIZE = 32 };

struct template
{
    CK_ATTRIBUTE row[TEMPLATE_MAX];
    CK_ULONG count;
};

/* Every count below is fixed by the tables above: 24 rows hold the longest. */
static void add(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    t->row[t->count++] = pkcs11_attribute(type, value, len);
}

static void add_identity(struct template *t, const char *label, const uint8_t *id)
{
    add(t, CKA_LABEL, label, strlen(label));
    add(t, CKA_ID, id, 1);
}

static void add_kind(struct template *t, enum keystore_kind kind)
{
    const struct kind_row *row = &kinds[kind];
    for (size_t i = 0; i < row->count; i++) {
        add(t, row->flags[i].type, &row->flags[i].value, sizeof(CK_BBOOL));
    }
    add(t, CKA_ALLOWED_MECHANISMS, &row->mechanism, sizeof(row->mechanism));
}

enum err pkcs11_create_cmac_key(struct keystore *base, const char *label, uint8_t id,
                                const struct secret *value, struct keystore_key *key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    const CK_KEY_TYPE type = CKK_AES;
    const CK_ULONG len = AES_KEY_SIZE;
    struct template t = {.count = 0};
    CK_RV rv;
    add(&t, CKA_CLASS, &class, sizeof(class));
    add(&t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(&t, label, &id);
    add_kind(&t, KEYSTORE_CMAC);
    if (value == NULL) {
        CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
        add(&t, CKA_VALUE_LEN, &len, sizeof(len));
        rv = store->p11->C_GenerateKey(store->session, &mechanism, t.row, t.count, &key->handle);
    } else if (value->len != AES_KEY_SIZE) {
        return ERR_ARGUMENT;
    } else {
        add(&t, CKA_VALUE, value->data, value->len);
        rv = store->p11->C_CreateObject(store->session, t.row, t.count, &key->handle);
    }
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "creating an AES key");
}

/* The public half, found again by label and id. */
static void public_template(struct template *t, const char *label, const uint8_t *id,
                            const struct bytes *params)
{
    static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    static const CK_KEY_TYPE type = CKK_EC;
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    add(t, CKA_CLASS, &class, sizeof(class));
    add(t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(t, label, id);
    add(t, CKA_EC_PARAMS, params->data, params->len);
    add(t, CKA_TOKEN, &yes, sizeof(yes));
    add(t, CKA_PRIVATE, &no, sizeof(no));
    add(t, CKA_VERIFY, &yes, sizeof(yes));
    add(t, CKA_ENCRYPT, &no, sizeof(no));
    add(t, CKA_WRAP, &no, sizeof(no));
}

static void private_template(struct template *t, const char *label, const uint8_t *id)
{
    static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    static const CK_KEY_TYPE type = CKK_EC;
    add(t, CKA_CLASS, &class, sizeof(class));
    add(t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(t, label, id);
    add_kind(t, KEYSTORE_EC);
}

static enum err generate_ec(struct pkcs11_store *store, struct template *public,
                            struct template *private, struct keystore_key *key)
{
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_OBJECT_HANDLE public_handle;
    CK_RV rv =
        store->p11->C_GenerateKeyPair(store->session, &mechanism, public->row, public->count,
                                      private->row, private->count, &public_handle, &key->handle);
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "C_GenerateKeyPair");
}

static enum err import_ec(struct pkcs11_store *store, struct template *public,
                          struct template *private, struct bytes params, enum ec_curve curve,
                          const struct secret *scalar, struct keystore_key *key)
{
    uint8_t point[2 + EC_POINT_SIZE] = {0x04, EC_POINT_SIZE}; /* OCTET STRING */
    EVP_PKEY *pair = NULL;
    enum ec_curve found;
    CK_OBJECT_HANDLE public_handle;
    enum err err = ec_private_from_scalar(curve, secret_bytes(scalar), &pair);
    if (err == ERR_OK) {
        err = ec_point(pair, point + 2, &found);
    }
    EVP_PKEY_free(pair);
    if (err != ERR_OK) {
        return err;
    }
    add(public, CKA_EC_POINT, point, sizeof(point));
    add(private, CKA_EC_PARAMS, params.data, params.len);
    add(private, CKA_VALUE, scalar->data, scalar->len);
    CK_RV rv =
        store->p11->C_CreateObject(store->session, private->row, private->count, &key->handle);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "importing an EC key");
    }
    rv = store->p11->C_CreateObject(store->session, public->row, public->count, &public_handle);
    if (rv != CKR_OK) {
        store->p11->C_DestroyObject(store->session, key->handle);
        return pkcs11_failed(rv, "importing an EC public key");
    }
    return ERR_OK;
}

enum err pkcs11_create_ec_key(struct keystore *base, const char *label, uint8_t id,
                              enum ec_curve curve, const struct secret *scalar,
                              struct keystore_key *key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    struct bytes params = ec_curve_params(curve);
    struct template public = {.count = 0};
    struct template private = {.count = 0};
    if (params.len == 0) {
        return ERR_UNSUPPORTED;
    }
    public_template(&public, label, &id, &params);
    private_template(&private, label, &id);
    return scalar == NULL ? generate_ec(store, &public, &private, key)
                          : import_ec(store, &public, &private, params, curve, scalar, key);
}

static enum err check_flag(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                           const struct flag_row *row)
{
    CK_BBOOL value = !row->value;
    CK_ATTRIBUTE wanted = {row->type, &value, sizeof(value)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    if (rv != CKR_OK || wanted.ulValueLen != sizeof(value) || value != row->value) {
        log_error("key store: a key's %s is not %s", row->name, row->value ? "true" : "false");
        return ERR_MISMATCH;
    }
    return ERR_OK;
}

static enum err check_mechanism(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                                CK_MECHANISM_TYPE expected)
{
    CK_MECHANISM_TYPE allowed[4] = {0};
    CK_ATTRIBUTE wanted = {CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    if (rv != CKR_OK || wanted.ulValueLen != sizeof(expected) || allowed[0] != expected) {
        log_error("key store: a key allows other mechanisms than its one");
        return ERR_MISMATCH;
    }
    return ERR_OK;
}

enum err pkcs11_check(struct keystore *base, enum keystore_kind kind, struct keystore_key key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    const struct kind_row *row = &kinds[kind];
    for (size_t i = 0; i < row->count; i++) {
        enum err err = check_flag(store, key.handle, &row->flags[i]);
        if (err != ERR_OK) {
            return err;
        }
    }
    return check_mechanism(store, key.handle, row->mechanism);
}

/* Known answer of CKM_AES_CMAC: NIST SP 800-38B, AES-256, example 10 (16-byte
 * message), over a session key that goes at once. */
enum err pkcs11_self_test(struct keystore *base)
{
    static const uint8_t value[AES_KEY_SIZE] = {0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe,
                                                0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
                                                0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7,
                                                0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4};
    static const uint8_t message[AES_BLOCK] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
                                               0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};
    static const uint8_t expected[AES_BLOCK] = {0x28, 0xa7, 0x02, 0x3f, 0x45, 0x2e, 0x8f, 0x82,
                                                0xbd, 0x4b, 0xf2, 0x8d, 0x8c, 0x37, 0xc3, 0x5c};
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    const CK_KEY_TYPE type = CKK_AES;
    const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    struct template t = {.count = 0};
    struct keystore_key key;
    uint8_t mac[AES_BLOCK];
    add(&t, CKA_CLASS, &class, sizeof(class));
    add(&t, CKA_KEY_TYPE, &type, sizeof(type));
    add(&t, CKA_TOKEN, &no, sizeof(no));
    add(&t, CKA_SIGN, &yes, sizeof(yes));
    add(&t, CKA_VALUE, value, sizeof(value));
    CK_RV rv = store->p11->C_CreateObject(store->session, t.row, t.count, &key.handle);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_CreateObject for the known answer");
    }
    enum err err = pkcs11_cmac(base, key, BYTES_OF(message), mac);
    store->p11->C_DestroyObject(store->session, key.handle);
    if (err == ERR_OK && memcmp(mac, expected, sizeof(mac)) != 0) {
        log_error("key store: CKM_AES_CMAC fails its known answer");
        err = ERR_KEYSTORE;
    }
    return err;
}
