/* One direction of a serial line: bytes and when each has passed. At N baud a
 * byte takes ten bit times; bytes without a gap follow one another exactly, so
 * that nothing drifts over a long burst. */
#ifndef SIMULATOR_WIRE_H
#define SIMULATOR_WIRE_H

#include "base/bytes.h"

struct wire_byte {
    int64_t due; /* nanoseconds of the monotonic clock: its stop bit is over */
    uint8_t value;
};

struct wire {
    unsigned baud; /* 0: as fast as it goes */
    struct wire_byte *byte;
    size_t head, len, cap;
    int64_t burst_start;
    uint64_t burst_count;
    int64_t last_due;
};

enum { WIRE_MAX = 8 * 1024 * 1024 };
#define WIRE_NEVER INT64_MAX

void wire_init(struct wire *wire, unsigned baud);
void wire_clear(struct wire *wire);
/* Puts bytes on the line, the first no earlier than `from`. ERR_RANGE past
 * WIRE_MAX: they are lost, as on a line nobody reads. */
enum err wire_put(struct wire *wire, struct bytes bytes, int64_t from);
/* Copies up to size bytes due at `now` without taking them; returns how many. */
size_t wire_peek(const struct wire *wire, int64_t now, uint8_t *out, size_t size);
void wire_take(struct wire *wire, size_t len);
/* When the next byte, the last one, or the first `value` is due; WIRE_NEVER
 * when there is none. */
int64_t wire_next_due(const struct wire *wire);
int64_t wire_last_due(const struct wire *wire);
int64_t wire_due_of(const struct wire *wire, uint8_t value);

/* Nanoseconds of the monotonic clock. */
int64_t wire_now(void);

#endif
