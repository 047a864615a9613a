/* The one operation a session can have under way, besides a search. */
#ifndef MODULE_OPERATION_H
#define MODULE_OPERATION_H

#include <openssl/evp.h>

#include "module/mechanism.h"

enum module_operation_kind {
    MODULE_NO_OPERATION = 0,
    MODULE_ENCRYPT,
    MODULE_DECRYPT, /* no mechanism of ours has it */
    MODULE_DIGEST,
    MODULE_SIGN,
    MODULE_VERIFY,
};

/* An operation is done in one call or in parts; the first call decides. A
 * length query of the one call does not keep parts from following. */
enum module_operation_way { MODULE_WAY_OPEN = 0, MODULE_WAY_SINGLE, MODULE_WAY_PARTS };

struct module_operation {
    enum module_operation_kind kind;
    const struct module_mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    enum module_operation_way way;
    struct buf data; /* of the parts so far */
    EVP_MD_CTX *digest;
};

void module_operation_end(struct module_operation *operation);
/* The three calls an operation goes on with: C_X, C_XUpdate and C_XFinal.
 * CKR_OPERATION_ACTIVE when C_X follows parts or C_XFinal follows C_X: neither
 * can finish what the other began. */
CK_RV module_operation_single(struct module_operation *operation);
CK_RV module_operation_update(struct module_operation *operation);
CK_RV module_operation_final(const struct module_operation *operation);
/* Keeps a part until the end. CKR_DATA_LEN_RANGE when there is too much. */
CK_RV module_operation_gather(struct module_operation *operation, struct bytes part);

/* The output rule of Cryptoki 5.2, before anything is done: sets *len to
 * needed. True when the caller gave room for it; else *rv is what to return
 * (CKR_OK for a length query, or CKR_BUFFER_TOO_SMALL). */
bool module_output_fits(const void *out, CK_ULONG *len, size_t needed, CK_RV *rv);
/* Pointer and length of an input: NULL only when empty. */
static inline bool module_input_ok(const void *data, CK_ULONG len)
{
    return data != NULL || len == 0;
}

#endif
