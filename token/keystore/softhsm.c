#include "keystore/softhsm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

#define TOKEN_FILE "token.object"

enum {
    TOKEN_FILE_MAX = 64 * 1024,
    CONFIG_MAX = PATH_MAX + 256,
    CONFIG_MODE = 0600,
    TOKENS_MODE = 0700,
    UUID_LEN = 36,
    /* A token's serial number is the end of its folder's name, 8-4-4-SSSS-S{12}. */
    SERIAL_FIRST_AT = 19,
    SERIAL_FIRST_LEN = 4,
    SERIAL_REST_AT = 24,
    SERIAL_LEN = 16,
};

bool softhsm_is_ours(const char *module)
{
    const char *name = strrchr(module, '/');
    return strstr(name != NULL ? name : module, "softhsm") != NULL &&
           getenv("SOFTHSM2_CONF") == NULL;
}

static enum err tokens_path(const char *dir, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/keystore", dir);
    return len > 0 && len < PATH_MAX ? ERR_OK : ERR_RANGE;
}

enum err softhsm_configure(const char *dir)
{
    char tokens[PATH_MAX], path[PATH_MAX], text[CONFIG_MAX];
    enum err err = tokens_path(dir, tokens);
    int len = snprintf(path, sizeof(path), "%s/softhsm2.conf", dir);
    if (err != ERR_OK || len < 0 || len >= PATH_MAX) {
        return ERR_RANGE;
    }
    if (mkdir(tokens, TOKENS_MODE) != 0 && errno != EEXIST) {
        return ERR_SYSTEM;
    }
    len = snprintf(text, sizeof(text),
                   "directories.tokendir = %s\nobjectstore.backend = file\n"
                   "log.level = ERROR\nslots.removable = false\nslots.mechanisms = ALL\n",
                   tokens);
    err = file_replace(path, bytes_make(text, (size_t)len), CONFIG_MODE);
    if (err == ERR_OK && setenv("SOFTHSM2_CONF", path, 1) != 0) {
        err = ERR_SYSTEM;
    }
    return err;
}

/* Whether a name is a token's folder, and its serial number. */
static bool serial_of(const char *name, char serial[SERIAL_LEN + 1])
{
    if (strlen(name) != UUID_LEN || strspn(name, "0123456789abcdef-") != UUID_LEN) {
        return false;
    }
    memcpy(serial, name + SERIAL_FIRST_AT, SERIAL_FIRST_LEN);
    memcpy(serial + SERIAL_FIRST_LEN, name + SERIAL_REST_AT, SERIAL_LEN - SERIAL_FIRST_LEN);
    serial[SERIAL_LEN] = '\0';
    return true;
}

/* A token's folder holds files alone. */
static enum err delete_token(int tokens_fd, const char *name)
{
    int fd = openat(tokens_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return ERR_SYSTEM;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        unlinkat(fd, entry->d_name, 0);
    }
    closedir(folder);
    return unlinkat(tokens_fd, name, AT_REMOVEDIR) == 0 ? ERR_OK : ERR_SYSTEM;
}

enum err softhsm_clean(const char *dir, const char *serial)
{
    char path[PATH_MAX], found[SERIAL_LEN + 1];
    enum err err = tokens_path(dir, path);
    DIR *tokens = err == ERR_OK ? opendir(path) : NULL;
    if (tokens == NULL) {
        return err == ERR_OK && errno == ENOENT ? ERR_OK : ERR_SYSTEM;
    }
    const struct dirent *entry;
    while (err == ERR_OK && (entry = readdir(tokens)) != NULL) {
        if (serial_of(entry->d_name, found) && strcmp(found, serial) != 0) {
            log_warning("key store: deleting token %s, left behind by an initialisation", found);
            err = delete_token(dirfd(tokens), entry->d_name);
            softhsm_forget(dir, found);
        }
    }
    closedir(tokens);
    return err;
}

