#include "client/scripted.h"

#include <stdlib.h>

struct scripted_transport {
    struct client_transport base;
    struct script *script;
};

static struct script *script_of(struct client_transport *transport)
{
    return ((struct scripted_transport *)transport)->script;
}

static enum err scripted_exchange(struct client_transport *transport, struct bytes command,
                                  struct buf *response)
{
    struct script *script = script_of(transport);
    script->exchanges++;
    buf_reset(&script->command);
    buf_put_bytes(&script->command, command);
    if (script->err != ERR_OK) {
        return script->err;
    }
    buf_put_bytes(response, script->answer);
    return buf_err(response);
}

static bool scripted_alive(struct client_transport *transport)
{
    return !script_of(transport)->dead;
}

static void scripted_close(struct client_transport *transport)
{
    script_of(transport)->closed = true;
    free(transport);
}

static const struct client_transport_vtable scripted_vtable = {
    .exchange = scripted_exchange,
    .alive = scripted_alive,
    .close = scripted_close,
};

void script_init(struct script *script)
{
    *script = (struct script){.answer = BYTES_NONE};
    buf_init(&script->command, TOKWIRE_FRAME_MAX);
}

void script_clear(struct script *script)
{
    buf_clear(&script->command);
}

enum err script_client(struct script *script, struct client **client)
{
    struct scripted_transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL) {
        return ERR_MEMORY;
    }
    transport->base = (struct client_transport){.vtable = &scripted_vtable, .descriptor = -1};
    transport->script = script;
    return client_new(&transport->base, client);
}
