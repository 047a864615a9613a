#include "line/probe.h"

#include <stdio.h>

#include "line/device.h"

static bool ask(struct device *device, struct probe *probe, struct failure *failure)
{
    snprintf(probe->dialect, sizeof(probe->dialect), "%s", modem_dialect(device->modem));
    if (modem_imei(device->modem, probe->imei) != ERR_OK) {
        probe->imei[0] = '\0';
    }
    enum err err = es10b_get_euicc_info1(&device->isdr, &probe->info);
    if (err == ERR_OK) {
        err = es10c_get_profiles_info(&device->isdr, &probe->profiles);
    }
    if (err == ERR_OK) {
        err = es10b_list_notification(&device->isdr, &probe->notifications);
    }
    return err == ERR_OK ? true : device_failure(device, err, FAILURE_EUICC_ANSWER, failure);
}

bool probe_run(const struct device_port *port, struct probe *probe, struct failure *failure)
{
    struct device device;
    *probe = (struct probe){0};
    bool good = device_open(port, &device, failure);
    probe->has_eid = device.has_eid;
    probe->eid = device.eid;
    good = good && ask(&device, probe, failure);
    device_close(&device);
    return good;
}

bool probe_eid(const struct device_port *port, struct eid *eid, struct failure *failure)
{
    struct device device;
    bool good = device_open(port, &device, failure);
    *eid = device.eid;
    device_close(&device);
    return good;
}
