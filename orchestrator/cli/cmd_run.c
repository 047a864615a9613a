#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/output.h"
#include "line/line.h"
#include "line/probe.h"
#include "line/station.h"

enum { POLL_MS = 500 };

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

/* One thread: one port, device after device. */
struct worker {
    struct line *line;
    const char *port;
    bool json;
    pthread_t thread;
    bool started;
    unsigned passed;
    unsigned failed;
    int exit_code;
};

/* Reports of several stations do not mix. */
static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;

static void pause_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* The device that is there now, if one answers. */
static bool device_present(const struct worker *worker, struct eid *eid)
{
    struct failure failure = {.result_code = -1};
    const struct device_port port = line_port(worker->line, worker->port);
    return probe_eid(&port, eid, &failure);
}

/* Waits for a device other than the one that was done last. A device that was
 * pulled may come back as itself, so its absence counts too. */
static bool wait_for_device(const struct worker *worker, struct station *station)
{
    while (!stopped) {
        struct eid eid;
        bool present = device_present(worker, &eid);
        bool same =
            present && station->has_eid && bytes_equal(eid_bytes(&eid), eid_bytes(&station->eid));
        if (present && !same) {
            return true;
        }
        if (!present) {
            station->has_eid = false;
        }
        pause_ms(POLL_MS);
    }
    return false;
}

static void report(struct worker *worker, const struct load_report *load)
{
    bool good = load->downloaded && load->failure.kind == FAILURE_NONE;
    worker->passed += good;
    worker->failed += !good;
    pthread_mutex_lock(&output_lock);
    if (worker->json) {
        output_report_json(load, worker->port);
    } else {
        output_report(load, worker->port);
    }
    pthread_mutex_unlock(&output_lock);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct station station;
    struct failure failure = {.result_code = -1};
    if (!station_open(worker->line, worker->port, &station, &failure)) {
        worker->exit_code = output_failure(&failure, worker->port, NULL);
        return NULL;
    }
    while (wait_for_device(worker, &station)) {
        struct load_report load;
        station_load(&station, &load);
        report(worker, &load);
        bool token_lost = load.failure.kind == FAILURE_TOKEN_GONE;
        load_report_clear(&load);
        if (token_lost) {
            worker->exit_code = EXIT_TOKEN;
            break;
        }
    }
    station_close(&station);
    return NULL;
}

static int run_workers(struct line *line, const char *const *ports, int count, bool json)
{
    struct worker workers[OPTION_PORTS_MAX];
    int code = EXIT_DONE;
    for (int i = 0; i < count; i++) {
        workers[i] = (struct worker){.line = line, .port = ports[i], .json = json};
        workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    }
    for (int i = 0; i < count; i++) {
        if (!workers[i].started) {
            log_error("%s: no thread for this station", ports[i]);
            code = EXIT_USAGE;
            continue;
        }
        pthread_join(workers[i].thread, NULL);
        code = code == EXIT_DONE ? workers[i].exit_code : code;
        log_info("%s: %u passed, %u failed", ports[i], workers[i].passed, workers[i].failed);
    }
    return code;
}

int cmd_run(const struct options *options)
{
    struct line line;
    struct failure failure = {.result_code = -1};
    const char *ports[OPTION_PORTS_MAX];
    int count = 0;
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    bool good = line_configure(options->config, &line, &failure) &&
                line_open_token(&line, &failure) && line_read_certificates(&line, &failure);
    if (good) {
        bool given = options->port_count > 0;
        count = given ? options->port_count : (int)line.config.port_count;
        for (int i = 0; i < count; i++) {
            ports[i] = given ? options->ports[i] : line.config.ports[i];
        }
        good = count > 0 || failure_set(&failure, FAILURE_CONFIGURATION,
                                        "no port: say --port PORT, or name some in \"ports\"");
    }
    int code = good ? run_workers(&line, ports, count, options->json)
                    : output_failure(&failure, NULL, NULL);
    line_close(&line);
    return code;
}
