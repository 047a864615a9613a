#include "simulator/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
    OPTION_STATE = 256,
    OPTION_EUICC_CERT,
    OPTION_EUICC_KEY,
    OPTION_EUM_CERT,
    OPTION_CI,
    OPTION_LINK,
    OPTION_TCP,
    OPTION_DIALECT,
    OPTION_BAUD,
    OPTION_MODEM,
    OPTION_FAULT,
    OPTION_MEMORY,
    OPTION_CHANNELS,
    OPTION_TRACE,
    OPTION_IMEI,
    OPTION_JSON,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"state", required_argument, NULL, OPTION_STATE},
    {"euicc-cert", required_argument, NULL, OPTION_EUICC_CERT},
    {"euicc-key", required_argument, NULL, OPTION_EUICC_KEY},
    {"eum-cert", required_argument, NULL, OPTION_EUM_CERT},
    {"ci", required_argument, NULL, OPTION_CI},
    {"link", required_argument, NULL, OPTION_LINK},
    {"tcp", required_argument, NULL, OPTION_TCP},
    {"dialect", required_argument, NULL, OPTION_DIALECT},
    {"baud", required_argument, NULL, OPTION_BAUD},
    {"modem", required_argument, NULL, OPTION_MODEM},
    {"fault", required_argument, NULL, OPTION_FAULT},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"channels", required_argument, NULL, OPTION_CHANNELS},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"imei", required_argument, NULL, OPTION_IMEI},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const struct {
    const char *name;
    enum modem_dialect dialect;
} dialects[] = {{"cgla", MODEM_CGLA}, {"csim", MODEM_CSIM}, {"both", MODEM_BOTH}};

void options_help(FILE *stream)
{
    fputs("usage: euicc-sim --state DIR --euicc-cert F --euicc-key F --eum-cert F --ci F\n"
          "                 [--link PATH | --tcp PORT] [OPTION...]\n"
          "       euicc-sim --state DIR show [--json]\n"
          "\n"
          "A modem with a strict eUICC on a pseudo-terminal. Prints \"ready PATH\" when it\n"
          "can be opened. show lists the profiles a state folder holds, each with the\n"
          "SHA-256 of the decrypted package.\n"
          "\n"
          "  --state DIR              what the chip keeps; made where missing\n"
          "  --euicc-cert F, --euicc-key F, --eum-cert F\n"
          "                           its identity, PEM or DER; the EID is the certificate's\n"
          "  --ci F                   CI whose key it accepts; may be repeated\n"
          "  --link PATH              symbolic link to the pseudo-terminal\n"
          "  --tcp PORT               serve on 127.0.0.1 instead; 0 takes a free port\n"
          "  --dialect cgla|csim|both AT commands it has (both)\n"
          "  --baud N                 pace bytes both ways as at N baud\n"
          "  --memory BYTES           room for profiles (2097152)\n"
          "  --channels N             logical channels, 1 to 19 (19)\n"
          "  --imei N                 15 digits\n"
          "  --trace FILE             append APDU headers and status words\n"
          "  --help, --version\n"
          "\n"
          "  --modem OPTION,...       how the modem differs:\n",
          stream);
    modem_options_help(stream);
    fputs("\n"
          "  --fault NAME[=ARG]       what is wrong; may be repeated. N counts the APDUs the\n"
          "                           card gets from 1 on, FUNCTION is an ES10 function such as\n"
          "                           AuthenticateServer or LoadBoundProfilePackage:\n",
          stream);
    faults_help(stream);
}

static bool complain(const char *what, const char *value)
{
    fprintf(stderr, "euicc-sim: %s: %s\n", what, value);
    return false;
}

static bool number(const char *text, unsigned long max, unsigned long *out)
{
    char *end = NULL;
    *out = strtoul(text, &end, 10);
    return isdigit((unsigned char)text[0]) && *end == '\0' && *out <= max;
}

static bool set_unsigned(const char *what, const char *text, unsigned long max, unsigned *out)
{
    unsigned long value = 0;
    if (!number(text, max, &value)) {
        return complain(what, text);
    }
    *out = (unsigned)value;
    return true;
}

static bool add_ci(struct options *options, const char *file)
{
    if (options->files.ci_count == IDENTITY_CIS_MAX) {
        return complain("too many --ci", file);
    }
    options->files.ci[options->files.ci_count++] = file;
    return true;
}

