/* ES10c: EID and local profile management (SGP.22 5.7.15 - 5.7.20). */
#ifndef EUICC_ES10C_H
#define EUICC_ES10C_H

#include "euicc/isdr.h"
#include "sgp22/id.h"

enum { PROFILE_LIST_MAX = 64, PROFILE_TEXT_SIZE = 65 };

/* GetEID (5.7.20) */
enum err es10c_get_eid(struct isdr *isdr, struct eid *eid);

struct profile_info {
    struct iccid iccid;
    bool enabled;
    int profile_class; /* -1 when absent */
    char service_provider[PROFILE_TEXT_SIZE];
    char name[PROFILE_TEXT_SIZE];
};
struct profile_list {
    size_t count;
    struct profile_info item[PROFILE_LIST_MAX];
};
/* GetProfilesInfo (5.7.15) */
enum err es10c_get_profiles_info(struct isdr *isdr, struct profile_list *list);
/* GetProfilesInfo with the ICCID as search criterion: whether it is there. */
enum err es10c_has_profile(struct isdr *isdr, const struct iccid *iccid, bool *present);
/* EnableProfile (5.7.16) with refreshFlag as given. */
enum err es10c_enable_profile(struct isdr *isdr, const struct iccid *iccid, bool refresh);

#endif
