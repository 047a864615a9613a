#include "simulator/install.h"

#include <string.h>

#include <openssl/objects.h>

#include "sgp22/metadata.h"
#include "sgp22/tags.h"

/* EUICCResponse ::= 30{A0{30{80 status}}}: one PEStatus, ok (SAIP 8.11) */
static const uint8_t sima_ok[] = {0x30, 0x07, 0xA0, 0x05, 0x30, 0x03, 0x80, 0x01, 0x00};

/* What a ProfileInstallationResult says. */
struct outcome {
    bool success;
    struct bytes aid;
    enum bpp_command_id command;
    enum error_reason reason;
};

void install_put_oid(struct buf *out, uint32_t tag, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    if (object) {
        tlv_put(out, tag, bytes_make(OBJ_get0_data(object), OBJ_length(object)));
    }
    ASN1_OBJECT_free(object);
}

void install_put_event(struct buf *out, uint32_t tag, enum notification_event event)
{
    uint8_t bits[2] = {(uint8_t)(7 - event), (uint8_t)(0x80 >> event)};
    tlv_put(out, tag, BYTES_OF(bits));
}

static void put_final_result(struct buf *out, const struct outcome *outcome)
{
    size_t outer = tlv_open(out, TAG_FINAL_RESULT);
    size_t inner = tlv_open(out, outcome->success ? TAG_SUCCESS_RESULT : TAG_ERROR_RESULT);
    if (outcome->success) {
        tlv_put(out, TAG_ISDP_AID, outcome->aid);
        tlv_put(out, TAG_SIMA_RESPONSE, BYTES_OF(sima_ok));
    } else {
        tlv_put_uint(out, TAG_BPP_COMMAND_ID, outcome->command);
        tlv_put_uint(out, TAG_ERROR_REASON, outcome->reason);
    }
    tlv_close(out, inner);
    tlv_close(out, outer);
}

/* ProfileInstallationResultData, BF27 */
static void put_data(struct isdr *isdr, const struct outcome *outcome, struct buf *out)
{
    const struct session *session = &isdr->session;
    size_t mark = tlv_open(out, TAG_PROFILE_INSTALLATION_RESULT_DATA);
    isdr_put_transaction_id(isdr, session_transaction_id(session), "pir", out);
    size_t inner = tlv_open(out, TAG_NOTIFICATION_METADATA);
    tlv_put_uint(out, TAG_SEQ_NUMBER, isdr->state->next_seq_number);
    install_put_event(out, TAG_NOTIFICATION_OPERATION, NOTIFICATION_INSTALL);
    tlv_put(out, TAG_UTF8_STRING, bytes_make(session->address, session->address_len));
    if (session->load.has_iccid) {
        tlv_put(out, TAG_ICCID, iccid_bytes(&session->load.iccid));
    }
    tlv_close(out, inner);
    install_put_oid(out, TAG_OBJECT_IDENTIFIER, session->dp_oid);
    put_final_result(out, outcome);
    tlv_close(out, mark);
}

/* The signed result, appended to response and put among the notifications. */
static enum err conclude(struct isdr *isdr, const struct outcome *outcome, struct buf *response)
{
    struct buf data;
    buf_init(&data, 1024);
    put_data(isdr, outcome, &data);
    enum err err = buf_err(&data);
    size_t mark = tlv_open(response, TAG_PROFILE_INSTALLATION_RESULT);
    buf_put_bytes(response, buf_bytes(&data));
    if (err == ERR_OK) {
        err = isdr_put_signature(isdr, buf_bytes(&data), FAULT_BAD_PIR_SIGNATURE, response);
    }
    tlv_close(response, mark);
    buf_clear(&data);
    if (err == ERR_OK) {
        err = state_notification_add(isdr->state, NOTIFICATION_INSTALL, buf_bytes(response));
    }
    return err;
}

uint16_t install_fail(struct isdr *isdr, enum bpp_command_id command, enum error_reason reason,
                      struct buf *response)
{
    struct outcome outcome = {.success = false, .command = command, .reason = reason};
    enum err err;

    buf_reset(response);
    err = conclude(isdr, &outcome, response);
    if (err == ERR_OK) {
        err = state_commit(isdr->state);
    }
    session_end(&isdr->session);
    return err == ERR_OK ? SW_OK : SW_NO_DIAGNOSIS;
}

static void die_if(struct isdr *isdr, const char *when)
{
    if (faults_has_word(isdr->faults, FAULT_KILL_AFTER_LOAD, when)) {
        isdr->die(isdr->die_argument);
    }
}

enum error_reason install_profile(struct isdr *isdr, struct buf *response)
{
    struct bpp_load *load = &isdr->session.load;
    struct profile *profile = NULL;

    if (isdr->state->profile_count == STATE_PROFILES_MAX) {
        return REASON_MEMORY;
    }
    if (state_put_upp(isdr->state, &load->iccid, buf_bytes(&load->upp)) != ERR_OK) {
        return REASON_UNKNOWN;
    }
    die_if(isdr, "before-commit");
    if (state_profile_add(isdr->state, &load->iccid, buf_bytes(&load->metadata), load->upp.len,
                          &profile) != ERR_OK) {
        return REASON_UNKNOWN;
    }
    struct outcome outcome = {.success = true, .aid = BYTES_OF(profile->aid)};
    /* One commit: profile and result are there together or not at all. */
    uint64_t seq_number = isdr->state->next_seq_number;
    if (conclude(isdr, &outcome, response) != ERR_OK || state_commit(isdr->state) != ERR_OK) {
        state_notification_remove(isdr->state, seq_number);
        state_profile_remove(isdr->state, profile);
        state_drop_upp(isdr->state, &load->iccid);
        return REASON_UNKNOWN;
    }
    die_if(isdr, "after-commit");
    session_end(&isdr->session);
    return REASON_NONE;
}
