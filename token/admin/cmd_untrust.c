/* untrust: the end of the trust in a CI. */
#include <string.h>

#include "admin/admin.h"
#include "admin/confirm.h"
#include "base/hex.h"
#include "sgp22/cert.h"

static bool yes;

static const struct option_row options[] = {
    {.name = "yes", .flag = &yes},
    {.name = NULL},
};

enum { QUESTION_SIZE = 512 };
#define LABEL_START "ci-"

/* The certificate of a trusted CI by its label, appended to der. */
static enum err find_label(struct client *client, const char *label, struct buf *der)
{
    struct buf objects;
    struct tlv_reader reader;
    struct client_object object;
    buf_init(&objects, CLIENT_OBJECTS_MAX);
    enum err err = client_get_objects(client, &objects);
    tlv_reader_init(&reader, buf_bytes(&objects));
    while (err == ERR_OK && (err = client_object_next(&reader, &object)) == ERR_OK) {
        if (object.object_class == TOKWIRE_CLASS_CERTIFICATE && object.key == TOKWIRE_KEY_CI &&
            strcmp(object.label, label) == 0) {
            buf_put_bytes(der, object.certificate);
            err = buf_err(der);
            break;
        }
    }
    buf_clear(&objects);
    return err;
}

static enum err load_file(const char *path, struct buf *der)
{
    struct cert *cert = NULL;
    enum err err = cert_load(path, &cert);
    if (err == ERR_OK) {
        buf_put_bytes(der, buf_bytes(&cert->der));
        err = buf_err(der);
    }
    cert_free(&cert);
    return err;
}

/* What the operator named: a label of status, or the certificate's file. */
static int find(struct admin *admin, const char *name, struct buf *der)
{
    if (strncmp(name, LABEL_START, strlen(LABEL_START)) != 0) {
        enum err err = load_file(name, der);
        return err == ERR_OK ? ADMIN_OK
                             : admin_usage("%s: %s; wanted is the CI's certificate, PEM or DER, or "
                                           "its label as status shows it, " LABEL_START "XXXXXXXX",
                                           name, err_name(err));
    }
    enum err err = find_label(admin->client, name, der);
    if (err == ERR_NOT_FOUND) {
        fprintf(stderr,
                ADMIN_PROGRAM ": %s: no CI of that label is trusted; run: " ADMIN_PROGRAM
                              " status, to see which are\n",
                name);
        return ADMIN_TOKEN;
    }
    return err == ERR_OK ? ADMIN_OK : admin_fail(admin, err, "untrust %s", name);
}

static int end_trust(struct admin *admin, const char *name, struct bytes der)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1], question[QUESTION_SIZE];
    enum err err = crypto_sha256(der, digest);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "untrust %s", name);
    }
    snprintf(question, sizeof(question),
             "%s, SHA-256 %s:\n"
             "eUICCs and DP certificates of this CI will be refused. End the trust in it?",
             name, hex_encode(BYTES_OF(digest), text));
    int code = yes ? ADMIN_OK : confirm(question, "--yes");
    if (code != ADMIN_OK) {
        return code;
    }
    err = client_end_trust(admin->client, digest);
    if (err == ERR_NOT_FOUND && !client_broken(admin->client)) {
        fprintf(stderr, ADMIN_PROGRAM ": %s: is not trusted\n", name);
        return ADMIN_TOKEN;
    }
    if (err != ERR_OK) {
        return admin_fail(admin, err, "untrust %s", name);
    }
    printf("%s: trusted no more\n", name);
    return ADMIN_OK;
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    const char *name = NULL;
    struct buf der;
    int code = admin_parse(command, argc, argv, &name);
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    buf_init(&der, CERT_DER_MAX);
    code = find(admin, name, &der);
    code = code == ADMIN_OK ? end_trust(admin, name, buf_bytes(&der)) : code;
    buf_clear(&der);
    return code;
}

const struct admin_command cmd_untrust = {
    .words = {"untrust"},
    .usage = "CI_CERT|LABEL [--yes]",
    .help = "ends the trust in a CI, named by its certificate or by its label in status: its\n"
            "      eUICCs are served no more; asks first, unless --yes is given",
    .options = options,
    .run = run,
};
