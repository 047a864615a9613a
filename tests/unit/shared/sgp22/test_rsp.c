#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "sgp22/rsp.h"

#define TID "0102030405060708090A0B0C0D0E0F10"
#define CHALLENGE_A "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define CHALLENGE_B "B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF"
#define ADDRESS "83 0B 6578616D706C652E636F6D" /* example.com */
#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define POINT_2                                                                                    \
    "04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"                           \
    "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define SIGNATURE HASH HASH

#define SERVER_SIGNED1 "30 43 8010" TID "8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B
#define EUICC_SIGNED1 "30 3D 8010" TID ADDRESS "8410" CHALLENGE_B "BF2203 820100 A0 04 A1028000"
#define SMDP_SIGNED2 "30 15 8010" TID "010100"
#define EUICC_SIGNED2 "30 56 8010" TID "5F4941" POINT
#define CHANNEL                                                                                    \
    "820101 8010" TID "A60F 800188 810110 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT_2

/* The decoders under one face, for what is the same of each. */
static enum err decode_server_signed1(struct bytes input)
{
    struct server_signed1 out;
    return server_signed1_decode(input, &out);
}

static enum err decode_euicc_signed1(struct bytes input)
{
    struct euicc_signed1 out;
    return euicc_signed1_decode(input, &out);
}

static enum err decode_smdp_signed2(struct bytes input)
{
    struct smdp_signed2 out;
    return smdp_signed2_decode(input, &out);
}

static enum err decode_euicc_signed2(struct bytes input)
{
    struct euicc_signed2 out;
    return euicc_signed2_decode(input, &out);
}

static enum err decode_channel(struct bytes input)
{
    struct initialise_secure_channel out;
    return initialise_secure_channel_decode_signed(input, &out);
}

static enum err decode_message2(struct bytes input)
{
    struct smdp_signed2 out;
    struct bytes signature;
    enum err err = smdp_signed2_message_decode(input, &out, &signature);
    CU_ASSERT_EQUAL(signature.len, err == ERR_OK ? EC_SIGNATURE_SIZE : 0);
    return err;
}

struct decoder {
    const char *name;
    enum err (*decode)(struct bytes input);
    const char *valid;
};

static const struct decoder decoders[] = {
    {"serverSigned1", decode_server_signed1, SERVER_SIGNED1},
    {"euiccSigned1", decode_euicc_signed1, EUICC_SIGNED1},
    {"smdpSigned2", decode_smdp_signed2, SMDP_SIGNED2},
    {"euiccSigned2", decode_euicc_signed2, EUICC_SIGNED2},
    {"InitialiseSecureChannel", decode_channel, CHANNEL},
    {"smdpSigned2 and euiccSignature1", decode_message2, SMDP_SIGNED2 "5F3740" SIGNATURE},
};
enum { DECODER_COUNT = sizeof(decoders) / sizeof(decoders[0]) };

static void test_valid(void)
{
    for (size_t i = 0; i < DECODER_COUNT; i++) {
        enum err err = decoders[i].decode(test_hex(decoders[i].valid));
        if (err != ERR_OK) {
            test_note("%s: %s", decoders[i].name, err_name(err));
        }
        TEST_OK(err);
    }
}

/* Every prefix, each in a block of its own size, is refused. */
static void test_truncations(void)
{
    for (size_t i = 0; i < DECODER_COUNT; i++) {
        struct bytes whole = test_hex(decoders[i].valid);
        for (size_t len = 0; len < whole.len; len++) {
            uint8_t *copy = malloc(len > 0 ? len : 1);
            CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
            memcpy(copy, whole.data, len);
            CU_ASSERT_NOT_EQUAL(decoders[i].decode(bytes_make(copy, len)), ERR_OK);
            free(copy);
        }
    }
}

