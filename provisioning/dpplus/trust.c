#include "dpplus/trust.h"

enum err trust_load(const char *const *files, size_t file_count, struct cert **cis, size_t *count,
                    struct dp_failure *failure)
{
    enum err err = ERR_OK;

    *count = 0;
    for (size_t i = 0; err == ERR_OK && i < file_count; i++) {
        err = cert_load(files[i], &cis[i]);
        if (err != ERR_OK) {
            dp_fail(failure, DP_USAGE, err, "CI certificate %.200s: %s", files[i],
                    err == ERR_NOT_FOUND ? "no such file" : "not a certificate");
            break;
        }
        *count += 1;
        if (cis[i]->role != CERT_ROLE_CI) {
            err = dp_fail(failure, DP_USAGE, ERR_CERT_ROLE,
                          "%.200s is not a CI certificate: its policy is another's", files[i]);
        }
    }
    if (err != ERR_OK) {
        trust_free(cis, count);
    }
    return err;
}

void trust_free(struct cert **cis, size_t *count)
{
    while (*count > 0) {
        cert_free(&cis[--*count]);
    }
}
