/* Serial ports over libserialport: settings and modem lines. Reading stays
 * ours: sp_blocking_read_next() spins on an unplugged device. */
#include "link/port_fd.h"

#include <libserialport.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_BAUD = 115200 };

struct serial {
    struct port_fd_owner owner;
    struct sp_port *sp;
    int lock; /* held before libserialport touches the settings */
};

static void serial_free(struct serial *serial)
{
    if (serial->sp != NULL) {
        sp_close(serial->sp);
        sp_free_port(serial->sp);
    }
    if (serial->lock >= 0) {
        close(serial->lock);
    }
    free(serial);
}

static void serial_release(struct port_fd_owner *owner, int fd)
{
    (void)fd; /* libserialport's, closed with its port */
    serial_free((struct serial *)owner);
}

static enum err explain_sp(char *detail, const char *path, const char *what, enum sp_return code)
{
    char *text = code == SP_ERR_FAIL ? sp_last_error_message() : NULL;
    port_explain(detail, ERR_SYSTEM, "%s: %s: %s", path, what,
                 text != NULL          ? text
                 : code == SP_ERR_SUPP ? "not supported"
                 : code == SP_ERR_MEM  ? "out of memory"
                                       : "refused");
    if (text != NULL) {
        sp_free_error_message(text);
    }
    return ERR_SYSTEM;
}

/* Raw 8N1, no flow control, DTR and RTS raised as a modem expects. */
static enum sp_return serial_configure(struct sp_port *sp, unsigned baud)
{
    struct sp_port_config *config;
    enum sp_return code = sp_new_config(&config);
    if (code != SP_OK) {
        return code;
    }
    sp_set_config_baudrate(config, (int)baud);
    sp_set_config_bits(config, 8);
    sp_set_config_parity(config, SP_PARITY_NONE);
    sp_set_config_stopbits(config, 1);
    sp_set_config_flowcontrol(config, SP_FLOWCONTROL_NONE);
    sp_set_config_rts(config, SP_RTS_ON);
    sp_set_config_dtr(config, SP_DTR_ON);
    code = sp_set_config(sp, config);
    sp_free_config(config);
    return code;
}

static enum err serial_setup(struct serial *serial, const char *path, unsigned baud, int *fd,
                             char *detail)
{
    enum err err = port_lock_open(path, &serial->lock, detail);
    if (err != ERR_OK) {
        return err;
    }
    enum sp_return code = sp_get_port_by_name(path, &serial->sp);
    if (code != SP_OK) {
        return explain_sp(detail, path, "not a serial port", code);
    }
    code = sp_open(serial->sp, SP_MODE_READ_WRITE);
    if (code != SP_OK) {
        sp_free_port(serial->sp);
        serial->sp = NULL;
        return explain_sp(detail, path, "open", code);
    }
    code = serial_configure(serial->sp, baud == 0 ? DEFAULT_BAUD : baud);
    if (code != SP_OK) {
        return explain_sp(detail, path, "settings", code);
    }
    code = sp_get_port_handle(serial->sp, fd);
    if (code != SP_OK) {
        return explain_sp(detail, path, "handle", code);
    }
    /* Against programs that do not ask for the lock; gone with the last close. */
    ioctl(*fd, TIOCEXCL);
    return ERR_OK;
}

enum err port_serial_open(const char *path, unsigned baud, struct port **port, char *detail)
{
    struct serial *serial = calloc(1, sizeof(*serial));
    int fd = -1;
    *port = NULL;
    if (serial == NULL) {
        return port_explain(detail, ERR_MEMORY, "out of memory");
    }
    serial->owner.release = serial_release;
    serial->lock = -1;
    enum err err = serial_setup(serial, path, baud, &fd, detail);
    if (err != ERR_OK) {
        serial_free(serial);
        return err;
    }
    return port_fd_new(fd, &serial->owner, port, detail);
}
