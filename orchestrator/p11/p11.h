/* The project's only caller of PKCS#11: one function per step of design.md
 * section 4, over p11-kit and an RFC 7512 URI. */
#ifndef P11_P11_H
#define P11_P11_H

#include "base/bytes.h"
#include "crypto/ec.h"
#include "sgp22/cert.h"
#include "sgp22/id.h"

enum { P11_DETAIL_SIZE = 200, P11_CHECK_VALUE_SIZE = 5, P11_CI_MAX = 16 };

/* What went wrong, kept by the object it happened to. */
struct p11_failure {
    unsigned long rv; /* CK_RV, 0 when the failure is not the module's */
    unsigned sw;      /* the engine's status word (tokwire/status.h), 0 when none is known */
    char detail[P11_DETAIL_SIZE]; /* "C_Login: CKR_PIN_INCORRECT", never a PIN */
};

struct p11_token;   /* a loaded module and its one matching token, logged in */
struct p11_session; /* one PKCS#11 session: one station's, not shared by threads */

struct p11_config {
    const char *module;    /* path, or the name of a p11-kit configured module */
    const char *token_uri; /* pkcs11:token=... ; pin-source is honoured */
    const char *pin_file;  /* may be NULL when the URI has a pin-source */
};

/* Loads the module, finds the one token the URI names, logs in as user.
 * ERR_NOT_FOUND (no module, no token: engine not running), ERR_PIN,
 * ERR_PIN_LOCKED, ERR_KEYSTORE. failure may be NULL. */
enum err p11_open(const struct p11_config *config, struct p11_token **token,
                  struct p11_failure *failure);
void p11_close(struct p11_token **token);
/* Label and serial of the token. */
const char *p11_token_label(const struct p11_token *token);
const char *p11_token_serial(const struct p11_token *token);

enum err p11_session_open(struct p11_token *token, struct p11_session **session,
                          struct p11_failure *failure);
void p11_session_close(struct p11_session **session);
/* The last failure of a session. */
const struct p11_failure *p11_session_failure(const struct p11_session *session);

/* Certificate object labelled "dpauth", "dppb" or "batch". The caller frees. */
enum err p11_certificate(struct p11_session *session, const char *label, struct cert **cert);
/* Certificates with CKA_TRUSTED: the CIs. The caller frees each. */
enum err p11_trusted(struct p11_session *session, struct cert *cis[P11_CI_MAX], size_t *count);
/* Root key of a version (0: the highest); its version and check value.
 * ERR_NOT_FOUND. */
enum err p11_root_key(struct p11_session *session, unsigned version, unsigned long *key,
                      unsigned *found_version, uint8_t check_value[P11_CHECK_VALUE_SIZE]);
/* C_Sign, CKM_ECDSA_SHA256, private key by label. */
enum err p11_sign(struct p11_session *session, const char *label, struct bytes message,
                  uint8_t signature[EC_SIGNATURE_SIZE]);
/* C_GenerateKeyPair. */
enum err p11_one_time_key(struct p11_session *session, enum ec_curve curve,
                          unsigned long *private_key, unsigned long *public_key,
                          uint8_t point[EC_POINT_SIZE]);

struct p11_evidence {
    struct bytes euicc_certificate, eum_certificate;
    struct bytes euicc_signed2, euicc_signature2;
    struct bytes host_id;
};
/* C_DeriveKey, CKM_SGP22_ECKA. */
enum err p11_session_keys(struct p11_session *session, unsigned long one_time_key,
                          const struct p11_evidence *evidence, unsigned long *keys);
/* C_DeriveKey, CKM_SGP22_PPK. batch_id: 16 bytes or empty. */
enum err p11_ppk(struct p11_session *session, unsigned long root, const struct eid *eid,
                 const struct iccid *iccid, struct bytes batch_id, unsigned long *ppk);
/* C_Encrypt, CKM_SGP22_BSP: segments appended to out. */
enum err p11_bsp_encrypt(struct p11_session *session, unsigned long key, struct bytes data,
                         struct buf *out);
/* C_Sign, CKM_SGP22_BSP. */
enum err p11_bsp_mac(struct p11_session *session, unsigned long key, struct bytes data,
                     uint8_t mac[8]);
/* C_WrapKey, CKM_SGP22_BSP: the '87' of ReplaceSessionKeys appended to out. */
enum err p11_replace_session_keys(struct p11_session *session, unsigned long session_keys,
                                  unsigned long ppk, struct buf *out);
/* C_DestroyObject; key 0 is ignored. */
void p11_destroy(struct p11_session *session, unsigned long key);

#endif
