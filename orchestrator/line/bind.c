#include <string.h>

#include "base/clock.h"
#include "line/download.h"
#include "line/root_key.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum {
    SECURE_CHANNEL_MAX = 512,
    PIECE_MAX = 2 * METADATA_MAX,
    BPP_MAX = 4 * UPP_MAX,
};

/* Host of the control reference template: any value both sides use (2.6.4). */
static const uint8_t host_id[] = {'l', 'i', 'n', 'e'};

/* ConfigureISDP with nothing in it (5.5.2). */
static const uint8_t configure_isdp[] = {TAG_CONFIGURE_ISDP >> 8, TAG_CONFIGURE_ISDP & 0xFF, 0x00};

/* The parts of the BPP as they come out of the token, and the token's keys. */
struct binding {
    struct download *download;
    struct p11_session *session;
    int64_t token_us;
    unsigned long one_time_private;
    unsigned long one_time_public;
    unsigned long root;
    unsigned long session_keys;
    unsigned long ppk;
    uint8_t dp_otpk[EC_POINT_SIZE];
    struct buf secure_channel; /* BF23 */
    struct buf first_87;
    struct buf sequence_88;
    struct buf second_87;
};

/* The curve of otPK.EUICC is that of the chip's certificate (SGP.22 2.6.7). */
static enum err make_one_time_key(struct binding *binding)
{
    return p11_one_time_key(binding->session, binding->download->euicc->curve,
                            &binding->one_time_private, &binding->one_time_public,
                            binding->dp_otpk);
}

static enum err make_session_keys(struct binding *binding)
{
    const struct download *download = binding->download;
    const struct p11_evidence evidence = {
        .euicc_certificate = download->authenticated.euicc_certificate,
        .eum_certificate = download->authenticated.eum_certificate,
        .euicc_signed2 = download->prepared.signed2.whole,
        .euicc_signature2 = download->prepared.signature2,
        .host_id = BYTES_OF(host_id),
    };
    return p11_session_keys(binding->session, binding->one_time_private, &evidence,
                            &binding->session_keys);
}

/* BF23 with smdpSign over what the token checks it to be (5.5.1). */
static enum err make_secure_channel(struct binding *binding)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf message;
    const struct initialise_secure_channel channel = {
        .transaction_id = BYTES_OF(binding->download->transaction_id),
        .host_id = BYTES_OF(host_id),
        .dp_otpk = BYTES_OF(binding->dp_otpk),
        .euicc_otpk = binding->download->prepared.signed2.euicc_otpk,
    };
    buf_init(&message, SECURE_CHANNEL_MAX);
    initialise_secure_channel_encode_signed(&channel, &message);
    enum err err = buf_err(&message);
    if (err == ERR_OK) {
        err = p11_sign(binding->session, "dppb", buf_bytes(&message), signature);
    }
    if (err == ERR_OK) {
        initialise_secure_channel_encode(&channel, BYTES_OF(signature), &binding->secure_channel);
        err = buf_err(&binding->secure_channel);
    }
    buf_clear(&message);
    return err;
}

static enum err make_first_87(struct binding *binding)
{
    return p11_bsp_encrypt(binding->session, binding->session_keys, BYTES_OF(configure_isdp),
                           &binding->first_87);
}

static enum err make_88(struct binding *binding)
{
    struct bytes left = buf_bytes(&binding->download->package.metadata);
    while (left.len > 0) {
        uint8_t mac[BSP_MAC_SIZE];
        size_t take = left.len < BSP_MACED_MAX ? left.len : BSP_MACED_MAX;
        struct bytes piece = bytes_make(left.data, take);
        enum err err = p11_bsp_mac(binding->session, binding->session_keys, piece, mac);
        if (err != ERR_OK) {
            return err;
        }
        bsp_put_maced(&binding->sequence_88, piece, mac);
        left = bytes_make(left.data + take, left.len - take);
    }
    return buf_err(&binding->sequence_88);
}

static enum err make_ppk(struct binding *binding)
{
    const struct download *download = binding->download;
    return p11_ppk(binding->session, binding->root, &download->device.eid, &download->profile.iccid,
                   BYTES_OF(download->package.batch.id), &binding->ppk);
}

