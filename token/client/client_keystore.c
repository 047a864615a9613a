/* KEYSTORE INFO: what the key store behind the engine is, and can. */
#include "client/funnel.h"

enum err client_keystore_info(struct client *client, struct client_keystore *keystore,
                              struct buf *capabilities)
{
    *keystore = (struct client_keystore){.module = ""};
    struct client_call call;
    client_call_init(&call);
    enum err err = client_send(client, TOKWIRE_KEYSTORE_INFO, 0, 0, &call);
    if (err == ERR_OK) {
        const struct tokwire_fields *fields = &call.fields;
        client_take_text(fields, TOKWIRE_F_MODULE, keystore->module, sizeof(keystore->module));
        client_take_text(fields, TOKWIRE_F_TOKEN, keystore->token, sizeof(keystore->token));
        buf_put_bytes(capabilities, tokwire_field(fields, TOKWIRE_F_CAPABILITY));
        err = buf_err(capabilities);
    }
    client_call_clear(&call);
    return err;
}

enum err client_capability_next(struct tlv_reader *reader, struct client_capability *capability)
{
    *capability = (struct client_capability){0};
    struct tlv element;
    enum err err = tlv_reader_expect(reader, TOKWIRE_F_CAPABILITY, &element);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_MALFORMED;
    }
    /* Class, verdict, and a name of at least one byte. */
    struct bytes value = element.value;
    if (value.len < 3 || value.len > TOKWIRE_CAPABILITY_MAX) {
        return ERR_MALFORMED;
    }
    capability->capability_class = value.data[0];
    capability->verdict = value.data[1];
    client_text(bytes_make(value.data + 2, value.len - 2), capability->name,
                sizeof(capability->name));
    return ERR_OK;
}
