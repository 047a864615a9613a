/* A stream of frames, each holding a command for the engine or an answer to the
 * client, as both sides take it apart. */
#include "fuzz.h"

#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

/* Every field is within its shape's bounds and inside the input. */
static void check_fields(const struct tokwire_shape *shape, struct bytes data)
{
    struct tokwire_fields fields;
    if (tokwire_fields_decode(shape, data, &fields) != ERR_OK) {
        return;
    }
    for (size_t i = 0; i < TOKWIRE_FIELDS_MAX && shape[i].tag != 0; i++) {
        struct bytes value = tokwire_field(&fields, shape[i].tag);
        bool present = tokwire_field_present(&fields, shape[i].tag);
        tokwire_field_uint(&fields, shape[i].tag);
        fuzz_check(present || shape[i].optional);
        if (!present) {
            fuzz_check(value.len == 0);
            continue;
        }
        fuzz_check(value.data >= data.data && value.data + value.len <= data.data + data.len);
        fuzz_check(shape[i].repeated || (value.len >= shape[i].min && value.len <= shape[i].max));
    }
}

static void check_objects(struct bytes data)
{
    struct tlv_reader reader;
    struct tlv object;
    tlv_reader_init(&reader, data);
    while (tlv_reader_expect(&reader, TOKWIRE_F_OBJECT, &object) == ERR_OK) {
        check_fields(tokwire_object_shape, object.value);
    }
}

static void take_command(struct bytes payload)
{
    struct apdu_command command;
    if (apdu_decode_extended(payload, &command) != ERR_OK) {
        return;
    }
    const struct tokwire_command *row = tokwire_command_find(command.ins);
    if (row != NULL) {
        check_fields(row->request, command.data);
    }
}

static void take_answer(struct bytes payload)
{
    struct apdu_response response;
    if (apdu_decode_response(payload, &response) != ERR_OK) {
        return;
    }
    fuzz_check(tokwire_sw_text(response.sw) != NULL && tokwire_sw_name(response.sw) != NULL);
    fuzz_check((tokwire_sw_err(response.sw) == ERR_OK) == (response.sw == TOKWIRE_SW_OK));
    for (size_t i = 0; i < tokwire_command_count; i++) {
        check_fields(tokwire_commands[i].response, response.data);
    }
    check_objects(response.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    struct bytes payload;
    size_t used;
    while (tokwire_frame_take(input, &payload, &used) == ERR_OK) {
        fuzz_check(used == payload.len + TOKWIRE_FRAME_HEADER && used <= input.len);
        take_command(payload);
        take_answer(payload);
        input = bytes_make(input.data + used, input.len - used);
    }
    return 0;
}
