/* Commands about the token itself: status, PINs, policy. */
#include <string.h>

#include "client/funnel.h"

static void take_policy(const struct tokwire_fields *fields, struct client_status *status)
{
    struct bytes batches = tokwire_field(fields, TOKWIRE_F_BATCHES);
    if (tokwire_field_present(fields, TOKWIRE_F_QUOTA)) {
        status->quota = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_QUOTA);
    }
    if (tokwire_field_present(fields, TOKWIRE_F_RETRIES)) {
        status->retries = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_RETRIES);
    }
    status->not_after = tokwire_field_uint(fields, TOKWIRE_F_NOT_AFTER);
    status->releases = tokwire_field_uint(fields, TOKWIRE_F_COUNT);
    status->batch_count = batches.len / TOKWIRE_BATCH_ID_SIZE;
    if (batches.len > 0) {
        memcpy(status->batches, batches.data, status->batch_count * TOKWIRE_BATCH_ID_SIZE);
    }
}

static void take_status(const struct tokwire_fields *fields, struct client_status *status)
{
    client_take_text(fields, TOKWIRE_F_FIRMWARE, status->firmware, sizeof(status->firmware));
    client_take_text(fields, TOKWIRE_F_LABEL, status->label, sizeof(status->label));
    client_take_text(fields, TOKWIRE_F_SERIAL, status->serial, sizeof(status->serial));
    status->flags = (uint32_t)tokwire_field_uint(fields, TOKWIRE_F_FLAGS);
    status->role = (uint8_t)tokwire_field_uint(fields, TOKWIRE_F_ROLE);
    status->user_tries = (uint8_t)tokwire_field_uint(fields, TOKWIRE_F_USER_TRIES);
    status->so_tries = (uint8_t)tokwire_field_uint(fields, TOKWIRE_F_SO_TRIES);
    status->fault = (uint8_t)tokwire_field_uint(fields, TOKWIRE_F_FAULT);
    status->time_seen = tokwire_field_uint(fields, TOKWIRE_F_TIME_SEEN);
    take_policy(fields, status);
}

enum err client_get_status(struct client *client, struct client_status *status)
{
    const struct client_status none = {.quota = CLIENT_QUOTA_NONE, .retries = CLIENT_RETRIES_NONE};
    *status = none;
    struct client_call call;
    client_call_init(&call);
    enum err err = client_send(client, TOKWIRE_GET_STATUS, 0, 0, &call);
    if (err == ERR_OK &&
        tokwire_field(&call.fields, TOKWIRE_F_BATCHES).len % TOKWIRE_BATCH_ID_SIZE != 0) {
        err = client_distrust(client);
    }
    if (err == ERR_OK) {
        take_status(&call.fields, status);
    }
    client_call_clear(&call);
    return err;
}

enum err client_initialise(struct client *client, const struct client_initialise *request,
                           char serial[TOKWIRE_SERIAL_SIZE + 1])
{
    serial[0] = '\0';
    struct client_call call;
    client_call_init(&call);
    tlv_put_str(&call.request, TOKWIRE_F_LABEL, request->label);
    if (request->role != 0) {
        tokwire_put_uint(&call.request, TOKWIRE_F_ROLE, request->role, 1);
    }
    if (request->development) {
        tokwire_put_uint(&call.request, TOKWIRE_F_FLAGS, TOKWIRE_FLAG_DEVELOPMENT, 4);
    }
    tlv_put(&call.request, TOKWIRE_F_PIN, request->so_pin);
    if (request->user_pin.len > 0) {
        tlv_put(&call.request, TOKWIRE_F_NEW_PIN, request->user_pin);
    }
    enum err err = client_send(client, TOKWIRE_INITIALISE, 0, 0, &call);
    if (err == ERR_OK) {
        client_take_text(&call.fields, TOKWIRE_F_SERIAL, serial, TOKWIRE_SERIAL_SIZE + 1);
    }
    client_call_clear(&call);
    return err;
}

enum err client_verify_pin(struct client *client, enum tokwire_user user, struct bytes pin)
{
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_PIN, pin);
    return client_finish(client, TOKWIRE_VERIFY_PIN, 0, (uint8_t)user, &call);
}

enum err client_logout(struct client *client)
{
    struct client_call call;
    client_call_init(&call);
    return client_finish(client, TOKWIRE_LOGOUT, 0, 0, &call);
}

enum err client_change_pin(struct client *client, enum tokwire_user user, struct bytes pin,
                           struct bytes new_pin)
{
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_PIN, pin);
    tlv_put(&call.request, TOKWIRE_F_NEW_PIN, new_pin);
    return client_finish(client, TOKWIRE_CHANGE_PIN, 0, (uint8_t)user, &call);
}

enum err client_set_user_pin(struct client *client, struct bytes new_pin)
{
    struct client_call call;
    client_call_init(&call);
    tlv_put(&call.request, TOKWIRE_F_NEW_PIN, new_pin);
    return client_finish(client, TOKWIRE_SET_USER_PIN, 0, 0, &call);
}

enum err client_get_random(struct client *client, uint8_t *out, size_t len)
{
    memset(out, 0, len);
    if (len == 0 || len > TOKWIRE_RANDOM_MAX) {
        return ERR_ARGUMENT;
    }
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_COUNT, len, 8);
    enum err err = client_send(client, TOKWIRE_GET_RANDOM, 0, 0, &call);
    if (err == ERR_OK && tokwire_field(&call.fields, TOKWIRE_F_DATA).len != len) {
        err = client_distrust(client);
    }
    if (err == ERR_OK) {
        client_take(&call, TOKWIRE_F_DATA, out, len);
    }
    client_call_clear(&call);
    return err;
}

enum err client_set_policy(struct client *client, const struct client_policy *policy)
{
    struct client_call call;
    client_call_init(&call);
    if (policy->quota != NULL) {
        tokwire_put_uint(&call.request, TOKWIRE_F_QUOTA, *policy->quota, 4);
    }
    if (policy->not_after != NULL) {
        tokwire_put_uint(&call.request, TOKWIRE_F_NOT_AFTER, *policy->not_after, 8);
    }
    if (policy->retries != NULL) {
        tokwire_put_uint(&call.request, TOKWIRE_F_RETRIES, *policy->retries, 4);
    }
    if (policy->batches != NULL) {
        tlv_put(&call.request, TOKWIRE_F_BATCHES, *policy->batches);
    }
    return client_finish(client, TOKWIRE_SET_POLICY, 0, 0, &call);
}
