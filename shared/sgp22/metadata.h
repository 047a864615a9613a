/* StoreMetadataRequest (SGP.22 5.5.3) and the profile package it describes. */
#ifndef SGP22_METADATA_H
#define SGP22_METADATA_H

#include "base/bytes.h"
#include "sgp22/id.h"

enum {
    SERVICE_PROVIDER_NAME_MAX = 32,
    PROFILE_NAME_MAX = 64,
    METADATA_MAX = 4096,
    UPP_MAX = 1024 * 1024,
};

enum profile_class {
    PROFILE_CLASS_TEST = 0,
    PROFILE_CLASS_PROVISIONING = 1,
    PROFILE_CLASS_OPERATIONAL = 2
};

struct store_metadata {
    struct iccid iccid;
    struct bytes service_provider_name; /* UTF-8, at most 32 bytes */
    struct bytes profile_name;          /* UTF-8, at most 64 bytes */
    enum profile_class profile_class;
    struct bytes notification_address; /* empty: no notificationConfigurationInfo */
};
/* BF25{5A iccid, 91 spn, 92 name, 95 class, [B6 one entry for install, enable,
 * disable and delete at notification_address]} */
enum err store_metadata_encode(const struct store_metadata *in, struct buf *out);
/* Unknown elements are skipped. */
enum err store_metadata_decode(struct bytes input, struct store_metadata *out);

/* What a UPP says of itself (TS.48, SAIP 8.2). */
struct upp_info {
    uint64_t major, minor;
    struct iccid iccid;        /* converted from the header's plain BCD */
    struct bytes profile_type; /* UTF-8, may be empty */
    size_t element_count;
    size_t iccid_file_count; /* EF.ICCID contents found, each equal to the header's */
};
/* Checks an unprotected profile package: whole elements from first to last byte,
 * ProfileHeader first and only first, End last and only last, the mandatory
 * header fields. ERR_MALFORMED, ERR_TAG, ERR_RANGE; where says what was wrong
 * (static text), may be NULL. */
enum err upp_check(struct bytes upp, struct upp_info *out, const char **where);

#endif
