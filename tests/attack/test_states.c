/* Every instruction in every login state and role, from the wire's own table; bad
 * lengths, classes and parameters; random bytes (invariant 7). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "stand.h"

enum { ROUNDS = 3000, ROUNDS_LONG = 100000, GARBAGE_MAX = 600 };

/* A row's mask can say more than who may call. */
#define LOGIN_STATES                                                                               \
    (TOKWIRE_STATE_BLANK | TOKWIRE_STATE_PUBLIC | TOKWIRE_STATE_USER | TOKWIRE_STATE_SO)

static struct test_pki pki;

static struct stand *token(enum tokwire_role role)
{
    static struct stand stands[TOKWIRE_ROLE_DP + 1];
    if (stands[role].engine == 0) {
        if (pki.ci.key == NULL) {
            test_pki_make(NULL, &pki);
        }
        stand_new_token(&stands[role], &pki, role);
    }
    return &stands[role];
}

static struct stand *blank(void)
{
    static struct stand stand;
    if (stand.engine == 0) {
        stand_new(&stand);
    }
    return &stand;
}

/* A connection in that state. */
static void connect_in(struct wire *wire, enum tokwire_state state, enum tokwire_role role)
{
    struct stand *stand = state == TOKWIRE_STATE_BLANK ? blank() : token(role);
    CU_ASSERT_TRUE_FATAL(wire_open(wire, stand->socket));
    if (state == TOKWIRE_STATE_USER) {
        CU_ASSERT_EQUAL_FATAL(wire_login(wire, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    } else if (state == TOKWIRE_STATE_SO) {
        CU_ASSERT_EQUAL_FATAL(wire_login(wire, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    }
}

/* Data no command takes, so that what is allowed is refused for it and nothing
 * happens. */
static uint16_t call_malformed(struct wire *wire, uint8_t ins, uint8_t p1, uint8_t p2)
{
    struct buf request;
    buf_init(&request, 16);
    tlv_put(&request, 0xDF7F, BYTES_NONE);
    return wire_call(wire, ins, p1, p2, &request);
}

/* The order of checks: INS, login state, role, P1 P2, data. */
static uint16_t expected_of(uint8_t ins, enum tokwire_state state, enum tokwire_role role,
                            unsigned p1, unsigned p2)
{
    const struct tokwire_command *row = tokwire_command_find(ins);
    if (row == NULL) {
        return TOKWIRE_SW_INS;
    }
    if ((row->states & state) == 0) {
        return TOKWIRE_SW_NOT_LOGGED_IN;
    }
    if (row->roles != 0 && state != TOKWIRE_STATE_BLANK && (row->roles & 1u << role) == 0) {
        return TOKWIRE_SW_ROLE;
    }
    return p1 > row->p1_max || p2 > row->p2_max ? TOKWIRE_SW_P1P2 : TOKWIRE_SW_DATA;
}

static void check_all_instructions(struct wire *wire, enum tokwire_state state,
                                   enum tokwire_role role)
{
    static const uint8_t parameters[][2] = {{0, 0}, {0xFF, 0}, {0, 0xFF}, {0xFF, 0xFF}};
    char what[96];
    for (unsigned ins = 0; ins < 256; ins++) {
        for (size_t i = 0; i < 4; i++) {
            uint8_t p1 = parameters[i][0], p2 = parameters[i][1];
            snprintf(what, sizeof(what), "state %02X, role %d, INS %02X, P1 P2 %02X %02X",
                     (unsigned)state, (int)role, ins, p1, p2);
            expect_sw(what, call_malformed(wire, (uint8_t)ins, p1, p2),
                      expected_of((uint8_t)ins, state, role, p1, p2));
        }
    }
}

static void test_every_instruction(void)
{
    for (enum tokwire_role role = TOKWIRE_ROLE_LINE; role <= TOKWIRE_ROLE_DP; role++) {
        for (unsigned state = TOKWIRE_STATE_BLANK; state <= TOKWIRE_STATE_SO; state <<= 1) {
            struct wire wire;
            connect_in(&wire, (enum tokwire_state)state, role);
            check_all_instructions(&wire, (enum tokwire_state)state, role);
            wire_close(&wire);
        }
    }
}

/* That the table says what it should: what makes or moves a secret is nobody's
 * but the user's or the officer's, and no command serves both. */
static void test_table(void)
{
    static const struct {
        uint8_t ins;
        uint8_t states;
    } rows[] = {
        {TOKWIRE_SIGN, TOKWIRE_STATE_USER},
        {TOKWIRE_GENERATE_ONE_TIME_KEY, TOKWIRE_STATE_USER},
        {TOKWIRE_DERIVE_SESSION_KEYS, TOKWIRE_STATE_USER},
        {TOKWIRE_DERIVE_PPK, TOKWIRE_STATE_USER},
        {TOKWIRE_BSP_ENCRYPT, TOKWIRE_STATE_USER},
        {TOKWIRE_BSP_MAC, TOKWIRE_STATE_USER},
        {TOKWIRE_REPLACE_SESSION_KEYS, TOKWIRE_STATE_USER},
        {TOKWIRE_SET_USER_PIN, TOKWIRE_STATE_SO},
        {TOKWIRE_GENERATE_KEY, TOKWIRE_STATE_SO},
        {TOKWIRE_IMPORT_COMPONENT, TOKWIRE_STATE_SO},
        {TOKWIRE_IMPORT_KEY, TOKWIRE_STATE_SO},
        {TOKWIRE_PUT_CERTIFICATE, TOKWIRE_STATE_SO},
        {TOKWIRE_SET_POLICY, TOKWIRE_STATE_SO},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct tokwire_command *row = tokwire_command_find(rows[i].ins);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT_EQUAL(row->states & LOGIN_STATES, rows[i].states);
    }
}

/* The officer's commands with good data, asked for by the user who knows the PIN:
 * his limits are not hers to move. */
static void test_user_plays_officer(void)
{
    struct wire wire;
    connect_in(&wire, TOKWIRE_STATE_USER, TOKWIRE_ROLE_LINE);
    const struct {
        uint8_t ins, p1, p2;
        uint16_t tag;
        struct bytes value;
    } rows[] = {
        {TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_QUOTA, test_hex("FFFFFFFF")},
        {TOKWIRE_SET_POLICY, 0, 0, TOKWIRE_F_NOT_AFTER, test_hex("0000000000000000")},
        {TOKWIRE_SET_USER_PIN, 0, 0, TOKWIRE_F_NEW_PIN, bytes_make("123456", 6)},
        {TOKWIRE_PUT_CERTIFICATE, TOKWIRE_KEY_CI, 0, TOKWIRE_F_CERTIFICATE, buf_bytes(&pki.ci.der)},
        {TOKWIRE_IMPORT_COMPONENT, 1, 2, TOKWIRE_F_COMPONENT, test_hex(ROOT_KEY_HEX)},
        {TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPPB, 0, TOKWIRE_F_PRIVATE_KEY, test_hex(ROOT_KEY_HEX)},
        {TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_ROOT, 0, TOKWIRE_F_VERSION, test_hex("02")},
        {TOKWIRE_VERIFY_PIN, 0, TOKWIRE_SO, TOKWIRE_F_PIN, bytes_make(SO_PIN, strlen(SO_PIN))},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect_sw(
            "an officer's command",
            wire_call_field(&wire, rows[i].ins, rows[i].p1, rows[i].p2, rows[i].tag, rows[i].value),
            TOKWIRE_SW_NOT_LOGGED_IN);
    }
    wire_close(&wire);
}

/* --- APDUs that are none ---------------------------------------------------------- */

static uint16_t exchange(struct wire *wire, struct bytes apdu)
{
    return wire_send_frame(wire, apdu) ? wire_receive(wire) : WIRE_CLOSED;
}

static void test_malformed_apdus(void)
{
    static const struct {
        const char *apdu;
        uint16_t sw;
    } rows[] = {
        {"8000", TOKWIRE_SW_LENGTH},
        {"80CA00", TOKWIRE_SW_LENGTH},
        {"80CA000000", TOKWIRE_SW_LENGTH},     /* a short Le */
        {"80CA00000101", TOKWIRE_SW_LENGTH},   /* short form */
        {"80CA000000FFFF", TOKWIRE_SW_LENGTH}, /* Lc over nothing */
        {"80CA000000000100", TOKWIRE_SW_DATA}, /* a field cut off */
        {"80CA0000000000000000", TOKWIRE_SW_LENGTH},
        {"00CA0000", TOKWIRE_SW_CLA},
        {"84CA0000", TOKWIRE_SW_CLA}, /* secure messaging */
        {"90CA0000", TOKWIRE_SW_CLA}, /* chaining */
        {"81CA0000", TOKWIRE_SW_CLA}, /* a logical channel */
        {"FFCA0000", TOKWIRE_SW_CLA},
        {"80CA0000", TOKWIRE_SW_OK}, /* that one is good */
    };
    struct wire wire;
    connect_in(&wire, TOKWIRE_STATE_USER, TOKWIRE_ROLE_LINE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect_sw(rows[i].apdu, exchange(&wire, test_hex(rows[i].apdu)), rows[i].sw);
    }
    wire_close(&wire);
}

/* --- random --------------------------------------------------------------------- */

/* xorshift: the same bytes in every run. */
static uint32_t next_random(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void put_random(struct buf *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf_put_u8(out, (uint8_t)next_random());
    }
}

/* Fields as the row wants them, of lengths it allows, with any contents. */
static void put_shaped(struct buf *out, const struct tokwire_shape *shape)
{
    for (size_t i = 0; i < TOKWIRE_FIELDS_MAX && shape[i].tag != 0; i++) {
        size_t room = (size_t)(shape[i].max - shape[i].min) + 1;
        size_t len = shape[i].min + next_random() % (room < 200 ? room : 200);
        if (shape[i].optional && next_random() % 2 == 0) {
            continue;
        }
        tlv_put_header(out, shape[i].tag, len);
        put_random(out, len);
    }
}

/* What a hostile PC may well do: spend the tries of the PIN, or its own random
 * numbers. Not part of this. */
static bool is_left_out(uint8_t ins)
{
    return ins == TOKWIRE_CHANGE_PIN || ins == TOKWIRE_LOGOUT;
}

static bool may_be_ok(uint8_t ins)
{
    return ins == TOKWIRE_GET_RANDOM || ins == TOKWIRE_GET_STATUS || ins == TOKWIRE_GET_OBJECTS ||
           ins == TOKWIRE_READ_JOURNAL || ins == TOKWIRE_KEYSTORE_INFO ||
           ins == TOKWIRE_GENERATE_ONE_TIME_KEY || ins == TOKWIRE_CREATE_CSR;
}

/* Well-formed commands of random contents: none of them gets anything that needs
 * more than a PIN. */
static void test_shaped_commands(void)
{
    const char *everything = getenv("EUICC_LINE_LONG");
    int rounds = everything != NULL && strcmp(everything, "1") == 0 ? ROUNDS_LONG : ROUNDS;
    struct wire wire;
    connect_in(&wire, TOKWIRE_STATE_USER, TOKWIRE_ROLE_LINE);
    for (int i = 0; i < rounds; i++) {
        const struct tokwire_command *row =
            &tokwire_commands[next_random() % tokwire_command_count];
        struct buf request;
        if (is_left_out(row->ins)) {
            continue;
        }
        buf_init(&request, APDU_EXTENDED_DATA_MAX);
        put_shaped(&request, row->request);
        uint16_t sw = wire_call(&wire, row->ins, (uint8_t)(next_random() % (row->p1_max + 1u)),
                                (uint8_t)(next_random() % (row->p2_max + 1u)), &request);
        if (sw == WIRE_CLOSED || sw == TOKWIRE_SW_INTERNAL ||
            (sw == TOKWIRE_SW_OK && !may_be_ok(row->ins))) {
            test_note("%s: %04X", row->name, sw);
            CU_FAIL("random contents were accepted, or hurt");
        }
        if (sw == WIRE_CLOSED) {
            break;
        }
    }
    wire_close(&wire);
    CU_ASSERT_TRUE(stand_is_alive(token(TOKWIRE_ROLE_LINE)));
}

/* Frames of random bytes. */
static void test_random_frames(void)
{
    struct wire wire;
    connect_in(&wire, TOKWIRE_STATE_USER, TOKWIRE_ROLE_LINE);
    for (int i = 0; i < ROUNDS; i++) {
        struct buf apdu;
        buf_init(&apdu, GARBAGE_MAX + 2);
        put_random(&apdu, 2 + next_random() % GARBAGE_MAX);
        uint16_t sw = exchange(&wire, buf_bytes(&apdu));
        CU_ASSERT_TRUE(sw == TOKWIRE_SW_LENGTH || sw == TOKWIRE_SW_CLA || sw == TOKWIRE_SW_INS ||
                       sw == TOKWIRE_SW_NOT_LOGGED_IN || sw == TOKWIRE_SW_P1P2 ||
                       sw == TOKWIRE_SW_ROLE || sw == TOKWIRE_SW_DATA);
        buf_clear(&apdu);
    }
    expect_sw("and still serves", exchange(&wire, test_hex("80CA0000")), TOKWIRE_SW_OK);
    wire_close(&wire);
}

/* A good command with one bit of it turned: never more than the good one. */
static void test_mutated_commands(void)
{
    struct wire wire;
    struct chip chip;
    uint32_t ppk;
    connect_in(&wire, TOKWIRE_STATE_USER, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki.euicc, &pki.eum);
    uint32_t session = chip_session(&chip, &wire);
    CU_ASSERT_EQUAL(wire_derive_ppk(&wire, ROOT_HANDLE, EID_OTHER, ICCID, &ppk), TOKWIRE_SW_OK);
    struct buf request, apdu;
    buf_init(&request, 64);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, session, 4);
    tokwire_put_uint(&request, TOKWIRE_F_KEY_HANDLE, ppk, 4);
    wire_apdu(&apdu, TOKWIRE_REPLACE_SESSION_KEYS, 0, 0, buf_bytes(&request));
    expect_sw("unchanged", exchange(&wire, buf_bytes(&apdu)), TOKWIRE_SW_EID_MISMATCH);
    for (size_t bit = 16; bit < apdu.len * 8; bit++) {
        apdu.data[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
        uint16_t sw = exchange(&wire, buf_bytes(&apdu));
        CU_ASSERT_TRUE(sw != TOKWIRE_SW_OK && sw != WIRE_CLOSED && sw != TOKWIRE_SW_INTERNAL);
        apdu.data[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
    }
    buf_clear(&request);
    buf_clear(&apdu);
    chip_clear(&chip);
    wire_close(&wire);
    CU_ASSERT_EQUAL(stand_journal_count(token(TOKWIRE_ROLE_LINE), "\"event\":\"release\"", NULL),
                    0);
}

static const struct test_case cases[] = {
    {"who may call what", test_table},
    {"every instruction in every state and role", test_every_instruction},
    {"the user plays the officer", test_user_plays_officer},
    {"APDUs that are none", test_malformed_apdus},
    {"well-formed commands of random contents", test_shaped_commands},
    {"random frames", test_random_frames},
    {"a refused wrap with every bit turned", test_mutated_commands},
};

TEST_MAIN("attack: states", cases)
