/* Time: monotonic for deadlines, wall clock for records. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

enum { CLOCK_TEXT_SIZE = 21 };

/* Milliseconds and microseconds of the monotonic clock. */
int64_t clock_ms(void);
int64_t clock_us(void);
/* UTC as "2026-11-23T10:58:40Z". Returns text. */
char *clock_text(time_t when, char text[CLOCK_TEXT_SIZE]);

#endif
