/* The program as a client meets it: pseudo-terminal and TCP, pacing, clients
 * that come and go. The server runs in a child. */
#include "simulator/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "simulator/options.h"
#include "simulator/pki.h"
#include "simulator/wire.h"
#include "support/test.h"

#define EID "89049032123451234512345678901235"

static const volatile sig_atomic_t never;
static pid_t child;

static struct identity *make_identity(void)
{
    struct cert *certs[3] = {NULL};
    EVP_PKEY *keys[3] = {NULL};
    struct identity *identity = NULL;
    static const struct pki_request requests[] = {
        {.role = CERT_ROLE_CI, .common_name = "CI", .organisation = "O"},
        {.role = CERT_ROLE_EUM,
         .common_name = "EUM",
         .organisation = "Maker",
         .serial_number = "89049032"},
        {.role = CERT_ROLE_EUICC,
         .common_name = "eUICC",
         .organisation = "Maker",
         .serial_number = EID},
    };
    for (size_t i = 0; i < 3; i++) {
        TEST_OK(ec_generate(EC_CURVE_P256, &keys[i]));
        TEST_OK(pki_issue(&requests[i], keys[i], i ? certs[i - 1] : NULL, keys[i ? i - 1 : 0],
                          &certs[i]));
    }
    TEST_OK(identity_new(keys[2], certs[2], certs[1], &certs[0], 1, &identity));
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    return identity;
}

static void serve(struct port *port, unsigned baud)
{
    fflush(NULL);
    child = fork();
    if (child != 0) {
        return;
    }
    struct card_config card_config = {.identity = make_identity()};
    struct modem_config config = {.dialect = MODEM_BOTH};
    struct modem *modem = NULL;
    sigset_t none;
    sigemptyset(&none);
    if (card_new(&card_config, &config.card) == ERR_OK && modem_new(&config, &modem) == ERR_OK) {
        server_run(modem, port, baud, &never, &none);
    }
    _exit(1);
}

static void end(struct port *port)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    port_close(port);
}

/* Sends a line and reads until OK or ERROR; what came, in a static buffer. */
static const char *ask(int fd, const char *line)
{
    static char text[4096];
    size_t len = 0;
    memset(text, 0, sizeof(text));
    CU_ASSERT_EQUAL(write(fd, line, strlen(line)), (ssize_t)strlen(line));
    while (!strstr(text, "OK\r\n") && !strstr(text, "ERROR\r\n") && len + 1 < sizeof(text)) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 5000) != 1) {
            break;
        }
        ssize_t got = read(fd, text + len, sizeof(text) - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    return text;
}

static int open_pty(const struct port *port)
{
    struct termios settings;
    int fd = open(port->name, O_RDWR | O_NOCTTY);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    tcgetattr(fd, &settings);
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
    return fd;
}

