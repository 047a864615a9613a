/* What an operation does next, as scripts of calls and answers (Cryptoki 2.40
 * 5.2, 5.10, 5.11): digests and signatures go through the same ones. */
#include <string.h>

#include "conformance.h"

enum { OUTPUT_MAX = 64, SCRIPT_MAX = 12 };

enum call {
    END = 0,
    INIT,
    INIT_WRONG,  /* a mechanism that does not fit */
    ONE,         /* C_Digest or C_Sign: of "abc" */
    ONE_LENGTH,  /* .. with no buffer */
    ONE_SMALL,   /* .. with one that is a byte short */
    ONE_BAD,     /* .. with no length */
    PART,        /* C_DigestUpdate or C_SignUpdate: of "abc" */
    PART_EMPTY,  /* .. of nothing */
    PART_BAD,    /* .. with no data */
    LAST,        /* C_DigestFinal or C_SignFinal */
    LAST_LENGTH, /* .. as above */
    LAST_SMALL,
    LAST_BAD,
};

struct step {
    enum call call;
    CK_RV expected;
};

/* A kind of operation; the four functions have one shape. */
struct subject {
    CK_ULONG output_len;
    CK_RV (*init)(CK_MECHANISM_TYPE type);
    CK_MECHANISM_TYPE mechanism, wrong;
    CK_RV (*one)(CK_BYTE *data, CK_ULONG len, CK_BYTE *out, CK_ULONG *out_len);
    CK_RV (*part)(CK_BYTE *data, CK_ULONG len);
    CK_RV (*last)(CK_BYTE *out, CK_ULONG *out_len);
};

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_BYTE abc[] = "abc";

static CK_RV digest_init(CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    return P11->C_DigestInit(session, &mechanism);
}

static CK_RV digest_one(CK_BYTE *data, CK_ULONG len, CK_BYTE *out, CK_ULONG *out_len)
{
    return P11->C_Digest(session, data, len, out, out_len);
}

static CK_RV digest_part(CK_BYTE *data, CK_ULONG len)
{
    return P11->C_DigestUpdate(session, data, len);
}

static CK_RV digest_last(CK_BYTE *out, CK_ULONG *out_len)
{
    return P11->C_DigestFinal(session, out, out_len);
}

static CK_RV sign_init(CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    return P11->C_SignInit(session, &mechanism, key);
}

static CK_RV sign_one(CK_BYTE *data, CK_ULONG len, CK_BYTE *out, CK_ULONG *out_len)
{
    return P11->C_Sign(session, data, len, out, out_len);
}

static CK_RV sign_part(CK_BYTE *data, CK_ULONG len)
{
    return P11->C_SignUpdate(session, data, len);
}

static CK_RV sign_last(CK_BYTE *out, CK_ULONG *out_len)
{
    return P11->C_SignFinal(session, out, out_len);
}

static const struct subject digest = {
    .output_len = 32,
    .init = digest_init,
    .mechanism = CKM_SHA256,
    .wrong = CKM_ECDSA,
    .one = digest_one,
    .part = digest_part,
    .last = digest_last,
};
static const struct subject signature = {
    .output_len = 64,
    .init = sign_init,
    .mechanism = CKM_ECDSA_SHA256,
    .wrong = CKM_SHA256,
    .one = sign_one,
    .part = sign_part,
    .last = sign_last,
};

/* Calls what gives output, with all the room it needs, or less by one byte, or
 * none; the length is always told and the buffer written on success alone. */
static CK_RV call_output(const struct subject *subject, bool last, bool room, CK_ULONG missing)
{
    CK_BYTE out[OUTPUT_MAX];
    CK_ULONG len = room ? subject->output_len - missing : 0;
    memset(out, 0xA5, sizeof(out));
    CK_BYTE *place = room ? out : NULL;
    CK_RV rv = last ? subject->last(place, &len) : subject->one(abc, 3, place, &len);
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL) {
        CU_ASSERT_EQUAL(len, subject->output_len);
    }
    if (rv != CKR_OK || !room) {
        CU_ASSERT_TRUE(out[0] == 0xA5 && out[1] == 0xA5 && out[2] == 0xA5 && out[3] == 0xA5);
    }
    return rv;
}

static CK_RV call_bad(const struct subject *subject, enum call call)
{
    CK_BYTE out[OUTPUT_MAX];
    switch (call) {
    case ONE_BAD:
        return subject->one(abc, 3, out, NULL);
    case PART_BAD:
        return subject->part(NULL, 3);
    default:
        return subject->last(out, NULL);
    }
}

static CK_RV take_step(const struct subject *subject, enum call call)
{
    switch (call) {
    case INIT:
        return subject->init(subject->mechanism);
    case INIT_WRONG:
        return subject->init(subject->wrong);
    case ONE:
    case LAST:
        return call_output(subject, call == LAST, true, 0);
    case ONE_LENGTH:
    case LAST_LENGTH:
        return call_output(subject, call == LAST_LENGTH, false, 0);
    case ONE_SMALL:
    case LAST_SMALL:
        return call_output(subject, call == LAST_SMALL, true, 1);
    case PART:
        return subject->part(abc, 3);
    case PART_EMPTY:
        return subject->part(abc, 0);
    default:
        return call_bad(subject, call);
    }
}

static void run(const struct subject *subject, const struct step *steps)
{
    setup();
    session = open_session(0);
    if (subject == &signature) {
        CKR(login(session, CKU_USER), CKR_OK);
        key = find_key(session, CKO_PRIVATE_KEY);
    }
    for (int i = 0; steps[i].call != END; i++) {
        CK_RV rv = take_step(subject, steps[i].call);
        if (rv != steps[i].expected) {
            test_note("step %d: %#lx, expected %#lx", i + 1, rv, steps[i].expected);
        }
        CKR(rv, steps[i].expected);
    }
    teardown();
}

