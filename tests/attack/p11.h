/* The token through its PKCS#11 face, as a hostile program on the PC calls it, with
 * one object of every kind at hand. */
#ifndef ATTACK_P11_H
#define ATTACK_P11_H

#include "chip.h"
#include "cryptoki/sgp22_mechanisms.h"
#include "stand.h"

enum p11_kind {
    P11_ROOT,
    P11_DPAUTH,
    P11_DPPB,
    P11_BATCH, /* dp token */
    P11_DPAUTH_PUBLIC,
    P11_CERTIFICATE,
    P11_CI,
    P11_COUNTER,
    P11_ONE_TIME_KEY,
    P11_ONE_TIME_PUBLIC,
    P11_SESSION_KEYS,
    P11_PPK,
    P11_PPK_OTHER, /* of another EID */
    P11_DATA,
    P11_KINDS
};

extern const char *const p11_kind_names[P11_KINDS];
/* "what: kind", of an attempt at that kind. Static buffer. */
const char *p11_attempt(const char *what, enum p11_kind kind);

struct p11 {
    CK_FUNCTION_LIST *f;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;          /* read-write, user logged in */
    CK_OBJECT_HANDLE object[P11_KINDS]; /* 0: the token has none */
    struct chip chip;                   /* of the session keys */
};

/* Loads the module of the build under test on the stands' engines, one slot each,
 * in their order. Once per program. */
CK_FUNCTION_LIST *p11_load(const struct stand *first, const struct stand *second);
/* A session on that slot, the user logged in, and the objects. */
void p11_open(struct p11 *p11, CK_FUNCTION_LIST *f, CK_ULONG index, enum tokwire_role role,
              const struct test_pki *pki);
/* The same on the program's own two tokens, slot 0 a line token and slot 1 a dp token,
 * made, and their PKI with them, when first asked for; dp may be NULL. */
void p11_open_both(struct test_pki *pki, struct p11 *line, struct p11 *dp);
/* Session and objects; the login goes with the last session. */
void p11_close(struct p11 *p11);

/* Secret, or that of a private key, or what makes one: nobody outside may have it. */
bool p11_is_secret(enum p11_kind kind);

CK_RV p11_sign(const struct p11 *p11, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key,
               struct bytes message, uint8_t signature[EC_SIGNATURE_SIZE]);
CK_RV p11_generate(const struct p11 *p11, CK_ATTRIBUTE *template, CK_ULONG count,
                   CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key);
CK_RV p11_derive_ppk(const struct p11 *p11, CK_OBJECT_HANDLE base, const char *eid,
                     CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key);
CK_RV p11_derive_session(const struct p11 *p11, CK_OBJECT_HANDLE base,
                         const struct evidence *evidence, CK_ATTRIBUTE *template, CK_ULONG count,
                         CK_OBJECT_HANDLE *key);
/* A new chip with a transaction prepared on this session. */
void p11_prepare(struct p11 *p11, const struct test_pki *pki, struct chip *chip);

/* Asserts, and says which attempt it was when it does not hold. */
bool expect_rv(const char *what, CK_RV actual, CK_RV expected);

#endif
