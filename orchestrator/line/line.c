#include "line/line.h"

#include <string.h>
#include <time.h>

bool line_configure(const char *config_path, struct line *line, struct failure *failure)
{
    char detail[CONFIG_DETAIL_SIZE];
    *line = (struct line){0};
    if (config_load(config_path, &line->config, detail) != ERR_OK) {
        return failure_set(failure, FAILURE_CONFIGURATION, "%s: %s", config_path, detail);
    }
    return true;
}

/* Which kind an error of p11 is to the line. */
static enum failure_kind token_kind(enum err err)
{
    switch (err) {
    case ERR_NOT_FOUND:
    case ERR_CLOSED:
    case ERR_TIMEOUT:
        return FAILURE_TOKEN_GONE;
    case ERR_PIN:
    case ERR_PIN_LOCKED:
        return FAILURE_TOKEN_PIN;
    case ERR_DENIED:
    case ERR_REFUSED:
    case ERR_MISMATCH:
        return FAILURE_TOKEN_REFUSED;
    default:
        return FAILURE_TOKEN;
    }
}

bool line_token_failure(struct failure *failure, enum err err, const struct p11_failure *token)
{
    return failure_set(failure, token_kind(err), "USBKey: %s",
                       token != NULL && token->detail[0] != '\0' ? token->detail : err_name(err));
}

bool line_ledger_failure(struct failure *failure, enum err err, const char *detail)
{
    enum failure_kind kind = err == ERR_BUSY ? FAILURE_LEDGER_BUSY : FAILURE_LEDGER;
    return failure_set(failure, kind, "ledger: %s",
                       detail != NULL && detail[0] != '\0' ? detail : err_name(err));
}

bool line_open_token(struct line *line, struct failure *failure)
{
    struct p11_failure token = {0};
    const struct p11_config config = {
        .module = line->config.module,
        .token_uri = line->config.token,
        .pin_file = line->config.pin_file[0] != '\0' ? line->config.pin_file : NULL,
    };
    enum err err = p11_open(&config, &line->token, &token);
    return err == ERR_OK ? true : line_token_failure(failure, err, &token);
}

const struct cert *const *line_cis(const struct line *line)
{
    return (const struct cert *const *)line->cis;
}

static bool read_certificate(struct p11_session *session, const char *label, struct cert **cert,
                             struct failure *failure)
{
    enum err err = p11_certificate(session, label, cert);
    if (err == ERR_NOT_FOUND) {
        return failure_set(failure, FAILURE_TOKEN_CERTIFICATE, "the USBKey has no certificate %s",
                           label);
    }
    return err == ERR_OK ? true : line_token_failure(failure, err, p11_session_failure(session));
}

static bool check_dp(const struct line *line, const struct cert *cert, enum cert_role role,
                     const char *label, struct failure *failure)
{
    enum err err = cert_verify_dp(cert, role, line_cis(line), line->ci_count, time(NULL));
    if (err == ERR_OK) {
        return true;
    }
    return failure_set(failure, FAILURE_TOKEN_CERTIFICATE, "the USBKey's certificate %s %s", label,
                       err == ERR_CERT_DATE    ? "is not valid today"
                       : err == ERR_CERT_CHAIN ? "does not chain to a trusted CI"
                                               : "is of another role");
}

static bool check_same_dp(const struct line *line, struct failure *failure)
{
    char dpauth[CERT_OID_TEXT_SIZE];
    char dppb[CERT_OID_TEXT_SIZE];
    if (cert_registered_oid(line->dpauth, dpauth) != ERR_OK ||
        cert_registered_oid(line->dppb, dppb) != ERR_OK || strcmp(dpauth, dppb) != 0) {
        return failure_set(failure, FAILURE_TOKEN_CERTIFICATE,
                           "the certificates dpauth and dppb are of different DP+");
    }
    return true;
}

bool line_read_certificates(struct line *line, struct failure *failure)
{
    struct p11_session *session = NULL;
    struct p11_failure token = {0};
    enum err err = p11_session_open(line->token, &session, &token);
    if (err != ERR_OK) {
        return line_token_failure(failure, err, &token);
    }
    bool good = read_certificate(session, "dpauth", &line->dpauth, failure) &&
                read_certificate(session, "dppb", &line->dppb, failure);
    if (good) {
        err = p11_trusted(session, line->cis, &line->ci_count);
        good = err == ERR_OK || line_token_failure(failure, err, p11_session_failure(session));
    }
    p11_session_close(&session);
    return good && check_dp(line, line->dpauth, CERT_ROLE_DPAUTH, "dpauth", failure) &&
           check_dp(line, line->dppb, CERT_ROLE_DPPB, "dppb", failure) &&
           check_same_dp(line, failure);
}

void line_close(struct line *line)
{
    cert_free(&line->dpauth);
    cert_free(&line->dppb);
    for (size_t i = 0; i < line->ci_count; i++) {
        cert_free(&line->cis[i]);
    }
    line->ci_count = 0;
    p11_close(&line->token);
}

struct device_port line_port(const struct line *line, const char *name)
{
    return (struct device_port){
        .name = name,
        .baud = line->config.baud,
        .apdu_timeout_ms = line->config.apdu_timeout_ms,
    };
}

bool line_open_ledger(const struct line *line, struct ledger **ledger, struct failure *failure)
{
    char detail[LEDGER_DETAIL_SIZE];
    enum err err = ledger_open(line->config.database, ledger, detail);
    if (err != ERR_OK) {
        return failure_set(failure, FAILURE_LEDGER, "%s: %s", line->config.database,
                           detail[0] != '\0' ? detail : err_name(err));
    }
    return true;
}
