/* The commands the engine dies in, each with what must hold for it alone. */
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "tracer.h"

enum { TRIES = 5 };

static uint16_t run_wrong_pin(struct scene *scene)
{
    return wire_login(&scene->wire, TOKWIRE_USER, "wrong-pin");
}

/* Once the smaller counter is in its place, the guess is paid for. */
static void check_wrong_pin(struct scene *scene)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    uint8_t tries = (uint8_t)wire_uint(&wire, TOKWIRE_F_USER_TRIES);
    unsigned paid = tracer_first(TRACER_RENAME, 0);
    bool is_paid = paid != 0 && (scene->killed_at == 0 || scene->killed_at > paid);
    CU_ASSERT_EQUAL(tries, is_paid ? TRIES - 1 : TRIES);
    CU_ASSERT_TRUE(scene->sw == WIRE_CLOSED || is_paid);
    wire_close(&wire);
}

static uint16_t run_login(struct scene *scene)
{
    return wire_login(&scene->wire, TOKWIRE_USER, scene->pin);
}

static uint16_t run_logout(struct scene *scene)
{
    return wire_call(&scene->wire, TOKWIRE_LOGOUT, 0, 0, NULL);
}

static void prepare_evidence(struct scene *scene)
{
    chip_new(&scene->chip, &scene->pki.euicc, &scene->pki.eum);
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(&scene->chip, &scene->wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_prepare(&scene->chip, &scene->wire), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(chip_one_time_key(&scene->chip, &scene->wire), TOKWIRE_SW_OK);
    chip_evidence(&scene->chip, &scene->evidence);
}

static void prepare_forged_evidence(struct scene *scene)
{
    prepare_evidence(scene);
    scene->evidence.signature.data[10] ^= 1;
}

static uint16_t run_evidence(struct scene *scene)
{
    return evidence_derive(&scene->evidence, &scene->wire, &scene->session);
}

/* All but the wrap, of a profile nobody has asked for yet. */
static void prepare_release(struct scene *scene)
{
    snprintf(scene->iccid, sizeof(scene->iccid), "8901999000%010u", scene->number);
    chip_new(&scene->chip, &scene->pki.euicc, &scene->pki.eum);
    scene->session = chip_session(&scene->chip, &scene->wire);
    CU_ASSERT_EQUAL_FATAL(
        wire_derive_ppk(&scene->wire, ROOT_HANDLE, TEST_PKI_EID, scene->iccid, &scene->ppk),
        TOKWIRE_SW_OK);
}

static void prepare_refused_release(struct scene *scene)
{
    prepare_release(scene);
    scene->iccid[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(wire_derive_ppk(&scene->wire, ROOT_HANDLE, EID_OTHER, ICCID, &scene->ppk),
                          TOKWIRE_SW_OK);
}

static uint16_t run_release(struct scene *scene)
{
    return wire_replace(&scene->wire, scene->session, scene->ppk);
}

/* The answer was sent behind the journal's write and its sync, and in no other
 * order: what a kill cannot show, since the machine stays up. */
static void check_release(struct scene *scene)
{
    if (scene->killed_at != 0) {
        return;
    }
    unsigned write = tracer_first(TRACER_WRITE, 0);
    unsigned sync = tracer_first(TRACER_SYNC, write);
    unsigned answer = tracer_first(TRACER_ANSWER, 0);
    CU_ASSERT_TRUE(write != 0 && sync > write && answer > sync);
}

static uint16_t run_policy(struct scene *scene)
{
    struct buf request;
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_QUOTA, 1000000 + scene->number, 4);
    return wire_call(&scene->wire, TOKWIRE_SET_POLICY, 0, 0, &request);
}

/* One of the two quotas, and the new one if it was said to be. */
static void check_policy(struct scene *scene)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    uint32_t quota = wire_uint(&wire, TOKWIRE_F_QUOTA);
    CU_ASSERT_TRUE(quota == UINT32_MAX || (quota > 1000000 && quota <= 1000000 + scene->number));
    CU_ASSERT_TRUE(scene->sw != TOKWIRE_SW_OK || quota == 1000000 + scene->number);
    wire_close(&wire);
}

static uint16_t run_change_pin(struct scene *scene)
{
    struct buf request;
    buf_init(&request, 128);
    tlv_put_str(&request, TOKWIRE_F_PIN, scene->pin);
    tlv_put_str(&request, TOKWIRE_F_NEW_PIN,
                strcmp(scene->pin, USER_PIN) == 0 ? OTHER_PIN : USER_PIN);
    return wire_call(&scene->wire, TOKWIRE_CHANGE_PIN, 0, TOKWIRE_USER, &request);
}