static enum err make_second_87(struct binding *binding)
{
    return p11_replace_session_keys(binding->session, binding->session_keys, binding->ppk,
                                    &binding->second_87);
}

/* The token's part in order: each row is one call or a few of one kind. The
 * release, which the token writes into its journal first, comes last. */
static enum err (*const token_steps[])(struct binding *) = {
    make_one_time_key, make_session_keys, make_secure_channel, make_first_87,
    make_88,           make_ppk,          make_second_87,
};

static enum err run_token_steps(struct binding *binding)
{
    int64_t began = clock_us();
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < sizeof(token_steps) / sizeof(token_steps[0]); i++) {
        err = token_steps[i](binding);
    }
    binding->token_us = clock_us() - began;
    return err;
}

/* The BPP of 2.5.4: token output around the ready '86' segments. */
static enum err assemble(struct binding *binding)
{
    struct buf *bpp = &binding->download->bpp;
    struct bytes ppp = buf_bytes(&binding->download->package.ppp);
    size_t len = binding->secure_channel.len;
    len += tlv_header_len(TAG_FIRST_SEQUENCE_OF_87, binding->first_87.len) + binding->first_87.len;
    len += tlv_header_len(TAG_SEQUENCE_OF_88, binding->sequence_88.len) + binding->sequence_88.len;
    len +=
        tlv_header_len(TAG_SECOND_SEQUENCE_OF_87, binding->second_87.len) + binding->second_87.len;
    len += tlv_header_len(TAG_SEQUENCE_OF_86, ppp.len) + ppp.len;
    tlv_put_header(bpp, TAG_BOUND_PROFILE_PACKAGE, len);
    buf_put_bytes(bpp, buf_bytes(&binding->secure_channel));
    tlv_put(bpp, TAG_FIRST_SEQUENCE_OF_87, buf_bytes(&binding->first_87));
    tlv_put(bpp, TAG_SEQUENCE_OF_88, buf_bytes(&binding->sequence_88));
    tlv_put(bpp, TAG_SECOND_SEQUENCE_OF_87, buf_bytes(&binding->second_87));
    tlv_put(bpp, TAG_SEQUENCE_OF_86, ppp);
    return buf_err(bpp);
}

static void binding_init(struct binding *binding, struct download *download)
{
    *binding = (struct binding){.download = download, .session = download->station->session};
    buf_init(&binding->secure_channel, SECURE_CHANNEL_MAX);
    buf_init(&binding->first_87, PIECE_MAX);
    buf_init(&binding->sequence_88, PIECE_MAX);
    buf_init(&binding->second_87, PIECE_MAX);
}

static void binding_clear(struct binding *binding)
{
    p11_destroy(binding->session, binding->one_time_private);
    p11_destroy(binding->session, binding->one_time_public);
    p11_destroy(binding->session, binding->session_keys);
    p11_destroy(binding->session, binding->ppk);
    buf_clear(&binding->secure_channel);
    buf_clear(&binding->first_87);
    buf_clear(&binding->sequence_88);
    buf_clear(&binding->second_87);
}

/* It may have been retired since the import. */
static bool find_root_key(struct binding *binding)
{
    struct download *download = binding->download;
    return root_key_find(binding->session, p11_token_label(download->station->line->token),
                         &download->package.batch, &binding->root, &download->failure);
}

bool download_bind(struct download *download)
{
    struct binding binding;
    download->failure.stage = STAGE_BIND;
    enum err err =
        ledger_package_read(download->station->ledger, download->profile.id, &download->package);
    if (err != ERR_OK) {
        return line_ledger_failure(&download->failure, err,
                                   ledger_detail(download->station->ledger));
    }
    int64_t began = clock_us();
    buf_init(&download->bpp, BPP_MAX);
    binding_init(&binding, download);
    bool good = find_root_key(&binding);
    if (good) {
        err = run_token_steps(&binding);
        good = err == ERR_OK || download_token_failure(download, err);
    }
    if (good && assemble(&binding) != ERR_OK) {
        good = failure_set(&download->failure, FAILURE_INTERNAL, "the BPP cannot be assembled");
    }
    download->report->token_us = binding.token_us;
    download->report->binding_us = clock_us() - began;
    binding_clear(&binding);
    return good;
}
