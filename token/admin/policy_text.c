#include "admin/policy_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hex.h"

static const char *limit_text(uint32_t limit, char text[16])
{
    snprintf(text, 16, "%" PRIu32, limit);
    return limit == UINT32_MAX ? "no limit" : text;
}

static void print_batches(const struct client_status *status)
{
    char id[2 * TOKWIRE_BATCH_ID_SIZE + 1];
    if (status->batch_count == 0) {
        printf("batches:      any\n");
    }
    for (size_t i = 0; i < status->batch_count; i++) {
        printf("%-13s %s\n", i == 0 ? "batches:" : "",
               hex_encode(BYTES_OF(status->batches[i]), id));
    }
}

void policy_print(const struct client_status *status)
{
    char date[CLOCK_TEXT_SIZE], number[16];
    printf("releases:     %" PRIu64 " of %s\n", status->releases,
           limit_text(status->quota, number));
    printf("retries:      %s, per profile\n", limit_text(status->retries, number));
    printf("not after:    %s%s\n",
           status->not_after == 0 ? "no limit" : clock_text((time_t)status->not_after, date),
           (status->flags & TOKWIRE_FLAG_EXPIRED) != 0 ? " EXPIRED" : "");
    print_batches(status);
    if (status->time_seen != 0) {
        printf("time seen:    %s\n", clock_text((time_t)status->time_seen, date));
    }
}
