/* An eUICC that answers anything: STORE DATA and every ES10 function.
 *
 *   1 byte    the function; its top bit: raw
 *   raw       records, each the whole answer to one APDU, status word included
 *   else      1 byte: scripts of a package before the answer; then the answer, which
 *             is given out as a card does, with 61xx and GET RESPONSE */
#include "apdu/apdu.h"
#include "apdu/sw.h"
#include "euicc/es10b.h"
#include "euicc/es10c.h"
#include "input.h"
#include "sgp22/bsp.h"
#include "sgp22/tags.h"

enum {
    RAW = 0x80,
    GET_RESPONSE_INS = 0xC0,
    LAST_BLOCK = 0x91,
    CHUNK_MAX = 256,
    PACKAGE_MAX = 4096,
    SEGMENTS = 2,
};

struct card {
    struct euicc_transport transport;
    bool raw;
    struct bytes left;
    unsigned scripts; /* answered with nothing but 9000 */
    bool answering;
};

static enum err card_open(struct euicc_transport *transport, struct bytes aid)
{
    (void)transport;
    fuzz_check(bytes_equal(aid, isdr_aid));
    return ERR_OK;
}

static enum err answer_raw(struct card *card, struct buf *response)
{
    struct bytes record = fuzz_take_record(&card->left);
    if (record.len == 0) {
        if (card->left.len > 0) {
            return ERR_CLOSED;
        }
        buf_put_u16(response, SW_OK);
        return ERR_OK;
    }
    uint8_t *copy = fuzz_copy(record);
    buf_put(response, copy, record.len);
    free(copy);
    return buf_err(response) == ERR_OK ? ERR_OK : ERR_MALFORMED;
}

static uint16_t waiting(const struct card *card)
{
    size_t len = card->left.len;
    return len == 0 ? SW_OK : (uint16_t)(SW_MORE_DATA | (len >= CHUNK_MAX ? 0 : len));
}

/* As an honest card's transport layer does it. */
static void answer_whole(struct card *card, const struct apdu_command *command,
                         struct buf *response)
{
    if (command->ins == GET_RESPONSE_INS) {
        fuzz_check(card->answering);
        buf_put_bytes(response,
                      fuzz_take(&card->left, command->le == 0 ? CHUNK_MAX : (size_t)command->le));
    } else if (command->p1 == LAST_BLOCK) {
        card->answering = card->scripts == 0;
        card->scripts -= card->scripts > 0;
    }
    buf_put_u16(response, card->answering ? waiting(card) : SW_OK);
}

static enum err card_transmit(struct euicc_transport *transport, struct bytes bytes,
                              struct buf *response)
{
    struct card *card = (struct card *)transport;
    struct apdu_command command;
    fuzz_check(apdu_decode_short(bytes, &command) == ERR_OK);
    if (card->raw) {
        return answer_raw(card, response);
    }
    answer_whole(card, &command, response);
    return buf_err(response);
}

static void card_close(struct euicc_transport *transport)
{
    (void)transport;
}

static const char *card_detail(const struct euicc_transport *transport)
{
    (void)transport;
    return "no answer";
}

static const struct euicc_transport_ops card_ops = {card_open, card_transmit, card_close,
                                                    card_detail};

/* The content does not matter to the one who cuts a package into scripts. */
static struct bytes package(void)
{
    static const uint8_t segment[64];
    static uint8_t storage[PACKAGE_MAX];
    static size_t len;
    struct buf out;
    if (len > 0) {
        return bytes_make(storage, len);
    }
    buf_init(&out, sizeof(storage));
    size_t outer = tlv_open(&out, TAG_BOUND_PROFILE_PACKAGE);
    tlv_put(&out, TAG_INITIALISE_SECURE_CHANNEL, BYTES_OF(segment));
    static const struct {
        uint32_t list, segment;
    } lists[] = {
        {TAG_FIRST_SEQUENCE_OF_87, BSP_TAG_COMMAND},
        {TAG_SEQUENCE_OF_88, BSP_TAG_METADATA},
        {TAG_SECOND_SEQUENCE_OF_87, BSP_TAG_COMMAND},
        {TAG_SEQUENCE_OF_86, BSP_TAG_PROFILE_ELEMENTS},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        size_t mark = tlv_open(&out, lists[i].list);
        for (size_t k = 0; k < SEGMENTS; k++) {
            tlv_put(&out, lists[i].segment, BYTES_OF(segment));
        }
        tlv_close(&out, mark);
    }
    tlv_close(&out, outer);
    fuzz_check(buf_err(&out) == ERR_OK);
    len = out.len;
    memcpy(storage, out.data, len);
    buf_clear(&out);
    return bytes_make(storage, len);
}

