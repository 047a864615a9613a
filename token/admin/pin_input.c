#include "admin/pin_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "admin/admin.h"

static enum err from_file(const char *file, const char *name, struct secret *pin)
{
    enum err err = secret_read_file(file, pin);
    if (err == ERR_SYSTEM || err == ERR_NOT_FOUND) {
        fprintf(stderr, ADMIN_PROGRAM ": %s file %s: %s\n", name, file, strerror(errno));
    } else if (err != ERR_OK) {
        fprintf(stderr, ADMIN_PROGRAM ": %s file %s: must be one line of 1 to %d characters\n",
                name, file, SECRET_MAX);
    }
    return err;
}

/* One line from the terminal, byte by byte so that nothing stays in a buffer of
 * the C library. */
static enum err read_line(int tty, struct secret *pin)
{
    char byte = 0;
    enum err err = ERR_OK;
    secret_clear(pin);
    while (read(tty, &byte, 1) == 1 && byte != '\n') {
        if (pin->len < SECRET_MAX) {
            pin->data[pin->len++] = (uint8_t)byte;
        } else {
            err = ERR_RANGE;
        }
    }
    byte = 0;
    return err == ERR_OK && pin->len == 0 ? ERR_RANGE : err;
}

static enum err ask(int tty, const char *prompt, const char *name, struct secret *pin)
{
    struct termios before, silent;
    if (tcgetattr(tty, &before) != 0) {
        return ERR_SYSTEM;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    dprintf(tty, "%s%s: ", prompt, name);
    tcsetattr(tty, TCSAFLUSH, &silent);
    enum err err = read_line(tty, pin);
    tcsetattr(tty, TCSAFLUSH, &before);
    dprintf(tty, "\n");
    return err;
}

static enum err ask_again(int tty, const char *name, const struct secret *pin)
{
    struct secret second = {0};
    enum err err = ask(tty, "Again, ", name, &second);
    if (err == ERR_OK && !bytes_equal_secret(secret_bytes(pin), secret_bytes(&second))) {
        fprintf(stderr, ADMIN_PROGRAM ": the two entries differ\n");
        err = ERR_MISMATCH;
    }
    secret_clear(&second);
    return err;
}

enum err pin_input(const char *file, const char *name, bool again, struct secret *pin)
{
    secret_clear(pin);
    if (file != NULL) {
        return from_file(file, name, pin);
    }
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        fprintf(stderr,
                ADMIN_PROGRAM ": the %s is needed: name a file with it, or use a terminal\n", name);
        return ERR_NOT_FOUND;
    }
    enum err err = ask(tty, "", name, pin);
    if (err == ERR_OK && again) {
        err = ask_again(tty, name, pin);
    } else if (err != ERR_OK) {
        fprintf(stderr, ADMIN_PROGRAM ": no %s of 1 to %d characters was entered\n", name,
                SECRET_MAX);
    }
    close(tty);
    if (err != ERR_OK) {
        secret_clear(pin);
    }
    return err;
}
