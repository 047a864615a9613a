/* What the files of this library share; no header of it is for others but
 * p11.h. */
#ifndef P11_INTERNAL_H
#define P11_INTERNAL_H

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "base/secret.h"
#include "p11/p11.h"

enum { P11_LABEL_SIZE = 33, P11_SERIAL_SIZE = 17, P11_SLOTS_MAX = 64, P11_OBJECTS_MAX = 256 };

struct p11_token {
    CK_FUNCTION_LIST *module;
    /* The list a configured name was found in; NULL when module is a path. */
    CK_FUNCTION_LIST **modules;
    bool initialized; /* module was initialised here and is ours to finalise */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE login; /* holds the login, which ends with the last session */
    char label[P11_LABEL_SIZE];
    char serial[P11_SERIAL_SIZE];
};

struct p11_session {
    CK_FUNCTION_LIST *module;
    CK_SESSION_HANDLE handle;
    struct p11_failure failure;
    /* The last status word read and the CK_RV it came with: a module keeps it
     * until the next one. */
    unsigned long seen_sw;
    CK_RV seen_rv;
};

/* PIN of the file, or of the URI's pin-source. ERR_NOT_FOUND: neither is given. */
enum err p11_pin_read(const char *pin_file, P11KitUri *uri, struct secret *pin,
                      struct p11_failure *failure);

/* Writes the failure of a call, with the advice its value has, and returns the
 * project's error. failure may be NULL. */
enum err p11_fail_rv(struct p11_failure *failure, const char *call, CK_RV rv);
/* The same for a call on a session, which may know the engine's own reason: the
 * status word in ulDeviceError. */
enum err p11_fail_call(struct p11_session *session, const char *call, CK_RV rv);
/* A failure that is not the module's; returns err. failure may be NULL. */
enum err p11_fail(struct p11_failure *failure, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Objects that match; ERR_RANGE when there are more than P11_OBJECTS_MAX. */
struct p11_found {
    CK_OBJECT_HANDLE handle[P11_OBJECTS_MAX];
    size_t count;
};
enum err p11_find(struct p11_session *session, CK_ATTRIBUTE *match, CK_ULONG match_count,
                  struct p11_found *found);
/* One attribute's value appended to out, whose max bounds it. what: the object
 * in words, for the failure. */
enum err p11_attribute(struct p11_session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                       const char *what, struct buf *out);

/* CK_ATTRIBUTE with its value borrowed; the cast drops const because Cryptoki
 * templates have none. */
CK_ATTRIBUTE p11_attr(CK_ATTRIBUTE_TYPE type, const void *value, size_t len);
/* View as Cryptoki's non-const pointer; the module only reads it. */
CK_BYTE_PTR p11_ptr(struct bytes bytes);

#endif
