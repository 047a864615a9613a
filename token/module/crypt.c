/* C_Encrypt and C_WrapKey with CKM_SGP22_BSP.
 *
 * Every command the engine sees moves its segment counter on, so nothing is
 * sent before it is certain that the answer has a place to go. */
#include <string.h>

#include "module/key.h"
#include "module/operation_entry.h"
#include "module/slot_object.h"

enum { ENCRYPT_MAX = 64 * 1024 * 1024 };

/* Encrypts one chunk to out, which has room; moves out on. */
static CK_RV encrypt_chunk(struct module_session *session, struct bytes chunk, uint8_t **out)
{
    const struct module_object *key = module_object_find(session->slot, session->operation.key);
    if (key == NULL) {
        return CKR_KEY_HANDLE_INVALID;
    }
    struct buf segments;
    buf_init(&segments, TOKWIRE_FRAME_MAX);
    CK_RV rv = module_session_ckr(
        session, client_bsp_encrypt(session->slot->client, key->engine_handle, chunk, &segments));
    if (rv == CKR_OK) {
        memcpy(*out, segments.data, segments.len);
        *out += segments.len;
    }
    buf_clear(&segments);
    return rv;
}

CK_RV C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_begin(session, MODULE_ENCRYPT, mechanism, key);
    if (rv == CKR_OK) {
        buf_init(&session->operation.data, TOKWIRE_BSP_CHUNK);
    }
    return module_session_leave(session, rv);
}

CK_RV C_Encrypt(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_len,
                unsigned char *encrypted, CK_ULONG *encrypted_len)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_input_ok(data, data_len) && encrypted_len != NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_ENCRYPT, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module_operation_single(&session->operation);
    if (rv == CKR_OK && data_len > ENCRYPT_MAX) {
        rv = CKR_DATA_LEN_RANGE;
    }
    bool go = rv == CKR_OK &&
              module_output_fits(encrypted, encrypted_len, bsp_encrypted_len(data_len), &rv);
    for (bool more = go; more && rv == CKR_OK; more = data_len > 0) {
        size_t len = data_len < TOKWIRE_BSP_CHUNK ? data_len : TOKWIRE_BSP_CHUNK;
        rv = encrypt_chunk(session, bytes_make(data, len), &encrypted);
        data = len > 0 ? data + len : data;
        data_len -= len;
    }
    return module_operation_leave(session, go, rv);
}

/* Full chunks that can go now. The last one waits for C_EncryptFinal: only it
 * may be shorter, and nothing says yet that more will come. */
static size_t chunks_ready(const struct module_operation *operation, CK_ULONG part_len)
{
    size_t total = operation->data.len + part_len;
    return total > 0 ? (total - 1) / TOKWIRE_BSP_CHUNK : 0;
}

static CK_RV encrypt_part(struct module_session *session, struct bytes part, uint8_t *out)
{
    struct buf *pending = &session->operation.data;
    size_t ready = chunks_ready(&session->operation, part.len);
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i <= ready && rv == CKR_OK; i++) {
        size_t room = TOKWIRE_BSP_CHUNK - pending->len;
        size_t len = part.len < room ? part.len : room;
        buf_put(pending, part.data, len);
        if (buf_err(pending) != ERR_OK) {
            return CKR_HOST_MEMORY;
        }
        part = len > 0 ? bytes_make(part.data + len, part.len - len) : part;
        if (i < ready) {
            rv = encrypt_chunk(session, buf_bytes(pending), &out);
            buf_reset(pending);
        }
    }
    return rv;
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_len,
                      unsigned char *encrypted, CK_ULONG *encrypted_len)
{
    struct module_session *session = NULL;
    bool arguments_ok = module_input_ok(part, part_len) && encrypted_len != NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_ENCRYPT, arguments_ok, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = part_len > ENCRYPT_MAX ? CKR_DATA_LEN_RANGE : module_operation_update(&session->operation);
    size_t needed =
        chunks_ready(&session->operation, part_len) * bsp_encrypted_len(TOKWIRE_BSP_CHUNK);
    if (rv == CKR_OK && module_output_fits(encrypted, encrypted_len, needed, &rv)) {
        rv = encrypt_part(session, bytes_make(part, part_len), encrypted);
    }
    return module_operation_leave(session, false, rv);
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE handle, unsigned char *last, CK_ULONG *last_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_operation_enter(handle, MODULE_ENCRYPT, last_len != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct bytes rest = buf_bytes(&session->operation.data);
    rv = module_operation_final(&session->operation);
    bool go = rv == CKR_OK && module_output_fits(last, last_len, bsp_encrypted_len(rest.len), &rv);
    if (go) {
        rv = encrypt_chunk(session, rest, &last);
    }
    return module_operation_leave(session, go, rv);
}

/* Wrapping is not extraction: what leaves is an '87' that one attested chip can
 * open, and no other key can be wrapped at all. */
static CK_RV check_wrapped_key(const struct module_session *session, CK_OBJECT_HANDLE handle,
                               const struct module_object **key)
{
    *key = module_object_find(session->slot, handle);
    if (*key == NULL || module_attributes_find(&(*key)->attributes, CKA_KEY_TYPE) == NULL) {
        return CKR_KEY_HANDLE_INVALID;
    }
    return (*key)->kind == MODULE_PPK ? CKR_OK : CKR_KEY_UNEXTRACTABLE;
}

/* The codes of module_key_check() as C_WrapKey names them. */
static CK_RV check_wrapping_key(const struct module_session *session,
                                const struct module_mechanism *mechanism, CK_OBJECT_HANDLE handle,
                                const struct module_object **key)
{
    CK_RV rv = module_key_check(session->slot, mechanism, CKA_WRAP, handle, key);
    switch (rv) {
    case CKR_KEY_HANDLE_INVALID:
        return CKR_WRAPPING_KEY_HANDLE_INVALID;
    case CKR_KEY_TYPE_INCONSISTENT:
        return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    default:
        return rv;
    }
}

static CK_RV wrap(struct module_session *session, const struct module_object *wrapping,
                  const struct module_object *key, uint8_t *out)
{
    struct buf segment;
    buf_init(&segment, BSP_SEGMENT_MAX);
    CK_RV rv = module_session_ckr(
        session, client_replace_session_keys(session->slot->client, wrapping->engine_handle,
                                             key->engine_handle, &segment));
    if (rv == CKR_OK) {
        memcpy(out, segment.data, segment.len);
    }
    buf_clear(&segment);
    return rv;
}

CK_RV C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping_key,
                CK_OBJECT_HANDLE wrapped_key, unsigned char *wrapped, CK_ULONG *wrapped_len)
{
    struct module_session *session = NULL;
    CK_RV rv = module_session_enter(handle, mechanism != NULL && wrapped_len != NULL, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    const struct module_mechanism *row = NULL;
    const struct module_object *wrapping = NULL, *key = NULL;
    rv = module_mechanism_check(session->slot->status.role, mechanism, CKF_WRAP, &row);
    if (rv == CKR_OK) {
        rv = check_wrapping_key(session, row, wrapping_key, &wrapping);
    }
    if (rv == CKR_OK) {
        rv = check_wrapped_key(session, wrapped_key, &key);
    }
    if (rv == CKR_OK &&
        module_output_fits(wrapped, wrapped_len, CLIENT_REPLACE_SESSION_KEYS_LEN, &rv)) {
        rv = wrap(session, wrapping, key, wrapped);
    }
    return module_session_leave(session, rv);
}
