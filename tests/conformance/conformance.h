/* What the groups of tests share: the library under test, its token, and
 * shorthands for the calls each test starts with.
 *
 * Nothing here knows whose library it is. Where Cryptoki leaves a choice, any
 * answer it allows is right. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include <p11-kit/pkcs11.h>

#include "support/test.h"

struct conformance {
    void *library; /* of dlopen() */
    CK_FUNCTION_LIST *p11;
    const char *token_label;
    const char *key_label; /* a P-256 pair that signs digests with CKM_ECDSA */
    unsigned char pin[64], so_pin[64];
    CK_ULONG pin_len, so_pin_len;
    CK_SLOT_ID slot; /* of the token; set by setup() */
};

extern struct conformance under_test;
#define P11 (under_test.p11)

#define CKR(expression, expected) CU_ASSERT_EQUAL((expression), (CK_RV)(expected))
/* One of two answers Cryptoki allows. */
#define CKR_EITHER(expression, one, other)                                                         \
    do {                                                                                           \
        CK_RV rv_ = (expression);                                                                  \
        CU_ASSERT_TRUE(rv_ == (CK_RV)(one) || rv_ == (CK_RV)(other));                              \
    } while (0)

/* Initialises the library and finds the token; teardown() finalises. */
void setup(void);
void teardown(void);
CK_SESSION_HANDLE open_session(CK_FLAGS more_flags);
CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user);
/* The first object that matches; 0 when there is none. */
CK_OBJECT_HANDLE find_first(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count);
CK_OBJECT_HANDLE find_key(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class);
/* A session data object with this label and the value "value". */
CK_RV create_data(CK_SESSION_HANDLE session, const char *label, CK_BBOOL token, CK_BBOOL is_private,
                  CK_OBJECT_HANDLE *object);
/* Characters that print, blanks to the end, no terminator. */
int is_padded(const unsigned char *text, size_t size);

#define NO_MECHANISM CK_UNAVAILABLE_INFORMATION
/* Cases that go together. Where the token lacks a mechanism they are about, the
 * group is left out, which is said. */
struct test_group {
    const struct test_case *cases;
    size_t count;
    CK_MECHANISM_TYPE about;
};
#define TEST_GROUP(name, array, mechanism)                                                         \
    const struct test_group name = {(array), sizeof(array) / sizeof((array)[0]), (mechanism)}
extern const struct test_group general_group, arguments_group, slots_group, sessions_group,
    pins_group, objects_group, data_group, attributes_group, operations_group, digests_group,
    digest_scripts_group, sign_scripts_group, signatures_group, threads_group, renewal_group;

#endif
