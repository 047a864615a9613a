/* What a killed INITIALISE leaves: a key store token nobody will use, and the
 * head of a journal under its key. A marker on the disk says that there may be
 * some; without it nothing is ever deleted, so that a state directory restored in
 * parts destroys nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/internal.h"
#include "keystore/softhsm.h"

#define HEAD_PREFIX "head-"

enum { MARKER_MODE = 0600 };

enum err leftovers_mark(const struct engine *engine)
{
    return file_replace(engine->paths.initialising, BYTES_NONE, MARKER_MODE);
}

void leftovers_forget(const struct engine *engine)
{
    unlink(engine->paths.initialising);
}

static bool marked(const struct engine *engine)
{
    return access(engine->paths.initialising, F_OK) == 0;
}

/* Heads of other tokens than the one there is. */
static void clean_heads(const struct engine *engine)
{
    DIR *folder = opendir(engine->paths.dir);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, HEAD_PREFIX, strlen(HEAD_PREFIX)) == 0 &&
            strcmp(entry->d_name + strlen(HEAD_PREFIX), engine->state.keystore_serial) != 0) {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

enum err leftovers_clean_start(struct engine *engine)
{
    if (!marked(engine)) {
        return ERR_OK;
    }
    clean_heads(engine);
    if (engine->keystore_config.token[0] != '\0') {
        /* One token for ever: its objects are reached after a login alone. */
        engine->keystore_config.may_reset = !engine->state.initialised;
        return ERR_OK;
    }
    enum err err = ERR_OK;
    if (engine->softhsm) {
        err = softhsm_clean(engine->paths.dir, engine->state.keystore_serial);
    } else {
        log_warning("key store: an initialisation may have left a token labelled \"usbkeyd %s\"",
                    engine->state.serial);
    }
    if (err == ERR_OK) {
        leftovers_forget(engine);
    }
    return err;
}

enum err leftovers_clean_open(struct engine *engine)
{
    if (engine->keystore_config.token[0] == '\0' || !marked(engine)) {
        return ERR_OK;
    }
    enum err err = keystore_clean(engine->store);
    if (err == ERR_OK) {
        leftovers_forget(engine);
    }
    return err;
}
