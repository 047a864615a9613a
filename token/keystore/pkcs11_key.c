/* Keys of the PKCS#11 store: the attributes each kind must have, written once
 * and used twice, to create and to assert (design.md section 4). */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

struct flag_row {
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL value;
    const char *name;
    unsigned quirk; /* a store with it does not know the attribute */
};

#define FLAG(type, value)                                                                          \
    {                                                                                              \
        (type), (value), #type, 0                                                                  \
    }
#define FLAG_UNLESS(quirk, type, value)                                                            \
    {                                                                                              \
        (type), (value), #type, (quirk)                                                            \
    }

/* An omitted CKA_ENCRYPT or CKA_DERIVE defaults to true or can be set later, so
 * that nothing is left out. */
#define LOCKED_UP                                                                                  \
    FLAG(CKA_TOKEN, CK_TRUE), FLAG(CKA_PRIVATE, CK_TRUE), FLAG(CKA_SENSITIVE, CK_TRUE),            \
        FLAG(CKA_EXTRACTABLE, CK_FALSE), FLAG(CKA_DECRYPT, CK_FALSE), FLAG(CKA_UNWRAP, CK_FALSE),  \
        FLAG(CKA_DERIVE, CK_FALSE), FLAG(CKA_MODIFIABLE, CK_FALSE),                                \
        FLAG_UNLESS(KEYSTORE_NO_COPYABLE, CKA_COPYABLE, CK_FALSE)

static const struct flag_row cmac_flags[] = {
    LOCKED_UP,
    FLAG(CKA_SIGN, CK_TRUE),
    FLAG(CKA_VERIFY, CK_FALSE),
    FLAG(CKA_ENCRYPT, CK_FALSE),
    FLAG(CKA_WRAP, CK_FALSE),
};

/* Where CMAC is built here, the key encrypts single blocks instead. */
static const struct flag_row block_flags[] = {
    LOCKED_UP,
    FLAG(CKA_SIGN, CK_FALSE),
    FLAG(CKA_VERIFY, CK_FALSE),
    FLAG(CKA_ENCRYPT, CK_TRUE),
    FLAG(CKA_WRAP, CK_FALSE),
};

static const struct flag_row ec_flags[] = {
    LOCKED_UP,
    FLAG(CKA_SIGN, CK_TRUE),
    FLAG(CKA_SIGN_RECOVER, CK_FALSE),
};

struct kind_row {
    const struct flag_row *flags;
    size_t count;
    CK_MECHANISM_TYPE mechanism; /* CKA_ALLOWED_MECHANISMS holds this alone */
};

#define ROWS(flags) (flags), sizeof(flags) / sizeof((flags)[0])
static const struct kind_row cmac_kind = {ROWS(cmac_flags), CKM_AES_CMAC};
static const struct kind_row block_kind = {ROWS(block_flags), CKM_AES_ECB};
static const struct kind_row ec_kind = {ROWS(ec_flags), CKM_ECDSA};

static const struct kind_row *kind_of(const struct pkcs11_store *store, enum keystore_kind kind)
{
    if (kind == KEYSTORE_EC) {
        return &ec_kind;
    }
    return store->config.build_cmac ? &block_kind : &cmac_kind;
}

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

/* label: in full, and it must outlive the template. In a store of one token that is
 * the CKA_ID too: NSS lets a key with the CKA_ID of another replace it. */
static void add_identity(struct template *t, const struct pkcs11_store *store, const char *label,
                         const uint8_t *id)
{
    bool shared = store->set[0] != '\0';
    add(t, CKA_LABEL, label, strlen(label));
    add(t, CKA_ID, shared ? (const void *)label : id, shared ? strlen(label) : 1);
}

/* token: whether the key outlives the session. */
static void add_kind(struct template *t, const struct pkcs11_store *store, enum keystore_kind kind,
                     bool token)
{
    static const CK_BBOOL no = CK_FALSE;
    const struct kind_row *row = kind_of(store, kind);
    for (size_t i = 0; i < row->count; i++) {
        const struct flag_row *flag = &row->flags[i];
        if ((flag->quirk & store->config.quirks) == 0) {
            bool session = flag->type == CKA_TOKEN && !token;
            add(t, flag->type, session ? &no : &flag->value, sizeof(CK_BBOOL));
        }
    }
    if ((store->config.quirks & KEYSTORE_NO_ALLOWED_MECHANISMS) == 0) {
        add(t, CKA_ALLOWED_MECHANISMS, &row->mechanism, sizeof(row->mechanism));
    }
}

