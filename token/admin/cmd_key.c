/* key generate, key import: the signing keys. */
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

#include "admin/admin.h"
#include "base/file.h"
#include "base/hex.h"

static const char *curve_text, *pem_path;

static const struct option_row generate_options[] = {
    {.name = "curve", .value = &curve_text},
    {.name = NULL},
};

static const struct option_row import_options[] = {
    {.name = "key", .value = &pem_path},
    {.name = NULL},
};

enum { PEM_MAX = 16384 };

static const struct {
    const char *name;
    enum ec_curve curve;
} curve_rows[] = {
    {"p256", EC_CURVE_P256},
    {"brainpool", EC_CURVE_BRAINPOOL_P256R1},
};

static int parse_curve(enum ec_curve *curve)
{
    *curve = EC_CURVE_NONE;
    if (curve_text == NULL) {
        return ADMIN_OK;
    }
    for (size_t i = 0; i < sizeof(curve_rows) / sizeof(curve_rows[0]); i++) {
        if (strcmp(curve_rows[i].name, curve_text) == 0) {
            *curve = curve_rows[i].curve;
            return ADMIN_OK;
        }
    }
    return admin_usage("--curve: p256 or brainpool");
}

static void print_point(const char *key, const uint8_t point[EC_POINT_SIZE])
{
    char text[2 * EC_POINT_SIZE + 1];
    printf("%s: public key %s\n", key, hex_encode(bytes_make(point, EC_POINT_SIZE), text));
}

static int run_generate(struct admin *admin, const struct admin_command *command, int argc,
                        char **argv)
{
    const char *name = NULL;
    enum ec_curve curve = EC_CURVE_NONE;
    int code = admin_parse(command, argc, argv, &name);
    if (code == ADMIN_OK && admin_key(name) == 0) {
        code = admin_usage("%s: no such key; dpauth, dppb or batch", name);
    }
    code = code == ADMIN_OK ? parse_curve(&curve) : code;
    code = code == ADMIN_OK ? admin_login(admin, TOKWIRE_SO) : code;
    if (code != ADMIN_OK) {
        return code;
    }
    struct client_generated_key generated;
    enum err err = client_generate_key(admin->client, admin_key(name), 0, curve, &generated);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "key generate %s", name);
    }
    print_point(name, generated.public_key);
    return ADMIN_OK;
}

/* An encrypted PEM is refused instead of asking for its password. */
static int no_password(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum err parse_pem(const struct buf *pem, struct secret *scalar, enum ec_curve *curve)
{
    uint8_t point[EC_POINT_SIZE];
    BIGNUM *number = NULL;
    enum err err = ERR_MALFORMED;
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
    if (key != NULL) {
        err = ec_point(key, point, curve);
    }
    if (err == ERR_OK) {
        bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
                  BN_bn2binpad(number, scalar->data, EC_SCALAR_SIZE) == EC_SCALAR_SIZE;
        scalar->len = EC_SCALAR_SIZE;
        err = ok ? ERR_OK : ERR_MALFORMED;
    }
    BN_clear_free(number);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return err;
}

static int load_pem(const char *path, struct secret *scalar, enum ec_curve *curve)
{
    struct buf pem;
    buf_init(&pem, PEM_MAX);
    enum err err = file_read(path, &pem);
    if (err == ERR_OK) {
        err = parse_pem(&pem, scalar, curve);
    }
    buf_clear(&pem);
    if (err != ERR_OK) {
        return admin_usage("%s: %s; wanted is a PEM file with one unencrypted private key on "
                           "P-256 or brainpoolP256r1",
                           path, err_name(err));
    }
    return ADMIN_OK;
}

static int import(struct admin *admin, const char *name, const struct secret *scalar,
                  enum ec_curve curve)
{
    uint8_t point[EC_POINT_SIZE];
    int code = admin_login(admin, TOKWIRE_SO);
    if (code != ADMIN_OK) {
        return code;
    }
    if ((admin->status.flags & TOKWIRE_FLAG_DEVELOPMENT) == 0) {
        fprintf(stderr,
                ADMIN_PROGRAM ": key import %s: only a token initialised with "
                              "--development takes private keys; generate it on the "
                              "token instead\n",
                name);
        return ADMIN_TOKEN;
    }
    enum err err =
        client_import_key(admin->client, admin_key(name), curve, secret_bytes(scalar), point);
    if (err != ERR_OK) {
        return admin_fail(admin, err, "key import %s", name);
    }
    print_point(name, point);
    return ADMIN_OK;
}

static int run_import(struct admin *admin, const struct admin_command *command, int argc,
                      char **argv)
{
    const char *name = NULL;
    struct secret scalar = {0};
    enum ec_curve curve = EC_CURVE_NONE;
    int code = admin_parse(command, argc, argv, &name);
    if (code != ADMIN_OK) {
        return code;
    }
    enum tokwire_key key = admin_key(name);
    if (key != TOKWIRE_KEY_DPAUTH && key != TOKWIRE_KEY_DPPB) {
        return admin_usage("%s: only dpauth and dppb can be imported", name);
    }
    if (pem_path == NULL) {
        return admin_usage("key import needs --key PEM");
    }
    code = load_pem(pem_path, &scalar, &curve);
    code = code == ADMIN_OK ? import(admin, name, &scalar, curve) : code;
    secret_clear(&scalar);
    return code;
}

const struct admin_command cmd_key_generate = {
    .words = {"key", "generate"},
    .usage = "dpauth|dppb|batch [--curve p256|brainpool]",
    .help = "generates a key pair in the token's key store",
    .options = generate_options,
    .run = run_generate,
};

const struct admin_command cmd_key_import = {
    .words = {"key", "import"},
    .usage = "dpauth|dppb --key PEM",
    .help = "imports a private key; into a development token only",
    .options = import_options,
    .run = run_import,
};
