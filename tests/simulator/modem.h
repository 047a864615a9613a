/* The modem in front of the eUICC: an AT command engine (3GPP TS 27.007, V.250)
 * over bytes. No timing here; server.c paces. */
#ifndef SIMULATOR_MODEM_H
#define SIMULATOR_MODEM_H

#include "simulator/card.h"

enum { MODEM_LINE_MAX = 4096, MODEM_OUT_MAX = 4 * 1024 * 1024, MODEM_ID_SIZE = 48 };

enum modem_dialect { MODEM_CGLA = 1, MODEM_CSIM = 2, MODEM_BOTH = 3 };

/* How this make of modem differs. */
struct modem_options {
    bool no_quotes;         /* answers without quotes */
    bool bare_id;           /* +CCHO answers the id alone */
    bool long_id;           /* session ids are 32 hexadecimal digits */
    bool unsolicited;       /* +CREG and the like between lines */
    bool auto_get_response; /* fetches 61xx itself */
    bool no_probe;          /* "=?" is an error */
    bool silent_probe;      /* "=?" is not answered at all */
    size_t max_line;        /* longest command line; 0: MODEM_LINE_MAX */
};

struct modem_config {
    struct card *card; /* not owned */
    enum modem_dialect dialect;
    struct modem_options options;
    const char *imei; /* 15 digits; NULL: a test one */
};

struct modem_session {
    bool open;
    unsigned channel;
    char id[MODEM_ID_SIZE];
};

struct modem {
    struct modem_config config;
    char imei[16];
    bool echo, verbose;
    int cmee;
    bool dead;     /* silent until the program ends */
    bool overlong; /* the line under way is longer than max_line */
    struct buf line;
    struct buf out;
    unsigned next_id;
    unsigned unsolicited; /* next of the list */
    unsigned delay_ms;    /* what the last command asked for (slow) */
    struct modem_session session[CARD_CHANNELS_MAX];
};

/* The option that "NAME" or "NAME=N" describes: no-quotes, bare-id, long-id,
 * unsolicited, auto-get-response, no-probe, silent-probe, max-line=N.
 * ERR_NOT_FOUND, ERR_MALFORMED. */
enum err modem_option(struct modem_options *options, const char *text);
void modem_options_help(FILE *stream);

enum err modem_new(const struct modem_config *config, struct modem **modem);
void modem_free(struct modem **modem);
/* Bytes from the line; what the modem says is appended to modem->out, which
 * the caller takes. Stops behind the first command it runs; returns how many
 * bytes it used. */
size_t modem_input(struct modem *modem, struct bytes input);
/* Milliseconds the last command takes longer; then 0. */
unsigned modem_take_delay(struct modem *modem);

/* Between modem.c, modem_commands.c and modem_sim.c --------------------------- */

/* Result of a command: one of these, or a CME error code. */
enum modem_result { MODEM_OK = -1, MODEM_ERROR = -2, MODEM_NOTHING = -3 };
enum modem_cme {
    CME_NOT_ALLOWED = 3,
    CME_NOT_SUPPORTED = 4,
    CME_SIM_FAILURE = 13,
    CME_MEMORY_FULL = 20,
    CME_NOT_FOUND = 22,
    CME_INCORRECT_PARAMETERS = 50,
};

/* An information line, with CR LF as the mode wants. */
void modem_say(struct modem *modem, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Final result. */
void modem_put_result(struct modem *modem, int result);
void modem_reboot(struct modem *modem);
/* Decimal digits and nothing else. */
bool modem_number(const char *text, size_t *out);
/* One extended command: "+NAME" with what follows. */
int modem_run_extended(struct modem *modem, const char *text);
int modem_run_ccho(struct modem *modem, const char *arguments);
int modem_run_cchc(struct modem *modem, const char *arguments);
int modem_run_cgla(struct modem *modem, const char *arguments);
int modem_run_csim(struct modem *modem, const char *arguments);

#endif
