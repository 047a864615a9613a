/* Dispatch: the one way in. What the table does not list, or not now, is
 * refused before any handler runs. */
#include "engine/internal.h"

struct handler_row {
    uint8_t ins;
    uint16_t (*run)(struct command *command);
};

static const struct handler_row handlers[] = {
    {TOKWIRE_GET_STATUS, cmd_get_status},
    {TOKWIRE_INITIALISE, cmd_initialise},
    {TOKWIRE_VERIFY_PIN, cmd_verify_pin},
    {TOKWIRE_LOGOUT, cmd_logout},
    {TOKWIRE_CHANGE_PIN, cmd_change_pin},
    {TOKWIRE_SET_USER_PIN, cmd_set_user_pin},
    {TOKWIRE_GET_RANDOM, cmd_get_random},
    {TOKWIRE_GET_OBJECTS, cmd_get_objects},
    {TOKWIRE_GENERATE_KEY, cmd_generate_key},
    {TOKWIRE_IMPORT_COMPONENT, cmd_import_component},
    {TOKWIRE_IMPORT_KEY, cmd_import_key},
    {TOKWIRE_CREATE_CSR, cmd_create_csr},
    {TOKWIRE_PUT_CERTIFICATE, cmd_put_certificate},
    {TOKWIRE_SET_POLICY, cmd_set_policy},
    {TOKWIRE_RETIRE_ROOT, cmd_retire_root},
    {TOKWIRE_END_TRUST, cmd_end_trust},
    {TOKWIRE_KEYSTORE_INFO, cmd_keystore_info},
    {TOKWIRE_READ_JOURNAL, cmd_read_journal},
    {TOKWIRE_SIGN, cmd_sign},
    {TOKWIRE_GENERATE_ONE_TIME_KEY, cmd_generate_one_time_key},
    {TOKWIRE_DERIVE_SESSION_KEYS, cmd_derive_session_keys},
    {TOKWIRE_DERIVE_PPK, cmd_derive_ppk},
    {TOKWIRE_BSP_ENCRYPT, cmd_bsp_encrypt},
    {TOKWIRE_BSP_MAC, cmd_bsp_mac},
    {TOKWIRE_REPLACE_SESSION_KEYS, cmd_replace_session_keys},
    {TOKWIRE_DESTROY, cmd_destroy},
};

static const struct handler_row *handler_of(uint8_t ins)
{
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].ins == ins) {
            return &handlers[i];
        }
    }
    return NULL;
}

static uint8_t state_of(const struct engine_connection *connection)
{
    if (!connection->engine->state.initialised) {
        return TOKWIRE_STATE_BLANK;
    }
    switch (connection->login) {
    case TOKWIRE_USER:
        return TOKWIRE_STATE_USER;
    case TOKWIRE_SO:
        return TOKWIRE_STATE_SO;
    default:
        return TOKWIRE_STATE_PUBLIC;
    }
}

static uint16_t check_row(const struct engine_connection *connection,
                          const struct tokwire_command *row, const struct apdu_command *apdu)
{
    unsigned role = 1u << connection->engine->state.role;
    if ((row->states & state_of(connection)) == 0) {
        return TOKWIRE_SW_NOT_LOGGED_IN;
    }
    if (connection->engine->fault != TOKWIRE_FAULT_NONE &&
        (row->states & TOKWIRE_STATE_TAMPERED) == 0) {
        return TOKWIRE_SW_TAMPERED;
    }
    if (row->roles != 0 && (row->roles & role) == 0) {
        return TOKWIRE_SW_ROLE;
    }
    if (apdu->p1 > row->p1_max || apdu->p2 > row->p2_max) {
        return TOKWIRE_SW_P1P2;
    }
    return TOKWIRE_SW_OK;
}

static uint16_t dispatch(struct engine_connection *connection, struct bytes input, struct buf *out)
{
    struct apdu_command apdu;
    struct command command = {.engine = connection->engine, .connection = connection, .out = out};
    if (apdu_decode_extended(input, &apdu) != ERR_OK) {
        return TOKWIRE_SW_LENGTH;
    }
    if (apdu.cla != TOKWIRE_CLA) {
        return TOKWIRE_SW_CLA;
    }
    const struct tokwire_command *row = tokwire_command_find(apdu.ins);
    const struct handler_row *handler = handler_of(apdu.ins);
    if (row == NULL || handler == NULL) {
        return TOKWIRE_SW_INS;
    }
    uint16_t sw = check_row(connection, row, &apdu);
    if (sw != TOKWIRE_SW_OK) {
        return sw;
    }
    if (tokwire_fields_decode(row->request, apdu.data, &command.fields) != ERR_OK) {
        return TOKWIRE_SW_DATA;
    }
    command.p1 = apdu.p1;
    command.p2 = apdu.p2;
    return handler->run(&command);
}

void engine_execute(struct engine_connection *connection, struct bytes command,
                    struct buf *response)
{
    buf_reset(response);
    uint16_t sw = dispatch(connection, command, response);
    if (sw == TOKWIRE_SW_OK && buf_err(response) != ERR_OK) {
        sw = TOKWIRE_SW_INTERNAL;
    }
    if (sw != TOKWIRE_SW_OK) {
        buf_reset(response);
    }
    buf_put_u16(response, sw);
}