static void test_pty(void)
{
    struct port port;
    char dir[] = "/tmp/simulator-server-XXXXXX", link[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    snprintf(link, sizeof(link), "%s/modem", dir);
    CU_ASSERT_EQUAL_FATAL(port_open_pty(&port, link), ERR_OK);
    CU_ASSERT_STRING_EQUAL(port.name, link);
    serve(&port, 0);
    for (int i = 0; i < 5; i++) { /* clients come and go */
        int fd = open_pty(&port);
        CU_ASSERT_STRING_EQUAL(ask(fd, "ATE0\r"), i ? "\r\nOK\r\n" : "ATE0\r\r\nOK\r\n");
        CU_ASSERT_PTR_NOT_NULL(strstr(ask(fd, "AT+CSIM=10,\"0070000001\"\r"), "9000\"\r\n"));
        close(fd);
    }
    end(&port);
    CU_ASSERT_NOT_EQUAL(access(link, F_OK), 0);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static int connect_to(const struct port *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)atoi(strrchr(port->name, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void test_tcp(void)
{
    struct port port;
    CU_ASSERT_EQUAL_FATAL(port_open_tcp(&port, 0), ERR_OK);
    serve(&port, 0);
    for (int i = 0; i < 5; i++) {
        int fd = connect_to(&port);
        CU_ASSERT_PTR_NOT_NULL(strstr(ask(fd, "ATE0\r"), "OK"));
        CU_ASSERT_EQUAL(write(fd, "AT+CGS", 6), 6); /* and leaves in mid-line */
        close(fd);
    }
    int fd = connect_to(&port);
    CU_ASSERT_STRING_EQUAL(ask(fd, "AT\r"), "\r\nOK\r\n");
    close(fd);
    end(&port);
}

/* At 115200 baud 11520 bytes a second pass, each way: never faster, and not
 * noticeably slower. */
static void test_pacing(void)
{
    struct port port;
    char line[1200] = "AT+CSIM=1100,\"";
    CU_ASSERT_EQUAL_FATAL(port_open_pty(&port, NULL), ERR_OK);
    serve(&port, 115200);
    int fd = open_pty(&port);
    ask(fd, "ATE0\r");
    memset(line + 14, 'A', 1138);
    line[1151] = '\r';
    line[1152] = '\0';
    int64_t start = wire_now();
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_STRING_EQUAL(ask(fd, line), "\r\nERROR\r\n");
    }
    double seconds = (double)(wire_now() - start) / 1e9;
    double wire = 5 * (1152 + 9) / 11520.0;
    test_note("%.4f s for %.4f s of wire", seconds, wire);
    CU_ASSERT_TRUE(seconds >= wire);
    CU_ASSERT_TRUE(seconds < wire * 1.5 + 0.2); /* a loaded machine wakes late */
    close(fd);
    end(&port);
}

static bool parse(const char *const *arguments, struct options *options)
{
    char *argv[32] = {NULL}, copies[32][64];
    int argc = 0;
    for (; arguments[argc]; argc++) {
        snprintf(copies[argc], sizeof(copies[argc]), "%s", arguments[argc]);
        argv[argc] = copies[argc];
    }
    optind = 0;
    opterr = 0;
    /* messages are the program's business */
    int saved = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    bool ok = options_parse(argc, argv, options);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(nowhere);
    return ok;
}

#define SIM "euicc-sim", "--state", "d"
#define CHIP SIM, "--euicc-cert", "c", "--euicc-key", "k", "--eum-cert", "e", "--ci", "i"
static void test_options(void)
{
    static const struct {
        const char *arguments[24];
        bool good;
    } rows[] = {
        {{CHIP}, true},
        {{CHIP, "--link", "p", "--baud", "115200", "--dialect", "csim", "--fault", "sw=6A80@4",
          "--fault", "foreign", "--modem", "bare-id,no-quotes"},
         true},
        {{CHIP, "--tcp", "0"}, true},
        {{SIM, "show", "--json"}, true},
        {{SIM, "show"}, true},
        {{"euicc-sim", "--help"}, true},
        {{"euicc-sim", "show"}, false},
        {{SIM}, false},
        {{CHIP, "--json"}, false},
        {{CHIP, "--tcp", "65536"}, false},
        {{CHIP, "--tcp", "1", "--link", "p"}, false},
        {{CHIP, "--baud", "-1"}, false},
        {{CHIP, "--dialect", "morse"}, false},
        {{CHIP, "--fault", "nonsense"}, false},
        {{CHIP, "--fault", "cme"}, false},
        {{CHIP, "--modem", "nonsense"}, false},
        {{CHIP, "--memory", "0"}, false},
        {{CHIP, "--imei", "123"}, false},
        {{CHIP, "--channels", "20"}, false},
        {{CHIP, "more"}, false},
        {{CHIP, "--nonsense"}, false},
    };
    static struct options options;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CU_ASSERT_EQUAL(parse(rows[i].arguments, &options), rows[i].good);
    }
}

static const struct test_case cases[] = {
    {"pseudo-terminal", test_pty},
    {"TCP", test_tcp},
    {"pacing", test_pacing},
    {"command line", test_options},
};
TEST_MAIN("simulator server", cases)
