/* Random bytes are the engine's. */
#include "module/entry.h"
#include "module/session.h"

CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, unsigned char *seed, CK_ULONG seed_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, module_input_ok(seed, seed_len), &session);
    return rv != CKR_OK ? rv : module_session_leave(session, CKR_RANDOM_SEED_NOT_SUPPORTED);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, module_input_ok(data, len), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    while (rv == CKR_OK && len > 0) {
        size_t piece = len < TOKWIRE_RANDOM_MAX ? len : TOKWIRE_RANDOM_MAX;
        rv = module_session_ckr(session, client_get_random(session->slot->client, data, piece));
        data += piece;
        len -= piece;
    }
    return module_session_leave(session, rv);
}
