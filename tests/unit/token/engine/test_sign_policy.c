/* What the keys may sign: a table of messages for each transaction state. */
#include <string.h>

#include "engine/sign_policy.h"
#include "support/test.h"

enum { MESSAGE_MAX = 1024 };

#define TID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER_TID "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static uint8_t dp_otpk[65] = {4, 1}, euicc_otpk[65] = {4, 2}, other_otpk[65] = {4, 3};
static const uint8_t sixteen[16] = {9}, signature1[64] = {8};

static void server_signed1(struct buf *out)
{
    const struct server_signed1 in = {.transaction_id = test_hex(TID),
                                      .euicc_challenge = BYTES_OF(sixteen),
                                      .server_address = bytes_make("a.example", 9),
                                      .server_challenge = BYTES_OF(sixteen)};
    server_signed1_encode(&in, out);
}

/* An unknown element at the end: a chip would skip it, we do not sign it. */
static void server_signed1_extended(struct buf *out)
{
    struct buf inner;
    buf_init(&inner, MESSAGE_MAX);
    server_signed1(&inner);
    buf_put(out, inner.data, inner.len);
    buf_put(out, "\x99\x01\x00", 3);
    out->data[1] = (uint8_t)(out->data[1] + 3);
    buf_clear(&inner);
}

static void server_signed1_with_tail(struct buf *out)
{
    server_signed1(out);
    buf_put_u8(out, 0);
}

static void put_smdp_signed2(struct buf *out, const char *tid, bool cc_required, bool signature)
{
    const struct smdp_signed2 in = {.transaction_id = test_hex(tid), .cc_required = cc_required};
    smdp_signed2_encode(&in, out);
    if (signature) {
        rsp_put_signature(out, BYTES_OF(signature1));
    }
}

static void smdp_signed2(struct buf *out)
{
    put_smdp_signed2(out, TID, false, true);
}

static void smdp_signed2_other(struct buf *out)
{
    put_smdp_signed2(out, OTHER_TID, false, true);
}

static void smdp_signed2_bare(struct buf *out)
{
    put_smdp_signed2(out, TID, false, false);
}

static void smdp_signed2_cc(struct buf *out)
{
    put_smdp_signed2(out, TID, true, true);
}

static void smdp_signed2_twice(struct buf *out)
{
    smdp_signed2(out);
    smdp_signed2(out);
}

static void put_channel(struct buf *out, const char *tid, const char *host, const uint8_t *dp,
                        const uint8_t *euicc)
{
    const struct initialise_secure_channel in = {.transaction_id = test_hex(tid),
                                                 .host_id = bytes_make(host, strlen(host)),
                                                 .dp_otpk = bytes_make(dp, 65),
                                                 .euicc_otpk = bytes_make(euicc, 65)};
    initialise_secure_channel_encode_signed(&in, out);
}

static void channel(struct buf *out)
{
    put_channel(out, TID, "host", dp_otpk, euicc_otpk);
}

static void channel_other_tid(struct buf *out)
{
    put_channel(out, OTHER_TID, "host", dp_otpk, euicc_otpk);
}

static void channel_other_host(struct buf *out)
{
    put_channel(out, TID, "h0st", dp_otpk, euicc_otpk);
}

static void channel_other_dp(struct buf *out)
{
    put_channel(out, TID, "host", other_otpk, euicc_otpk);
}

static void channel_other_euicc(struct buf *out)
{
    put_channel(out, TID, "host", dp_otpk, other_otpk);
}

static void nothing(struct buf *out)
{
    buf_reset(out);
}

static void digest(struct buf *out)
{
    buf_put(out, signature1, 32);
}

static void text(struct buf *out)
{
    buf_put_str(out, "an arbitrary message");
}

struct row {
    const char *name;
    enum tokwire_key key;
    enum tokwire_sign_mode mode;
    void (*message)(struct buf *out);
    enum transaction_state state; /* of transaction TID */
    uint16_t sw;
    enum sign_kind kind;
};

#define MESSAGE TOKWIRE_SIGN_MESSAGE
#define DIGEST TOKWIRE_SIGN_DIGEST
#define REFUSED TOKWIRE_SW_SIGN_REFUSED

