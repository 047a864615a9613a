#include "fuzz.h"

#include "sgp22/rsp.h"

enum { AGAIN_MAX = 1024 };

static bool inside(struct bytes view, struct bytes input)
{
    return view.len == 0 ||
           (view.data >= input.data && view.data + view.len <= input.data + input.len);
}

/* What this side encodes from what it decoded decodes to the same. */
static void check_server_signed1(struct bytes input)
{
    struct server_signed1 out;
    struct server_signed1 again;
    struct buf buf;
    if (server_signed1_decode(input, &out) != ERR_OK) {
        fuzz_check(out.whole.len == 0);
        return;
    }
    fuzz_check(bytes_equal(out.whole, input) && inside(out.server_challenge, input));
    buf_init(&buf, AGAIN_MAX);
    server_signed1_encode(&out, &buf);
    fuzz_check(server_signed1_decode(buf_bytes(&buf), &again) == ERR_OK);
    fuzz_check(bytes_equal(again.transaction_id, out.transaction_id));
    fuzz_check(bytes_equal(again.server_address, out.server_address));
    fuzz_check(buf.len <= input.len);
    buf_clear(&buf);
}

static void check_smdp_signed2(struct bytes input)
{
    struct smdp_signed2 out;
    struct smdp_signed2 again;
    struct bytes signature;
    struct buf buf;
    if (smdp_signed2_message_decode(input, &out, &signature) == ERR_OK) {
        fuzz_check(signature.len == EC_SIGNATURE_SIZE && inside(signature, input));
    }
    if (smdp_signed2_decode(input, &out) != ERR_OK) {
        fuzz_check(out.whole.len == 0);
        return;
    }
    buf_init(&buf, AGAIN_MAX);
    smdp_signed2_encode(&out, &buf);
    fuzz_check(smdp_signed2_decode(buf_bytes(&buf), &again) == ERR_OK);
    fuzz_check(again.cc_required == out.cc_required);
    fuzz_check(bytes_equal(again.bpp_euicc_otpk, out.bpp_euicc_otpk));
    buf_clear(&buf);
}

static void check_euicc_signed(struct bytes input)
{
    struct euicc_signed1 one;
    struct euicc_signed2 two;
    if (euicc_signed1_decode(input, &one) == ERR_OK) {
        fuzz_check(bytes_equal(one.whole, input) && inside(one.ctx_params1, input));
    }
    if (euicc_signed2_decode(input, &two) == ERR_OK) {
        fuzz_check(bytes_equal(two.whole, input) && two.euicc_otpk.len == EC_POINT_SIZE);
    }
}

/* Signed by this side, so its form is exactly one. */
static void check_channel(struct bytes input)
{
    struct initialise_secure_channel out;
    struct buf buf;
    if (initialise_secure_channel_decode_signed(input, &out) != ERR_OK) {
        return;
    }
    buf_init(&buf, AGAIN_MAX);
    initialise_secure_channel_encode_signed(&out, &buf);
    fuzz_check(bytes_equal(buf_bytes(&buf), input));
    buf_clear(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    check_server_signed1(input);
    check_smdp_signed2(input);
    check_euicc_signed(input);
    check_channel(input);
    return 0;
}
