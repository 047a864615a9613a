/* Commands that use keys: sign, derive, encrypt, wrap. */
#include <string.h>

#include "client/funnel.h"

enum { HANDLE_WIDTH = 4 };

enum err client_sign(struct client *client, enum tokwire_key key, enum tokwire_sign_mode mode,
                     struct bytes data, uint8_t signature[EC_SIGNATURE_SIZE])
{
    memset(signature, 0, EC_SIGNATURE_SIZE);
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_DATA, data);
    enum err err = client_send(client, TOKWIRE_SIGN, (uint8_t)key, (uint8_t)mode, &call);
    if (err == ERR_OK) {
        client_take(&call, TOKWIRE_F_SIGNATURE, signature, EC_SIGNATURE_SIZE);
    }
    client_call_clear(&call);
    return err;
}

enum err client_generate_one_time_key(struct client *client, enum ec_curve curve, uint32_t *handle,
                                      uint8_t point[EC_POINT_SIZE])
{
    *handle = 0;
    memset(point, 0, EC_POINT_SIZE);
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_CURVE, (uint64_t)curve, 1);
    enum err err = client_send(client, TOKWIRE_GENERATE_ONE_TIME_KEY, 0, 0, &call);
    if (err == ERR_OK) {
        *handle = (uint32_t)tokwire_field_uint(&call.fields, TOKWIRE_F_HANDLE);
        client_take(&call, TOKWIRE_F_PUBLIC_KEY, point, EC_POINT_SIZE);
    }
    client_call_clear(&call);
    return err;
}

enum err client_derive_session_keys(struct client *client, const struct client_evidence *evidence,
                                    struct client_session_keys *keys)
{
    *keys = (struct client_session_keys){0};
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, evidence->one_time_key, HANDLE_WIDTH);
    tlv_put(&call.request, TOKWIRE_F_CERTIFICATE, evidence->euicc_certificate);
    tlv_put(&call.request, TOKWIRE_F_EUM_CERTIFICATE, evidence->eum_certificate);
    tlv_put(&call.request, TOKWIRE_F_EUICC_SIGNED2, evidence->euicc_signed2);
    tlv_put(&call.request, TOKWIRE_F_SIGNATURE, evidence->euicc_signature2);
    tlv_put(&call.request, TOKWIRE_F_HOST_ID, evidence->host_id);
    enum err err = client_send(client, TOKWIRE_DERIVE_SESSION_KEYS, 0, 0, &call);
    if (err == ERR_OK) {
        struct bytes tid = tokwire_field(&call.fields, TOKWIRE_F_TRANSACTION_ID);
        keys->handle = (uint32_t)tokwire_field_uint(&call.fields, TOKWIRE_F_HANDLE);
        client_take(&call, TOKWIRE_F_EID, keys->eid, sizeof(keys->eid));
        client_take(&call, TOKWIRE_F_TRANSACTION_ID, keys->transaction_id,
                    sizeof(keys->transaction_id));
        keys->transaction_id_len = tid.len;
    }
    client_call_clear(&call);
    return err;
}

enum err client_derive_ppk(struct client *client, uint32_t root, struct bytes eid,
                           struct bytes iccid, struct bytes batch_id, uint32_t *handle)
{
    *handle = 0;
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, root, HANDLE_WIDTH);
    tlv_put(&call.request, TOKWIRE_F_EID, eid);
    tlv_put(&call.request, TOKWIRE_F_ICCID, iccid);
    if (batch_id.len > 0) {
        tlv_put(&call.request, TOKWIRE_F_BATCH_ID, batch_id);
    }
    enum err err = client_send(client, TOKWIRE_DERIVE_PPK, 0, 0, &call);
    if (err == ERR_OK) {
        *handle = (uint32_t)tokwire_field_uint(&call.fields, TOKWIRE_F_HANDLE);
    }
    client_call_clear(&call);
    return err;
}

/* Sends and appends the DATA field of the answer, which must have exactly the
 * length that follows from the request. */
static enum err send_for_data(struct client *client, enum tokwire_ins ins, struct client_call *call,
                              size_t expected, struct buf *out)
{
    enum err err = client_send(client, ins, 0, 0, call);
    if (err == ERR_OK) {
        struct bytes data = tokwire_field(&call->fields, TOKWIRE_F_DATA);
        err = data.len == expected ? ERR_OK : client_distrust(client);
        if (err == ERR_OK) {
            buf_put_bytes(out, data);
            err = buf_err(out);
        }
    }
    client_call_clear(call);
    return err;
}

enum err client_bsp_encrypt(struct client *client, uint32_t key, struct bytes data, struct buf *out)
{
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, key, HANDLE_WIDTH);
    tlv_put(&call.request, TOKWIRE_F_DATA, data);
    return send_for_data(client, TOKWIRE_BSP_ENCRYPT, &call, bsp_encrypted_len(data.len), out);
}

enum err client_bsp_mac(struct client *client, uint32_t key, struct bytes data,
                        uint8_t mac[BSP_MAC_SIZE])
{
    memset(mac, 0, BSP_MAC_SIZE);
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, key, HANDLE_WIDTH);
    tlv_put(&call.request, TOKWIRE_F_DATA, data);
    enum err err = client_send(client, TOKWIRE_BSP_MAC, 0, 0, &call);
    if (err == ERR_OK) {
        client_take(&call, TOKWIRE_F_MAC, mac, BSP_MAC_SIZE);
    }
    client_call_clear(&call);
    return err;
}

enum err client_replace_session_keys(struct client *client, uint32_t session_keys, uint32_t ppk,
                                     struct buf *out)
{
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, session_keys, HANDLE_WIDTH);
    tokwire_put_uint(&call.request, TOKWIRE_F_KEY_HANDLE, ppk, HANDLE_WIDTH);
    return send_for_data(client, TOKWIRE_REPLACE_SESSION_KEYS, &call,
                         CLIENT_REPLACE_SESSION_KEYS_LEN, out);
}

enum err client_destroy(struct client *client, uint32_t handle)
{
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_HANDLE, handle, HANDLE_WIDTH);
    return client_finish(client, TOKWIRE_DESTROY, 0, 0, &call);
}