static const struct row rows[] = {
    {"dpauth: serverSigned1", TOKWIRE_KEY_DPAUTH, MESSAGE, server_signed1, TRANSACTION_NONE,
     TOKWIRE_SW_OK, SIGN_SERVER_SIGNED1},
    {"dpauth: the same again", TOKWIRE_KEY_DPAUTH, MESSAGE, server_signed1, TRANSACTION_BOUND,
     TOKWIRE_SW_OK, SIGN_SERVER_SIGNED1},
    {"dpauth: with an unknown element", TOKWIRE_KEY_DPAUTH, MESSAGE, server_signed1_extended,
     TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"dpauth: with a byte behind", TOKWIRE_KEY_DPAUTH, MESSAGE, server_signed1_with_tail,
     TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"dpauth: smdpSigned2", TOKWIRE_KEY_DPAUTH, MESSAGE, smdp_signed2, TRANSACTION_AUTHENTICATED,
     REFUSED, SIGN_NOTHING},
    {"dpauth: channel", TOKWIRE_KEY_DPAUTH, MESSAGE, channel, TRANSACTION_ATTESTED, REFUSED,
     SIGN_NOTHING},
    {"dpauth: a digest", TOKWIRE_KEY_DPAUTH, DIGEST, digest, TRANSACTION_NONE, REFUSED,
     SIGN_NOTHING},
    {"dpauth: serverSigned1 as digest", TOKWIRE_KEY_DPAUTH, DIGEST, server_signed1,
     TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"dpauth: text", TOKWIRE_KEY_DPAUTH, MESSAGE, text, TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"dpauth: nothing", TOKWIRE_KEY_DPAUTH, MESSAGE, nothing, TRANSACTION_NONE, REFUSED,
     SIGN_NOTHING},
    {"dppb: smdpSigned2 || euiccSignature1", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2,
     TRANSACTION_AUTHENTICATED, TOKWIRE_SW_OK, SIGN_SMDP_SIGNED2},
    {"dppb: smdpSigned2, no transaction", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2, TRANSACTION_NONE,
     TOKWIRE_SW_TRANSACTION, SIGN_NOTHING},
    {"dppb: smdpSigned2 of another", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2_other,
     TRANSACTION_AUTHENTICATED, TOKWIRE_SW_TRANSACTION, SIGN_NOTHING},
    {"dppb: smdpSigned2 a second time", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2,
     TRANSACTION_PREPARED, TOKWIRE_SW_STATE, SIGN_NOTHING},
    {"dppb: smdpSigned2 alone", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2_bare,
     TRANSACTION_AUTHENTICATED, REFUSED, SIGN_NOTHING},
    {"dppb: two smdpSigned2", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2_twice,
     TRANSACTION_AUTHENTICATED, REFUSED, SIGN_NOTHING},
    {"dppb: confirmation code", TOKWIRE_KEY_DPPB, MESSAGE, smdp_signed2_cc,
     TRANSACTION_AUTHENTICATED, TOKWIRE_SW_UNSUPPORTED, SIGN_NOTHING},
    {"dppb: serverSigned1", TOKWIRE_KEY_DPPB, MESSAGE, server_signed1, TRANSACTION_NONE, REFUSED,
     SIGN_NOTHING},
    {"dppb: channel", TOKWIRE_KEY_DPPB, MESSAGE, channel, TRANSACTION_ATTESTED, TOKWIRE_SW_OK,
     SIGN_INITIALISE_SECURE_CHANNEL},
    {"dppb: channel before evidence", TOKWIRE_KEY_DPPB, MESSAGE, channel, TRANSACTION_PREPARED,
     TOKWIRE_SW_STATE, SIGN_NOTHING},
    {"dppb: channel a second time", TOKWIRE_KEY_DPPB, MESSAGE, channel, TRANSACTION_BOUND,
     TOKWIRE_SW_STATE, SIGN_NOTHING},
    {"dppb: channel, no transaction", TOKWIRE_KEY_DPPB, MESSAGE, channel, TRANSACTION_NONE,
     TOKWIRE_SW_TRANSACTION, SIGN_NOTHING},
    {"dppb: channel of another", TOKWIRE_KEY_DPPB, MESSAGE, channel_other_tid, TRANSACTION_ATTESTED,
     TOKWIRE_SW_TRANSACTION, SIGN_NOTHING},
    {"dppb: channel, other host", TOKWIRE_KEY_DPPB, MESSAGE, channel_other_host,
     TRANSACTION_ATTESTED, REFUSED, SIGN_NOTHING},
    {"dppb: channel, other otPK.DP", TOKWIRE_KEY_DPPB, MESSAGE, channel_other_dp,
     TRANSACTION_ATTESTED, REFUSED, SIGN_NOTHING},
    {"dppb: channel, other otPK.EUICC", TOKWIRE_KEY_DPPB, MESSAGE, channel_other_euicc,
     TRANSACTION_ATTESTED, REFUSED, SIGN_NOTHING},
    {"dppb: a digest", TOKWIRE_KEY_DPPB, DIGEST, digest, TRANSACTION_ATTESTED, REFUSED,
     SIGN_NOTHING},
    {"dppb: text", TOKWIRE_KEY_DPPB, MESSAGE, text, TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"batch: text", TOKWIRE_KEY_BATCH, MESSAGE, text, TRANSACTION_NONE, TOKWIRE_SW_OK,
     SIGN_BATCH_MESSAGE},
    {"batch: a digest", TOKWIRE_KEY_BATCH, DIGEST, digest, TRANSACTION_NONE, TOKWIRE_SW_OK,
     SIGN_BATCH_DIGEST},
    {"batch: no digest", TOKWIRE_KEY_BATCH, DIGEST, text, TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"root: anything", TOKWIRE_KEY_ROOT, MESSAGE, text, TRANSACTION_NONE, REFUSED, SIGN_NOTHING},
    {"ci: anything", TOKWIRE_KEY_CI, MESSAGE, server_signed1, TRANSACTION_NONE, REFUSED,
     SIGN_NOTHING},
};