static bool set_dialect(struct options *options, const char *name)
{
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (strcmp(dialects[i].name, name) == 0) {
            options->dialect = dialects[i].dialect;
            return true;
        }
    }
    return complain("--dialect is cgla, csim or both, not", name);
}

static bool add_modem_options(struct options *options, char *list)
{
    char *next = NULL;
    for (char *name = strtok_r(list, ",", &next); name; name = strtok_r(NULL, ",", &next)) {
        if (modem_option(&options->modem, name) != ERR_OK) {
            return complain("--modem does not know", name);
        }
    }
    return true;
}

static bool add_fault(struct options *options, const char *text)
{
    switch (faults_add(&options->faults, text)) {
    case ERR_OK:
        return true;
    case ERR_NOT_FOUND:
        return complain("--fault does not know", text);
    case ERR_MALFORMED:
        return complain("--fault does not take this argument", text);
    default:
        return complain("too many --fault", text);
    }
}

static bool set_memory(struct options *options, const char *text)
{
    unsigned long value = 0;
    if (!number(text, 1UL << 30, &value) || value == 0) {
        return complain("--memory is 1 to 1073741824 bytes, not", text);
    }
    options->memory = value;
    return true;
}

static bool set_imei(struct options *options, const char *text)
{
    if (strlen(text) != 15 || strspn(text, "0123456789") != 15) {
        return complain("--imei is 15 digits, not", text);
    }
    options->imei = text;
    return true;
}

static bool set_option(struct options *options, int id, char *value)
{
    switch (id) {
    case OPTION_STATE:
        options->state_dir = value;
        return true;
    case OPTION_EUICC_CERT:
        options->files.euicc_cert = value;
        return true;
    case OPTION_EUICC_KEY:
        options->files.euicc_key = value;
        return true;
    case OPTION_EUM_CERT:
        options->files.eum_cert = value;
        return true;
    case OPTION_CI:
        return add_ci(options, value);
    case OPTION_LINK:
        options->link = value;
        return true;
    case OPTION_TCP:
        options->tcp = true;
        return set_unsigned("--tcp is a port number, not", value, 65535, &options->tcp_port);
    case OPTION_DIALECT:
        return set_dialect(options, value);
    case OPTION_BAUD:
        return set_unsigned("--baud is a number up to 10000000, not", value, 10000000,
                            &options->baud);
    case OPTION_MODEM:
        return add_modem_options(options, value);
    case OPTION_FAULT:
        return add_fault(options, value);
    case OPTION_MEMORY:
        return set_memory(options, value);
    case OPTION_CHANNELS:
        return set_unsigned("--channels is 1 to 19, not", value, CARD_CHANNELS_MAX - 1,
                            &options->channels);
    case OPTION_TRACE:
        options->trace = value;
        return true;
    case OPTION_IMEI:
        return set_imei(options, value);
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_HELP:
        options->help = true;
        return true;
    case OPTION_VERSION:
        options->version = true;
        return true;
    default:
        return false; /* getopt has said why */
    }
}

/* What a run needs beyond single options. */
static bool check(const struct options *options)
{
    const struct identity_files *files = &options->files;
    if (!options->state_dir) {
        return complain("missing", "--state DIR");
    }
    if (options->show) {
        return true;
    }
    if (options->json) {
        return complain("only show takes", "--json");
    }
    if (!files->euicc_cert || !files->euicc_key || !files->eum_cert || files->ci_count == 0) {
        return complain("missing", "--euicc-cert, --euicc-key, --eum-cert or --ci");
    }
    if (options->link && options->tcp) {
        return complain("one of the two", "--link or --tcp");
    }
    return true;
}

bool options_parse(int argc, char **argv, struct options *options)
{
    int id;

    memset(options, 0, sizeof(*options));
    options->dialect = MODEM_BOTH;
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (!set_option(options, id, optarg)) {
            return false;
        }
    }
    if (options->help || options->version) {
        return true;
    }
    if (optind < argc && strcmp(argv[optind], "show") == 0) {
        options->show = true;
        optind++;
    }
    if (optind < argc) {
        return complain("unexpected", argv[optind]);
    }
    return check(options);
}
