#include "fuzz.h"

#include "apdu/apdu.h"

/* What is decoded is encoded to the same bytes. */
static void check_again(struct bytes input, const struct apdu_command *command, bool extended)
{
    struct buf again;
    buf_init(&again, APDU_EXTENDED_MAX);
    enum err err =
        extended ? apdu_encode_extended(command, &again) : apdu_encode_short(command, &again);
    fuzz_check(err == ERR_OK && bytes_equal(buf_bytes(&again), input));
    buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    struct apdu_command command;
    struct apdu_response response;
    if (apdu_decode_short(input, &command) == ERR_OK) {
        check_again(input, &command, false);
    }
    if (apdu_decode_extended(input, &command) == ERR_OK) {
        check_again(input, &command, true);
    }
    if (apdu_decode_response(input, &response) == ERR_OK) {
        fuzz_check(response.data.len == size - 2);
    }
    return 0;
}
