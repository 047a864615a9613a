/* The key store: where the root keys, the signing keys and the engine's own
 * MAC keys live. The engine knows this interface alone; a maker fills the
 * table (keystore_pkcs11_new() is one).
 *
 * A key store holds tokens; one is selected, logged in to, and used by one
 * thread. Keys go by label and are unique by kind and label. Where the store is
 * one token for ever, a token in this sense is a set of labels in it: prefix,
 * number, '-', label. */
#ifndef KEYSTORE_KEYSTORE_H
#define KEYSTORE_KEYSTORE_H

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/ec.h"
#include "crypto/kdf.h"

enum {
    KEYSTORE_LABEL_SIZE = 33,
    KEYSTORE_SERIAL_SIZE = 33,
    KEYSTORE_PIN_MAX = 32,
    KEYSTORE_DATA_MAX = 64,
    KEYSTORE_TEXT_SIZE = 33,
    KEYSTORE_MODULE_SIZE = 65, /* what the wire carries */
};

/* Handle of a key in the open token; of no meaning after logout. */
struct keystore_key {
    unsigned long handle;
};

enum keystore_kind { KEYSTORE_CMAC = 1, KEYSTORE_EC = 2 };

struct keystore;

/* Called for each key; anything but ERR_OK ends the walk and is returned. */
struct keystore_visitor {
    enum err (*visit)(void *context, enum keystore_kind kind, const char *label);
    void *context;
};

/* What the store is and can, for a report. Any string may be empty. */
enum keystore_verdict {
    KEYSTORE_NO = 0,
    KEYSTORE_YES = 1,
    KEYSTORE_BUILT = 2,  /* made here from something else */
    KEYSTORE_UNTOLD = 3, /* it does not say, and the configuration accepts that */
};
enum keystore_subject {
    KEYSTORE_MECHANISM = 1,
    KEYSTORE_CMAC_ATTRIBUTE = 2,
    KEYSTORE_EC_ATTRIBUTE = 3,
    KEYSTORE_USE = 4,
};
struct keystore_report {
    char module[KEYSTORE_MODULE_SIZE]; /* maker, version and description of the library */
    char token[KEYSTORE_TEXT_SIZE];    /* label of the token */
    /* Called for each finding. */
    enum err (*finding)(void *context, enum keystore_subject subject, enum keystore_verdict verdict,
                        const char *name);
    void *context;
};

/* What a maker provides; the functions below say what each has to do. */
struct keystore_ops {
    const char *name;
    enum err (*create_token)(struct keystore *store, const char *label, const struct secret *pin,
                             char serial[KEYSTORE_SERIAL_SIZE]);
    enum err (*select_token)(struct keystore *store, const char *serial);
    enum err (*login)(struct keystore *store, const struct secret *pin);
    void (*logout)(struct keystore *store);
    enum err (*self_test)(struct keystore *store);
    enum err (*create_cmac_key)(struct keystore *store, const char *label, uint8_t id,
                                const struct secret *value, struct keystore_key *key);
    enum err (*create_ec_key)(struct keystore *store, const char *label, uint8_t id,
                              enum ec_curve curve, const struct secret *scalar,
                              struct keystore_key *key);
    enum err (*find)(struct keystore *store, enum keystore_kind kind, const char *label,
                     struct keystore_key *key);
    enum err (*check)(struct keystore *store, enum keystore_kind kind, struct keystore_key key);
    enum err (*cmac)(struct keystore *store, struct keystore_key key, struct bytes message,
                     uint8_t mac[AES_BLOCK]);
    enum err (*sign)(struct keystore *store, struct keystore_key key,
                     const uint8_t digest[EC_DIGEST_SIZE], uint8_t signature[EC_SIGNATURE_SIZE]);
    enum err (*point)(struct keystore *store, const char *label, uint8_t point[EC_POINT_SIZE]);
    enum err (*list)(struct keystore *store, const struct keystore_visitor *visitor);
    enum err (*get_data)(struct keystore *store, const char *label, struct buf *value);
    enum err (*put_data)(struct keystore *store, const char *label, struct bytes value);
    enum err (*destroy)(struct keystore *store, const char *label);
    enum err (*wipe)(struct keystore *store);
    enum err (*clean)(struct keystore *store);
    enum err (*report)(struct keystore *store, struct keystore_report *report);
    void (*free)(struct keystore *store);
};

