/* policy: how many profiles may be released, how often, until when, of which
 * batches. */
#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "admin/date.h"
#include "admin/limits.h"
#include "admin/policy_text.h"

static const char *quota_text, *retries_text, *not_after_text;
static struct option_list batch_texts;

static const struct option_row options[] = {
    {.name = "quota", .value = &quota_text},
    {.name = "retries", .value = &retries_text},
    {.name = "not-after", .value = &not_after_text},
    {.name = "batch", .list = &batch_texts},
    {.name = NULL},
};

/* What the options say, and the policy that points to what was said. */
struct wish {
    uint32_t quota, retries;
    uint64_t not_after;
    struct batch_list batches;
    struct bytes ids;
    struct client_policy policy;
};

static int parse_limits(struct wish *wish)
{
    if (quota_text != NULL) {
        wish->policy.quota = &wish->quota;
        if (limit_parse(quota_text, &wish->quota) != ERR_OK) {
            return admin_usage("--quota: a number of profiles, or none");
        }
    }
    if (retries_text != NULL) {
        wish->policy.retries = &wish->retries;
        if (limit_parse(retries_text, &wish->retries) != ERR_OK) {
            return admin_usage("--retries: a number of releases of one profile beyond the first, "
                               "or none");
        }
    }
    return ADMIN_OK;
}

static int parse_not_after(struct wish *wish)
{
    time_t when = 0;
    if (not_after_text == NULL) {
        return ADMIN_OK;
    }
    wish->policy.not_after = &wish->not_after;
    if (strcmp(not_after_text, "none") == 0) {
        return ADMIN_OK;
    }
    if (date_parse(not_after_text, true, &when) != ERR_OK || when <= 0) {
        return admin_usage("--not-after: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, or none");
    }
    wish->not_after = (uint64_t)when;
    return ADMIN_OK;
}

static int parse_batches(struct wish *wish)
{
    const char *wrong = NULL;
    if (batch_texts.count == 0) {
        return ADMIN_OK;
    }
    enum err err = batch_list_parse(&batch_texts, &wish->batches, &wrong);
    if (err != ERR_OK) {
        return admin_usage("--batch %s: %s", wrong,
                           err == ERR_DUPLICATE ? "given twice"
                                                : "32 hexadecimal digits, or any alone");
    }
    wish->ids = bytes_make(wish->batches.ids, wish->batches.count * TOKWIRE_BATCH_ID_SIZE);
    wish->policy.batches = &wish->ids;
    return ADMIN_OK;
}

static int set_policy(struct admin *admin)
{
    struct wish wish = {.quota = 0};
    int code = parse_limits(&wish);
    code = code == ADMIN_OK ? parse_not_after(&wish) : code;
    code = code == ADMIN_OK ? parse_batches(&wish) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    enum err err = client_set_policy(admin->client, &wish.policy);
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
    bool change = quota_text != NULL || retries_text != NULL || not_after_text != NULL ||
                  batch_texts.count > 0;
    code = change ? set_policy(admin) : admin_connect(admin);
    if (code == ADMIN_OK) {
        policy_print(&admin->status);
    }
    return code;
}

const struct admin_command cmd_policy = {
    .words = {"policy"},
    .usage = "[--quota N|none] [--retries N|none] [--not-after DATE|none] [--batch ID.. | "
             "--batch any]",
    .help = "limits how many distinct profiles the token releases, how often each again, until\n"
            "      when (UTC; a day alone is meant to its end), and of which batches; what is not\n"
            "      given stays; without options shows what holds",
    .options = options,
    .run = run,
};