static bool inside(struct bytes view, const struct buf *raw)
{
    return view.len == 0 ||
           (view.data >= raw->data && view.data + view.len <= raw->data + raw->len);
}

static void run_eid(struct isdr *isdr, struct buf *raw)
{
    struct eid eid, again;
    (void)raw;
    if (es10c_get_eid(isdr, &eid) == ERR_OK) {
        fuzz_check(eid_from_bytes(eid_bytes(&eid), &again) == ERR_OK);
    }
}

static void run_info1(struct isdr *isdr, struct buf *raw)
{
    struct euicc_info1 info;
    (void)raw;
    es10b_get_euicc_info1(isdr, &info);
    fuzz_check(info.for_signing.count <= CI_LIST_MAX && info.for_verification.count <= CI_LIST_MAX);
}

static void run_info2(struct isdr *isdr, struct buf *raw)
{
    struct euicc_info2 info, again;
    enum err err = es10b_get_euicc_info2(isdr, &info, raw);
    fuzz_check(info.for_signing.count <= CI_LIST_MAX && info.for_verification.count <= CI_LIST_MAX);
    if (err == ERR_OK) {
        fuzz_check(euicc_info2_decode(buf_bytes(raw), &again) == ERR_OK);
        fuzz_check(memcmp(&info, &again, sizeof(info)) == 0);
    }
}

static void run_challenge(struct isdr *isdr, struct buf *raw)
{
    uint8_t challenge[CHALLENGE_SIZE];
    (void)raw;
    es10b_get_euicc_challenge(isdr, challenge);
}

static void run_authenticate(struct isdr *isdr, struct buf *raw)
{
    static const uint8_t some[64] = {0x30, 62};
    const struct authenticate_server_request request = {
        .server_signed1 = BYTES_OF(some),
        .server_signature1 = BYTES_OF(some),
        .ci_key_id = {some, CERT_KEY_ID_SIZE},
        .dpauth_certificate = BYTES_OF(some),
        .imei = {some, 8},
        .matching_id = {some, 4},
    };
    struct authenticate_server_response response;
    if (es10b_authenticate_server(isdr, &request, raw, &response) == ERR_OK) {
        fuzz_check(response.signature1.len == EC_SIGNATURE_SIZE);
        fuzz_check(inside(response.signed1.whole, raw) && inside(response.signature1, raw));
        fuzz_check(inside(response.euicc_certificate, raw));
        fuzz_check(inside(response.eum_certificate, raw));
    }
}

static void run_prepare(struct isdr *isdr, struct buf *raw)
{
    static const uint8_t some[64] = {0x30, 62};
    const struct prepare_download_request request = {BYTES_OF(some), BYTES_OF(some),
                                                     BYTES_OF(some)};
    struct prepare_download_response response;
    if (es10b_prepare_download(isdr, &request, raw, &response) == ERR_OK) {
        fuzz_check(response.signature2.len == EC_SIGNATURE_SIZE);
        fuzz_check(inside(response.signed2.whole, raw) && inside(response.signature2, raw));
        fuzz_check(response.signed2.euicc_otpk.len == EC_POINT_SIZE);
    }
}

static void run_cancel(struct isdr *isdr, struct buf *raw)
{
    static const uint8_t transaction_id[] = {1, 2};
    (void)raw;
    es10b_cancel_session(isdr, BYTES_OF(transaction_id), CANCEL_POSTPONED);
}

static void count_step(void *context, size_t done, size_t total)
{
    size_t *before = context;
    fuzz_check(done > *before && done <= total);
    *before = done;
}

