#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/command.h"
#include "line/failure.h"

enum { WORDS_MAX = 4 };

/* What a command takes besides --config. */
enum { TAKES_JSON = 1, TAKES_PORT = 2, TAKES_PORTS = 4, TAKES_FILE = 8 };

struct command {
    const char *words; /* as typed, one blank between words */
    unsigned takes;
    const char *usage;
    const char *purpose;
    int (*run)(const struct options *options);
};

static const struct command commands[] = {
    {"import", TAKES_FILE | TAKES_JSON, "import BATCH.ppb [--json]",
     "verify a batch and take its profiles into the ledger", cmd_import},
    {"load", TAKES_PORT | TAKES_JSON, "load --port PORT [--json]",
     "download the profile of the device on PORT", cmd_load},
    {"run", TAKES_PORT | TAKES_PORTS | TAKES_JSON, "run [--port PORT ...] [--json]",
     "serve one station per port, device after device, until interrupted", cmd_run},
    {"probe", TAKES_PORT | TAKES_JSON, "probe --port PORT [--json]",
     "show modem, EID, CI keys and profiles of the device on PORT", cmd_probe},
    {"profiles", TAKES_JSON, "profiles [--json]", "list the ledger", cmd_profiles},
    {"results export", TAKES_FILE | TAKES_JSON, "results export FILE.ppr [--json]",
     "write the signed results for the DP+", cmd_results_export},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void show_help(FILE *out)
{
    fprintf(out, "usage: euicc-line --config station.json COMMAND\n\ncommands\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %-34s %s\n", commands[i].usage, commands[i].purpose);
    }
    fprintf(out,
            "\nPORT is a serial port's name or by-id path, a pseudo-terminal, or tcp:host:port.\n"
            "\nexit codes: 0 downloaded or done, 1 usage or configuration, 2 port or modem,\n"
            "3 authentication, 4 no profile for this EID, 5 token, 6 the eUICC refused,\n"
            "7 ledger or batch. See euicc-line(1).\n");
}

static int usage_error(const char *what, const char *word)
{
    log_error("%s%s%s. See euicc-line --help.", what, word != NULL ? " " : "",
              word != NULL ? word : "");
    return EXIT_USAGE;
}

/* The words of the command that are not options. */
struct words {
    const char *word[WORDS_MAX];
    int count;
};

/* The value behind an option; NULL when the line ends there. */
static const char *value_of(int argc, char **argv, int *at)
{
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static int parse(int argc, char **argv, struct options *options, struct words *words)
{
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (strcmp(argument, "--json") == 0) {
            options->json = true;
        } else if (strcmp(argument, "--config") == 0) {
            options->config = value_of(argc, argv, &i);
            if (options->config == NULL) {
                return usage_error("--config needs a file", NULL);
            }
        } else if (strcmp(argument, "--port") == 0) {
            const char *port = value_of(argc, argv, &i);
            if (port == NULL || options->port_count == OPTION_PORTS_MAX) {
                return usage_error(port == NULL ? "--port needs a name" : "too many ports", NULL);
            }
            options->ports[options->port_count++] = port;
        } else if (argument[0] == '-') {
            return usage_error("unknown option", argument);
        } else if (words->count == WORDS_MAX) {
            return usage_error("too many arguments at", argument);
        } else {
            words->word[words->count++] = argument;
        }
    }
    return EXIT_DONE;
}

/* How many of the given words name the command; 0 when they do not. */
static int match(const struct command *command, const struct words *words)
{
    char joined[64];
    if (words->count >= 1 && strcmp(command->words, words->word[0]) == 0) {
        return 1;
    }
    if (words->count < 2) {
        return 0;
    }
    snprintf(joined, sizeof(joined), "%s %s", words->word[0], words->word[1]);
    return strcmp(command->words, joined) == 0 ? 2 : 0;
}

static int run(const struct command *command, int named, const struct words *words,
               struct options *options)
{
    int left = words->count - named;
    int wanted = command->takes & TAKES_FILE ? 1 : 0;
    if (left != wanted) {
        return usage_error("usage: euicc-line --config station.json", command->usage);
    }
    if (options->port_count > 0 && !(command->takes & TAKES_PORT)) {
        return usage_error("--port does not go with", command->words);
    }
    if (options->port_count > 1 && !(command->takes & TAKES_PORTS)) {
        return usage_error("one --port only with", command->words);
    }
    if (options->config == NULL) {
        return usage_error("--config station.json is missing", NULL);
    }
    options->file = wanted == 1 ? words->word[named] : NULL;
    return command->run(options);
}

static bool asked_for(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], option) == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct words words = {0};
    log_setup("euicc-line", LOG_LEVEL_INFO);
    signal(SIGPIPE, SIG_IGN); /* a vanished port or reader is an error, not a death */
    if (asked_for(argc, argv, "--help")) {
        show_help(stdout);
        return EXIT_DONE;
    }
    if (asked_for(argc, argv, "--version")) {
        printf("euicc-line %s\n", EUICC_LINE_VERSION);
        return EXIT_DONE;
    }
    int code = parse(argc, argv, &options, &words);
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int named = match(&commands[i], &words);
        if (named > 0) {
            return run(&commands[i], named, &words, &options);
        }
    }
    if (words.count == 0) {
        show_help(stderr);
        return EXIT_USAGE;
    }
    return usage_error("unknown command", words.word[0]);
}
