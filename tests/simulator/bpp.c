#include "simulator/bpp.h"

#include <string.h>

#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"
#include "simulator/install.h"
#include "simulator/metadata_check.h"

enum { REMOTE_OP_INSTALL = 1 };

/* InitialiseSecureChannelRequest, views into the script. */
struct channel_request {
    struct tlv remote_op_id, transaction_id, crt, dp_otpk, signature;
    struct bytes host_id;
};

static bool parse_channel(struct bytes value, struct channel_request *out)
{
    struct tlv_reader reader;
    tlv_reader_init(&reader, value);
    return tlv_reader_expect(&reader, TAG_REMOTE_OP_ID, &out->remote_op_id) == ERR_OK &&
           tlv_reader_expect(&reader, TAG_TRANSACTION_ID, &out->transaction_id) == ERR_OK &&
           tlv_reader_expect(&reader, TAG_CONTROL_REF_TEMPLATE, &out->crt) == ERR_OK &&
           tlv_reader_expect(&reader, TAG_OTPK, &out->dp_otpk) == ERR_OK &&
           out->dp_otpk.value.len == EC_POINT_SIZE &&
           tlv_reader_expect(&reader, TAG_SIGNATURE, &out->signature) == ERR_OK &&
           tlv_reader_end(&reader);
}

/* smdpSign covers 82 || 80 || A6 || 5F49 otPK.DP || 5F49 otPK.EUICC. */
static bool verify_channel(const struct session *session, const struct channel_request *request)
{
    struct buf own;
    buf_init(&own, 128);
    tlv_put(&own, TAG_OTPK, BYTES_OF(session->euicc_otpk));
    struct bytes pieces[] = {request->remote_op_id.whole, request->transaction_id.whole,
                             request->crt.whole, request->dp_otpk.whole, buf_bytes(&own)};
    enum err err = ec_verify_pieces(session->dppb_key, pieces, 5, request->signature.value);
    buf_clear(&own);
    return err == ERR_OK;
}

/* 80 01 88, 81 01 10, 84 hostId and nothing else */
static bool parse_crt(struct bytes value, struct bytes *host_id)
{
    struct tlv_reader reader;
    struct tlv type, len, host;
    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_KEY_TYPE, &type) != ERR_OK || type.value.len != 1 ||
        type.value.data[0] != BSP_KEY_TYPE_AES ||
        tlv_reader_expect(&reader, TAG_KEY_LEN, &len) != ERR_OK || len.value.len != 1 ||
        len.value.data[0] != BSP_KEY_LEN ||
        tlv_reader_expect(&reader, TAG_HOST_ID, &host) != ERR_OK || host.value.len < 1 ||
        host.value.len > BSP_HOST_ID_MAX || !tlv_reader_end(&reader)) {
        return false;
    }
    *host_id = host.value;
    return true;
}

/* InitialiseSecureChannel (5.5.1): the one-time key is spent, whatever comes. */
static enum error_reason initialise(struct isdr *isdr, struct bytes value)
{
    struct session *session = &isdr->session;
    struct channel_request request;
    struct bytes host_id = BYTES_NONE;
    EVP_PKEY *peer = NULL;

    if (!parse_channel(value, &request)) {
        return REASON_INCORRECT_INPUT;
    }
    if (!bytes_equal(request.transaction_id.value, session_transaction_id(session))) {
        return REASON_INVALID_TRANSACTION_ID;
    }
    if (!verify_channel(session, &request)) {
        return REASON_INVALID_SIGNATURE;
    }
    if (request.remote_op_id.value.len != 1 ||
        request.remote_op_id.value.data[0] != REMOTE_OP_INSTALL) {
        return REASON_UNSUPPORTED_OPERATION;
    }
    if (!parse_crt(request.crt.value, &host_id)) {
        return REASON_UNSUPPORTED_CRT;
    }
    if (ec_public_from_point(session->curve, request.dp_otpk.value, &peer) != ERR_OK) {
        return REASON_INCORRECT_INPUT;
    }
    enum err err = bsp_unwrap_derive(&session->load.keys, session->one_time_key, peer, host_id,
                                     &isdr->identity->eid);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(session->one_time_key);
    session->one_time_key = NULL;
    return err == ERR_OK ? REASON_NONE : REASON_UNKNOWN;
}