/* One script, and the cases that run it over either kind. */
#define SCRIPT(name, ...)                                                                          \
    static const struct step name[SCRIPT_MAX] = {__VA_ARGS__};                                     \
    static void digest_##name(void)                                                                \
    {                                                                                              \
        run(&digest, name);                                                                        \
    }                                                                                              \
    static void sign_##name(void)                                                                  \
    {                                                                                              \
        run(&signature, name);                                                                     \
    }

SCRIPT(nothing_begun, {ONE, CKR_OPERATION_NOT_INITIALIZED},
       {ONE_LENGTH, CKR_OPERATION_NOT_INITIALIZED}, {PART, CKR_OPERATION_NOT_INITIALIZED},
       {LAST, CKR_OPERATION_NOT_INITIALIZED})
SCRIPT(in_one, {INIT, CKR_OK}, {ONE, CKR_OK}, {ONE, CKR_OPERATION_NOT_INITIALIZED}, {INIT, CKR_OK},
       {ONE, CKR_OK})
SCRIPT(lengths_in_one, {INIT, CKR_OK}, {ONE_LENGTH, CKR_OK}, {ONE_SMALL, CKR_BUFFER_TOO_SMALL},
       {ONE_LENGTH, CKR_OK}, {ONE, CKR_OK}, {ONE, CKR_OPERATION_NOT_INITIALIZED})
SCRIPT(in_parts, {INIT, CKR_OK}, {PART, CKR_OK}, {PART_EMPTY, CKR_OK}, {PART, CKR_OK},
       {LAST, CKR_OK}, {LAST, CKR_OPERATION_NOT_INITIALIZED}, {PART, CKR_OPERATION_NOT_INITIALIZED})
SCRIPT(lengths_in_parts, {INIT, CKR_OK}, {PART, CKR_OK}, {LAST_LENGTH, CKR_OK},
       {LAST_SMALL, CKR_BUFFER_TOO_SMALL}, {LAST, CKR_OK}, {INIT, CKR_OK})
SCRIPT(of_nothing, {INIT, CKR_OK}, {LAST_LENGTH, CKR_OK}, {LAST, CKR_OK})
SCRIPT(begun_twice, {INIT, CKR_OK}, {INIT, CKR_OPERATION_ACTIVE}, {PART, CKR_OK},
       {INIT, CKR_OPERATION_ACTIVE}, {LAST, CKR_OK})
SCRIPT(wrong_mechanism, {INIT_WRONG, CKR_MECHANISM_INVALID}, {ONE, CKR_OPERATION_NOT_INITIALIZED},
       {INIT, CKR_OK}, {ONE, CKR_OK})
/* A wrong argument ends the operation, as everything does but success, a length
 * and CKR_BUFFER_TOO_SMALL. */
SCRIPT(bad_one_ends, {INIT, CKR_OK}, {ONE_BAD, CKR_ARGUMENTS_BAD},
       {ONE, CKR_OPERATION_NOT_INITIALIZED}, {INIT, CKR_OK})
SCRIPT(bad_part_ends, {INIT, CKR_OK}, {PART, CKR_OK}, {PART_BAD, CKR_ARGUMENTS_BAD},
       {LAST, CKR_OPERATION_NOT_INITIALIZED}, {INIT, CKR_OK})
SCRIPT(bad_last_ends, {INIT, CKR_OK}, {PART, CKR_OK}, {LAST_BAD, CKR_ARGUMENTS_BAD},
       {LAST, CKR_OPERATION_NOT_INITIALIZED}, {INIT, CKR_OK})
/* Neither way finishes what the other began; the try ends it. */
SCRIPT(one_after_parts, {INIT, CKR_OK}, {PART, CKR_OK}, {LAST_LENGTH, CKR_OK},
       {ONE, CKR_OPERATION_ACTIVE}, {LAST, CKR_OPERATION_NOT_INITIALIZED})
SCRIPT(last_after_one, {INIT, CKR_OK}, {ONE_LENGTH, CKR_OK}, {LAST, CKR_OPERATION_ACTIVE},
       {ONE, CKR_OPERATION_NOT_INITIALIZED})

#define CASES(kind)                                                                                \
    {#kind "_nothing_begun", kind##_nothing_begun}, {#kind "_in_one", kind##_in_one},              \
        {#kind "_lengths_in_one", kind##_lengths_in_one}, {#kind "_in_parts", kind##_in_parts},    \
        {#kind "_lengths_in_parts", kind##_lengths_in_parts},                                      \
        {#kind "_of_nothing", kind##_of_nothing}, {#kind "_begun_twice", kind##_begun_twice},      \
        {#kind "_wrong_mechanism", kind##_wrong_mechanism},                                        \
        {#kind "_bad_one_ends", kind##_bad_one_ends},                                              \
        {#kind "_bad_part_ends", kind##_bad_part_ends},                                            \
        {#kind "_bad_last_ends", kind##_bad_last_ends},                                            \
        {#kind "_one_after_parts", kind##_one_after_parts},                                        \
        {#kind "_last_after_one", kind##_last_after_one},

static const struct test_case digest_cases[] = {CASES(digest)};
TEST_GROUP(digest_scripts_group, digest_cases, CKM_SHA256);
static const struct test_case sign_cases[] = {CASES(sign)};
TEST_GROUP(sign_scripts_group, sign_cases, CKM_ECDSA_SHA256);
