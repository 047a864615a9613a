/* policy: how many profiles may be released, and until when. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/date.h"
#include "base/clock.h"

static const char *quota_text, *not_after_text;

static const struct option_row options[] = {
    {.name = "quota", .value = &quota_text},
    {.name = "not-after", .value = &not_after_text},
    {.name = NULL},
};

static int parse_quota(uint32_t *quota)
{
    *quota = CLIENT_QUOTA_NONE;
    if (strcmp(quota_text, "none") == 0) {
        return ADMIN_OK;
    }
    char *end = NULL;
    unsigned long long value = strtoull(quota_text, &end, 10);
    if (*quota_text < '0' || *quota_text > '9' || *end != '\0' || value >= CLIENT_QUOTA_NONE) {
        return admin_usage("--quota: a number of profiles, or none");
    }
    *quota = (uint32_t)value;
    return ADMIN_OK;
}

static int parse_not_after(uint64_t *not_after)
{
    time_t when = 0;
    *not_after = 0;
    if (strcmp(not_after_text, "none") == 0) {
        return ADMIN_OK;
    }
    if (date_parse(not_after_text, true, &when) != ERR_OK || when <= 0) {
        return admin_usage("--not-after: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, or none");
    }
    *not_after = (uint64_t)when;
    return ADMIN_OK;
}

static void print_policy(const struct client_status *status)
{
    char date[CLOCK_TEXT_SIZE];
    if (status->quota == CLIENT_QUOTA_NONE) {
        printf("quota: none\n");
    } else {
        printf("quota: %" PRIu32 " profiles\n", status->quota);
    }
    printf("not after: %s\n",
           status->not_after == 0 ? "none" : clock_text((time_t)status->not_after, date));
    printf("released: %" PRIu64 " profiles\n", status->releases);
}

static int set_policy(struct admin *admin)
{
    uint32_t quota = 0;
    uint64_t not_after = 0;
    int code = quota_text != NULL ? parse_quota(&quota) : ADMIN_OK;
    if (code == ADMIN_OK && not_after_text != NULL) {
        code = parse_not_after(&not_after);
    }
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    enum err err = client_set_policy(admin->client, quota_text != NULL ? &quota : NULL,
                                     not_after_text != NULL ? &not_after : NULL);
    if (err == ERR_OK) {
        err = client_get_status(admin->client, &admin->status);
    }
    return err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "policy");
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    int code = admin_parse(command, argc, argv, NULL);
    if (code != ADMIN_OK) {
        return code;
    }
    bool change = quota_text != NULL || not_after_text != NULL;
    code = change ? set_policy(admin) : admin_connect(admin);
    if (code == ADMIN_OK) {
        print_policy(&admin->status);
    }
    return code;
}

const struct admin_command cmd_policy = {
    .words = {"policy"},
    .usage = "[--quota N|none] [--not-after DATE|none]",
    .help = "limits how many distinct profiles the token releases, and until when (UTC; a day\n"
            "      alone is meant to its end); without options shows what holds",
    .options = options,
    .run = run,
};
