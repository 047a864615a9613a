/* Finding and opening tokens, reading objects: over SoftHSM2, which knows none
 * of the vendor mechanisms, so that refusals are seen too. */
#include "softhsm.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11/p11.h"

static char pin_file[256];

static struct p11_config config_of(const char *uri)
{
    return (struct p11_config){.module = softhsm_module(), .token_uri = uri, .pin_file = pin_file};
}

/* Opens, closes, and says what that gave. */
static enum err try(const struct p11_config *config, struct p11_failure *failure)
{
    struct p11_token *token = NULL;
    enum err err = p11_open(config, &token, failure);

    CU_ASSERT_EQUAL(token != NULL, err == ERR_OK);
    p11_close(&token);
    return err;
}

static void what_cannot_be_opened(void)
{
    struct p11_failure failure;
    struct p11_config config = config_of("pkcs11:token=line");

    config.module = "/nowhere/module.so";
    TEST_ERR(try(&config, &failure), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "/nowhere/module.so"));
    config.module = "no-such-configured-module";
    TEST_ERR(try(&config, &failure), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "no-such-configured-module"));
    config.module = NULL;
    TEST_ERR(try(&config, &failure), ERR_ARGUMENT);
    config = config_of("http://token");
    TEST_ERR(try(&config, &failure), ERR_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "RFC 7512"));
    config = config_of("pkcs11:token=line");
    config.pin_file = "/nowhere/pin";
    TEST_ERR(try(&config, &failure), ERR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "/nowhere/pin"));
    /* failure may be NULL */
    TEST_ERR(try(&config, NULL), ERR_SYSTEM);
}

static void pin_sources(void)
{
    struct p11_config config = {.module = softhsm_module()};
    char uri[400], path[256];
    struct p11_failure failure;

    snprintf(path, sizeof(path), "%s", softhsm_path("pin"));
    static const char *const schemes[] = {"", "file:", "file://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        snprintf(uri, sizeof(uri), "pkcs11:token=line?pin-source=%s%s", schemes[i], path);
        config.token_uri = uri;
        TEST_OK(try(&config, &failure));
    }
    config.token_uri = "pkcs11:token=line?pin-source=file://host/pin";
    TEST_ERR(try(&config, &failure), ERR_ARGUMENT);
    config.token_uri = "pkcs11:token=line?pin-source=%7Ccat%20pin";
    TEST_ERR(try(&config, &failure), ERR_UNSUPPORTED);
    config.token_uri = "pkcs11:token=line?pin-value=123456";
    TEST_ERR(try(&config, &failure), ERR_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(strstr(failure.detail, "123456"));
    config.token_uri = "pkcs11:token=line";
    TEST_ERR(try(&config, &failure), ERR_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "pin_file"));
}

static void one_token_must_match(void)
{
    struct p11_config config = config_of("pkcs11:token=absent");
    struct p11_failure failure;

    TEST_ERR(try(&config, &failure), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "engine not running or token not there"));
    config.token_uri = "pkcs11:manufacturer=SoftHSM%20project";
    TEST_ERR(try(&config, &failure), ERR_DUPLICATE);
    config.token_uri = "pkcs11:token=line;manufacturer=somebody";
    TEST_ERR(try(&config, &failure), ERR_NOT_FOUND);
    config.token_uri = "pkcs11:token=line;library-manufacturer=somebody";
    TEST_ERR(try(&config, &failure), ERR_NOT_FOUND);
    config.token_uri = "pkcs11:token=line";
    TEST_OK(try(&config, &failure));
}

/* Invariant 8: the PIN is in no message. */
static void wrong_pin(void)
{
    struct p11_config config = config_of("pkcs11:token=line");
    struct p11_failure failure;
    char path[256];

    softhsm_write("wrong", "98765432\n");
    snprintf(path, sizeof(path), "%s", softhsm_path("wrong"));
    config.pin_file = path;
    TEST_ERR(try(&config, &failure), ERR_PIN);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "token line: C_Login: CKR_PIN_INCORRECT"));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "check the PIN file"));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.detail, "tries"));
    CU_ASSERT_PTR_NULL(strstr(failure.detail, "98765432"));
    /* the right one still opens it */
    config.pin_file = pin_file;
    TEST_OK(try(&config, &failure));
}

static void two_holders_of_one_token(void)
{
    struct p11_config config = config_of("pkcs11:token=line");
    struct p11_token *first = NULL, *second = NULL;
    struct p11_session *session = NULL;
    struct p11_failure failure;

    TEST_OK(p11_open(&config, &first, &failure));
    TEST_OK(p11_open(&config, &second, &failure));
    CU_ASSERT_STRING_EQUAL(p11_token_label(first), "line");
    CU_ASSERT_EQUAL(strlen(p11_token_serial(first)), 16);
    TEST_OK(p11_session_open(second, &session, &failure));
    CU_ASSERT_EQUAL(p11_session_failure(session)->rv, 0);
    p11_session_close(&session);
    p11_close(&second);
    p11_close(&first);
    CU_ASSERT_PTR_NULL(first);
}

