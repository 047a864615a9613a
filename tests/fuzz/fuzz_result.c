#include "fuzz.h"

#include <string.h>

#include "sgp22/result.h"

static void check_result(struct bytes input)
{
    struct profile_installation_result out;
    if (profile_installation_result_decode(input, &out) != ERR_OK) {
        fuzz_check(out.whole.len == 0 && !out.success);
        return;
    }
    fuzz_check(bytes_equal(out.whole, input));
    fuzz_check(out.signature.len == EC_SIGNATURE_SIZE);
    fuzz_check(out.data.len < out.whole.len && out.data.data > out.whole.data);
    fuzz_check(strlen(bpp_command_id_name(out.bpp_command_id)) > 0);
    fuzz_check(strlen(error_reason_name(out.error_reason)) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct notification_metadata notification;
    struct bytes input = bytes_make(data, size);
    check_result(input);
    if (notification_metadata_decode(input, &notification) == ERR_OK) {
        fuzz_check(bytes_equal(notification.whole, input));
    }
    return 0;
}
