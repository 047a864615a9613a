/* The command line of euicc-sim. */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include "simulator/identity.h"
#include "simulator/modem.h"

struct options {
    bool help, version, show, json;
    const char *state_dir, *link, *trace, *imei;
    bool tcp;
    unsigned tcp_port, baud, channels;
    size_t memory;
    enum modem_dialect dialect;
    struct identity_files files;
    struct modem_options modem;
    struct faults faults;
};

/* False after a message on standard error. */
bool options_parse(int argc, char **argv, struct options *options);
void options_help(FILE *stream);

#endif