/* What a generic token can do of it works; the rest is refused by name. */
static void objects_and_operations(void)
{
    struct p11_config config = config_of("pkcs11:token=line");
    uint8_t point[EC_POINT_SIZE], check_value[P11_CHECK_VALUE_SIZE], signature[EC_SIGNATURE_SIZE];
    unsigned long private_key, public_key, key;
    struct p11_session *session = NULL;
    struct cert *cert, *cis[P11_CI_MAX];
    struct p11_token *token = NULL;
    struct p11_failure failure;
    const uint8_t data[] = {1, 2, 3};
    struct buf out;
    unsigned version;
    size_t count;

    TEST_OK(p11_open(&config, &token, &failure));
    CU_ASSERT_PTR_NOT_NULL_FATAL(token);
    TEST_OK(p11_session_open(token, &session, &failure));

    TEST_OK(p11_certificate(session, "dpauth", &cert));
    CU_ASSERT_PTR_NOT_NULL(cert);
    cert_free(&cert);
    TEST_ERR(p11_certificate(session, "dppb", &cert), ERR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(p11_session_failure(session)->detail, "\"dppb\""));
    TEST_OK(p11_trusted(session, cis, &count));
    CU_ASSERT_EQUAL(count, 0);

    TEST_ERR(p11_root_key(session, 9, &key, &version, check_value), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(key, 0);
    TEST_ERR(p11_sign(session, "batch", BYTES_OF(data), signature), ERR_NOT_FOUND);
    /* SoftHSM2 2.6.1 has CKM_ECDSA alone */
    TEST_ERR(p11_sign(session, "dpauth", BYTES_OF(data), signature), ERR_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(p11_session_failure(session)->detail, "C_SignInit: CKR_MECHANISM_INVALID"));

    for (int curve = EC_CURVE_P256; curve <= EC_CURVE_BRAINPOOL_P256R1; curve++) {
        EVP_PKEY *on_curve = NULL;
        TEST_OK(p11_one_time_key(session, (enum ec_curve)curve, &private_key, &public_key, point));
        TEST_OK(ec_public_from_point((enum ec_curve)curve, BYTES_OF(point), &on_curve));
        EVP_PKEY_free(on_curve);
        buf_init(&out, 4096);
        CU_ASSERT_NOT_EQUAL(p11_bsp_encrypt(session, private_key, BYTES_OF(data), &out), ERR_OK);
        CU_ASSERT_EQUAL(out.len, 0);
        buf_clear(&out);
        p11_destroy(session, private_key);
        p11_destroy(session, public_key);
        p11_destroy(session, 0);
    }
    TEST_ERR(p11_one_time_key(session, EC_CURVE_NONE, &private_key, &public_key, point),
             ERR_UNSUPPORTED);
    p11_session_close(&session);
    p11_close(&token);
}

static const struct test_case cases[] = {
    {"what cannot be opened", what_cannot_be_opened},
    {"PIN sources", pin_sources},
    {"one token must match", one_token_must_match},
    {"invariant 8: wrong PIN", wrong_pin},
    {"two holders of one token", two_holders_of_one_token},
    {"objects and operations", objects_and_operations},
};

/* A certificate and its key as object "dpauth" of the token. */
static bool objects_import(void)
{
    char command[1400], path[256];

    snprintf(path, sizeof(path), "%s", softhsm_path("dpauth"));
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
             " -subj /CN=x -keyout %s.pem -outform DER -out %s.der >/dev/null 2>&1 &&"
             " openssl pkey -in %s.pem -outform DER -out %s.key >/dev/null 2>&1",
             path, path, path, path);
    if (system(command) != 0) {
        return false;
    }
    snprintf(command, sizeof(command), "--write-object %s.der --type cert --label dpauth --id 01",
             path);
    if (!softhsm_tool("line", command)) {
        return false;
    }
    snprintf(command, sizeof(command),
             "--write-object %s.key --type privkey --label dpauth --id 01 --usage-sign", path);
    return softhsm_tool("line", command);
}

int main(void)
{
    if (softhsm_module() == NULL) {
        fprintf(stderr, "SoftHSM2 is not installed\n");
        return 1;
    }
    if (!softhsm_setup() || !softhsm_token("line") || !softhsm_token("other") ||
        !softhsm_write("pin", "123456\n") || !objects_import()) {
        fprintf(stderr, "SoftHSM2 could not be set up\n");
        return 1;
    }
    snprintf(pin_file, sizeof(pin_file), "%s", softhsm_path("pin"));
    return test_main("orchestrator/p11/token", cases, sizeof(cases) / sizeof(cases[0]));
}
