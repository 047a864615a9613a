/* The configuration of an export. JSON; unknown keys are errors; relative paths
 * start at the file's own folder. */
#ifndef DPPLUS_CONFIG_H
#define DPPLUS_CONFIG_H

#include <cjson/cJSON.h>

#include "dpplus/failure.h"

enum { DP_CONFIG_MAX = 64 * 1024, DP_CI_MAX = 16 };

/* All text is the configuration's own. */
struct dp_config {
    const char *module;        /* path, or name of a p11-kit module */
    const char *token;         /* RFC 7512 URI */
    const char *pin_file;      /* NULL: the URI's pin-source */
    unsigned root_key_version; /* 0: the highest the token has */
    const char *dp_oid;        /* NULL: the batch certificate's registeredID */
    const char *ci[DP_CI_MAX]; /* files of the CIs whose chips' results are believed */
    size_t ci_count;
    const char *path; /* of the file: where relative paths in it start */
    cJSON *json;      /* owns the text */
};

enum err dp_config_load(const char *path, struct dp_config *config, struct dp_failure *failure);
void dp_config_clear(struct dp_config *config);

#endif
