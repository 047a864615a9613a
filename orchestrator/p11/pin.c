/* Where the PIN comes from: a file, named by the configuration or by the URI. */
#include "p11/internal.h"

#include <errno.h>
#include <string.h>

/* RFC 7512 2.4: pin-source is a file name or a file: URI; "|program" is the
 * form this program does not run. */
static enum err pin_source_path(const char *source, const char **path, struct p11_failure *failure)
{
    static const char scheme[] = "file:";

    *path = source;
    if (source[0] == '|') {
        return p11_fail(failure, ERR_UNSUPPORTED,
                        "pin-source names a program; name a file instead");
    }
    if (strncmp(source, scheme, sizeof(scheme) - 1) != 0) {
        return ERR_OK;
    }
    *path = source + sizeof(scheme) - 1;
    if (strncmp(*path, "//", 2) == 0) {
        *path += 2;
    }
    if ((*path)[0] != '/') {
        return p11_fail(failure, ERR_ARGUMENT, "pin-source \"%.100s\" is not a local file", source);
    }
    return ERR_OK;
}

enum err p11_pin_read(const char *pin_file, P11KitUri *uri, struct secret *pin,
                      struct p11_failure *failure)
{
    const char *source = p11_kit_uri_get_pin_source(uri);
    const char *path = pin_file;
    enum err err;

    secret_clear(pin);
    /* A PIN in the URI stands in a configuration file or on a command line. */
    if (p11_kit_uri_get_pin_value(uri) != NULL) {
        return p11_fail(failure, ERR_UNSUPPORTED,
                        "the token URI carries a pin-value; put the PIN into a file and name it "
                        "by pin_file or pin-source");
    }
    if (path == NULL && source != NULL) {
        err = pin_source_path(source, &path, failure);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (path == NULL) {
        return p11_fail(failure, ERR_ARGUMENT,
                        "no PIN: set pin_file, or pin-source in the token URI");
    }
    err = secret_read_file(path, pin);
    if (err == ERR_SYSTEM) {
        return p11_fail(failure, err, "PIN file %.120s: %s", path, strerror(errno));
    }
    if (err != ERR_OK) {
        return p11_fail(failure, err, "PIN file %.120s does not hold one line of 1 to %d bytes",
                        path, SECRET_MAX);
    }
    return ERR_OK;
}
