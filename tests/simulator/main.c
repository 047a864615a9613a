#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "simulator/options.h"
#include "simulator/server.h"
#include "simulator/show.h"

enum { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_FAILED = 2 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* Signals arrive while the server waits and at no other time. */
static void set_signals(sigset_t *wait_mask)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, wait_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static enum err open_card(const struct options *options, FILE *trace, struct card **card)
{
    struct card_config config = {.state_dir = options->state_dir,
                                 .memory = options->memory,
                                 .channels = options->channels,
                                 .faults = options->faults,
                                 .trace = trace};
    const char *file = NULL;
    enum err err = identity_load(&options->files, &config.identity, &file);
    if (err != ERR_OK) {
        log_error("%s: %s; the chip needs its own key, CERT.EUICC, CERT.EUM and CI certificates",
                  file, err_name(err));
        return err;
    }
    err = card_new(&config, card);
    if (err == ERR_BUSY) {
        log_error("%s: another euicc-sim runs on this state", options->state_dir);
    } else if (err != ERR_OK) {
        log_error("%s: %s", options->state_dir, err_name(err));
    }
    return err;
}

static enum err serve(const struct options *options, struct modem *modem, const sigset_t *wait_mask)
{
    struct port port;
    enum err err = options->tcp ? port_open_tcp(&port, options->tcp_port)
                                : port_open_pty(&port, options->link);
    if (err != ERR_OK) {
        log_error("cannot open the port: %s", strerror(errno));
        return err;
    }
    printf("ready %s\n", port.name);
    fflush(stdout);
    err = server_run(modem, &port, options->baud, &stop, wait_mask);
    port_close(&port);
    return err;
}

static enum err run(const struct options *options)
{
    struct card *card = NULL;
    struct modem *modem = NULL;
    FILE *trace = NULL;
    sigset_t wait_mask;
    enum err err = ERR_OK;

    set_signals(&wait_mask);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* pacing is exact to the timer */
    if (options->trace && !(trace = fopen(options->trace, "a"))) {
        log_error("%s: %s", options->trace, strerror(errno));
        return ERR_SYSTEM;
    }
    err = open_card(options, trace, &card);
    if (err == ERR_OK) {
        struct modem_config config = {.card = card,
                                      .dialect = options->dialect,
                                      .options = options->modem,
                                      .imei = options->imei};
        err = modem_new(&config, &modem);
    }
    if (err == ERR_OK) {
        err = serve(options, modem, &wait_mask);
    }
    modem_free(&modem);
    card_free(&card);
    if (trace) {
        fclose(trace);
    }
    return err;
}

int main(int argc, char **argv)
{
    static struct options options;

    log_setup("euicc-sim", LOG_LEVEL_WARNING);
    if (!options_parse(argc, argv, &options)) {
        fputs("try euicc-sim --help\n", stderr);
        return EXIT_USAGE;
    }
    if (options.help) {
        options_help(stdout);
        return EXIT_DONE;
    }
    if (options.version) {
        puts("euicc-sim " EUICC_LINE_VERSION);
        return EXIT_DONE;
    }
    enum err err = options.show ? show(options.state_dir, options.json, stdout) : run(&options);
    if (options.show && err != ERR_OK) {
        log_error("%s: %s", options.state_dir,
                  err == ERR_NOT_FOUND ? "no such state folder" : err_name(err));
    }
    return err == ERR_OK ? EXIT_DONE : EXIT_FAILED;
}