/* The transaction as it stands when its state is reached. */
static void set_transaction(struct transaction_table *table, enum transaction_state state)
{
    memset(table, 0, sizeof(*table));
    if (state == TRANSACTION_NONE) {
        return;
    }
    struct transaction *made = transaction_begin(table, test_hex(TID));
    made->state = state;
    memcpy(made->dp_otpk, dp_otpk, sizeof(dp_otpk));
    memcpy(made->euicc_otpk, euicc_otpk, sizeof(euicc_otpk));
    memcpy(made->host_id, "host", 4);
    made->host_id_len = 4;
}

static void test_table(void)
{
    static struct transaction_table table;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sign_request request = {rows[i].key, rows[i].mode, BYTES_NONE, &table};
        struct sign_decision decision;
        struct buf message;
        buf_init(&message, MESSAGE_MAX);
        rows[i].message(&message);
        request.message = buf_bytes(&message);
        set_transaction(&table, rows[i].state);
        uint16_t sw = sign_policy(&request, &decision);
        if (sw != rows[i].sw || decision.kind != rows[i].kind) {
            test_note("%s: %04X, kind %d", rows[i].name, sw, (int)decision.kind);
        }
        CU_ASSERT_EQUAL(sw, rows[i].sw);
        CU_ASSERT_EQUAL(decision.kind, rows[i].kind);
        buf_clear(&message);
    }
}

/* Every truncation of what is allowed is refused, and so is every flipped bit
 * of structure (a flipped bit of a value is another, equally valid value). */
static void test_truncations(void)
{
    static struct transaction_table table;
    void (*const messages[])(struct buf *) = {server_signed1, smdp_signed2, channel};
    const enum tokwire_key keys[] = {TOKWIRE_KEY_DPAUTH, TOKWIRE_KEY_DPPB, TOKWIRE_KEY_DPPB};
    const enum transaction_state states[] = {TRANSACTION_NONE, TRANSACTION_AUTHENTICATED,
                                             TRANSACTION_ATTESTED};
    for (size_t m = 0; m < 3; m++) {
        struct buf message;
        struct sign_decision decision;
        buf_init(&message, MESSAGE_MAX);
        messages[m](&message);
        set_transaction(&table, states[m]);
        for (size_t len = 0; len < message.len; len++) {
            struct sign_request request = {keys[m], MESSAGE, bytes_make(message.data, len), &table};
            CU_ASSERT_EQUAL(sign_policy(&request, &decision), REFUSED);
            CU_ASSERT_EQUAL(decision.kind, SIGN_NOTHING);
        }
        buf_clear(&message);
    }
}

/* More transactions than places: the oldest goes, the newest stays. */
static void test_oldest_transaction_goes(void)
{
    static struct transaction_table table;
    memset(&table, 0, sizeof(table));
    for (uint8_t i = 0; i < TRANSACTIONS_MAX + 2; i++) {
        transaction_begin(&table, bytes_make(&i, 1));
    }
    uint8_t first = 0, second = 1, third = 2, last = TRANSACTIONS_MAX + 1;
    CU_ASSERT_PTR_NULL(transaction_find(&table, bytes_make(&first, 1)));
    CU_ASSERT_PTR_NULL(transaction_find(&table, bytes_make(&second, 1)));
    CU_ASSERT_PTR_NOT_NULL(transaction_find(&table, bytes_make(&third, 1)));
    CU_ASSERT_PTR_NOT_NULL(transaction_find(&table, bytes_make(&last, 1)));
}

static const struct test_case cases[] = {
    {"policy table", test_table},
    {"every truncation is refused", test_truncations},
    {"the oldest transaction goes", test_oldest_transaction_goes},
};
TEST_MAIN("engine/sign_policy", cases)
