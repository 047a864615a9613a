#include "oracle.h"

#include <string.h>

uint16_t oracle_sign(struct wire *wire, enum tokwire_key key, struct bytes message)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    return wire_sign(wire, key, message, signature);
}

void oracle_begin(const struct test_pki *pki, struct chip *chip, struct wire *wire, bool prepared)
{
    chip_new(chip, &pki->euicc, &pki->eum);
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(chip, wire), TOKWIRE_SW_OK);
    if (prepared) {
        CU_ASSERT_EQUAL_FATAL(chip_prepare(chip, wire), TOKWIRE_SW_OK);
    }
}

bool span_has(size_t at, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at >= spans[i].start && at < spans[i].end) {
            return true;
        }
    }
    return false;
}

struct span span_of(const struct buf *message, struct bytes value)
{
    for (size_t at = 0; at + value.len <= message->len; at++) {
        if (memcmp(message->data + at, value.data, value.len) == 0) {
            return (struct span){at, at + value.len};
        }
    }
    CU_FAIL_FATAL("the structure does not hold its own value");
    return (struct span){0, 0};
}

void oracle_resize(struct wire *wire, enum tokwire_key key, const struct buf *message)
{
    struct buf longer;
    for (size_t len = 0; len < message->len; len++) {
        CU_ASSERT_EQUAL(oracle_sign(wire, key, bytes_make(message->data, len)),
                        TOKWIRE_SW_SIGN_REFUSED);
    }
    const struct bytes tails[] = {test_hex("00"), test_hex("8000"), test_hex("0500"),
                                  test_hex("5F3701AA"), buf_bytes(message)};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        buf_init(&longer, ORACLE_MESSAGE_MAX);
        buf_put_bytes(&longer, buf_bytes(message));
        buf_put_bytes(&longer, tails[i]);
        expect_sw("extended", oracle_sign(wire, key, buf_bytes(&longer)), TOKWIRE_SW_SIGN_REFUSED);
        buf_reset(&longer);
        buf_put_bytes(&longer, tails[i]);
        buf_put_bytes(&longer, buf_bytes(message));
        expect_sw("preceded", oracle_sign(wire, key, buf_bytes(&longer)), TOKWIRE_SW_SIGN_REFUSED);
        buf_clear(&longer);
    }
}