static enum err copy_path(const char *dir, const char *serial, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/keystore-%s", dir, serial);
    return len > 0 && len < PATH_MAX && strchr(serial, '/') == NULL ? ERR_OK : ERR_RANGE;
}

/* The folder of the token with this serial number. ERR_NOT_FOUND. */
static enum err token_path(const char *dir, const char *serial, char path[PATH_MAX])
{
    char found[SERIAL_LEN + 1];
    enum err err = tokens_path(dir, path);
    DIR *tokens = err == ERR_OK ? opendir(path) : NULL;
    if (tokens == NULL) {
        return err == ERR_OK && errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
    }
    const struct dirent *entry;
    err = ERR_NOT_FOUND;
    while (err == ERR_NOT_FOUND && (entry = readdir(tokens)) != NULL) {
        if (serial_of(entry->d_name, found) && strcmp(found, serial) == 0) {
            size_t len = strlen(path);
            int added = snprintf(path + len, PATH_MAX - len, "/%s", entry->d_name);
            err = added > 0 && (size_t)added < PATH_MAX - len ? ERR_OK : ERR_RANGE;
        }
    }
    closedir(tokens);
    return err;
}

static enum err token_file(const char *dir, const char *serial, char path[PATH_MAX])
{
    enum err err = token_path(dir, serial, path);
    size_t len = strlen(path);
    if (err == ERR_OK && len + sizeof("/" TOKEN_FILE) > PATH_MAX) {
        return ERR_RANGE;
    }
    if (err == ERR_OK) {
        memcpy(path + len, "/" TOKEN_FILE, sizeof("/" TOKEN_FILE));
    }
    return err;
}

/* SoftHSM2 does not sync what it writes. */
static enum err sync_folder(const char *path)
{
    DIR *folder = opendir(path);
    enum err err = folder != NULL ? ERR_OK : ERR_SYSTEM;
    const struct dirent *entry;
    while (err == ERR_OK && (entry = readdir(folder)) != NULL) {
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (entry->d_name[0] != '.' && (fd < 0 || fsync(fd) != 0)) {
            err = ERR_SYSTEM;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    if (err == ERR_OK && fsync(dirfd(folder)) != 0) {
        err = ERR_SYSTEM;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return err;
}

enum err softhsm_keep(const char *dir, const char *serial)
{
    char path[PATH_MAX], copy[PATH_MAX];
    struct buf file;
    buf_init(&file, TOKEN_FILE_MAX);
    enum err err = token_path(dir, serial, path);
    if (err == ERR_OK) {
        err = sync_folder(path);
    }
    if (err == ERR_OK) {
        err = token_file(dir, serial, path);
    }
    if (err == ERR_OK) {
        err = copy_path(dir, serial, copy);
    }
    if (err == ERR_OK && access(copy, F_OK) != 0) {
        err = file_read(path, &file);
        if (err == ERR_OK) {
            err = file_replace(copy, buf_bytes(&file), CONFIG_MODE);
        }
    }
    buf_clear(&file);
    return err;
}

enum err softhsm_mend(const char *dir, const char *serial)
{
    char path[PATH_MAX], copy_name[PATH_MAX];
    struct stat info;
    struct buf copy;
    buf_init(&copy, TOKEN_FILE_MAX);
    enum err err = copy_path(dir, serial, copy_name);
    if (err == ERR_OK) {
        err = file_read(copy_name, &copy);
    }
    if (err == ERR_OK) {
        err = token_file(dir, serial, path);
    }
    if (err == ERR_OK && (stat(path, &info) != 0 || (size_t)info.st_size < copy.len)) {
        log_warning("key store: mending token %s, cut off in a login", serial);
        err = file_replace(path, buf_bytes(&copy), CONFIG_MODE);
    }
    buf_clear(&copy);
    /* No copy, no token: nothing to mend, and the login will say so. */
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void softhsm_forget(const char *dir, const char *serial)
{
    char copy[PATH_MAX];
    if (copy_path(dir, serial, copy) == ERR_OK) {
        unlink(copy);
    }
}