static void run_load(struct isdr *isdr, struct buf *raw)
{
    size_t done = 0;
    const struct bpp_progress progress = {count_step, &done};
    struct tlv result;
    if (es10b_load_bound_profile_package(isdr, package(), &progress, raw) == ERR_OK) {
        fuzz_check(tlv_single(buf_bytes(raw), TAG_PROFILE_INSTALLATION_RESULT, &result) == ERR_OK);
    } else {
        fuzz_check(raw->len == 0);
    }
}

static void run_list_notification(struct isdr *isdr, struct buf *raw)
{
    static struct notification_list list;
    (void)raw;
    enum err err = es10b_list_notification(isdr, &list);
    fuzz_check(list.count <= (err == ERR_OK ? NOTIFICATION_LIST_MAX : 0));
}

static void run_retrieve(struct isdr *isdr, struct buf *raw)
{
    fuzz_check((es10b_retrieve_notification(isdr, 1, raw) == ERR_OK) == (raw->len > 0));
}

static void run_sent(struct isdr *isdr, struct buf *raw)
{
    (void)raw;
    es10b_notification_sent(isdr, 1);
}

static void run_profiles(struct isdr *isdr, struct buf *raw)
{
    static struct profile_list list;
    (void)raw;
    enum err err = es10c_get_profiles_info(isdr, &list);
    fuzz_check(list.count <= (err == ERR_OK ? PROFILE_LIST_MAX : 0));
    for (size_t i = 0; i < list.count; i++) {
        fuzz_check(fuzz_is_text(list.item[i].name, PROFILE_TEXT_SIZE));
        fuzz_check(fuzz_is_text(list.item[i].service_provider, PROFILE_TEXT_SIZE));
    }
}

static void run_has_profile(struct isdr *isdr, struct buf *raw)
{
    static const struct iccid iccid = {
        {0x98, 0x00, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x14}};
    bool present = true;
    (void)raw;
    fuzz_check(es10c_has_profile(isdr, &iccid, &present) == ERR_OK || !present);
}

static void run_enable(struct isdr *isdr, struct buf *raw)
{
    static const struct iccid iccid = {{0x98}};
    (void)raw;
    es10c_enable_profile(isdr, &iccid, true);
}

/* Scripts lie in the package one behind the other, without a gap. */
struct scripts {
    struct bytes package;
    size_t used;
};

static enum err take_script(void *context, struct bytes script)
{
    struct scripts *scripts = context;
    fuzz_check(script.len > 0 && script.data == scripts->package.data + scripts->used);
    scripts->used += script.len;
    fuzz_check(scripts->used <= scripts->package.len);
    return ERR_OK;
}

/* No card: the package itself is what comes from outside, out of a batch. */
static void run_scripts(struct isdr *isdr, struct buf *raw)
{
    struct card *card = (struct card *)isdr->transport;
    struct scripts scripts = {card->left, 0};
    (void)raw;
    if (bpp_scripts(card->left, take_script, &scripts) == ERR_OK) {
        fuzz_check(scripts.used == scripts.package.len);
    }
}

static void (*const runs[])(struct isdr *isdr, struct buf *raw) = {
    run_eid,         run_info1,        run_info2,
    run_challenge,   run_authenticate, run_prepare,
    run_cancel,      run_load,         run_list_notification,
    run_retrieve,    run_sent,         run_profiles,
    run_has_profile, run_enable,       run_scripts,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct card card = {.transport.ops = &card_ops, .left = bytes_make(data, size)};
    uint8_t choice = fuzz_take_u8(&card.left);
    struct isdr isdr;
    struct buf raw;
    card.raw = (choice & RAW) != 0;
    card.scripts = card.raw ? 0 : fuzz_take_u8(&card.left);
    buf_init(&raw, ES10_RESPONSE_MAX);
    fuzz_check(isdr_open(&isdr, &card.transport) == ERR_OK);
    runs[(choice & ~RAW) % (sizeof(runs) / sizeof(runs[0]))](&isdr, &raw);
    fuzz_check(fuzz_is_text(isdr.detail, sizeof(isdr.detail)) && isdr.result_name != NULL);
    isdr_close(&isdr);
    buf_clear(&raw);
    return 0;
}