/* Nothing stands behind what is signed. */
static void test_something_behind(void)
{
    for (size_t i = 0; i < DECODER_COUNT; i++) {
        struct buf input;
        buf_init(&input, 1000);
        buf_put_bytes(&input, test_hex(decoders[i].valid));
        buf_put_bytes(&input, test_hex("8000"));
        TEST_ERR(decoders[i].decode(buf_bytes(&input)), ERR_MALFORMED);
        buf_clear(&input);
    }
}

struct refusal {
    enum err (*decode)(struct bytes input);
    const char *what;
    const char *input;
    enum err err;
};

static const struct refusal refusals[] = {
    {decode_server_signed1, "empty transactionId",
     "30 33 8000 8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B, ERR_RANGE},
    {decode_server_signed1, "transactionId of 17 bytes",
     "30 44 8011" TID "00 8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B, ERR_RANGE},
    {decode_server_signed1, "short euiccChallenge",
     "30 42 8010" TID "810F A1A2A3A4A5A6A7A8A9AAABACADAEAF" ADDRESS "8410" CHALLENGE_B, ERR_RANGE},
    {decode_server_signed1, "no serverAddress",
     "30 36 8010" TID "8110" CHALLENGE_A "8410" CHALLENGE_B, ERR_TAG},
    {decode_server_signed1, "empty serverAddress",
     "30 38 8010" TID "8110" CHALLENGE_A "8300 8410" CHALLENGE_B, ERR_RANGE},
    {decode_server_signed1, "no serverChallenge", "30 31 8010" TID "8110" CHALLENGE_A ADDRESS,
     ERR_TAG},
    {decode_server_signed1, "fields exchanged",
     "30 43 8110" CHALLENGE_A "8010" TID ADDRESS "8410" CHALLENGE_B, ERR_TAG},
    {decode_server_signed1, "SET", "31 43 8010" TID "8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B,
     ERR_TAG},
    {decode_server_signed1, "long length form",
     "30 8143 8010" TID "8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B, ERR_MALFORMED},
    {decode_server_signed1, "broken extension",
     "30 45 8010" TID "8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B "8501", ERR_TRUNCATED},
    {decode_server_signed1, "euiccSigned1 in its place", EUICC_SIGNED1, ERR_TAG},

    {decode_euicc_signed1, "no euiccInfo2",
     "30 37 8010" TID ADDRESS "8410" CHALLENGE_B "A0 04 A1028000", ERR_TAG},
    {decode_euicc_signed1, "no ctxParams1",
     "30 37 8010" TID ADDRESS "8410" CHALLENGE_B "BF2203 820100", ERR_TAG},
    {decode_euicc_signed1, "serverSigned1 in its place", SERVER_SIGNED1, ERR_TAG},

    {decode_smdp_signed2, "no ccRequiredFlag", "30 12 8010" TID, ERR_TAG},
    {decode_smdp_signed2, "ccRequiredFlag of two bytes", "30 16 8010" TID "01020000", ERR_RANGE},
    {decode_smdp_signed2, "short bppEuiccOtpk", "30 19 8010" TID "010100 5F490104", ERR_RANGE},

    {decode_euicc_signed2, "no otPK", "30 12 8010" TID, ERR_TAG},
    {decode_euicc_signed2, "short otPK", "30 16 8010" TID "5F490104", ERR_RANGE},
    {decode_euicc_signed2, "short hashCc", "30 59 8010" TID "5F4941" POINT "040100", ERR_RANGE},
    {decode_euicc_signed2, "smdpSigned2 in its place", SMDP_SIGNED2, ERR_TAG},

    {decode_channel, "other remoteOpId",
     "820102 8010" TID "A60F 800188 810110 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT_2,
     ERR_MALFORMED},
    {decode_channel, "other key type",
     "820101 8010" TID "A60F 800189 810110 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT_2,
     ERR_MALFORMED},
    {decode_channel, "other key length",
     "820101 8010" TID "A60F 800188 810120 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT_2,
     ERR_MALFORMED},
    {decode_channel, "empty hostId",
     "820101 8010" TID "A608 800188 810110 8400 5F4941" POINT "5F4941" POINT_2, ERR_RANGE},
    {decode_channel, "hostId of 17 bytes",
     "820101 8010" TID "A619 800188 810110 8411" TID "00 5F4941" POINT "5F4941" POINT_2, ERR_RANGE},
    {decode_channel, "something more in the CRT",
     "820101 8010" TID "A611 800188 810110 8407 6C696E652D3031 8500 5F4941" POINT "5F4941" POINT_2,
     ERR_MALFORMED},
    {decode_channel, "no otPK.EUICC",
     "820101 8010" TID "A60F 800188 810110 8407 6C696E652D3031 5F4941" POINT, ERR_TAG},
    {decode_channel, "no transactionId",
     "820101 A60F 800188 810110 8407 6C696E652D3031 5F4941" POINT "5F4941" POINT_2, ERR_TAG},

    {decode_channel, "no CRT", "820101 8010" TID, ERR_TAG},
    {decode_server_signed1, "nothing", "", ERR_TAG},

    {decode_message2, "no signature", SMDP_SIGNED2, ERR_TAG},
    {decode_message2, "short signature", SMDP_SIGNED2 "5F3720" HASH, ERR_RANGE},
    {decode_message2, "nothing", "", ERR_TAG},
    {decode_message2, "signature first", "5F3740" SIGNATURE SMDP_SIGNED2, ERR_TAG},
};

static void test_refusals(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        enum err err = refusals[i].decode(test_hex(refusals[i].input));
        if (err != refusals[i].err) {
            test_note("%s: %s, not %s", refusals[i].what, err_name(err), err_name(refusals[i].err));
        }
        TEST_ERR(err, refusals[i].err);
    }
}

static void test_server_signed1(void)
{
    struct server_signed1 out;
    struct buf again;
    TEST_OK(server_signed1_decode(test_hex(SERVER_SIGNED1), &out));
    TEST_BYTES(out.whole, test_hex(SERVER_SIGNED1));
    TEST_BYTES(out.transaction_id, test_hex(TID));
    TEST_BYTES(out.euicc_challenge, test_hex(CHALLENGE_A));
    TEST_BYTES(out.server_address, bytes_make("example.com", 11));
    TEST_BYTES(out.server_challenge, test_hex(CHALLENGE_B));
    buf_init(&again, 1000);
    server_signed1_encode(&out, &again);
    TEST_BYTES(buf_bytes(&again), test_hex(SERVER_SIGNED1));
    buf_clear(&again);
}

static void test_euicc_signed1(void)
{
    struct euicc_signed1 out;
    TEST_OK(euicc_signed1_decode(test_hex(EUICC_SIGNED1), &out));
    TEST_BYTES(out.whole, test_hex(EUICC_SIGNED1));
    TEST_BYTES(out.transaction_id, test_hex(TID));
    TEST_BYTES(out.server_address, bytes_make("example.com", 11));
    TEST_BYTES(out.server_challenge, test_hex(CHALLENGE_B));
    TEST_BYTES(out.euicc_info2, test_hex("BF2203 820100"));
    TEST_BYTES(out.ctx_params1, test_hex("A0 04 A1028000"));
}

static void test_smdp_signed2(void)
{
    struct smdp_signed2 in = {
        .transaction_id = test_hex(TID), .cc_required = true, .bpp_euicc_otpk = test_hex(POINT)};
    struct smdp_signed2 out;
    struct buf buf;
    TEST_OK(smdp_signed2_decode(test_hex(SMDP_SIGNED2), &out));
    TEST_BYTES(out.whole, test_hex(SMDP_SIGNED2));
    CU_ASSERT_FALSE(out.cc_required);
    CU_ASSERT_EQUAL(out.bpp_euicc_otpk.len, 0);
    buf_init(&buf, 1000);
    smdp_signed2_encode(&out, &buf);
    TEST_BYTES(buf_bytes(&buf), test_hex(SMDP_SIGNED2));
    buf_reset(&buf);
    smdp_signed2_encode(&in, &buf);
    TEST_BYTES(buf_bytes(&buf), test_hex("30 59 8010" TID "0101FF 5F4941" POINT));
    TEST_OK(smdp_signed2_decode(buf_bytes(&buf), &out));
    CU_ASSERT_TRUE(out.cc_required);
    TEST_BYTES(out.bpp_euicc_otpk, test_hex(POINT));
    buf_clear(&buf);
}

static void test_euicc_signed2(void)
{
    struct euicc_signed2 out;
    TEST_OK(euicc_signed2_decode(test_hex(EUICC_SIGNED2), &out));
    TEST_BYTES(out.transaction_id, test_hex(TID));
    TEST_BYTES(out.euicc_otpk, test_hex(POINT));
    CU_ASSERT_EQUAL(out.hash_cc.len, 0);
    TEST_OK(euicc_signed2_decode(test_hex("30 78 8010" TID "5F4941" POINT "0420" HASH), &out));
    TEST_BYTES(out.hash_cc, test_hex(HASH));
}

static void test_channel(void)
{
    struct initialise_secure_channel out;
    struct buf buf;
    TEST_OK(initialise_secure_channel_decode_signed(test_hex(CHANNEL), &out));
    TEST_BYTES(out.transaction_id, test_hex(TID));
    TEST_BYTES(out.host_id, bytes_make("line-01", 7));
    TEST_BYTES(out.dp_otpk, test_hex(POINT));
    TEST_BYTES(out.euicc_otpk, test_hex(POINT_2));
    buf_init(&buf, 1000);
    initialise_secure_channel_encode_signed(&out, &buf);
    TEST_BYTES(buf_bytes(&buf), test_hex(CHANNEL));
    buf_reset(&buf);
    /* 2.5.4: in the package smdpSign stands in place of otPK.EUICC. */
    initialise_secure_channel_encode(&out, test_hex(SIGNATURE), &buf);
    TEST_BYTES(buf_bytes(&buf),
               test_hex("BF23 81AD 820101 8010" TID "A60F 800188 810110 8407 6C696E652D3031"
                        "5F4941" POINT "5F3740" SIGNATURE));
    buf_clear(&buf);
}

/* SGP.22 structures are extensible: what is unknown behind is skipped, and
 * what was signed includes it. */
static void test_extensions(void)
{
    struct server_signed1 one;
    struct euicc_signed2 two;
    struct bytes input =
        test_hex("30 48 8010" TID "8110" CHALLENGE_A ADDRESS "8410" CHALLENGE_B "BF7702 8000");
    TEST_OK(server_signed1_decode(input, &one));
    TEST_BYTES(one.whole, input);
    input = test_hex("30 59 8010" TID "5F4941" POINT "870155");
    TEST_OK(euicc_signed2_decode(input, &two));
    TEST_BYTES(two.whole, input);
    CU_ASSERT_EQUAL(two.hash_cc.len, 0);
}

static void test_signature_object(void)
{
    struct buf buf;
    buf_init(&buf, 100);
    rsp_put_signature(&buf, test_hex(SIGNATURE));
    TEST_BYTES(buf_bytes(&buf), test_hex("5F3740" SIGNATURE));
    buf_clear(&buf);
}

static const struct test_case cases[] = {
    {"valid structures", test_valid},
    {"truncation at every byte", test_truncations},
    {"nothing may stand behind", test_something_behind},
    {"refusals", test_refusals},
    {"serverSigned1 (5.6.1)", test_server_signed1},
    {"euiccSigned1 (5.7.13)", test_euicc_signed1},
    {"smdpSigned2 (5.6.2)", test_smdp_signed2},
    {"euiccSigned2 (5.7.5)", test_euicc_signed2},
    {"InitialiseSecureChannel (5.5.1)", test_channel},
    {"unknown elements behind", test_extensions},
    {"signature object", test_signature_object},
};
TEST_MAIN("shared/sgp22/rsp", cases)
