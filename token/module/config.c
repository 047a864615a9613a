#include "module/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "base/file.h"

#define RESERVED_PREFIX "sockets="
#define ENVIRONMENT "USBKEY_SOCKETS"
#define FILE_PATH "/etc/usbkey/sockets.conf"
#define DEFAULT_SOCKET "/run/usbkeyd/usbkeyd.sock"

enum { FILE_MAX = 8192, PREFIX_LEN = sizeof(RESERVED_PREFIX) - 1 };

/* How many bytes of the prefix stand at an address that may not be ours to
 * read: the kernel says EFAULT where a load would end the program. Stops at the
 * first difference, so nothing behind a shorter text is looked at; *first is
 * what stands at the address itself. */
static size_t peek_prefix(const char *address, char *first)
{
    int ends[2];
    size_t same = 0;
    char byte = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return 0;
    }
    while (same < PREFIX_LEN && write(ends[1], address + same, 1) == 1 &&
           read(ends[0], &byte, 1) == 1) {
        *first = same == 0 ? byte : *first;
        if (byte != RESERVED_PREFIX[same]) {
            break;
        }
        same++;
    }
    close(ends[0]);
    close(ends[1]);
    return same;
}

enum err module_config_reserved(const void *pointer, const char **text)
{
    *text = NULL;
    if (pointer == NULL) {
        return ERR_OK;
    }
    char first = '?';
    if (peek_prefix(pointer, &first) == PREFIX_LEN) {
        *text = pointer;
        return ERR_OK;
    }
    return first == '\0' ? ERR_OK : ERR_MALFORMED;
}

static enum err add_path(struct module_config *config, const char *path, size_t len)
{
    while (len > 0 && (path[0] == ' ' || path[0] == '\t')) {
        path++;
        len--;
    }
    while (len > 0 && (path[len - 1] == ' ' || path[len - 1] == '\t' || path[len - 1] == '\r')) {
        len--;
    }
    if (len == 0 || path[0] == '#') {
        return ERR_OK;
    }
    if (len >= MODULE_PATH_SIZE || config->count == MODULE_SLOTS_MAX) {
        return ERR_RANGE;
    }
    memcpy(config->paths[config->count], path, len);
    config->paths[config->count][len] = '\0';
    config->count++;
    return ERR_OK;
}

enum err module_config_parse(const char *text, const char *separators, struct module_config *config)
{
    *config = (struct module_config){0};
    while (*text != '\0') {
        size_t len = strcspn(text, separators);
        enum err err = add_path(config, text, len);
        if (err != ERR_OK) {
            return err;
        }
        text += len;
        text += *text != '\0' ? 1 : 0;
    }
    return config->count > 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err load_file(struct module_config *config)
{
    struct buf content;
    buf_init(&content, FILE_MAX);
    enum err err = file_read(FILE_PATH, &content);
    if (err == ERR_OK) {
        buf_put_u8(&content, '\0');
        err = buf_err(&content);
    }
    if (err == ERR_OK) {
        err = module_config_parse((const char *)content.data, "\n", config);
    }
    buf_clear(&content);
    return err;
}

enum err module_config_load(const char *reserved, struct module_config *config)
{
    *config = (struct module_config){0};
    if (reserved != NULL) {
        return module_config_parse(reserved + PREFIX_LEN, ":", config);
    }
    const char *environment = secure_getenv(ENVIRONMENT);
    if (environment != NULL && environment[0] != '\0') {
        return module_config_parse(environment, ":", config);
    }
    enum err err = load_file(config);
    if (err == ERR_NOT_FOUND) {
        err = module_config_parse(DEFAULT_SOCKET, ":", config);
    }
    return err;
}
