/* One order: a profile for a chip, checked and described. */
#ifndef DPPLUS_ORDER_H
#define DPPLUS_ORDER_H

#include "base/bytes.h"
#include "crypto/kdf.h"
#include "dpplus/failure.h"
#include "sgp22/id.h"
#include "sgp22/metadata.h"

enum { PROFILE_CLASS_UNSTATED = -1, PROFILE_TYPE_MAX = 256 };

/* What the command line says; NULL where it says nothing. */
struct order_request {
    const char *eid;
    struct bytes upp;
    const char *upp_name; /* for messages */
    const char *profile_name;
    const char *service_provider;
    const char *address; /* notification address, an FQDN */
    int profile_class;   /* enum profile_class or PROFILE_CLASS_UNSTATED */
};

/* What goes into the book. Views point into the request. */
struct order {
    struct eid eid;
    struct iccid iccid; /* the profile's own */
    struct bytes upp;
    uint8_t upp_digest[SHA256_SIZE];
    char profile_type[PROFILE_TYPE_MAX + 1]; /* as in the header, cut at a character */
    char profile_name[PROFILE_NAME_MAX + 1];
    char service_provider[SERVICE_PROVIDER_NAME_MAX + 1];
    enum profile_class profile_class;
    const char *address; /* NULL: none */
    struct buf metadata; /* StoreMetadataRequest */
};

/* Checks the profile package and builds its metadata. Where the request is
 * silent: the profile name is the header's profile type, the service provider
 * "Operator", the class test when the profile type says "test", else
 * operational. order_clear() in any case. */
enum err order_prepare(const struct order_request *request, struct order *order,
                       struct dp_failure *failure);
void order_clear(struct order *order);
/* "test", "provisioning", "operational" and back; -1 for another word. */
const char *profile_class_name(enum profile_class profile_class);
int profile_class_parse(const char *name);

#endif
