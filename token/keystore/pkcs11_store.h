/* Inside the PKCS#11 key store: what its files share. */
#ifndef KEYSTORE_PKCS11_STORE_H
#define KEYSTORE_PKCS11_STORE_H

#include <p11-kit/pkcs11.h>

#include "keystore/keystore.h"
#include "keystore/keystore_config.h"

enum { PKCS11_LABEL_SIZE = 64, PKCS11_OBJECTS_MAX = 4096 };

struct pkcs11_store {
    struct keystore base;
    struct keystore_config config;
    CK_FUNCTION_LIST *p11; /* from p11-kit; released with the store */
    CK_SLOT_ID slot;
    bool selected;
    char set[KEYSTORE_PREFIX_SIZE + 12]; /* before every label: "" or "usbkey3-" */
    CK_SESSION_HANDLE session;           /* read/write, one, while logged in */
    bool logged_in;
};

/* pkcs11_call.c: logs a failed call by name and translates it once. */
enum err pkcs11_failed(CK_RV rv, const char *call);
/* An attribute over memory Cryptoki does not change, though it takes no const. */
CK_ATTRIBUTE pkcs11_attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
/* C_Sign into out, zeroed first; what the store gives must be
 * exactly size bytes. */
enum err pkcs11_sign_with(struct pkcs11_store *store, CK_MECHANISM_TYPE type, const char *name,
                          struct keystore_key key, struct bytes input, uint8_t *out, size_t size);

/* pkcs11_token.c */
enum err pkcs11_create_token(struct keystore *store, const char *label, const struct secret *pin,
                             char serial[KEYSTORE_SERIAL_SIZE]);
enum err pkcs11_select_token(struct keystore *store, const char *serial);
enum err pkcs11_login(struct keystore *store, const struct secret *pin);
void pkcs11_logout(struct keystore *store);
/* Blank-padded Cryptoki text to a C string of size + 1. */
void pkcs11_unpad(const CK_UTF8CHAR *padded, size_t size, char *text);

/* pkcs11_object.c: everything of the selected token, by label. */
struct pkcs11_visitor {
    /* label is without the set's beginning. Anything but ERR_OK ends the walk. */
    enum err (*visit)(struct pkcs11_store *store, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS class,
                      const char *label, void *context);
    void *context;
};
/* Objects whose label begins with set. */
enum err pkcs11_each(struct pkcs11_store *store, const char *set,
                     const struct pkcs11_visitor *visitor);
/* ERR_NOT_FOUND; ERR_MISMATCH when two carry the label. */
enum err pkcs11_find_one(struct pkcs11_store *store, CK_OBJECT_CLASS class, const char *label,
                         CK_OBJECT_HANDLE *handle);
/* What stands in CKA_LABEL. */
const char *pkcs11_full_label(const struct pkcs11_store *store, const char *label,
                              char full[PKCS11_LABEL_SIZE]);
/* Number of the set a label belongs to, 0: none of ours. */
unsigned pkcs11_set_of(const struct pkcs11_store *store, const char *full_label);
enum err pkcs11_list(struct keystore *store, const struct keystore_visitor *visitor);
enum err pkcs11_destroy(struct keystore *store, const char *label);
enum err pkcs11_wipe(struct keystore *store);
enum err pkcs11_clean(struct keystore *store);

/* pkcs11_data.c */
enum err pkcs11_get_data(struct keystore *store, const char *label, struct buf *value);
enum err pkcs11_put_data(struct keystore *store, const char *label, struct bytes value);

/* pkcs11_key.c */
enum err pkcs11_create_cmac_key(struct keystore *store, const char *label, uint8_t id,
                                const struct secret *value, struct keystore_key *key);
enum err pkcs11_create_ec_key(struct keystore *store, const char *label, uint8_t id,
                              enum ec_curve curve, const struct secret *scalar,
                              struct keystore_key *key);
enum err pkcs11_check(struct keystore *store, enum keystore_kind kind, struct keystore_key key);
/* The attributes above, one by one: quirk rows are KEYSTORE_UNTOLD. */
enum err pkcs11_report_attributes(struct pkcs11_store *store, enum keystore_kind kind,
                                  CK_OBJECT_HANDLE handle, struct keystore_report *report);
/* Keys with those attributes that are gone with the session. */
CK_RV pkcs11_session_aes(struct pkcs11_store *store, const uint8_t value[32],
                         CK_OBJECT_HANDLE *handle);
CK_RV pkcs11_session_pair(struct pkcs11_store *store, enum ec_curve curve, CK_OBJECT_HANDLE *public,
                          CK_OBJECT_HANDLE *private);

/* pkcs11_cmac.c */
enum err pkcs11_cmac(struct keystore *store, struct keystore_key key, struct bytes message,
                     uint8_t mac[AES_BLOCK]);
enum err pkcs11_self_test(struct keystore *store);

/* pkcs11_report.c */
enum err pkcs11_report(struct keystore *store, struct keystore_report *report);

#endif
