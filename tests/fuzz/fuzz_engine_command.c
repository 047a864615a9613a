/* Commands in any order on three connections of one engine.
 *
 *   1 byte    the token's role (1: dp, else line); 80: a blank token; 40: the user
 *             has session keys
 *   records   1 byte: connection (0 nobody, 1 user, 2 officer), top bit: raw
 *             raw: 2-byte length and the command APDU
 *             else: INS, P1, P2, 2-byte length and the data field */
#include "input.h"
#include "token.h"

enum {
    RAW = 0x80,
    BLANK = 0x80,
    ATTESTED = 0x40,
    ROLE_MASK = 0x3F,
    COMMANDS_MAX = 64,
    FIRST_ROOT = 1
};

/* What a run cannot take back, and the next one would do again: a new token in the
 * key store, the end of the root key that all seeds use. */
static bool is_final(const struct fuzz_token *token, struct bytes apdu)
{
    struct apdu_command command;
    struct tokwire_fields fields;
    if (apdu_decode_extended(apdu, &command) != ERR_OK ||
        (command.ins != TOKWIRE_INITIALISE && command.ins != TOKWIRE_RETIRE_ROOT) ||
        tokwire_fields_decode(tokwire_command_find(command.ins)->request, command.data, &fields) !=
            ERR_OK) {
        return false;
    }
    return command.ins == TOKWIRE_INITIALISE
               ? !token->engine->state.initialised
               : tokwire_field_uint(&fields, TOKWIRE_F_VERSION) == FIRST_ROOT;
}

static void run_raw(struct fuzz_token *token, enum fuzz_user user, struct bytes apdu)
{
    uint8_t *copy = fuzz_copy(apdu);
    if (!is_final(token, apdu)) {
        fuzz_execute(token, user, bytes_make(copy, apdu.len));
    }
    free(copy);
}

static void run_one(struct fuzz_token *token, struct bytes *input)
{
    uint8_t choice = fuzz_take_u8(input);
    enum fuzz_user user = (enum fuzz_user)((choice & ~RAW) % FUZZ_USERS);
    if ((choice & RAW) != 0) {
        run_raw(token, user, fuzz_take_record(input));
        return;
    }
    struct apdu_command apdu = {.cla = TOKWIRE_CLA, .le = APDU_LE_ANY};
    struct buf encoded;
    apdu.ins = fuzz_take_u8(input);
    apdu.p1 = fuzz_take_u8(input);
    apdu.p2 = fuzz_take_u8(input);
    apdu.data = fuzz_take_record(input);
    buf_init(&encoded, APDU_EXTENDED_MAX);
    fuzz_check(apdu_encode_extended(&apdu, &encoded) == ERR_OK);
    run_raw(token, user, buf_bytes(&encoded));
    buf_clear(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t choice = fuzz_take_u8(&input);
    struct fuzz_token *token =
        fuzz_token((choice & ROLE_MASK) == 1 ? TOKWIRE_ROLE_DP : TOKWIRE_ROLE_LINE);
    token->engine->state.initialised = (choice & BLANK) == 0;
    if ((choice & ATTESTED) != 0) {
        fuzz_token_attest(token);
    }
    for (size_t i = 0; i < COMMANDS_MAX && input.len > 0; i++) {
        run_one(token, &input);
    }
    token->engine->state.initialised = true;
    fuzz_token_reset(token);
    return 0;
}
