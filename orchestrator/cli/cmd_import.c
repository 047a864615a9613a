#include <stdio.h>

#include "base/hex.h"
#include "cli/command.h"
#include "cli/output.h"
#include "line/line.h"

static void show(const struct import_summary *summary, bool json)
{
    char id[2 * LEDGER_BATCH_ID_SIZE + 1];
    hex_encode(BYTES_OF(summary->batch.id), id);
    if (!json) {
        printf("batch %s (DP %s, root key version %u): %u profiles added, %u known before%s\n", id,
               summary->batch.dp_oid, summary->batch.root_key_version, summary->added,
               summary->known, summary->repeated ? " (this batch was imported before)" : "");
        return;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "batch", id);
    cJSON_AddStringToObject(object, "dp_oid", summary->batch.dp_oid);
    cJSON_AddNumberToObject(object, "root_key_version", summary->batch.root_key_version);
    cJSON_AddNumberToObject(object, "added", summary->added);
    cJSON_AddNumberToObject(object, "known", summary->known);
    output_json(object);
}

int cmd_import(const struct options *options)
{
    struct line line;
    struct import_summary summary;
    struct failure failure = {.result_code = -1};
    bool good = line_configure(options->config, &line, &failure) &&
                line_open_token(&line, &failure) &&
                line_import(&line, options->file, &summary, &failure);
    line_close(&line);
    if (!good) {
        return output_failure(&failure, options->file, NULL);
    }
    show(&summary, options->json);
    return EXIT_DONE;
}
