#include "stand.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { STANDS_MAX = 64, START_WAIT_MS = 20000, JOURNAL_MAX = 64 * 1024 * 1024, STEP_US = 5000 };

static struct {
    char folder[64];
    pid_t engine;
} kept[STANDS_MAX];
static size_t kept_count;

/* At exit: the engines, then their folders. */
static void clear_away(void)
{
    for (size_t i = 0; i < kept_count; i++) {
        char command[128];
        if (kept[i].engine > 0) {
            kill(kept[i].engine, SIGKILL);
            waitpid(kept[i].engine, NULL, 0);
        }
        snprintf(command, sizeof(command), "rm -rf '%.63s'", kept[i].folder);
        if (system(command) != 0) {
            test_note("%s stays behind", kept[i].folder);
        }
    }
}

static void remember(const struct stand *stand)
{
    for (size_t i = 0; i < kept_count; i++) {
        if (strcmp(kept[i].folder, stand->folder) == 0) {
            kept[i].engine = stand->engine;
            return;
        }
    }
    CU_ASSERT_TRUE_FATAL(kept_count < STANDS_MAX);
    if (kept_count == 0) {
        atexit(clear_away);
    }
    snprintf(kept[kept_count].folder, sizeof(kept[kept_count].folder), "%s", stand->folder);
    kept[kept_count++].engine = stand->engine;
}

/* A clock that is wrong, by a library loaded before all others. */
static void set_clock(long offset)
{
    char text[32];
    const char *shim = getenv("ATTACK_CLOCK");
    const char *sanitizer = getenv("ASAN_OPTIONS");
    char options[256];
    snprintf(text, sizeof(text), "%ld", offset);
    /* A sanitiser wants to be the first; before it, this one does no harm. */
    snprintf(options, sizeof(options), "%s%sverify_asan_link_order=0",
             sanitizer != NULL ? sanitizer : "", sanitizer != NULL ? ":" : "");
    setenv("ASAN_OPTIONS", options, 1);
    setenv("ATTACK_CLOCK_OFFSET", text, 1);
    setenv("LD_PRELOAD", shim != NULL ? shim : "", 1);
}

/* The engine of the build under test; its log goes to a file. */
void stand_exec_engine(const struct stand *stand)
{
    const char *program = getenv("ATTACK_USBKEYD");
    int log = open(stand->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The tests pull at the engine; the key store's configuration is its own. */
    unsetenv("SOFTHSM2_CONF");
    if (stand->clock_offset != 0) {
        set_clock(stand->clock_offset);
    }
    if (program != NULL && log >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
        dup2(log, STDERR_FILENO) >= 0) {
        execl(program, program, "--state", stand->state, "--socket", stand->socket, (char *)NULL);
    }
}

bool stand_try_start(struct stand *stand)
{
    struct wire probe;
    int64_t deadline = clock_ms() + START_WAIT_MS;
    unlink(stand->socket);
    fflush(stdout);
    stand->engine = fork();
    CU_ASSERT_TRUE_FATAL(stand->engine >= 0);
    if (stand->engine == 0) {
        if (stand->launch != NULL) {
            stand->launch(stand);
        }
        stand_exec_engine(stand);
        _exit(127);
    }
    remember(stand);
    while (!wire_open(&probe, stand->socket)) {
        if (waitpid(stand->engine, NULL, WNOHANG) != 0) {
            stand->engine = 0;
            remember(stand);
            return false;
        }
        CU_ASSERT_TRUE_FATAL(clock_ms() < deadline);
        usleep(STEP_US);
    }
    wire_close(&probe);
    return true;
}

void stand_start(struct stand *stand)
{
    if (!stand_try_start(stand)) {
        test_note("the engine does not start; is ATTACK_USBKEYD its path? See %s", stand->log);
        CU_FAIL_FATAL("no engine");
    }
}

void stand_restart_at(struct stand *stand, int number, long clock_offset)
{
    stand_stop(stand, number);
    stand->clock_offset = clock_offset;
    stand_start(stand);
}

void stand_reap(struct stand *stand)
{
    CU_ASSERT_EQUAL(waitpid(stand->engine, NULL, 0), stand->engine);
    stand->engine = 0;
    remember(stand);
}

void stand_stop(struct stand *stand, int number)
{
    int status = 0;
    kill(stand->engine, number);
    CU_ASSERT_EQUAL(waitpid(stand->engine, &status, 0), stand->engine);
    /* Asked to end it ends well; a sanitised one has then said nothing. */
    CU_ASSERT_TRUE(number != SIGTERM || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    stand->engine = 0;
    remember(stand);
}

bool stand_is_alive(const struct stand *stand)
{
    return stand->engine > 0 && waitpid(stand->engine, NULL, WNOHANG) == 0;
}

void stand_new(struct stand *stand)
{
    *stand = (struct stand){.folder = "/tmp/euicc-line-attack-XXXXXX"};
    CU_ASSERT_TRUE_FATAL(mkdtemp(stand->folder) != NULL);
    snprintf(stand->state, sizeof(stand->state), "%s/state", stand->folder);
    snprintf(stand->journal, sizeof(stand->journal), "%s/state/journal.jsonl", stand->folder);
    snprintf(stand->socket, sizeof(stand->socket), "%s/sock", stand->folder);
    snprintf(stand->log, sizeof(stand->log), "%s/log", stand->folder);
    stand_start(stand);
}

uint16_t stand_initialise(struct stand *stand, enum tokwire_role role, bool development)
{
    struct wire wire;
    struct buf request;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand->socket));
    buf_init(&request, TOKWIRE_FRAME_MAX);
    tlv_put_str(&request, TOKWIRE_F_LABEL, "attacked");
    tokwire_put_uint(&request, TOKWIRE_F_ROLE, role, 1);
    if (development) {
        tokwire_put_uint(&request, TOKWIRE_F_FLAGS, TOKWIRE_FLAG_DEVELOPMENT, 4);
    }
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    tlv_put_str(&request, TOKWIRE_F_NEW_PIN, USER_PIN);
    uint16_t sw = wire_call(&wire, TOKWIRE_INITIALISE, 0, 0, &request);
    wire_close(&wire);
    return sw;
}