static uint16_t run_set_user_pin(struct scene *scene)
{
    const char *pin = strcmp(scene->pin, USER_PIN) == 0 ? OTHER_PIN : USER_PIN;
    return wire_call_field(&scene->wire, TOKWIRE_SET_USER_PIN, 0, 0, TOKWIRE_F_NEW_PIN,
                           bytes_make(pin, strlen(pin)));
}

/* Objects of a class and key on the token, as it says. */
static uint8_t count_objects(struct wire *wire, enum tokwire_class class, enum tokwire_key key)
{
    struct tokwire_fields fields;
    struct tlv_reader reader;
    struct tlv object;
    uint8_t count = 0;
    CU_ASSERT_EQUAL(wire_call(wire, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_OK);
    tlv_reader_init(&reader, wire_field(wire, TOKWIRE_F_OBJECT));
    while (tlv_reader_next(&reader, &object) == ERR_OK) {
        CU_ASSERT_EQUAL_FATAL(tokwire_fields_decode(tokwire_object_shape, object.value, &fields),
                              ERR_OK);
        bool same = tokwire_field_uint(&fields, TOKWIRE_F_CLASS) == (uint64_t) class &&
                    tokwire_field_uint(&fields, TOKWIRE_F_KEY) == (uint64_t)key;
        count += same ? 1 : 0;
    }
    return count;
}

static void prepare_trust(struct scene *scene)
{
    scene->next = count_objects(&scene->wire, TOKWIRE_CLASS_CERTIFICATE, TOKWIRE_KEY_CI);
}

/* A CI the token does not have. */
static uint16_t run_trust(struct scene *scene)
{
    struct test_pki_identity ci;
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_CI);
    spec.key_seed = (uint8_t)(0x41 + scene->next);
    test_pki_issue(&spec, NULL, &ci);
    uint16_t sw = wire_call_field(&scene->wire, TOKWIRE_PUT_CERTIFICATE, TOKWIRE_KEY_CI, 0,
                                  TOKWIRE_F_CERTIFICATE, buf_bytes(&ci.der));
    test_pki_identity_clear(&ci);
    return sw;
}

static void prepare_root(struct scene *scene)
{
    scene->next =
        (uint8_t)(count_objects(&scene->wire, TOKWIRE_CLASS_ROOT, TOKWIRE_KEY_ROOT) +
                  count_objects(&scene->wire, TOKWIRE_CLASS_RETIRED, TOKWIRE_KEY_ROOT) + 1);
}

/* A root key more. What a kill leaves in the key store must not be in the way. */
static uint16_t run_root(struct scene *scene)
{
    return wire_call_field(&scene->wire, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0,
                           TOKWIRE_F_VERSION, bytes_make(&scene->next, 1));
}

/* What was not killed was done. */
static void check_done(struct scene *scene)
{
    if (scene->killed_at == 0) {
        expect_sw("not killed", scene->sw, TOKWIRE_SW_OK);
    }
}

static void prepare_retirement(struct scene *scene)
{
    prepare_root(scene);
    expect_sw("a root key", run_root(scene), TOKWIRE_SW_OK);
    struct bytes value = wire_field(&scene->wire, TOKWIRE_F_CHECK_VALUE);
    CU_ASSERT_EQUAL_FATAL(value.len, sizeof(scene->check_value));
    memcpy(scene->check_value, value.data, value.len);
}

static uint16_t run_retirement(struct scene *scene)
{
    struct buf request;
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_VERSION, scene->next, 1);
    tlv_put(&request, TOKWIRE_F_ROOT_CHECK_VALUE, BYTES_OF(scene->check_value));
    return wire_call(&scene->wire, TOKWIRE_RETIRE_ROOT, 0, 0, &request);
}

/* It is there or retired, never both, never neither; retired if it was said to be. */
static void check_retirement(struct scene *scene)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    uint8_t there = count_objects(&wire, TOKWIRE_CLASS_ROOT, TOKWIRE_KEY_ROOT);
    uint8_t retired = count_objects(&wire, TOKWIRE_CLASS_RETIRED, TOKWIRE_KEY_ROOT);
    CU_ASSERT_EQUAL(there + retired, scene->next);
    CU_ASSERT_TRUE(scene->sw != TOKWIRE_SW_OK || retired > 0);
    wire_close(&wire);
    check_done(scene);
}

