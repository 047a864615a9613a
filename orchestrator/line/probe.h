/* What a device says of itself without being changed. */
#ifndef LINE_PROBE_H
#define LINE_PROBE_H

#include "euicc/es10b.h"
#include "euicc/es10c.h"
#include "line/device.h"
#include "line/failure.h"

struct probe {
    char dialect[16];
    char imei[16]; /* empty when the modem gives none */
    bool has_eid;
    struct eid eid;
    struct euicc_info1 info;
    struct profile_list profiles;
    struct notification_list notifications;
};

/* All of it. */
bool probe_run(const struct device_port *port, struct probe *probe, struct failure *failure);
/* The EID alone. */
bool probe_eid(const struct device_port *port, struct eid *eid, struct failure *failure);

#endif
