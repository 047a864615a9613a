/* usbkeyd: the token engine behind a UNIX socket. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "activation.h"
#include "cleansing.h"
#include "engine/engine.h"
#include "sandbox.h"
#include "server.h"
#include "syscalls.h"

/* design.md section 8 */
enum exit_code { EXIT_CODE_OK = 0, EXIT_CODE_USAGE = 1, EXIT_CODE_TOKEN = 5 };

enum {
    OPTION_HELP = 256,
    OPTION_VERSION,
    OPTION_STATE,
    OPTION_SOCKET,
    OPTION_MODULE,
    OPTION_KEYSTORE,
    OPTION_VERBOSE
};

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"state", required_argument, NULL, OPTION_STATE},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"backend-module", required_argument, NULL, OPTION_MODULE},
    {"keystore-config", required_argument, NULL, OPTION_KEYSTORE},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: usbkeyd --state DIR [--socket PATH]\n"
    "               [--backend-module SO | --keystore-config FILE] [--verbose]\n"
    "\n"
    "The USBKey's token engine. Serves usbkey-pkcs11.so and usbkey-admin on a UNIX\n"
    "socket; keys live in the key store, a PKCS#11 token.\n"
    "\n"
    "  --state DIR           the engine's state and journal; made when missing\n"
    "  --socket PATH         where to listen; not needed when the service manager hands\n"
    "                        the socket over (LISTEN_FDS)\n"
    "  --backend-module SO   PKCS#11 module of the key store\n"
    "                        (default " ENGINE_BACKEND_SOFTHSM2 ")\n"
    "  --keystore-config F   JSON file that says which key store, and how it is\n"
    "  --verbose             say more on standard error\n"
    "  --help, --version\n"
    "\n"
    "Exit: 0 stopped by SIGTERM or SIGINT, 1 usage or configuration, 5 token or key store.\n";

struct arguments {
    const char *state_dir;
    const char *socket_path;
    const char *module;
    const char *keystore_config;
    bool verbose;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* Signals that stop arrive only while the server waits, never in mid-command. */
static enum err catch_signals(sigset_t *waiting)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0 ||
        sigprocmask(SIG_BLOCK, &blocked, waiting) != 0) {
        return ERR_SYSTEM;
    }
    signal(SIGPIPE, SIG_IGN);
    sigdelset(waiting, SIGTERM);
    sigdelset(waiting, SIGINT);
    return ERR_OK;
}

/* Exit code to end with now, or -1 to go on. */
static int parse(int argc, char **argv, struct arguments *arguments)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPTION_HELP:
            fputs(usage, stdout);
            return EXIT_CODE_OK;
        case OPTION_VERSION:
            puts("usbkeyd " EUICC_LINE_VERSION);
            return EXIT_CODE_OK;
        case OPTION_STATE:
            arguments->state_dir = optarg;
            break;
        case OPTION_SOCKET:
            arguments->socket_path = optarg;
            break;
        case OPTION_MODULE:
            arguments->module = optarg;
            break;
        case OPTION_KEYSTORE:
            arguments->keystore_config = optarg;
            break;
        case OPTION_VERBOSE:
            arguments->verbose = true;
            break;
        default:
            return EXIT_CODE_USAGE;
        }
    }
    if (optind != argc || arguments->state_dir == NULL ||
        (arguments->module != NULL && arguments->keystore_config != NULL)) {
        fputs(usage, stderr);
        return EXIT_CODE_USAGE;
    }
    return -1;
}

/* The socket the service manager made, or one of our own. */
static enum err listen_somewhere(const struct arguments *arguments, int given,
                                 struct engine *engine, struct server **server)
{
    if (given >= 0) {
        return server_adopt(engine, given, server);
    }
    enum err err = server_open(engine, arguments->socket_path, server);
    if (err != ERR_OK) {
        log_error("cannot listen on %s: %s", arguments->socket_path,
                  err == ERR_BUSY     ? "another engine answers there"
                  : err == ERR_SYSTEM ? strerror(errno)
                                      : err_name(err));
    }
    return err;
}

static int run(struct server *server, unsigned needs, const sigset_t *waiting)
{
    if (syscalls_filter(needs) != ERR_OK) {
        return EXIT_CODE_TOKEN;
    }
    if (server_run(server, &stop, waiting) != ERR_OK) {
        log_error("serving: %s", strerror(errno));
        return EXIT_CODE_TOKEN;
    }
    return EXIT_CODE_OK;
}

static enum err open_engine(const struct arguments *arguments, struct engine **engine)
{
    const struct engine_config config = {.state_dir = arguments->state_dir,
                                         .backend_module = arguments->module,
                                         .keystore_config = arguments->keystore_config};
    enum err err = sandbox_enter();
    if (err == ERR_OK) {
        err = engine_open(&config, engine);
    }
    if (err != ERR_OK) {
        log_error("cannot start on %s: %s", arguments->state_dir, err_name(err));
    }
    return err;
}

static int serve(const struct arguments *arguments, int given)
{
    struct engine *engine = NULL;
    struct server *server = NULL;
    sigset_t waiting;
    int code = EXIT_CODE_USAGE;
    enum err err = catch_signals(&waiting);
    if (err == ERR_OK) {
        err = open_engine(arguments, &engine);
    }
    if (err != ERR_OK) {
        return err == ERR_KEYSTORE || err == ERR_MALFORMED || err == ERR_UNSUPPORTED
                   ? EXIT_CODE_TOKEN
                   : EXIT_CODE_USAGE;
    }
    if (listen_somewhere(arguments, given, engine, &server) == ERR_OK) {
        log_info("listening");
        code = run(server, engine_needs(engine), &waiting);
    }
    server_close(&server);
    engine_close(&engine);
    return code;
}

/* Where to listen: from the service manager, or on the command line. */
static int take_socket(const struct arguments *arguments, int *given)
{
    if (activation_take(given) != ERR_OK) {
        log_error("LISTEN_FDS does not hand over one listening UNIX stream socket");
        return EXIT_CODE_USAGE;
    }
    if ((*given < 0) == (arguments->socket_path == NULL)) {
        fputs(*given < 0 ? usage : "usbkeyd: the socket is handed over: no --socket\n", stderr);
        return EXIT_CODE_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int given = -1;
    int code = parse(argc, argv, &arguments);
    if (code >= 0) {
        return code;
    }
    log_setup("usbkeyd", arguments.verbose ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING);
    if (cleansing_install() != ERR_OK) {
        log_error("OpenSSL was at work before its memory could be made to be zeroed");
        return EXIT_CODE_TOKEN;
    }
    code = take_socket(&arguments, &given);
    return code >= 0 ? code : serve(&arguments, given);
}
