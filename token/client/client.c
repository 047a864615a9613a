#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#include "client/funnel.h"

struct client {
    struct client_transport *transport;
    uint16_t sw;
    bool broken;
};

enum err client_new(struct client_transport *transport, struct client **client)
{
    *client = calloc(1, sizeof(**client));
    if (*client == NULL) {
        transport->vtable->close(transport);
        return ERR_MEMORY;
    }
    (*client)->transport = transport;
    return ERR_OK;
}

enum err client_open(const char *socket_path, struct client **client)
{
    *client = NULL;
    struct client_transport *transport = NULL;
    enum err err = client_transport_unix(socket_path, &client_default_timeouts, &transport);
    return err == ERR_OK ? client_new(transport, client) : err;
}

void client_free(struct client **client)
{
    if (*client != NULL) {
        (*client)->transport->vtable->close((*client)->transport);
        free(*client);
        *client = NULL;
    }
}

uint16_t client_sw(const struct client *client)
{
    return client->sw;
}

bool client_broken(const struct client *client)
{
    return client->broken;
}

bool client_alive(struct client *client)
{
    return !client->broken && client->transport->vtable->alive(client->transport);
}

int client_descriptor(const struct client *client)
{
    return client->transport->descriptor;
}

void client_call_init(struct client_call *call)
{
    *call = (struct client_call){.fields = {0}};
    buf_init(&call->request, APDU_EXTENDED_DATA_MAX);
    buf_init(&call->response, TOKWIRE_FRAME_MAX);
}

void client_call_clear(struct client_call *call)
{
    buf_clear(&call->request);
    buf_clear(&call->response);
    call->fields = (struct tokwire_fields){0};
}

/* The engine would refuse a request that is not as its row says; so does the
 * client, before anything is sent. */
static enum err encode_command(const struct tokwire_command *row, uint8_t p1, uint8_t p2,
                               struct buf *request, struct buf *command)
{
    enum err err = buf_err(request);
    if (err != ERR_OK) {
        return err;
    }
    struct tokwire_fields fields;
    if (p1 > row->p1_max || p2 > row->p2_max ||
        tokwire_fields_decode(row->request, buf_bytes(request), &fields) != ERR_OK) {
        return ERR_ARGUMENT;
    }
    struct apdu_command apdu = {
        .cla = TOKWIRE_CLA,
        .ins = row->ins,
        .p1 = p1,
        .p2 = p2,
        .data = buf_bytes(request),
        .le = row->response[0].tag != 0 ? APDU_LE_ANY : APDU_LE_NONE,
    };
    return apdu_encode_extended(&apdu, command);
}

/* Checks an answer. Data beside a refusal, or data its row does not allow,
 * means that this is no engine of ours: the connection is given up. */
static enum err decode_answer(struct client *client, const struct tokwire_command *row,
                              struct client_call *call)
{
    struct apdu_response answer;
    enum err err = apdu_decode_response(buf_bytes(&call->response), &answer);
    if (err == ERR_OK && answer.sw == TOKWIRE_SW_OK) {
        err = tokwire_fields_decode(row->response, answer.data, &call->fields);
    } else if (err == ERR_OK && answer.data.len > 0) {
        err = ERR_MALFORMED;
    }
    if (err != ERR_OK) {
        return client_distrust(client);
    }
    client->sw = answer.sw;
    if (answer.sw == TOKWIRE_SW_OK) {
        return ERR_OK;
    }
    err = tokwire_sw_err(answer.sw);
    return err != ERR_OK ? err : ERR_REFUSED;
}

enum err client_send(struct client *client, enum tokwire_ins ins, uint8_t p1, uint8_t p2,
                     struct client_call *call)
{
    client->sw = 0;
    const struct tokwire_command *row = tokwire_command_find((uint8_t)ins);
    if (row == NULL) {
        return ERR_ARGUMENT;
    }
    if (client->broken) {
        return ERR_CLOSED;
    }
    struct buf command;
    buf_init(&command, APDU_EXTENDED_MAX);
    enum err err = encode_command(row, p1, p2, &call->request, &command);
    if (err == ERR_OK) {
        err = client->transport->vtable->exchange(client->transport, buf_bytes(&command),
                                                  &call->response);
        client->broken = err != ERR_OK;
        if (err == ERR_OK) {
            err = decode_answer(client, row, call);
        }
    }
    buf_clear(&command);
    return err;
}

enum err client_finish(struct client *client, enum tokwire_ins ins, uint8_t p1, uint8_t p2,
                       struct client_call *call)
{
    enum err err = client_send(client, ins, p1, p2, call);
    client_call_clear(call);
    return err;
}

enum err client_distrust(struct client *client)
{
    client->broken = true;
    return ERR_MALFORMED;
}

void client_take(const struct client_call *call, uint16_t tag, uint8_t *out, size_t size)
{
    struct bytes value = tokwire_field(&call->fields, tag);
    memset(out, 0, size);
    if (value.len > 0) {
        memcpy(out, value.data, value.len < size ? value.len : size);
    }
}

void client_text(struct bytes value, char *text, size_t size)
{
    size_t len = value.len < size ? value.len : size - 1;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = value.data[i];
        text[i] = byte < 0x20 || byte == 0x7F ? '?' : (char)byte;
    }
    text[len] = '\0';
}

void client_take_text(const struct tokwire_fields *fields, uint16_t tag, char *text, size_t size)
{
    client_text(tokwire_field(fields, tag), text, size);
}
