/* csr: a certificate signing request, signed by the token's key. */
#include <openssl/pem.h>
#include <string.h>

#include "admin/admin.h"
#include "base/file.h"

static const char *out_path, *common_name, *organisation, *oid;

static const struct option_row options[] = {
    {.name = "out", .value = &out_path},
    {.name = "cn", .value = &common_name},
    {.name = "org", .value = &organisation},
    {.name = "oid", .value = &oid},
    {.name = NULL},
};

enum { CSR_MAX = 8192, FILE_MODE = 0644 };

static enum err to_pem(const struct buf *der, struct buf *pem)
{
    char *text = NULL;
    enum err err = ERR_CRYPTO;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio != NULL && PEM_write_bio(bio, PEM_STRING_X509_REQ, "", der->data, (long)der->len) > 0) {
        long len = BIO_get_mem_data(bio, &text);
        buf_put(pem, text, len > 0 ? (size_t)len : 0);
        err = buf_err(pem);
    }
    BIO_free(bio);
    return err;
}

static int deliver(const struct buf *pem)
{
    if (out_path == NULL) {
        fwrite(pem->data, 1, pem->len, stdout);
        return ADMIN_OK;
    }
    enum err err = file_replace(out_path, buf_bytes(pem), FILE_MODE);
    return err == ERR_OK ? ADMIN_OK : admin_usage("%s: cannot write", out_path);
}

static int run(struct admin *admin, const struct admin_command *command, int argc, char **argv)
{
    const char *name = NULL;
    int code = admin_parse(command, argc, argv, &name);
    if (code == ADMIN_OK && admin_key(name) == 0) {
        code = admin_usage("%s: no such key; dpauth, dppb or batch", name);
    }
    code = code == ADMIN_OK ? admin_login_any(admin) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    char default_name[TOKWIRE_LABEL_MAX + 16];
    snprintf(default_name, sizeof(default_name), "%s %s", admin->status.label, name);
    struct buf der, pem;
    buf_init(&der, CSR_MAX);
    buf_init(&pem, 2 * CSR_MAX);
    enum err err = client_create_csr(admin->client, admin_key(name),
                                     common_name != NULL ? common_name : default_name, organisation,
                                     oid, &der);
    if (err != ERR_OK) {
        code = admin_fail(admin, err, "csr %s", name);
    } else if (to_pem(&der, &pem) != ERR_OK) {
        code = admin_fail(admin, ERR_CRYPTO, "csr %s", name);
    } else {
        code = deliver(&pem);
    }
    buf_clear(&der);
    buf_clear(&pem);
    return code;
}

const struct admin_command cmd_csr = {
    .words = {"csr"},
    .usage = "dpauth|dppb|batch [--out F] [--cn NAME] [--org NAME] [--oid OID]",
    .help = "writes a PKCS#10 request as PEM, to standard output without --out; --oid is the\n"
            "      DP's OID for the SubjectAltName",
    .options = options,
    .run = run,
};
