#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/internal.h"
#include "keystore/softhsm.h"

enum { STATE_DIR_MODE = 0700, FILE_MODE = 0600 };

static enum err join(char path[PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(path, PATH_MAX, "%s/%s", dir, name);
    return len > 0 && len < PATH_MAX ? ERR_OK : ERR_RANGE;
}

static enum err make_dir(const char *path)
{
    struct stat info;
    if (mkdir(path, STATE_DIR_MODE) == 0) {
        return ERR_OK;
    }
    if (errno != EEXIST || stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        log_error("state directory %s: %s", path, strerror(errno));
        return ERR_SYSTEM;
    }
    if ((info.st_mode & 077) != 0 && chmod(path, STATE_DIR_MODE) != 0) {
        log_error("state directory %s is open to others", path);
        return ERR_SYSTEM;
    }
    return ERR_OK;
}

/* One engine per state directory: the lock goes with the process. */
static enum err take_lock(struct engine *engine)
{
    char path[PATH_MAX];
    enum err err = join(path, engine->paths.dir, "lock");
    if (err != ERR_OK) {
        return err;
    }
    engine->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (engine->lock_fd < 0) {
        log_error("%s: %s", path, strerror(errno));
        return ERR_SYSTEM;
    }
    if (flock(engine->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("%s: another engine uses this state directory", engine->paths.dir);
        return errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM;
    }
    return ERR_OK;
}

static enum err set_paths(struct engine_paths *paths, const char *dir)
{
    enum err err = make_dir(dir);
    /* The key store's configuration needs an absolute path. */
    if (err == ERR_OK && realpath(dir, paths->dir) == NULL) {
        err = ERR_SYSTEM;
    }
    if (err == ERR_OK) {
        err = join(paths->state, paths->dir, "state");
    }
    if (err == ERR_OK) {
        err = join(paths->secret, paths->dir, "secret");
    }
    if (err == ERR_OK) {
        err = join(paths->tries, paths->dir, "pin-tries");
    }
    if (err == ERR_OK) {
        err = join(paths->initialising, paths->dir, "initialising");
    }
    return err;
}

static enum err load(struct engine *engine)
{
    struct journal_visitor visitor = history_visitor(&engine->history);
    enum err err = pin_secret_load(engine->paths.secret, &engine->secret);
    if (err == ERR_OK) {
        err = state_load(engine->paths.state, &engine->state);
        if (err == ERR_MALFORMED) {
            log_error("%s is damaged", engine->paths.state);
        } else if (err == ERR_UNSUPPORTED) {
            log_error("%s was written by another version of usbkeyd: use that one, or a new "
                      "state directory and make the token anew",
                      engine->paths.state);
        }
    }
    if (err == ERR_OK && engine->state.initialised) {
        err = pin_tries_load(engine->paths.tries, &engine->secret, &engine->tries);
    }
    if (err == ERR_OK) {
        err = journal_open(&engine->journal, engine->paths.dir, &visitor);
        engine->journal.development = engine->state.development;
    }
    if (err == ERR_OK && engine->journal.broken) {
        engine_set_fault(engine, engine->journal.kind, engine->journal.fault);
    }
    return err;
}

static enum err configure_keystore(struct engine *engine, const struct engine_config *config)
{
    struct keystore_config *keystore = &engine->keystore_config;
    if (config->keystore_config != NULL && config->backend_module != NULL) {
        return ERR_ARGUMENT;
    }
    enum err err = config->keystore_config != NULL
                       ? keystore_config_read(config->keystore_config, keystore)
                       : keystore_config_default(config->backend_module, keystore);
    engine->softhsm = err == ERR_OK && softhsm_is_ours(keystore->module);
    return err == ERR_NOT_FOUND ? ERR_MALFORMED : err;
}

/* SoftHSM2 keeps its tokens where its configuration says; without one of the
 * administrator's, in the state directory. */
static enum err open_keystore(struct engine *engine)
{
    enum err err = ERR_OK;
    if (engine->softhsm) {
        err = softhsm_configure(engine->paths.dir);
    }
    if (err == ERR_OK && engine->softhsm && engine->state.initialised) {
        err = softhsm_mend(engine->paths.dir, engine->state.keystore_serial);
    }
    return err == ERR_OK ? keystore_pkcs11_new(&engine->keystore_config, &engine->store) : err;
}

static time_t system_now(void)
{
    return time(NULL);
}

enum err engine_open(const struct engine_config *config, struct engine **out)
{
    *out = NULL;
    struct engine *engine = calloc(1, sizeof(*engine));
    if (engine == NULL) {
        return ERR_MEMORY;
    }
    engine->lock_fd = -1;
    engine->journal.fd = -1;
    engine->journal.head_fd = -1;
    engine->now = config->now != NULL ? config->now : system_now;
    enum err err = set_paths(&engine->paths, config->state_dir);
    if (err == ERR_OK) {
        err = take_lock(engine);
    }
    if (err == ERR_OK) {
        err = configure_keystore(engine, config);
    }
    if (err == ERR_OK) {
        err = load(engine);
    }
    if (err == ERR_OK) {
        err = leftovers_clean_start(engine);
    }
    if (err == ERR_OK) {
        err = open_keystore(engine);
    }
    if (err != ERR_OK) {
        engine_close(&engine);
        return err;
    }
    *out = engine;
    return ERR_OK;
}

void engine_close(struct engine **out)
{
    struct engine *engine = out != NULL ? *out : NULL;
    if (engine == NULL) {
        return;
    }
    journal_close(&engine->journal);
    keystore_free(&engine->store);
    state_clear(&engine->state);
    history_clear(&engine->history);
    cert_cache_clear(&engine->eums);
    if (engine->lock_fd >= 0) {
        close(engine->lock_fd);
    }
    secret_zero(engine, sizeof(*engine));
    free(engine);
    *out = NULL;
}

unsigned engine_needs(const struct engine *engine)
{
    static const struct {
        unsigned keystore, engine;
    } rows[] = {
        {KEYSTORE_NEEDS_USB, ENGINE_NEEDS_USB},
        {KEYSTORE_NEEDS_TCP, ENGINE_NEEDS_TCP},
        {KEYSTORE_NEEDS_THREADS, ENGINE_NEEDS_THREADS},
    };
    unsigned needs = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        needs |= (engine->keystore_config.needs & rows[i].keystore) != 0 ? rows[i].engine : 0;
    }
    return needs;
}

enum err engine_connection_open(struct engine *engine, const char *peer,
                                struct engine_connection **out)
{
    *out = NULL;
    struct engine_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return ERR_MEMORY;
    }
    connection->engine = engine;
    snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    *out = connection;
    return ERR_OK;
}

void engine_connection_close(struct engine_connection **out)
{
    if (out == NULL || *out == NULL) {
        return;
    }
    login_end(*out);
    secret_zero(*out, sizeof(**out));
    free(*out);
    *out = NULL;
}

bool engine_connection_logged_in(const struct engine_connection *connection)
{
    return connection->login != 0;
}