uint16_t bpp_begin(struct isdr *isdr, struct bytes script, struct buf *response)
{
    struct session *session = &isdr->session;
    uint32_t tag = 0;
    size_t header_len = 0, value_len = 0;
    struct tlv channel;
    enum error_reason reason = REASON_NONE;

    if (session->phase == SESSION_LOADING) {
        return install_fail(isdr, BPP_INITIALISE_SECURE_CHANNEL, REASON_STRUCTURE, response);
    }
    if (session->phase != SESSION_PREPARED) {
        return SW_CONDITIONS;
    }
    session->phase = SESSION_LOADING;
    buf_init(&session->load.metadata, METADATA_MAX);
    buf_init(&session->load.upp, UPP_MAX);
    if (tlv_peek_header(script, &tag, &header_len, &value_len) != ERR_OK ||
        tlv_single(bytes_make(script.data + header_len, script.len - header_len),
                   TAG_INITIALISE_SECURE_CHANNEL, &channel) != ERR_OK ||
        channel.whole.len >= value_len) {
        return install_fail(isdr, BPP_INITIALISE_SECURE_CHANNEL, REASON_STRUCTURE, response);
    }
    session->load.package_left = value_len - channel.whole.len;
    session->load.step = BPP_FIRST_87;
    reason = initialise(isdr, channel.value);
    if (reason != REASON_NONE) {
        return install_fail(isdr, BPP_INITIALISE_SECURE_CHANNEL, reason, response);
    }
    return SW_OK;
}

static enum error_reason unwrap(struct bpp_load *load, const struct tlv *segment, bool encrypted,
                                struct buf *plain)
{
    switch (bsp_unwrap_segment(&load->keys, segment, encrypted, plain)) {
    case ERR_OK:
        return REASON_NONE;
    case ERR_SIGNATURE:
        return REASON_SECURITY;
    case ERR_RANGE:
    case ERR_MALFORMED:
        return REASON_STRUCTURE;
    default:
        return REASON_UNKNOWN;
    }
}

/* The one '87' of a list, decrypted. */
static enum error_reason unwrap_only_87(struct isdr *isdr, struct bytes list, struct buf *plain)
{
    struct tlv segment;
    if (tlv_single(list, BSP_TAG_COMMAND, &segment) != ERR_OK) {
        return REASON_STRUCTURE;
    }
    return unwrap(&isdr->session.load, &segment, true, plain);
}

/* A0: ConfigureISDP, BF24{[B8 dpProprietaryData]} (5.5.2) */
static enum error_reason on_configure_isdp(struct isdr *isdr, const struct tlv *script,
                                           struct buf *response)
{
    struct buf plain;
    struct tlv command, data;
    struct tlv_reader reader;

    (void)response;
    buf_init(&plain, UNWRAP_SEGMENT_MAX);
    enum error_reason reason = unwrap_only_87(isdr, script->value, &plain);
    if (reason == REASON_NONE) {
        reason = REASON_INCORRECT_INPUT;
        if (tlv_single(buf_bytes(&plain), TAG_CONFIGURE_ISDP, &command) == ERR_OK) {
            tlv_reader_init(&reader, command.value);
            if (tlv_reader_optional(&reader, TAG_DP_PROPRIETARY_DATA, &data) == ERR_OK &&
                tlv_reader_end(&reader)) {
                reason = REASON_NONE;
            }
        }
    }
    buf_clear(&plain);
    isdr->session.load.step = BPP_88_HEADER;
    return reason;
}

/* A1: tag and length alone; '88' segments follow */
static enum error_reason on_88_header(struct isdr *isdr, const struct tlv *script,
                                      struct buf *response)
{
    (void)script;
    (void)response;
    isdr->session.load.step = BPP_88;
    return REASON_NONE;
}

static enum error_reason on_88(struct isdr *isdr, const struct tlv *script, struct buf *response)
{
    struct bpp_load *load = &isdr->session.load;

    (void)response;
    enum error_reason reason = unwrap(load, script, false, &load->metadata);
    if (reason != REASON_NONE || load->list_left != 0) {
        return reason;
    }
    reason = metadata_check(isdr, buf_bytes(&load->metadata), &load->iccid);
    load->has_iccid = reason == REASON_NONE || reason == REASON_ICCID_EXISTS;
    load->step = BPP_SECOND_87;
    return reason;
}

