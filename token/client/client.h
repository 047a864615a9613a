/* One function per token command (tokwire/tokwire.h).
 *
 * Every function encodes its row's request, sends it, and checks the answer
 * against its row's response before it hands anything out. They return ERR_OK;
 * ERR_ARGUMENT when the request does not fit its row (nothing is sent); what
 * tokwire_sw_err() says when the engine refuses, with the status word in
 * client_sw(); or the transport's error, after which client_broken() holds and
 * every further call returns ERR_CLOSED. Outputs are cleared first.
 *
 * A client is one connection, hence one login. It is not for two threads at a
 * time. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdbool.h>

#include "client/transport.h"
#include "crypto/ec.h"
#include "crypto/kdf.h"
#include "sgp22/bsp.h"
#include "sgp22/id.h"
#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

enum {
    CLIENT_TEXT_MAX = 64,
    CLIENT_TRANSACTION_ID_MAX = 16,
    CLIENT_OBJECTS_MAX = 65536,
    CLIENT_CAPABILITIES_MAX = 65536,
    CLIENT_DETAIL_MAX = 256,
    /* BF26 36 {80 10 .., 81 10 .., 82 10 ..}, padded to 64, as one '87' with its
     * MAC (SGP.22 5.5.4, 2.6.4). */
    CLIENT_REPLACE_SESSION_KEYS_LEN = 2 + 64 + BSP_MAC_SIZE,
};
#define CLIENT_QUOTA_NONE UINT32_MAX
#define CLIENT_RETRIES_NONE UINT32_MAX

struct client;

/* Takes the transport over, also on failure. */
enum err client_new(struct client_transport *transport, struct client **client);
/* client_transport_unix() with the default timeouts, then client_new(). */
enum err client_open(const char *socket_path, struct client **client);
void client_free(struct client **client);
/* Status word of the last answer, 0 when there was none. */
uint16_t client_sw(const struct client *client);
/* The connection is of no further use. */
bool client_broken(const struct client *client);
/* False once the engine hung up; does not wait. */
bool client_alive(struct client *client);
/* Descriptor of the connection or -1, for a forked child to close. */
int client_descriptor(const struct client *client);

/* --- the token ---------------------------------------------------------- */

struct client_status {
    char firmware[CLIENT_TEXT_MAX + 1];
    uint32_t flags; /* enum tokwire_flag */
    char label[TOKWIRE_LABEL_MAX + 1];
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    uint8_t role; /* enum tokwire_role, 0 when not initialised */
    uint8_t user_tries, so_tries;
    uint32_t quota;     /* CLIENT_QUOTA_NONE: no limit */
    uint64_t not_after; /* seconds since 1970; 0: no limit */
    uint64_t releases;  /* distinct profiles released */
    uint32_t retries;   /* per profile beyond its first release; CLIENT_RETRIES_NONE: no limit */
    uint8_t batches[TOKWIRE_BATCHES_MAX][TOKWIRE_BATCH_ID_SIZE]; /* allowed */
    size_t batch_count;                                          /* 0: any batch */
    uint8_t fault;      /* enum tokwire_fault, or one this version does not know */
    uint64_t time_seen; /* latest time the engine has seen; 0: it does not say */
};
enum err client_get_status(struct client *client, struct client_status *status);

struct client_initialise {
    const char *label;
    uint8_t role; /* 0: as it is */
    bool development;
    struct bytes so_pin;
    struct bytes user_pin; /* may be empty */
};
enum err client_initialise(struct client *client, const struct client_initialise *request,
                           char serial[TOKWIRE_SERIAL_SIZE + 1]);
enum err client_verify_pin(struct client *client, enum tokwire_user user, struct bytes pin);
enum err client_logout(struct client *client);
enum err client_change_pin(struct client *client, enum tokwire_user user, struct bytes pin,
                           struct bytes new_pin);
enum err client_set_user_pin(struct client *client, struct bytes new_pin);
/* 1..TOKWIRE_RANDOM_MAX bytes. */
enum err client_get_random(struct client *client, uint8_t *out, size_t len);
/* What is NULL stays as it is. */
struct client_policy {
    const uint32_t *quota;       /* CLIENT_QUOTA_NONE: no limit */
    const uint64_t *not_after;   /* seconds since 1970; 0: no limit */
    const uint32_t *retries;     /* CLIENT_RETRIES_NONE: no limit */
    const struct bytes *batches; /* ids one after another; empty: any batch */
};
enum err client_set_policy(struct client *client, const struct client_policy *policy);

/* --- the key store behind the engine ------------------------------------- */

struct client_keystore {
    char module[CLIENT_TEXT_MAX + 1]; /* what its library calls itself */
    char token[CLIENT_TEXT_MAX + 1];  /* its label */
};
/* The capabilities' elements, appended to capabilities. */
enum err client_keystore_info(struct client *client, struct client_keystore *keystore,
                              struct buf *capabilities);

struct client_capability {
    uint8_t capability_class; /* enum tokwire_capability */
    uint8_t verdict;          /* enum tokwire_verdict */
    char name[TOKWIRE_CAPABILITY_MAX];
};
/* The next capability of what client_keystore_info() appended; the reader starts
 * on it. ERR_NOT_FOUND at the end, ERR_MALFORMED. */
enum err client_capability_next(struct tlv_reader *reader, struct client_capability *capability);