enum err pkcs11_create_cmac_key(struct keystore *base, const char *label, uint8_t id,
                                const struct secret *value, struct keystore_key *key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    const CK_KEY_TYPE type = CKK_AES;
    const CK_ULONG len = AES_KEY_SIZE;
    struct template t = {.count = 0};
    char full[PKCS11_LABEL_SIZE];
    CK_RV rv;
    add(&t, CKA_CLASS, &class, sizeof(class));
    add(&t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(&t, store, pkcs11_full_label(store, label, full), &id);
    add_kind(&t, store, KEYSTORE_CMAC, true);
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
static void public_template(struct template *t, const struct pkcs11_store *store, const char *label,
                            const uint8_t *id, const struct bytes *params, bool token)
{
    static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    static const CK_KEY_TYPE type = CKK_EC;
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    add(t, CKA_CLASS, &class, sizeof(class));
    add(t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(t, store, label, id);
    add(t, CKA_EC_PARAMS, params->data, params->len);
    add(t, CKA_TOKEN, token ? &yes : &no, sizeof(yes));
    add(t, CKA_PRIVATE, &no, sizeof(no));
    add(t, CKA_VERIFY, &yes, sizeof(yes));
    add(t, CKA_ENCRYPT, &no, sizeof(no));
    add(t, CKA_WRAP, &no, sizeof(no));
}

static void private_template(struct template *t, const struct pkcs11_store *store,
                             const char *label, const uint8_t *id, bool token)
{
    static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    static const CK_KEY_TYPE type = CKK_EC;
    add(t, CKA_CLASS, &class, sizeof(class));
    add(t, CKA_KEY_TYPE, &type, sizeof(type));
    add_identity(t, store, label, id);
    add_kind(t, store, KEYSTORE_EC, token);
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
    char full[PKCS11_LABEL_SIZE];
    if (params.len == 0) {
        return ERR_UNSUPPORTED;
    }
    pkcs11_full_label(store, label, full);
    public_template(&public, store, full, &id, &params, true);
    private_template(&private, store, full, &id, true);
    return scalar == NULL ? generate_ec(store, &public, &private, key)
                          : import_ec(store, &public, &private, params, curve, scalar, key);
}

CK_RV pkcs11_session_aes(struct pkcs11_store *store, const uint8_t value[AES_KEY_SIZE],
                         CK_OBJECT_HANDLE *handle)
{
    static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    static const CK_KEY_TYPE type = CKK_AES;
    struct template t = {.count = 0};
    add(&t, CKA_CLASS, &class, sizeof(class));
    add(&t, CKA_KEY_TYPE, &type, sizeof(type));
    add_kind(&t, store, KEYSTORE_CMAC, false);
    add(&t, CKA_VALUE, value, AES_KEY_SIZE);
    return store->p11->C_CreateObject(store->session, t.row, t.count, handle);
}

CK_RV pkcs11_session_pair(struct pkcs11_store *store, enum ec_curve curve,
                          CK_OBJECT_HANDLE *public_handle, CK_OBJECT_HANDLE *private_handle)
{
    static const uint8_t id = 0;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    struct bytes params = ec_curve_params(curve);
    struct template public = {.count = 0};
    struct template private = {.count = 0};
    public_template(&public, store, "trial", &id, &params, false);
    private_template(&private, store, "trial", &id, false);
    return store->p11->C_GenerateKeyPair(store->session, &mechanism, public.row, public.count,
                                         private.row, private.count, public_handle, private_handle);
}

static bool has_flag(struct pkcs11_store *store, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_TYPE type,
                     CK_BBOOL expected)
{
    CK_BBOOL value = !expected;
    CK_ATTRIBUTE wanted = {type, &value, sizeof(value)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    return rv == CKR_OK && wanted.ulValueLen == sizeof(value) && value == expected;
}

static bool has_mechanism(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                          CK_MECHANISM_TYPE expected)
{
    CK_MECHANISM_TYPE allowed[4] = {0};
    CK_ATTRIBUTE wanted = {CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, &wanted, 1);
    return rv == CKR_OK && wanted.ulValueLen == sizeof(expected) && allowed[0] == expected;
}

enum err pkcs11_check(struct keystore *base, enum keystore_kind kind, struct keystore_key key)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    const struct kind_row *row = kind_of(store, kind);
    for (size_t i = 0; i < row->count; i++) {
        const struct flag_row *flag = &row->flags[i];
        if ((flag->quirk & store->config.quirks) == 0 &&
            !has_flag(store, key.handle, flag->type, flag->value)) {
            log_error("key store: a key's %s is not %s", flag->name,
                      flag->value ? "true" : "false");
            return ERR_MISMATCH;
        }
    }
    if ((store->config.quirks & KEYSTORE_NO_ALLOWED_MECHANISMS) == 0 &&
        !has_mechanism(store, key.handle, row->mechanism)) {
        log_error("key store: a key allows other mechanisms than its one");
        return ERR_MISMATCH;
    }
    return ERR_OK;
}

enum err pkcs11_report_attributes(struct pkcs11_store *store, enum keystore_kind kind,
                                  CK_OBJECT_HANDLE handle, struct keystore_report *report)
{
    const struct kind_row *row = kind_of(store, kind);
    enum keystore_subject subject =
        kind == KEYSTORE_EC ? KEYSTORE_EC_ATTRIBUTE : KEYSTORE_CMAC_ATTRIBUTE;
    enum keystore_verdict verdict;
    for (size_t i = 0; i < row->count; i++) {
        const struct flag_row *flag = &row->flags[i];
        char name[KEYSTORE_TEXT_SIZE];
        /* The trial key alone is no token object. */
        CK_BBOOL expected = flag->type == CKA_TOKEN ? CK_FALSE : flag->value;
        verdict = (flag->quirk & store->config.quirks) != 0       ? KEYSTORE_UNTOLD
                  : has_flag(store, handle, flag->type, expected) ? KEYSTORE_YES
                                                                  : KEYSTORE_NO;
        snprintf(name, sizeof(name), "%s %s", flag->name, flag->value ? "true" : "false");
        enum err err = report->finding(report->context, subject, verdict, name);
        if (err != ERR_OK) {
            return err;
        }
    }
    verdict = (store->config.quirks & KEYSTORE_NO_ALLOWED_MECHANISMS) != 0 ? KEYSTORE_UNTOLD
              : has_mechanism(store, handle, row->mechanism)               ? KEYSTORE_YES
                                                                           : KEYSTORE_NO;
    return report->finding(report->context, subject, verdict, "CKA_ALLOWED_MECHANISMS, one");
}
