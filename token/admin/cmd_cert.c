/* cert import, trust: certificates onto the token. */
#include "admin/admin.h"
#include "sgp22/cert.h"

static const char *cert_path;

static const struct option_row import_options[] = {
    {.name = "cert", .value = &cert_path},
    {.name = NULL},
};

static int put(struct admin *admin, enum tokwire_key key, const char *path)
{
    struct cert *cert = NULL;
    uint32_t handle = 0;
    enum err err = cert_load(path, &cert);
    if (err != ERR_OK) {
        return admin_usage("%s: %s; wanted is an X.509 certificate, PEM or DER, with a key on "
                           "P-256 or brainpoolP256r1",
                           path, err_name(err));
    }
    int code = admin_login(admin, TOKWIRE_SO);
    if (code == ADMIN_OK) {
        err = client_put_certificate(admin->client, key, buf_bytes(&cert->der), &handle);
        code = err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "%s", path);
    }
    if (code == ADMIN_OK) {
        char serial[64];
        printf("%s: certificate %s imported\n", admin_key_name(key),
               cert_serial_text(cert, serial, sizeof(serial)));
    }
    cert_free(&cert);
    return code;
}

static int run_import(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    const char *name = NULL;
    int code = admin_parse(command, argc, argv, &name);
    if (code != ADMIN_OK) {
        return code;
    }
    if (admin_key(name) == 0) {
        return admin_usage("%s: no such key; dpauth, dppb or batch", name);
    }
    if (cert_path == NULL) {
        return admin_usage("cert import needs --cert FILE");
    }
    return put(admin, admin_key(name), cert_path);
}

static int run_trust(struct admin *admin, const struct admin_command *command, int argc,
                     char **argv)
{
    const char *path = NULL;
    int code = admin_parse(command, argc, argv, &path);
    return code == ADMIN_OK ? put(admin, TOKWIRE_KEY_CI, path) : code;
}

const struct admin_command cmd_cert_import = {
    .words = {"cert", "import"},
    .usage = "dpauth|dppb|batch --cert FILE",
    .help = "puts the certificate of a key on the token, PEM or DER",
    .options = import_options,
    .run = run_import,
};

const struct admin_command cmd_trust = {
    .words = {"trust"},
    .usage = "CI_CERT",
    .help = "trusts a CI: eUICCs and DP certificates that chain to its key are accepted",
    .run = run_trust,
};