/* A2: ReplaceSessionKeys, BF26{80, 81, 82} (5.5.4) */
static enum error_reason on_replace_session_keys(struct isdr *isdr, const struct tlv *script,
                                                 struct buf *response)
{
    struct bpp_load *load = &isdr->session.load;
    struct tlv command, chaining_value, enc, mac;
    struct tlv_reader reader;
    struct buf plain;

    (void)response;
    buf_init(&plain, UNWRAP_SEGMENT_MAX);
    enum error_reason reason = unwrap_only_87(isdr, script->value, &plain);
    if (reason != REASON_NONE) {
        goto out;
    }
    reason = REASON_INCORRECT_INPUT;
    if (tlv_single(buf_bytes(&plain), TAG_REPLACE_SESSION_KEYS, &command) != ERR_OK) {
        goto out;
    }
    tlv_reader_init(&reader, command.value);
    if (tlv_reader_expect(&reader, TAG_INITIAL_MAC_CHAINING_VALUE, &chaining_value) == ERR_OK &&
        tlv_reader_expect(&reader, TAG_PPK_ENC, &enc) == ERR_OK &&
        tlv_reader_expect(&reader, TAG_PPK_CMAC, &mac) == ERR_OK && tlv_reader_end(&reader) &&
        bsp_unwrap_replace(&load->keys, chaining_value.value, enc.value, mac.value) == ERR_OK) {
        reason = REASON_NONE;
    }
    load->step = BPP_86_HEADER;
out:
    buf_clear(&plain);
    return reason;
}

/* A3: tag and length alone, and they must use up what BF36 announced */
static enum error_reason on_86_header(struct isdr *isdr, const struct tlv *script,
                                      struct buf *response)
{
    (void)script;
    (void)response;
    isdr->session.load.step = BPP_86;
    return REASON_NONE;
}

/* The header is plain BCD, the metadata nibble swapped; both name one ICCID. */
static enum error_reason check_header(struct bpp_load *load)
{
    struct tlv_reader reader;
    struct tlv header, iccid = {0};
    struct iccid own;

    if (load->header_checked || load->upp.len == 0) {
        return REASON_NONE;
    }
    tlv_reader_init_ber(&reader, buf_bytes(&load->upp));
    enum err err = tlv_reader_next(&reader, &header);
    if (err == ERR_TRUNCATED) {
        return REASON_NONE; /* the rest comes with the next segment */
    }
    if (err != ERR_OK || header.tag != TAG_PE_HEADER) {
        return REASON_PROFILE_ELEMENT;
    }
    load->header_checked = true;
    tlv_reader_init_ber(&reader, header.value);
    while (iccid.tag != TAG_PE_ICCID) {
        if (tlv_reader_next(&reader, &iccid) != ERR_OK) {
            return REASON_PROFILE_ELEMENT;
        }
    }
    if (iccid_from_plain(iccid.value, &own) != ERR_OK) {
        return REASON_PROFILE_ELEMENT;
    }
    return memcmp(&own, &load->iccid, sizeof(own)) == 0 ? REASON_NONE : REASON_ICCID_MISMATCH;
}

static bool fits(struct isdr *isdr, size_t len)
{
    size_t used = state_used(isdr->state);
    return !faults_has(isdr->faults, FAULT_NO_MEMORY) && used <= isdr->memory &&
           len <= isdr->memory - used;
}

static enum error_reason on_86(struct isdr *isdr, const struct tlv *script, struct buf *response)
{
    struct bpp_load *load = &isdr->session.load;

    enum error_reason reason = unwrap(load, script, true, &load->upp);
    if (buf_err(&load->upp) == ERR_RANGE) {
        reason = REASON_MEMORY; /* over UPP_MAX */
    }
    if (reason == REASON_NONE && !fits(isdr, load->upp.len)) {
        reason = REASON_MEMORY;
    }
    if (reason == REASON_NONE) {
        reason = check_header(load);
    }
    if (reason != REASON_NONE || load->list_left != 0) {
        return reason;
    }
    struct upp_info info;
    enum err err = upp_check(buf_bytes(&load->upp), &info, NULL);
    if (err != ERR_OK) { /* ERR_MISMATCH: EF.ICCID against the header */
        return err == ERR_MISMATCH ? REASON_ICCID_MISMATCH : REASON_PROFILE_ELEMENT;
    }
    if (memcmp(&info.iccid, &load->iccid, sizeof(info.iccid)) != 0) {
        return REASON_ICCID_MISMATCH;
    }
    return install_profile(isdr, response);
}