/* Each name takes one key, so the token is made anew before. */
static void prepare_signing_key(struct scene *scene)
{
    scene->pin = USER_PIN;
    expect_sw("a token without keys", stand_initialise(&scene->stand, TOKWIRE_ROLE_LINE, false),
              TOKWIRE_SW_OK);
    expect_sw("the officer", wire_login(&scene->wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
}

static uint16_t run_signing_key(struct scene *scene)
{
    return wire_call(&scene->wire, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPAUTH, 0, NULL);
}

/* It is there or it can be made: half of one is not in the way. */
static void check_signing_key(struct scene *scene)
{
    struct wire wire;
    check_done(scene);
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    bool there = count_objects(&wire, TOKWIRE_CLASS_PRIVATE, TOKWIRE_KEY_DPAUTH) == 1;
    CU_ASSERT_TRUE(there || scene->sw != TOKWIRE_SW_OK);
    expect_sw("the officer", wire_login(&wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    expect_sw("once more", wire_call(&wire, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPAUTH, 0, NULL),
              there ? TOKWIRE_SW_EXISTS : TOKWIRE_SW_OK);
    wire_close(&wire);
}

static uint16_t run_initialise(struct scene *scene)
{
    struct buf request;
    buf_init(&request, 256);
    tlv_put_str(&request, TOKWIRE_F_LABEL, "anew");
    tlv_put_str(&request, TOKWIRE_F_PIN, SO_PIN);
    tlv_put_str(&request, TOKWIRE_F_NEW_PIN,
                strcmp(scene->pin, USER_PIN) == 0 ? OTHER_PIN : USER_PIN);
    return wire_call(&scene->wire, TOKWIRE_INITIALISE, 0, 0, &request);
}

/* The old token or the new one, never a blank one, and the new one if so said. */
static void check_initialise(struct scene *scene)
{
    struct wire wire;
    CU_ASSERT_TRUE_FATAL(wire_open(&wire, scene->stand.socket));
    CU_ASSERT_EQUAL(wire_call(&wire, TOKWIRE_GET_STATUS, 0, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_TRUE((wire_uint(&wire, TOKWIRE_F_FLAGS) & TOKWIRE_FLAG_INITIALISED) != 0);
    struct bytes label = wire_field(&wire, TOKWIRE_F_LABEL);
    bool is_new = bytes_equal(label, bytes_make("anew", 4));
    CU_ASSERT_TRUE(is_new || bytes_equal(label, bytes_make("attacked", 8)));
    CU_ASSERT_TRUE(is_new || scene->sw != TOKWIRE_SW_OK);
    /* Each kill may have cost the officer a try: the next login gives them back. */
    expect_sw("the officer", wire_login(&wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    wire_close(&wire);
    check_done(scene);
}

const struct operation operations[] = {
    {.name = "a wrong PIN", .run = run_wrong_pin, .check = check_wrong_pin, .logged_out = true},
    {.name = "a login", .run = run_login, .logged_out = true},
    {.name = "a logout", .run = run_logout},
    {.name = "evidence", .prepare = prepare_evidence, .run = run_evidence},
    {.name = "forged evidence", .prepare = prepare_forged_evidence, .run = run_evidence},
    {.name = "a release", .prepare = prepare_release, .run = run_release, .check = check_release},
    {.name = "a refused release", .prepare = prepare_refused_release, .run = run_release},
    {.name = "a policy", .run = run_policy, .check = check_policy, .as_so = true},
    {.name = "a change of PIN", .run = run_change_pin, .changes_pin = true, .logged_out = true},
    {.name = "an officer's PIN", .run = run_set_user_pin, .as_so = true, .changes_pin = true},
    {.name = "trust",
     .prepare = prepare_trust,
     .run = run_trust,
     .check = check_done,
     .as_so = true},
    {.name = "a root key",
     .prepare = prepare_root,
     .run = run_root,
     .check = check_done,
     .as_so = true},
    {.name = "a retired root key",
     .prepare = prepare_retirement,
     .run = run_retirement,
     .check = check_retirement,
     .as_so = true},
    /* These leave a token without keys, so they come last. */
    {.name = "a signing key",
     .prepare = prepare_signing_key,
     .run = run_signing_key,
     .check = check_signing_key,
     .logged_out = true},
    {.name = "an initialisation",
     .run = run_initialise,
     .check = check_initialise,
     .changes_pin = true,
     .logged_out = true},
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);
