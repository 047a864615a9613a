#include "simulator/wire.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BITS_PER_BYTE = 10, WIRE_FIRST = 4096 };
#define NANOSECONDS 1000000000LL

int64_t wire_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

void wire_init(struct wire *wire, unsigned baud)
{
    memset(wire, 0, sizeof(*wire));
    wire->baud = baud;
}

void wire_clear(struct wire *wire)
{
    free(wire->byte);
    wire_init(wire, wire->baud);
}

static bool make_room(struct wire *wire, size_t len)
{
    if (len > WIRE_MAX || wire->len + len > WIRE_MAX) {
        return false;
    }
    if (wire->len > 0 && wire->head > 0) {
        memmove(wire->byte, wire->byte + wire->head, wire->len * sizeof(*wire->byte));
    }
    wire->head = 0;
    size_t cap = wire->cap ? wire->cap : WIRE_FIRST;
    while (cap < wire->len + len) {
        cap *= 2;
    }
    if (cap == wire->cap) {
        return true;
    }
    struct wire_byte *byte = realloc(wire->byte, cap * sizeof(*byte));
    if (!byte) {
        return false;
    }
    wire->byte = byte;
    wire->cap = cap;
    return true;
}

/* Counted from the start of the burst, so that fractions do not add up. */
static int64_t due_of_next(struct wire *wire)
{
    wire->burst_count++;
    if (wire->baud == 0) {
        return wire->burst_start;
    }
    return wire->burst_start +
           (int64_t)(wire->burst_count * BITS_PER_BYTE * NANOSECONDS / wire->baud);
}

enum err wire_put(struct wire *wire, struct bytes bytes, int64_t from)
{
    if (wire->head + wire->len + bytes.len > wire->cap && !make_room(wire, bytes.len)) {
        return ERR_RANGE;
    }
    if (from > wire->last_due) {
        wire->burst_start = from;
        wire->burst_count = 0;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        wire->last_due = due_of_next(wire);
        wire->byte[wire->head + wire->len++] = (struct wire_byte){wire->last_due, bytes.data[i]};
    }
    return ERR_OK;
}

size_t wire_peek(const struct wire *wire, int64_t now, uint8_t *out, size_t size)
{
    size_t count = 0;
    while (count < size && count < wire->len && wire->byte[wire->head + count].due <= now) {
        out[count] = wire->byte[wire->head + count].value;
        count++;
    }
    return count;
}

void wire_take(struct wire *wire, size_t len)
{
    if (len > wire->len) {
        len = wire->len;
    }
    wire->head += len;
    wire->len -= len;
    if (wire->len == 0) {
        wire->head = 0;
    }
}

int64_t wire_next_due(const struct wire *wire)
{
    return wire->len > 0 ? wire->byte[wire->head].due : WIRE_NEVER;
}

int64_t wire_last_due(const struct wire *wire)
{
    return wire->len > 0 ? wire->byte[wire->head + wire->len - 1].due : WIRE_NEVER;
}

int64_t wire_due_of(const struct wire *wire, uint8_t value)
{
    for (size_t i = 0; i < wire->len; i++) {
        if (wire->byte[wire->head + i].value == value) {
            return wire->byte[wire->head + i].due;
        }
    }
    return WIRE_NEVER;
}