static void open_so(struct stand *stand, struct wire *wire)
{
    CU_ASSERT_TRUE_FATAL(wire_open(wire, stand->socket));
    CU_ASSERT_EQUAL_FATAL(wire_login(wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
}

/* A ^ B = 00 01 .. 1F */
static void load_root(struct wire *wire)
{
    uint8_t component[2][TOKWIRE_COMPONENT_SIZE];
    for (uint8_t i = 0; i < TOKWIRE_COMPONENT_SIZE; i++) {
        component[0][i] = (uint8_t)(0xA0 ^ i);
        component[1][i] = 0xA0;
    }
    for (uint8_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(wire_call_field(wire, TOKWIRE_IMPORT_COMPONENT, (uint8_t)(i + 1), 2,
                                              TOKWIRE_F_COMPONENT, BYTES_OF(component[i])),
                              TOKWIRE_SW_OK);
    }
}

/* A key generated in the token, certified by the CI. */
static void certify(struct wire *wire, const struct test_pki *pki, enum tokwire_key name,
                    enum cert_role role)
{
    struct test_pki_identity made;
    struct test_pki_spec spec = test_pki_spec_of(role);
    CU_ASSERT_EQUAL_FATAL(wire_call(wire, TOKWIRE_GENERATE_KEY, name, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(
        ec_public_from_point(EC_CURVE_P256, wire_field(wire, TOKWIRE_F_PUBLIC_KEY), &spec.key),
        ERR_OK);
    test_pki_issue(&spec, &pki->ci, &made);
    CU_ASSERT_EQUAL_FATAL(wire_call_field(wire, TOKWIRE_PUT_CERTIFICATE, name, 0,
                                          TOKWIRE_F_CERTIFICATE, buf_bytes(&made.der)),
                          TOKWIRE_SW_OK);
    EVP_PKEY_free(spec.key);
    test_pki_identity_clear(&made);
}

static void put_ci(struct wire *wire, struct bytes der)
{
    CU_ASSERT_EQUAL_FATAL(wire_call_field(wire, TOKWIRE_PUT_CERTIFICATE, TOKWIRE_KEY_CI, 0,
                                          TOKWIRE_F_CERTIFICATE, der),
                          TOKWIRE_SW_OK);
}

void stand_load_keys(struct stand *stand, const struct test_pki *pki, enum tokwire_role role)
{
    struct wire wire;
    open_so(stand, &wire);
    load_root(&wire);
    put_ci(&wire, buf_bytes(&pki->ci.der));
    if (role == TOKWIRE_ROLE_LINE) {
        certify(&wire, pki, TOKWIRE_KEY_DPAUTH, CERT_ROLE_DPAUTH);
        certify(&wire, pki, TOKWIRE_KEY_DPPB, CERT_ROLE_DPPB);
    } else {
        CU_ASSERT_EQUAL_FATAL(wire_call(&wire, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_BATCH, 0, NULL),
                              TOKWIRE_SW_OK);
    }
    wire_close(&wire);
}

void stand_new_token(struct stand *stand, const struct test_pki *pki, enum tokwire_role role)
{
    stand_new(stand);
    CU_ASSERT_EQUAL_FATAL(stand_initialise(stand, role, false), TOKWIRE_SW_OK);
    stand_load_keys(stand, pki, role);
}

struct stand *stand_line(struct test_pki *pki)
{
    static struct stand stand;
    if (stand.engine == 0) {
        test_pki_make(NULL, pki);
        stand_new_token(&stand, pki, TOKWIRE_ROLE_LINE);
    }
    return &stand;
}

void stand_trust(struct stand *stand, struct bytes ci_der)
{
    struct wire wire;
    open_so(stand, &wire);
    put_ci(&wire, ci_der);
    wire_close(&wire);
}

void stand_policy(struct stand *stand, uint32_t quota, uint64_t not_after)
{
    struct wire wire;
    struct buf request;
    open_so(stand, &wire);
    buf_init(&request, TOKWIRE_FRAME_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_QUOTA, quota, 4);
    tokwire_put_uint(&request, TOKWIRE_F_NOT_AFTER, not_after, 8);
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_SET_POLICY, 0, 0, &request), TOKWIRE_SW_OK);
    wire_close(&wire);
}

void stand_connect(struct stand *stand, struct wire *wire)
{
    CU_ASSERT_TRUE_FATAL(wire_open(wire, stand->socket));
    CU_ASSERT_EQUAL_FATAL(wire_login(wire, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
}

size_t stand_journal_count(const struct stand *stand, const char *first, const char *second)
{
    struct buf file;
    size_t count = 0;
    buf_init(&file, JOURNAL_MAX);
    TEST_OK(file_read(stand->journal, &file));
    buf_put_u8(&file, 0);
    char *next = NULL;
    for (char *line = strtok_r((char *)file.data, "\n", &next); line != NULL;
         line = strtok_r(NULL, "\n", &next)) {
        bool both = strstr(line, first) != NULL && (second == NULL || strstr(line, second) != NULL);
        count += both ? 1 : 0;
    }
    buf_clear(&file);
    return count;
}

uint64_t stand_releases(struct stand *stand)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, stand->socket));
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    uint64_t releases = tokwire_field_uint(&wire.fields, TOKWIRE_F_COUNT);
    wire_close(&wire);
    return releases;
}
