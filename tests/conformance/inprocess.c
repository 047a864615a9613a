/* The middleware with the engine in the same process, as one library: what a
 * socket's path names elsewhere is here the engine's state directory. For tests
 * alone; in the product the two never share a process. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "module/function_list.h"
#include "module/slot.h"

/* The engine has one thread, and one state directory is one engine's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct engine *engine;
static unsigned connections;

struct inprocess_transport {
    struct client_transport base;
    struct engine_connection *connection;
};

static struct inprocess_transport *self_of(struct client_transport *transport)
{
    return (struct inprocess_transport *)transport;
}

static enum err inprocess_exchange(struct client_transport *transport, struct bytes command,
                                   struct buf *response)
{
    pthread_mutex_lock(&lock);
    engine_execute(self_of(transport)->connection, command, response);
    pthread_mutex_unlock(&lock);
    return buf_err(response);
}

static bool inprocess_alive(struct client_transport *transport)
{
    (void)transport;
    return true;
}

static void inprocess_close(struct client_transport *transport)
{
    pthread_mutex_lock(&lock);
    engine_connection_close(&self_of(transport)->connection);
    connections--;
    if (connections == 0) {
        engine_close(&engine);
    }
    pthread_mutex_unlock(&lock);
    free(transport);
}

static const struct client_transport_vtable inprocess_vtable = {
    .exchange = inprocess_exchange,
    .alive = inprocess_alive,
    .close = inprocess_close,
};

static enum err open_connection(const char *state_dir, struct engine_connection **connection)
{
    const struct engine_config config = {.state_dir = state_dir};
    enum err err = engine == NULL ? engine_open(&config, &engine) : ERR_OK;
    if (err == ERR_OK) {
        err = engine_connection_open(engine, "in process", connection);
    }
    if (err == ERR_OK) {
        connections++;
    } else if (connections == 0 && engine != NULL) {
        engine_close(&engine);
    }
    return err;
}

static enum err inprocess_connect(const char *path, struct client **client)
{
    struct inprocess_transport *transport = calloc(1, sizeof(*transport));
    *client = NULL;
    if (transport == NULL) {
        return ERR_MEMORY;
    }
    transport->base = (struct client_transport){.vtable = &inprocess_vtable, .descriptor = -1};
    pthread_mutex_lock(&lock);
    enum err err = open_connection(path, &transport->connection);
    pthread_mutex_unlock(&lock);
    if (err != ERR_OK) {
        free(transport);
        return err;
    }
    return client_new(&transport->base, client);
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    module_slot_connect = inprocess_connect;
    return module_get_function_list(list);
}
