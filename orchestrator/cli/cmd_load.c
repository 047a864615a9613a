#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "line/line.h"
#include "line/station.h"

/* The port of the command line, else the one of the configuration. */
static const char *one_port(const struct options *options, const struct line *line)
{
    if (options->port_count == 1) {
        return options->ports[0];
    }
    return line->config.port_count == 1 ? line->config.ports[0] : NULL;
}

static int report_and_exit(const struct load_report *report, const char *port, bool json)
{
    if (json) {
        output_report_json(report, port);
    } else {
        output_report(report, port);
    }
    return report->failure.kind == FAILURE_NONE ? EXIT_DONE
                                                : (int)failure_exit_code(report->failure.kind);
}

int cmd_load(const struct options *options)
{
    struct line line;
    struct station station = {0};
    struct load_report report = {.failure = {.result_code = -1}};
    const char *port = NULL;
    bool good = line_configure(options->config, &line, &report.failure);
    if (good) {
        port = one_port(options, &line);
        good = port != NULL || failure_set(&report.failure, FAILURE_CONFIGURATION,
                                           "which port? Say --port PORT, or name one in \"ports\"");
    }
    good = good && line_open_token(&line, &report.failure) &&
           line_read_certificates(&line, &report.failure) &&
           station_open(&line, port, &station, &report.failure);
    if (good) {
        station.progress = options->json ? NULL : &output_progress;
        station_load(&station, &report);
    }
    int code = report_and_exit(&report, port != NULL ? port : "-", options->json);
    load_report_clear(&report);
    station_close(&station);
    line_close(&line);
    return code;
}
