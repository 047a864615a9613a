/* Random bytes are the engine's. */
#include "module/entry.h"

/* In one call: the slot is kept from others meanwhile, and a length beyond this
 * is more likely none at all. */
enum { RANDOM_MAX = 64 * 1024 * 1024 };

static bool arguments_ok(const void *data, CK_ULONG len)
{
    return module_input_ok(data, len) && len <= RANDOM_MAX;
}

CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, unsigned char *seed, CK_ULONG seed_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, arguments_ok(seed, seed_len), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (module_seed_add(&session->slot->seed, bytes_make(seed, seed_len)) != ERR_OK) {
        rv = CKR_HOST_MEMORY;
    }
    return module_session_leave(session, rv);
}

static CK_RV generate_piece(struct module_session *session, unsigned char *data, size_t len)
{
    struct module_slot *slot = session->slot;
    CK_RV rv = module_session_ckr(session, client_get_random(slot->client, data, len));
    if (rv == CKR_OK && module_seed_mix(&slot->seed, data, len) != ERR_OK) {
        rv = CKR_HOST_MEMORY;
    }
    return rv;
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, arguments_ok(data, len), &session);
    if (rv != CKR_OK) {
        return rv;
    }
    while (rv == CKR_OK && len > 0) {
        size_t piece = len < TOKWIRE_RANDOM_MAX ? len : TOKWIRE_RANDOM_MAX;
        rv = generate_piece(session, data, piece);
        data += piece;
        len -= piece;
    }
    return module_session_leave(session, rv);
}
