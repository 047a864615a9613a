/* Commands about the objects the token holds: keys and certificates. */
#include <string.h>

#include "client/funnel.h"

enum err client_get_objects(struct client *client, struct buf *objects)
{
    struct client_call call;
    client_call_init(&call);
    enum err err = client_send(client, TOKWIRE_GET_OBJECTS, 0, 0, &call);
    if (err == ERR_OK) {
        buf_put_bytes(objects, tokwire_field(&call.fields, TOKWIRE_F_OBJECT));
        err = buf_err(objects);
    }
    client_call_clear(&call);
    return err;
}

enum err client_object_next(struct tlv_reader *reader, struct client_object *object)
{
    *object = (struct client_object){0};
    struct tlv element;
    enum err err = tlv_reader_expect(reader, TOKWIRE_F_OBJECT, &element);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_MALFORMED;
    }
    struct tokwire_fields fields;
    err = tokwire_fields_decode(tokwire_object_shape, element.value, &fields);
    if (err != ERR_OK) {
        return err;
    }
    object->handle = (uint32_t)tokwire_field_uint(&fields, TOKWIRE_F_HANDLE);
    object->object_class = (uint8_t)tokwire_field_uint(&fields, TOKWIRE_F_CLASS);
    client_take_text(&fields, TOKWIRE_F_LABEL, object->label, sizeof(object->label));
    object->key = (uint8_t)tokwire_field_uint(&fields, TOKWIRE_F_KEY);
    object->version = (uint8_t)tokwire_field_uint(&fields, TOKWIRE_F_VERSION);
    object->check_value = tokwire_field(&fields, TOKWIRE_F_CHECK_VALUE);
    object->curve = (uint8_t)tokwire_field_uint(&fields, TOKWIRE_F_CURVE);
    object->public_key = tokwire_field(&fields, TOKWIRE_F_PUBLIC_KEY);
    object->certificate = tokwire_field(&fields, TOKWIRE_F_CERTIFICATE);
    object->count = tokwire_field_uint(&fields, TOKWIRE_F_COUNT);
    object->origin = (uint8_t)tokwire_field_uint(&fields, TOKWIRE_F_ORIGIN);
    object->content = element.value;
    return ERR_OK;
}

enum err client_generate_key(struct client *client, enum tokwire_key key, uint8_t version,
                             enum ec_curve curve, struct client_generated_key *generated)
{
    *generated = (struct client_generated_key){0};
    struct client_call call;
    client_call_init(&call);
    if (version != 0) {
        tokwire_put_uint(&call.request, TOKWIRE_F_VERSION, version, 1);
    }
    if (curve != EC_CURVE_NONE) {
        tokwire_put_uint(&call.request, TOKWIRE_F_CURVE, (uint64_t)curve, 1);
    }
    enum err err = client_send(client, TOKWIRE_GENERATE_KEY, (uint8_t)key, 0, &call);
    if (err == ERR_OK) {
        generated->version = (uint8_t)tokwire_field_uint(&call.fields, TOKWIRE_F_VERSION);
        client_take(&call, TOKWIRE_F_CHECK_VALUE, generated->check_value,
                    sizeof(generated->check_value));
        client_take(&call, TOKWIRE_F_PUBLIC_KEY, generated->public_key,
                    sizeof(generated->public_key));
    }
    client_call_clear(&call);
    return err;
}

enum err client_import_component(struct client *client, uint8_t index, uint8_t total,
                                 uint8_t version, struct bytes component,
                                 struct client_imported_component *imported)
{
    *imported = (struct client_imported_component){0};
    struct client_call call;
    client_call_init(&call);
    if (version != 0) {
        tokwire_put_uint(&call.request, TOKWIRE_F_VERSION, version, 1);
    }
    tlv_put(&call.request, TOKWIRE_F_COMPONENT, component);
    enum err err = client_send(client, TOKWIRE_IMPORT_COMPONENT, index, total, &call);
    if (err == ERR_OK) {
        client_take(&call, TOKWIRE_F_CHECK_VALUE, imported->check_value,
                    sizeof(imported->check_value));
        imported->complete = tokwire_field_present(&call.fields, TOKWIRE_F_ROOT_CHECK_VALUE);
        imported->version = (uint8_t)tokwire_field_uint(&call.fields, TOKWIRE_F_VERSION);
        client_take(&call, TOKWIRE_F_ROOT_CHECK_VALUE, imported->root_check_value,
                    sizeof(imported->root_check_value));
    }
    client_call_clear(&call);
    return err;
}

enum err client_retire_root(struct client *client, uint8_t version,
                            const uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE])
{
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_VERSION, version, 1);
    tlv_put(&call.request, TOKWIRE_F_ROOT_CHECK_VALUE,
            bytes_make(check_value, TOKWIRE_CHECK_VALUE_SIZE));
    return client_finish(client, TOKWIRE_RETIRE_ROOT, 0, 0, &call);
}

enum err client_import_key(struct client *client, enum tokwire_key key, enum ec_curve curve,
                           struct bytes scalar, uint8_t point[EC_POINT_SIZE])
{
    memset(point, 0, EC_POINT_SIZE);
    struct client_call call;
    client_call_init(&call);
    if (curve != EC_CURVE_NONE) {
        tokwire_put_uint(&call.request, TOKWIRE_F_CURVE, (uint64_t)curve, 1);
    }
    tlv_put(&call.request, TOKWIRE_F_PRIVATE_KEY, scalar);
    enum err err = client_send(client, TOKWIRE_IMPORT_KEY, (uint8_t)key, 0, &call);
    if (err == ERR_OK) {
        client_take(&call, TOKWIRE_F_PUBLIC_KEY, point, EC_POINT_SIZE);
    }
    client_call_clear(&call);
    return err;
}

enum err client_create_csr(struct client *client, enum tokwire_key key, const char *common_name,
                           const char *organisation, const char *oid, struct buf *csr)
{
    struct client_call call;
    client_call_init(&call);
    tlv_put_str(&call.request, TOKWIRE_F_SUBJECT, common_name);
    if (organisation != NULL) {
        tlv_put_str(&call.request, TOKWIRE_F_ORGANISATION, organisation);
    }
    if (oid != NULL) {
        tlv_put_str(&call.request, TOKWIRE_F_OID, oid);
    }
    enum err err = client_send(client, TOKWIRE_CREATE_CSR, (uint8_t)key, 0, &call);
    if (err == ERR_OK) {
        buf_put_bytes(csr, tokwire_field(&call.fields, TOKWIRE_F_DATA));
        err = buf_err(csr);
    }
    client_call_clear(&call);
    return err;
}

enum err client_put_certificate(struct client *client, enum tokwire_key key, struct bytes der,
                                uint32_t *handle)
{
    *handle = 0;
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_CERTIFICATE, der);
    enum err err = client_send(client, TOKWIRE_PUT_CERTIFICATE, (uint8_t)key, 0, &call);
    if (err == ERR_OK) {
        *handle = (uint32_t)tokwire_field_uint(&call.fields, TOKWIRE_F_HANDLE);
    }
    client_call_clear(&call);
    return err;
}

enum err client_end_trust(struct client *client, const uint8_t sha256[SHA256_SIZE])
{
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_HASH, bytes_make(sha256, SHA256_SIZE));
    return client_finish(client, TOKWIRE_END_TRUST, 0, 0, &call);
}
