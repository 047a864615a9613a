#include "base/clock.h"

int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
    return clock_us() / 1000;
}

char *clock_text(time_t when, char text[CLOCK_TEXT_SIZE])
{
    struct tm parts;
    /* strftime() leaves anything in text when the year takes five digits. */
    if (gmtime_r(&when, &parts) == NULL ||
        strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        text[0] = '\0';
    }
    return text;
}
