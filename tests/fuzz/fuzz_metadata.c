#include "fuzz.h"

#include "sgp22/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_metadata out;
    struct store_metadata again;
    struct buf buf;
    if (store_metadata_decode(bytes_make(data, size), &out) != ERR_OK) {
        fuzz_check(out.profile_name.len == 0);
        return 0;
    }
    fuzz_check(out.service_provider_name.len <= SERVICE_PROVIDER_NAME_MAX);
    fuzz_check(out.profile_name.len <= PROFILE_NAME_MAX);
    buf_init(&buf, METADATA_MAX);
    if (store_metadata_encode(&out, &buf) == ERR_OK) {
        fuzz_check(store_metadata_decode(buf_bytes(&buf), &again) == ERR_OK);
        fuzz_check(bytes_equal(iccid_bytes(&again.iccid), iccid_bytes(&out.iccid)));
        fuzz_check(bytes_equal(again.profile_name, out.profile_name));
        fuzz_check(bytes_equal(again.notification_address, out.notification_address));
    }
    buf_clear(&buf);
    return 0;
}
