/* The library over the fake engine, and shorthands for its calls. */
#ifndef MODULE_FIXTURE_H
#define MODULE_FIXTURE_H

#include "cryptoki/sgp22_mechanisms.h"
#include "module/fake_engine.h"
#include "support/test.h"

#define CKR(expression, expected) CU_ASSERT_EQUAL((expression), (CK_RV)(expected))

/* Initialised over a fresh fake engine; fixture_end() finalises. */
void fixture_begin(void);
void fixture_end(void);

CK_SESSION_HANDLE open_session(CK_FLAGS more_flags);
void login_user(CK_SESSION_HANDLE session);
CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin);
/* The one object of a class and label; 0 when there is none. */
CK_OBJECT_HANDLE find_one(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label);
CK_ULONG count_all(CK_SESSION_HANDLE session);
/* A boolean attribute; 2 when it cannot be read. */
unsigned bool_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
CK_RV generate_pair(CK_SESSION_HANDLE session, CK_ATTRIBUTE *more_private, CK_ULONG count,
                    CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key);
CK_OBJECT_HANDLE derive_session_keys(CK_SESSION_HANDLE session);
CK_RV derive_ppk(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
                 CK_OBJECT_HANDLE *key);

#endif