/* First member of every maker's own structure. */
struct keystore {
    const struct keystore_ops *ops;
};

struct keystore_config;

/* Key store over a PKCS#11 v2.40 module. ERR_KEYSTORE when it does not load or
 * initialise. The caller frees. */
enum err keystore_pkcs11_new(const struct keystore_config *config, struct keystore **store);
void keystore_free(struct keystore **store);

/* Makes a token with this label and user PIN in a free slot; the PIN that could
 * reset it is random and forgotten. serial names the token from then on. In a
 * store of one token a new set of labels; pin is then its own PIN: the one given
 * by the configuration's pin_file, or, where there is no such file, one that is
 * set when the token has none yet. */
enum err keystore_create_token(struct keystore *store, const char *label, const struct secret *pin,
                               char serial[KEYSTORE_SERIAL_SIZE]);
/* Chooses the token; any login ends. ERR_NOT_FOUND. */
enum err keystore_select_token(struct keystore *store, const char *serial);
/* Logs in to the selected token and runs the known answers. ERR_PIN. */
enum err keystore_login(struct keystore *store, const struct secret *pin);
void keystore_logout(struct keystore *store);

/* AES-256 key for CMAC and nothing else: value is 32 bytes, or NULL to generate
 * it in the store. Its attributes are read back and asserted. ERR_DUPLICATE. */
enum err keystore_create_cmac_key(struct keystore *store, const char *label, uint8_t id,
                                  const struct secret *value, struct keystore_key *key);
/* EC key pair for ECDSA alone: scalar is 32 bytes, or NULL to generate. */
enum err keystore_create_ec_key(struct keystore *store, const char *label, uint8_t id,
                                enum ec_curve curve, const struct secret *scalar,
                                struct keystore_key *key);
/* ERR_NOT_FOUND; ERR_MISMATCH when two keys carry the label. */
enum err keystore_find(struct keystore *store, enum keystore_kind kind, const char *label,
                       struct keystore_key *key);
/* Asserts every attribute that makes the key what it has to be. ERR_MISMATCH
 * when one differs: refuse to work. */
enum err keystore_check(struct keystore *store, enum keystore_kind kind, struct keystore_key key);
/* AES-CMAC, 16 bytes; a shorter answer of the store is ERR_KEYSTORE. */
enum err keystore_cmac(struct keystore *store, struct keystore_key key, struct bytes message,
                       uint8_t mac[AES_BLOCK]);
/* ECDSA over a SHA-256 digest, r || s. */
enum err keystore_sign(struct keystore *store, struct keystore_key key,
                       const uint8_t digest[EC_DIGEST_SIZE], uint8_t signature[EC_SIGNATURE_SIZE]);
/* Public point of the EC key pair with this label. */
enum err keystore_point(struct keystore *store, const char *label, uint8_t point[EC_POINT_SIZE]);
/* A few bytes that outlive a restart, of no use as a key, replaced as a whole. A
 * kill while they are being replaced may lose them: keep two. ERR_NOT_FOUND. */
enum err keystore_get_data(struct keystore *store, const char *label, struct buf *value);
enum err keystore_put_data(struct keystore *store, const char *label, struct bytes value);
/* Every secret and private key of the token. */
enum err keystore_list(struct keystore *store, const struct keystore_visitor *visitor);
/* Destroys every object with this label. */
enum err keystore_destroy(struct keystore *store, const char *label);
/* Destroys every object of the token. */
enum err keystore_wipe(struct keystore *store);
/* In a store of one token: destroys what former sets of labels left behind. */
enum err keystore_clean(struct keystore *store);
/* Tries out what this token can do, over session keys that go at once. */
enum err keystore_describe(struct keystore *store, struct keystore_report *report);

#endif
