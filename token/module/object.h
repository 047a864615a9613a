/* Objects: the token's own, which the engine holds, and the sessions'. */
#ifndef MODULE_OBJECT_H
#define MODULE_OBJECT_H

#include "client/client.h"
#include "module/attribute.h"

enum {
    MODULE_SESSION_OBJECTS_MAX = 4096,
    MODULE_DATA_OBJECT_MAX = 65536, /* bytes of a data object's attributes */
};

enum module_object_kind {
    MODULE_ROOT_KEY = 1,
    MODULE_PRIVATE_KEY, /* dpauth, dppb, batch */
    MODULE_PUBLIC_KEY,  /* of one of these, or of a one-time pair */
    MODULE_CERTIFICATE,
    MODULE_COUNTER,
    MODULE_ONE_TIME_KEY,
    MODULE_SESSION_KEYS,
    MODULE_PPK,
    MODULE_DATA,
};

struct module_object {
    struct module_object *next;
    CK_OBJECT_HANDLE handle;
    enum module_object_kind kind;
    CK_SESSION_HANDLE session; /* whose it is; 0: a token object */
    bool is_private;
    struct module_attributes attributes;
    uint32_t engine_handle; /* 0: the engine knows nothing of it */
    enum tokwire_key key;   /* of the token's key pairs */
    enum ec_curve curve;
    uint8_t point[EC_POINT_SIZE]; /* public keys */
    struct buf identity;          /* token objects: what GET OBJECTS said */
    bool stale;                   /* not in the latest GET OBJECTS */
};

struct module_objects {
    struct module_object *first;
    CK_ULONG last_handle; /* handles are never used twice */
    size_t session_count;
    bool fresh; /* token objects have been read in this login */
    int64_t read_ms;
};

/* An empty object, not yet listed. NULL: no memory. */
struct module_object *module_object_new(enum module_object_kind kind);
void module_object_free(struct module_object **object);
/* Whether that many more session objects have a place: asked before the engine
 * makes what could not be listed. CKR_DEVICE_MEMORY. */
CK_RV module_objects_room(const struct module_objects *objects, size_t count);
/* Lists the object, which the list then owns, and gives it a handle. A session
 * object has its session set. CKR_DEVICE_MEMORY when there are too many; the
 * object is freed on failure. */
CK_RV module_objects_add(struct module_objects *objects, struct module_object **object,
                         CK_OBJECT_HANDLE *handle);
void module_objects_remove(struct module_objects *objects, struct module_object *object);
void module_objects_clear(struct module_objects *objects);
/* Forgets the private session objects, which the engine no longer has either. */
void module_objects_drop_private(struct module_objects *objects);

/* The attributes every kind of object starts with; the rest is put by whoever
 * makes it. label and id may be empty. */
struct module_object_start {
    enum module_object_kind kind;
    const char *label;
    struct bytes id;
    bool token;
    bool always_internal; /* made on the token, never outside it */
    bool dp_role;
};
void module_object_defaults(struct module_object *object, const struct module_object_start *start);
/* Curve and point of an elliptic curve public key. */
void module_object_put_point(struct module_object *object, enum ec_curve curve,
                             const uint8_t point[EC_POINT_SIZE]);

#endif
