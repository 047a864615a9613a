#include "line/device.h"

#include "euicc/es10c.h"

/* Which kind an error of the link is to the line. */
static enum failure_kind link_kind(enum err err)
{
    switch (err) {
    case ERR_NOT_FOUND:
        return FAILURE_PORT_NOT_FOUND;
    case ERR_BUSY:
        return FAILURE_PORT_BUSY;
    case ERR_TIMEOUT:
        return FAILURE_MODEM_SILENT;
    case ERR_CLOSED:
        return FAILURE_MODEM_GONE;
    case ERR_UNSUPPORTED:
        return FAILURE_MODEM_DIALECT;
    case ERR_REFUSED:
        return FAILURE_MODEM_ERROR;
    default:
        return FAILURE_PORT;
    }
}

bool device_failure(const struct device *device, enum err err, enum failure_kind refused,
                    struct failure *failure)
{
    const struct isdr *isdr = &device->isdr;
    failure->sw = isdr->sw;
    failure->result_code = isdr->result_code;
    switch (err) {
    case ERR_REFUSED:
        /* A status word or a result code is the eUICC's; neither means the
         * modem refused before the eUICC was asked. */
        if (isdr->sw == 0 && isdr->result_code < 0) {
            refused = FAILURE_MODEM_ERROR;
        }
        return failure_set(failure, refused, "%s", isdr->detail);
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_BUSY:
    case ERR_SYSTEM:
        return failure_set(failure, link_kind(err), "%s", isdr->detail);
    default:
        return failure_set(failure, FAILURE_EUICC_ANSWER, "%s (%s)", isdr->detail, err_name(err));
    }
}

static bool open_modem(const struct device_port *at, struct device *device, struct failure *failure)
{
    const struct modem_timeouts timeouts = {.apdu_ms = (int)at->apdu_timeout_ms};
    char detail[PORT_DETAIL_SIZE] = "";
    struct port *port = NULL;
    enum err err = port_open(at->name, at->baud, &port, detail);
    if (err == ERR_OK) {
        err = modem_open(port, &timeouts, &device->modem, detail);
    }
    if (err != ERR_OK) {
        return failure_set(failure, link_kind(err), "%s",
                           detail[0] != '\0' ? detail : err_name(err));
    }
    return true;
}

static bool open_isdr(struct device *device, struct failure *failure)
{
    enum err err = isdr_open(&device->isdr, modem_transport(device->modem));
    if (err == ERR_REFUSED) {
        return failure_set(failure, FAILURE_NO_ISDR, "%s", device->isdr.detail);
    }
    if (err != ERR_OK) {
        return device_failure(device, err, FAILURE_NO_ISDR, failure);
    }
    device->isdr_open = true;
    return true;
}

static bool read_eid(struct device *device, struct failure *failure)
{
    enum err err = es10c_get_eid(&device->isdr, &device->eid);
    if (err == ERR_CERT_EID) {
        return failure_set(failure, FAILURE_EID_INVALID, "%s", device->isdr.detail);
    }
    device->has_eid = err == ERR_OK;
    return err == ERR_OK ? true : device_failure(device, err, FAILURE_EUICC_ANSWER, failure);
}

bool device_open(const struct device_port *port, struct device *device, struct failure *failure)
{
    *device = (struct device){0};
    return open_modem(port, device, failure) && open_isdr(device, failure) &&
           read_eid(device, failure);
}

void device_close(struct device *device)
{
    if (device->isdr_open) {
        isdr_close(&device->isdr);
        device->isdr_open = false;
    }
    modem_close(&device->modem);
}