enum bpp_shape {
    SHAPE_WHOLE,   /* a list, complete in its script */
    SHAPE_HEADER,  /* a list's tag and length alone */
    SHAPE_LAST,    /* the same, of the last list */
    SHAPE_SEGMENT, /* one segment of the list under way */
};

/* The order of 2.5.5. A step with two rows has an optional script. */
static const struct bpp_row {
    enum bpp_step step;
    uint32_t tag;
    enum bpp_shape shape;
    enum bpp_command_id command;
    enum error_reason (*run)(struct isdr *isdr, const struct tlv *script, struct buf *response);
} rows[] = {
    {BPP_FIRST_87, TAG_FIRST_SEQUENCE_OF_87, SHAPE_WHOLE, BPP_CONFIGURE_ISDP, on_configure_isdp},
    {BPP_88_HEADER, TAG_SEQUENCE_OF_88, SHAPE_HEADER, BPP_STORE_METADATA, on_88_header},
    {BPP_88, BSP_TAG_METADATA, SHAPE_SEGMENT, BPP_STORE_METADATA, on_88},
    {BPP_SECOND_87, TAG_SECOND_SEQUENCE_OF_87, SHAPE_WHOLE, BPP_REPLACE_SESSION_KEYS,
     on_replace_session_keys},
    {BPP_SECOND_87, TAG_SEQUENCE_OF_86, SHAPE_LAST, BPP_LOAD_PROFILE_ELEMENTS, on_86_header},
    {BPP_86_HEADER, TAG_SEQUENCE_OF_86, SHAPE_LAST, BPP_LOAD_PROFILE_ELEMENTS, on_86_header},
    {BPP_86, BSP_TAG_PROFILE_ELEMENTS, SHAPE_SEGMENT, BPP_LOAD_PROFILE_ELEMENTS, on_86},
};

/* The row for this tag at this step; without one, *row is the step's first, for
 * its bppCommandId. */
static bool row_find(enum bpp_step step, uint32_t tag, const struct bpp_row **row)
{
    *row = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].step != step) {
            continue;
        }
        if (!*row || rows[i].tag == tag) {
            *row = &rows[i];
        }
        if (rows[i].tag == tag) {
            return true;
        }
    }
    return false;
}

static bool subtract(size_t *left, size_t len)
{
    if (len > *left) {
        return false;
    }
    *left -= len;
    return true;
}

/* Is the script the piece its row states, and within what was announced? A
 * list is charged to the package when its header comes, its segments to it. */
static bool shape_fits(struct bpp_load *load, enum bpp_shape shape, size_t header_len,
                       size_t value_len, size_t script_len)
{
    bool header_only = shape == SHAPE_HEADER || shape == SHAPE_LAST;
    if (value_len > SIZE_MAX - header_len ||
        script_len != (header_only ? header_len : header_len + value_len) || value_len == 0) {
        return false;
    }
    if (shape == SHAPE_SEGMENT) {
        return subtract(&load->list_left, script_len);
    }
    load->list_left = header_only ? value_len : 0;
    if (!subtract(&load->package_left, header_len + value_len)) {
        return false;
    }
    return shape == SHAPE_LAST ? load->package_left == 0 : load->package_left > 0;
}

uint16_t bpp_script(struct isdr *isdr, struct bytes script, struct buf *response)
{
    struct bpp_load *load = &isdr->session.load;
    const struct bpp_row *row = NULL;
    struct tlv tlv = {.whole = script};
    size_t header_len = 0, value_len = 0;
    enum error_reason reason = REASON_STRUCTURE;

    enum err err = tlv_peek_header(script, &tlv.tag, &header_len, &value_len);
    bool found = row_find(load->step, err == ERR_OK ? tlv.tag : 0, &row);
    if (found && shape_fits(load, row->shape, header_len, value_len, script.len)) {
        tlv.value = bytes_make(script.data + header_len, script.len - header_len);
        reason = row->run(isdr, &tlv, response);
    }
    return reason == REASON_NONE ? SW_OK : install_fail(isdr, row->command, reason, response);
}
