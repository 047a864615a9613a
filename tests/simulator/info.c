/* GetEID, GetEUICCInfo1 and 2, GetEuiccConfiguredAddresses
 * (SGP.22 5.7.8, 5.7.20, 5.7.3). */
#include <string.h>

#include "sgp22/tags.h"
#include "simulator/isdr.h"

/* EUICCInfo2 fields nobody else needs. */
enum info_tag {
    TAG_PROFILE_VERSION = 0x81,
    TAG_FIRMWARE_VERSION = 0x83,
    TAG_EXT_CARD_RESOURCE = 0x84,
    TAG_UICC_CAPABILITY = 0x85,
    TAG_TS102241_VERSION = 0x86,
    TAG_GLOBALPLATFORM_VERSION = 0x87,
    TAG_RSP_CAPABILITY = 0x88,
    TAG_EUICC_CATEGORY = 0x8B,
    TAG_PP_VERSION = 0x04,
    TAG_SAS_NUMBER = 0x0C,
    TAG_RESOURCE_APPLICATIONS = 0x81,
    TAG_RESOURCE_NON_VOLATILE = 0x82,
    TAG_RESOURCE_VOLATILE = 0x83,
    TAG_ROOT_DS_ADDRESS = 0x81,
    FREE_VOLATILE_MEMORY = 16384,
};

static const uint8_t version_svn[] = {2, 2, 2};
static const uint8_t version_profile[] = {2, 3, 1};
static const uint8_t version_firmware[] = {1, 0, 0};
static const uint8_t version_ts102241[] = {13, 0, 0};
static const uint8_t version_globalplatform[] = {2, 3, 0};
static const uint8_t version_pp[] = {1, 0, 0};
static const uint8_t uicc_capability[] = {0x00, 0x00, 0x7F, 0x36, 0xC0};
static const uint8_t rsp_capability[] = {0x03, 0x98};

/* Another EID with a right check number: one digit off. */
static struct eid other_eid(const struct eid *eid)
{
    char text[EID_TEXT_SIZE];
    struct eid other = *eid;
    unsigned rest = 0;

    eid_text(eid, text);
    text[29] = text[29] == '9' ? '0' : (char)(text[29] + 1);
    /* Check digits (SGP.29): 98 minus the number with 00 at its end, mod 97. */
    for (size_t i = 0; i < 30; i++) {
        rest = (rest * 10 + (unsigned)(text[i] - '0')) % 97;
    }
    unsigned check = 98 - rest * 100 % 97;
    text[30] = (char)('0' + check / 10);
    text[31] = (char)('0' + check % 10);
    return eid_parse(text, &other) == ERR_OK ? other : *eid;
}

uint16_t info_get_eid(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv_reader reader;
    struct tlv list;

    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_TAG_LIST, &list) != ERR_OK || !tlv_reader_end(&reader) ||
        list.value.len != 1 || list.value.data[0] != TAG_EID) {
        return SW_WRONG_DATA;
    }
    struct eid eid = isdr->identity->eid;
    if (faults_has(isdr->faults, FAULT_EID_MISMATCH)) {
        eid = other_eid(&eid);
    }
    size_t mark = tlv_open(response, TAG_EUICC_DATA);
    tlv_put(response, TAG_EID, eid_bytes(&eid));
    tlv_close(response, mark);
    return SW_OK;
}

/* Each key once, though several certificates may carry it. */
static void put_ci_lists(const struct isdr *isdr, struct buf *out)
{
    const struct identity *identity = isdr->identity;
    size_t mark = tlv_open(out, TAG_CI_FOR_VERIFICATION);
    for (size_t i = 0; i < identity->ci_count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || memcmp(identity->ci[j]->subject_key_id, identity->ci[i]->subject_key_id,
                                  CERT_KEY_ID_SIZE) == 0;
        }
        if (!seen) {
            tlv_put(out, TAG_OCTET_STRING, BYTES_OF(identity->ci[i]->subject_key_id));
        }
    }
    tlv_close(out, mark);
    mark = tlv_open(out, TAG_CI_FOR_SIGNING);
    tlv_put(out, TAG_OCTET_STRING, BYTES_OF(identity->eum->authority_key_id));
    tlv_close(out, mark);
}

bool info_signs_under(const struct isdr *isdr, struct bytes ci_key_id)
{
    return bytes_equal(ci_key_id, BYTES_OF(isdr->identity->eum->authority_key_id));
}

uint16_t info_get_info1(struct isdr *isdr, struct bytes value, struct buf *response)
{
    if (value.len != 0) {
        return SW_WRONG_DATA;
    }
    size_t mark = tlv_open(response, TAG_EUICC_INFO1);
    tlv_put(response, TAG_SVN, BYTES_OF(version_svn));
    put_ci_lists(isdr, response);
    tlv_close(response, mark);
    return SW_OK;
}

static void put_unsigned(struct buf *out, uint32_t tag, size_t value)
{
    uint8_t bytes[4];
    set_u32(bytes, value > UINT32_MAX ? UINT32_MAX : (uint32_t)value);
    tlv_put(out, tag, BYTES_OF(bytes));
}

void info_put_info2(const struct isdr *isdr, struct buf *out)
{
    struct buf resource;
    size_t used = state_used(isdr->state);
    bool full = used > isdr->memory || faults_has(isdr->faults, FAULT_NO_MEMORY);

    buf_init(&resource, 64);
    tlv_put_uint(&resource, TAG_RESOURCE_APPLICATIONS, 0);
    put_unsigned(&resource, TAG_RESOURCE_NON_VOLATILE, full ? 0 : isdr->memory - used);
    put_unsigned(&resource, TAG_RESOURCE_VOLATILE, FREE_VOLATILE_MEMORY);

    size_t mark = tlv_open(out, TAG_EUICC_INFO2);
    tlv_put(out, TAG_PROFILE_VERSION, BYTES_OF(version_profile));
    tlv_put(out, TAG_SVN, BYTES_OF(version_svn));
    tlv_put(out, TAG_FIRMWARE_VERSION, BYTES_OF(version_firmware));
    tlv_put(out, TAG_EXT_CARD_RESOURCE, buf_bytes(&resource));
    tlv_put(out, TAG_UICC_CAPABILITY, BYTES_OF(uicc_capability));
    tlv_put(out, TAG_TS102241_VERSION, BYTES_OF(version_ts102241));
    tlv_put(out, TAG_GLOBALPLATFORM_VERSION, BYTES_OF(version_globalplatform));
    tlv_put(out, TAG_RSP_CAPABILITY, BYTES_OF(rsp_capability));
    put_ci_lists(isdr, out);
    tlv_put_uint(out, TAG_EUICC_CATEGORY, 1);
    tlv_put(out, TAG_PP_VERSION, BYTES_OF(version_pp));
    tlv_put_str(out, TAG_SAS_NUMBER, "SIMULATED-0000");
    tlv_close(out, mark);
    buf_clear(&resource);
}

uint16_t info_get_info2(struct isdr *isdr, struct bytes value, struct buf *response)
{
    if (value.len != 0) {
        return SW_WRONG_DATA;
    }
    info_put_info2(isdr, response);
    return SW_OK;
}

uint16_t info_get_addresses(struct isdr *isdr, struct bytes value, struct buf *response)
{
    (void)isdr;
    if (value.len != 0) {
        return SW_WRONG_DATA;
    }
    size_t mark = tlv_open(response, TAG_EUICC_CONFIGURED_ADDRESSES);
    tlv_put_str(response, TAG_ROOT_DS_ADDRESS, "lpa.ds.example.com");
    tlv_close(response, mark);
    return SW_OK;
}