/* --- the journal --------------------------------------------------------- */

/* Journal lines from a sequence number on. lines is empty at the end. */
enum err client_read_journal_lines(struct client *client, uint64_t from, struct buf *lines);
/* The engine authenticates its head anew: number of entries, hash, MAC. */
struct client_journal_head {
    uint64_t count;
    uint8_t hash[SHA256_SIZE];
    uint8_t mac[AES_BLOCK];
};
enum err client_read_journal_head(struct client *client, struct client_journal_head *head);
/* The engine reads its journal anew and says what is wrong with it, or with the
 * rest of the token. */
struct client_journal_check {
    uint64_t count;                     /* entries up to the first that is wrong */
    uint8_t fault;                      /* enum tokwire_fault, or an unknown one */
    char detail[CLIENT_DETAIL_MAX + 1]; /* the engine's words; empty when sound */
};
enum err client_read_journal_check(struct client *client, struct client_journal_check *check);

/* --- objects and keys --------------------------------------------------- */

/* One object of GET OBJECTS: views into the buffer it was read from. */
struct client_object {
    uint32_t handle;
    uint8_t object_class; /* enum tokwire_class */
    char label[TOKWIRE_LABEL_MAX + 1];
    uint8_t key; /* enum tokwire_key, 0 when absent */
    uint8_t version;
    struct bytes check_value;
    uint8_t curve; /* enum ec_curve */
    struct bytes public_key;
    struct bytes certificate;
    uint8_t origin; /* enum tokwire_origin, 0 when absent */
    uint64_t count;
    struct bytes content; /* all fields as received */
};
/* The objects' elements, appended to objects. */
enum err client_get_objects(struct client *client, struct buf *objects);
/* The next object of what client_get_objects() appended; the reader starts on
 * it. ERR_NOT_FOUND at the end, ERR_MALFORMED. */
enum err client_object_next(struct tlv_reader *reader, struct client_object *object);

struct client_generated_key {
    uint8_t version;                               /* root keys */
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE]; /* root keys */
    uint8_t public_key[EC_POINT_SIZE];             /* key pairs */
};
/* version (root key) and curve (key pair): 0 leaves the choice to the engine. */
enum err client_generate_key(struct client *client, enum tokwire_key key, uint8_t version,
                             enum ec_curve curve, struct client_generated_key *generated);

struct client_imported_component {
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE]; /* of this component */
    bool complete;                                 /* the root key was made */
    uint8_t version;
    uint8_t root_check_value[TOKWIRE_CHECK_VALUE_SIZE];
};
/* Component number index (from 1) of total; the last one makes the root key. */
enum err client_import_component(struct client *client, uint8_t index, uint8_t total,
                                 uint8_t version, struct bytes component,
                                 struct client_imported_component *imported);
/* Both must be those of one root key, which is destroyed and never comes back
 * under this version. */
enum err client_retire_root(struct client *client, uint8_t version,
                            const uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE]);
enum err client_import_key(struct client *client, enum tokwire_key key, enum ec_curve curve,
                           struct bytes scalar, uint8_t point[EC_POINT_SIZE]);
/* PKCS#10 DER appended to csr. organisation and oid may be NULL. */
enum err client_create_csr(struct client *client, enum tokwire_key key, const char *common_name,
                           const char *organisation, const char *oid, struct buf *csr);
/* TOKWIRE_KEY_CI: a CI to trust. */
enum err client_put_certificate(struct client *client, enum tokwire_key key, struct bytes der,
                                uint32_t *handle);
/* sha256: of the CI's certificate, DER, which is trusted no more. */
enum err client_end_trust(struct client *client, const uint8_t sha256[SHA256_SIZE]);

/* --- use ---------------------------------------------------------------- */

enum err client_sign(struct client *client, enum tokwire_key key, enum tokwire_sign_mode mode,
                     struct bytes data, uint8_t signature[EC_SIGNATURE_SIZE]);
enum err client_generate_one_time_key(struct client *client, enum ec_curve curve, uint32_t *handle,
                                      uint8_t point[EC_POINT_SIZE]);

struct client_evidence {
    uint32_t one_time_key;
    struct bytes euicc_certificate, eum_certificate;
    struct bytes euicc_signed2, euicc_signature2;
    struct bytes host_id;
};
struct client_session_keys {
    uint32_t handle;
    uint8_t eid[EID_SIZE]; /* as the evidence proves it */
    uint8_t transaction_id[CLIENT_TRANSACTION_ID_MAX];
    size_t transaction_id_len;
};
enum err client_derive_session_keys(struct client *client, const struct client_evidence *evidence,
                                    struct client_session_keys *keys);
/* batch_id: 16 bytes or empty. */
enum err client_derive_ppk(struct client *client, uint32_t root, struct bytes eid,
                           struct bytes iccid, struct bytes batch_id, uint32_t *handle);
/* At most TOKWIRE_BSP_CHUNK bytes; segments are appended to out. */
enum err client_bsp_encrypt(struct client *client, uint32_t key, struct bytes data,
                            struct buf *out);
enum err client_bsp_mac(struct client *client, uint32_t key, struct bytes data,
                        uint8_t mac[BSP_MAC_SIZE]);
enum err client_replace_session_keys(struct client *client, uint32_t session_keys, uint32_t ppk,
                                     struct buf *out);
enum err client_destroy(struct client *client, uint32_t handle);

#endif
