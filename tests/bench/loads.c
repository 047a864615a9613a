/* Loads one profile after another in one process, as a station does all day, and
 * prints the middle figure of each kind. usage: bench_loads STATION.JSON PORT COUNT */
#include <stdio.h>
#include <stdlib.h>

#include "line/line.h"
#include "line/station.h"

enum { LOADS_MAX = 10000 };

struct figures {
    double *values;
    size_t count;
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct figures *figures)
{
    qsort(figures->values, figures->count, sizeof(*figures->values), compare);
    return figures->values[figures->count / 2];
}

static const char *const names[] = {"seconds", "apdus", "tx_bytes", "rx_bytes", "binding_us",
                                    "token_us"};
enum { KINDS = sizeof(names) / sizeof(names[0]) };

static void take(struct figures figures[KINDS], const struct load_report *report)
{
    const double values[KINDS] = {
        report->seconds,
        report->traffic.apdus,
        (double)report->traffic.tx_bytes,
        (double)report->traffic.rx_bytes,
        (double)report->binding_us,
        (double)report->token_us,
    };
    for (size_t i = 0; i < KINDS; i++) {
        figures[i].values[figures[i].count++] = values[i];
    }
}

static bool run(struct line *line, const char *port, size_t count, struct figures figures[KINDS],
                struct failure *failure)
{
    struct station station;
    bool good = station_open(line, port, &station, failure);
    for (size_t n = 0; good && n < count; n++) {
        struct load_report report;
        station_load(&station, &report);
        good = report.failure.kind == FAILURE_NONE && !report.already;
        *failure = report.failure;
        if (good) {
            take(figures, &report);
        }
        load_report_clear(&report);
    }
    station_close(&station);
    return good;
}

int main(int argc, char **argv)
{
    struct line line = {0};
    struct failure failure = {.result_code = -1};
    struct figures figures[KINDS] = {{NULL, 0}};
    size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (count == 0 || count > LOADS_MAX) {
        fprintf(stderr, "usage: bench_loads STATION.JSON PORT COUNT\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < KINDS; i++) {
        figures[i].values = calloc(count, sizeof(double));
        if (figures[i].values == NULL) {
            return EXIT_FAILURE;
        }
    }
    bool good = line_configure(argv[1], &line, &failure) && line_open_token(&line, &failure) &&
                line_read_certificates(&line, &failure) &&
                run(&line, argv[2], count, figures, &failure);
    if (good) {
        for (size_t i = 0; i < KINDS; i++) {
            printf("%s=%g\n", names[i], median(&figures[i]));
        }
    } else {
        fprintf(stderr, "bench_loads: %s (%s)\n", failure.detail, failure_name(failure.kind));
    }
    for (size_t i = 0; i < KINDS; i++) {
        free(figures[i].values);
    }
    line_close(&line);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
