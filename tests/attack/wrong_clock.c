/* A machine whose clock is wrong by ATTACK_CLOCK_OFFSET seconds, for the engine of a test:
 * loaded by LD_PRELOAD. */
#include <stdlib.h>
#include <time.h>

__attribute__((visibility("default"))) time_t time(time_t *out)
{
    struct timespec now = {0};
    const char *offset = getenv("ATTACK_CLOCK_OFFSET");
    clock_gettime(CLOCK_REALTIME, &now);
    time_t when = now.tv_sec + (offset != NULL ? strtol(offset, NULL, 10) : 0);
    if (out != NULL) {
        *out = when;
    }
    return when;
}
