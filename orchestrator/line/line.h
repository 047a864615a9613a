/* What all stations of one program share: configuration, the USBKey and the
 * certificates read from it. */
#ifndef LINE_LINE_H
#define LINE_LINE_H

#include "line/config.h"
#include "line/device.h"
#include "line/failure.h"
#include "line/ledger.h"
#include "p11/p11.h"
#include "sgp22/cert.h"

struct line {
    struct config config;
    struct p11_token *token;
    struct cert *dpauth;
    struct cert *dppb;
    struct cert *cis[P11_CI_MAX];
    size_t ci_count;
};

/* Reads the configuration alone. */
bool line_configure(const char *config_path, struct line *line, struct failure *failure);
/* Opens the USBKey and logs in. */
bool line_open_token(struct line *line, struct failure *failure);
/* Reads DPauth, DPpb and the trusted CIs, and checks that the two chain and are
 * valid today: better said here than by every chip in turn. */
bool line_read_certificates(struct line *line, struct failure *failure);
void line_close(struct line *line);
/* The list of CIs as the certificate checks want it. */
const struct cert *const *line_cis(const struct line *line);
/* A port with the configured speed and patience. */
struct device_port line_port(const struct line *line, const char *name);
/* Opens this thread's own handle of the ledger. */
bool line_open_ledger(const struct line *line, struct ledger **ledger, struct failure *failure);
/* Turns a failure of p11 into one of the line's. */
bool line_token_failure(struct failure *failure, enum err err, const struct p11_failure *token);
/* The same for a failure of the ledger. */
bool line_ledger_failure(struct failure *failure, enum err err, const char *detail);

/* Imports a batch: verified, its root key held by the plugged USBKey. added and
 * known count rows; a batch imported before adds nothing and is no failure. */
struct import_summary {
    struct ledger_batch batch;
    unsigned added;
    unsigned known;
    bool repeated;
};
bool line_import(struct line *line, const char *path, struct import_summary *summary,
                 struct failure *failure);

#endif
