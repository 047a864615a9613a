/* Inside the PKCS#11 key store: what its files share. */
#ifndef KEYSTORE_PKCS11_STORE_H
#define KEYSTORE_PKCS11_STORE_H

#include <p11-kit/pkcs11.h>

#include "keystore/keystore.h"

struct pkcs11_store {
    struct keystore base;
    CK_FUNCTION_LIST *p11; /* from p11-kit; released with the store */
    CK_SLOT_ID slot;
    bool selected;
    CK_SESSION_HANDLE session; /* read/write, one, while logged in */
    bool logged_in;
};

/* Logs a failed call by name and translates it once. */
enum err pkcs11_failed(CK_RV rv, const char *call);
/* An attribute over memory Cryptoki does not change, though it takes no const. */
CK_ATTRIBUTE pkcs11_attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t len);

/* pkcs11_token.c */
enum err pkcs11_create_token(struct keystore *store, const char *label, const struct secret *pin,
                             char serial[KEYSTORE_SERIAL_SIZE]);
enum err pkcs11_select_token(struct keystore *store, const char *serial);
enum err pkcs11_login(struct keystore *store, const struct secret *pin);
void pkcs11_logout(struct keystore *store);

/* pkcs11_key.c */
enum err pkcs11_self_test(struct keystore *store);
enum err pkcs11_create_cmac_key(struct keystore *store, const char *label, uint8_t id,
                                const struct secret *value, struct keystore_key *key);
enum err pkcs11_create_ec_key(struct keystore *store, const char *label, uint8_t id,
                              enum ec_curve curve, const struct secret *scalar,
                              struct keystore_key *key);
enum err pkcs11_check(struct keystore *store, enum keystore_kind kind, struct keystore_key key);

/* keystore_pkcs11.c: the first objects that match; *count of them. */
enum err pkcs11_find_objects(struct pkcs11_store *store, CK_ATTRIBUTE *wanted,
                             CK_ULONG wanted_count, CK_OBJECT_HANDLE *found, CK_ULONG max,
                             CK_ULONG *count);
enum err pkcs11_cmac(struct keystore *store, struct keystore_key key, struct bytes message,
                     uint8_t mac[AES_BLOCK]);

#endif
