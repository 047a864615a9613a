#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "line/line.h"
#include "line/results.h"

int cmd_results_export(const struct options *options)
{
    struct line line;
    struct ledger *ledger = NULL;
    struct failure failure = {.result_code = -1};
    unsigned count = 0;
    bool good = line_configure(options->config, &line, &failure) &&
                line_open_ledger(&line, &ledger, &failure) &&
                results_export(ledger, options->file, &count, &failure);
    ledger_close(&ledger);
    if (!good) {
        return output_failure(&failure, NULL, NULL);
    }
    if (options->json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "results", count);
        output_json(object);
    } else {
        printf("%u results written to %s\n", count, options->file);
    }
    return EXIT_DONE;
}
