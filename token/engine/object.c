#include "engine/object.h"

#include <stdlib.h>

enum { SLOT_BITS = 8, SEQUENCE_MAX = 0x7FFFFF };
#define HANDLE_SESSION 0x80000000u

static void object_free(struct object *object)
{
    if (object->kind == OBJECT_ONE_TIME_KEY) {
        /* OpenSSL clears the private scalar when it frees the key. */
        EVP_PKEY_free(object->as.one_time_key.key);
    }
    secret_zero(object, sizeof(*object));
    free(object);
}

void object_table_clear(struct object_table *table)
{
    for (size_t i = 0; i < OBJECTS_MAX; i++) {
        if (table->slots[i] != NULL) {
            object_free(table->slots[i]);
            table->slots[i] = NULL;
        }
    }
}

enum err object_new(struct object_table *table, enum object_kind kind, struct object **object)
{
    size_t slot = 0;
    *object = NULL;
    while (slot < OBJECTS_MAX && table->slots[slot] != NULL) {
        slot++;
    }
    if (slot == OBJECTS_MAX) {
        return ERR_BUSY;
    }
    struct object *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return ERR_MEMORY;
    }
    table->sequence = table->sequence >= SEQUENCE_MAX ? 1 : table->sequence + 1;
    made->kind = kind;
    made->handle = HANDLE_SESSION | table->sequence << SLOT_BITS | (uint32_t)slot;
    table->slots[slot] = made;
    *object = made;
    return ERR_OK;
}

struct object *object_find(struct object_table *table, uint32_t handle, enum object_kind kind)
{
    struct object *object = table->slots[handle & (OBJECTS_MAX - 1)];
    if (object == NULL || object->handle != handle) {
        return NULL;
    }
    return kind == OBJECT_NONE || object->kind == kind ? object : NULL;
}

void object_destroy(struct object_table *table, struct object *object)
{
    table->slots[object->handle & (OBJECTS_MAX - 1)] = NULL;
    object_free(object);
}
