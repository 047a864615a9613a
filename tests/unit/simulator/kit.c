#include "simulator/kit.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "sgp22/bsp.h"
#include "sgp22/metadata.h"
#include "sgp22/tags.h"

enum { ISSUED_MAX = 64, COMMAND_MAX = 65536, PACKAGE_MAX = 200000 };

static EVP_PKEY *keys[KIT_NAMES];
static struct cert *certs[KIT_NAMES];
static struct cert *issued[ISSUED_MAX];
static size_t issued_count;

static void free_pki(void)
{
    for (size_t i = 0; i < KIT_NAMES; i++) {
        EVP_PKEY_free(keys[i]);
        cert_free(&certs[i]);
    }
    for (size_t i = 0; i < issued_count; i++) {
        cert_free(&issued[i]);
    }
}

static const struct {
    struct pki_request request;
    enum kit_name issuer;
} pki[KIT_NAMES] = {
    [KIT_CI] =
        {{.role = CERT_ROLE_CI, .common_name = "Kit CI", .organisation = "Kit", .oid = "2.999.1"},
         KIT_CI},
    [KIT_EUM] = {{.role = CERT_ROLE_EUM,
                  .common_name = "Kit EUM",
                  .organisation = "Kit EUM",
                  .serial_number = "89049032",
                  .oid = "2.999.5"},
                 KIT_CI},
    [KIT_EUICC] = {{.role = CERT_ROLE_EUICC,
                    .common_name = "Kit eUICC",
                    .organisation = "Kit EUM",
                    .serial_number = KIT_EID},
                   KIT_EUM},
    [KIT_DPAUTH] = {{.role = CERT_ROLE_DPAUTH,
                     .common_name = "Kit DP",
                     .organisation = "Kit",
                     .oid = KIT_DP_OID},
                    KIT_CI},
    [KIT_DPPB] = {{.role = CERT_ROLE_DPPB,
                   .common_name = "Kit DP",
                   .organisation = "Kit",
                   .oid = KIT_DP_OID},
                  KIT_CI},
    [KIT_FOREIGN_CI] = {{.role = CERT_ROLE_CI,
                         .common_name = "Other CI",
                         .organisation = "Other",
                         .oid = "2.999.2"},
                        KIT_FOREIGN_CI},
};

static void make_pki(void)
{
    if (keys[0]) {
        return;
    }
    atexit(free_pki);
    for (size_t i = 0; i < KIT_NAMES; i++) {
        TEST_OK(ec_generate(EC_CURVE_P256, &keys[i]));
        enum kit_name issuer = pki[i].issuer;
        TEST_OK(pki_issue(&pki[i].request, keys[i], issuer == i ? NULL : certs[issuer],
                          keys[issuer], &certs[i]));
    }
}

EVP_PKEY *kit_key(enum kit_name name)
{
    make_pki();
    return keys[name];
}

const struct cert *kit_cert(enum kit_name name)
{
    make_pki();
    return certs[name];
}

const struct cert *kit_issue(const struct pki_request *request, EVP_PKEY *key, enum kit_name ci)
{
    struct cert *cert = NULL;
    make_pki();
    TEST_OK(pki_issue(request, key, certs[ci], keys[ci], &cert));
    CU_ASSERT_FATAL(issued_count < ISSUED_MAX && cert);
    issued[issued_count++] = cert;
    return cert;
}

static struct cert *copy_cert(enum kit_name name)
{
    struct cert *copy = NULL;
    TEST_OK(cert_parse(buf_bytes(&kit_cert(name)->der), &copy));
    return copy;
}

struct identity *kit_identity(void)
{
    struct identity *identity = NULL;
    struct cert *ci = copy_cert(KIT_CI);
    EVP_PKEY_up_ref(kit_key(KIT_EUICC));
    TEST_OK(identity_new(kit_key(KIT_EUICC), copy_cert(KIT_EUICC), copy_cert(KIT_EUM), &ci, 1,
                         &identity));
    return identity;
}

static void set_defaults(struct kit *kit)
{
    static const uint8_t host_id[] = "line-01";
    static const uint8_t ppk[48] = {0x11, 0x22, 0x33, [16] = 0x44, 0x55, [32] = 0x66, 0x77};

    kit->dpauth = kit_cert(KIT_DPAUTH);
    kit->dppb = kit_cert(KIT_DPPB);
    kit->dpauth_key = kit_key(KIT_DPAUTH);
    kit->dppb_key = kit_key(KIT_DPPB);
    memcpy(kit->ci_key_id, kit_cert(KIT_CI)->subject_key_id, sizeof(kit->ci_key_id));
    kit->remote_op_id = 1;
    kit->key_type = BSP_KEY_TYPE_AES;
    kit->key_len = BSP_KEY_LEN;
    kit->host_id = bytes_make(host_id, sizeof(host_id) - 1);
    kit->metadata_piece = BSP_MACED_MAX;
    buf_init(&kit->upp, UPP_MAX);
    buf_init(&kit->metadata, METADATA_MAX);
    buf_init(&kit->ppk, 64);
    buf_put(&kit->ppk, ppk, sizeof(ppk));
    kit_make_upp(&kit->upp, "89000123456789012341", KIT_UPP_SIZE);
    kit_make_metadata(&kit->metadata, "89000123456789012341");
}

void kit_select(struct kit *kit)
{
    static const uint8_t open[] = {0x00, 0x70, 0x00, 0x00, 0x01};
    static const uint8_t select[] = {0x01, 0xA4, 0x04, 0x00, 0x10, 0xA0, 0x00,
                                     0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF,
                                     0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
    CU_ASSERT_EQUAL(kit_apdu(kit, BYTES_OF(open)), SW_OK);
    CU_ASSERT_EQUAL_FATAL(kit->response.len, 1);
    kit->channel = kit->response.data[0];
    CU_ASSERT_EQUAL(kit->channel, 1);
    CU_ASSERT_TRUE(sw_is_more_data(kit_apdu(kit, BYTES_OF(select))));
}

void kit_open(struct kit *kit, const struct card_config *config)
{
    struct card_config own = {0};
    memset(kit, 0, sizeof(*kit));
    if (config) {
        own = *config;
    }
    if (!own.identity) {
        own.identity = kit_identity();
    }
    buf_init(&kit->response, PACKAGE_MAX);
    CU_ASSERT_EQUAL_FATAL(card_new(&own, &kit->card), ERR_OK);
    set_defaults(kit);
    kit_select(kit);
}

void kit_close(struct kit *kit)
{
    card_free(&kit->card);
    EVP_PKEY_free(kit->dp_one_time_key);
    buf_clear(&kit->response);
    buf_clear(&kit->upp);
    buf_clear(&kit->metadata);
    buf_clear(&kit->ppk);
}

uint16_t kit_apdu(struct kit *kit, struct bytes apdu)
{
    CU_ASSERT_EQUAL(card_transmit(kit->card, apdu, &kit->response), CARD_ANSWER);
    if (kit->response.len < 2) {
        return 0;
    }
    kit->response.len -= 2;
    return get_u16(kit->response.data + kit->response.len);
}

static uint16_t store_data(struct kit *kit, struct bytes block, bool last, uint8_t number)
{
    struct buf apdu;
    struct apdu_command command = {
        card_class(0x80, kit->channel), 0xE2, last ? 0x91 : 0x11, number, block, APDU_LE_NONE};
    buf_init(&apdu, APDU_SHORT_MAX);
    TEST_OK(apdu_encode_short(&command, &apdu));
    uint16_t sw = kit_apdu(kit, buf_bytes(&apdu));
    buf_clear(&apdu);
    return sw;
}

static uint16_t fetch(struct kit *kit, uint16_t sw)
{
    struct buf all;
    buf_init(&all, PACKAGE_MAX);
    while (sw_is_more_data(sw)) {
        uint8_t get[] = {card_class(0x00, kit->channel), 0xC0, 0, 0, (uint8_t)sw};
        sw = kit_apdu(kit, BYTES_OF(get));
        buf_put_bytes(&all, buf_bytes(&kit->response));
    }
    buf_reset(&kit->response);
    buf_put_bytes(&kit->response, buf_bytes(&all));
    buf_clear(&all);
    return sw;
}

uint16_t kit_send(struct kit *kit, struct bytes command)
{
    uint8_t number = 0;
    while (command.len > APDU_SHORT_DATA_MAX) {
        uint16_t sw =
            store_data(kit, bytes_make(command.data, APDU_SHORT_DATA_MAX), false, number++);
        if (sw != SW_OK) {
            return sw;
        }
        command = bytes_make(command.data + APDU_SHORT_DATA_MAX, command.len - APDU_SHORT_DATA_MAX);
    }
    return fetch(kit, store_data(kit, command, true, number));
}

void kit_challenge(struct kit *kit)
{
    static const uint8_t command[] = {0xBF, 0x2E, 0x00};
    struct tlv whole, challenge = {0};
    CU_ASSERT_EQUAL(kit_send(kit, BYTES_OF(command)), SW_OK);
    TEST_OK(tlv_single(buf_bytes(&kit->response), TAG_EUICC_CHALLENGE, &whole));
    TEST_OK(tlv_find(whole.value, TAG_CHALLENGE, &challenge));
    CU_ASSERT_EQUAL_FATAL(challenge.value.len, sizeof(kit->challenge));
    memcpy(kit->challenge, challenge.value.data, sizeof(kit->challenge));
    TEST_OK(crypto_random(kit->transaction_id, sizeof(kit->transaction_id)));
    memcpy(kit->prepare_transaction_id, kit->transaction_id, sizeof(kit->transaction_id));
    memcpy(kit->bpp_transaction_id, kit->transaction_id, sizeof(kit->transaction_id));
}

static void put_signature(struct buf *out, EVP_PKEY *key, struct bytes message)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    TEST_OK(ec_sign(key, message, signature));
    tlv_put(out, TAG_SIGNATURE, BYTES_OF(signature));
}

void kit_build_authenticate(struct kit *kit, struct buf *out)
{
    static const uint8_t ctx[] = {0xA0, 0x14, 0xA1, 0x12, 0x80, 0x04, 0x35, 0x69, 0x38, 0x03, 0xA1,
                                  0x00, 0x82, 0x08, 0x53, 0x96, 0x83, 0x30, 0x65, 0x83, 0x90, 0xF8};
    static const uint8_t server_challenge[16] = {1, 2, 3};
    struct buf signed1;

    buf_init(&signed1, 512);
    size_t mark = tlv_open(&signed1, TAG_SEQUENCE);
    tlv_put(&signed1, TAG_TRANSACTION_ID, BYTES_OF(kit->transaction_id));
    tlv_put(&signed1, TAG_EUICC_CHALLENGE_FIELD, BYTES_OF(kit->challenge));
    tlv_put_str(&signed1, TAG_SERVER_ADDRESS, KIT_ADDRESS);
    tlv_put(&signed1, TAG_SERVER_CHALLENGE, BYTES_OF(server_challenge));
    tlv_close(&signed1, mark);

    mark = tlv_open(out, TAG_AUTHENTICATE_SERVER);
    buf_put_bytes(out, buf_bytes(&signed1));
    put_signature(out, kit->dpauth_key, buf_bytes(&signed1));
    tlv_put(out, TAG_OCTET_STRING, BYTES_OF(kit->ci_key_id));
    buf_put_bytes(out, buf_bytes(&kit->dpauth->der));
    buf_put_bytes(out, BYTES_OF(ctx));
    tlv_close(out, mark);
    buf_clear(&signed1);
}

void kit_build_prepare(struct kit *kit, struct buf *out)
{
    static const uint8_t hash_cc[32] = {7};
    struct buf message;
    struct tlv signature = {0};

    buf_init(&message, 512);
    uint8_t cc_required = kit->cc_required ? 0xFF : 0x00;
    size_t mark = tlv_open(&message, TAG_SEQUENCE);
    tlv_put(&message, TAG_TRANSACTION_ID, BYTES_OF(kit->prepare_transaction_id));
    tlv_put(&message, TAG_CC_REQUIRED, bytes_make(&cc_required, 1));
    tlv_close(&message, mark);
    size_t signed2_len = message.len;
    tlv_put(&message, TAG_SIGNATURE, BYTES_OF(kit->euicc_signature1));

    mark = tlv_open(out, TAG_PREPARE_DOWNLOAD);
    buf_put(out, message.data, signed2_len);
    size_t at = out->len;
    put_signature(out, kit->dppb_key, buf_bytes(&message));
    TEST_OK(tlv_single(bytes_make(out->data + at, out->len - at), TAG_SIGNATURE, &signature));
    memcpy(kit->smdp_signature2, signature.value.data, sizeof(kit->smdp_signature2));
    if (kit->hash_cc) {
        tlv_put(out, TAG_OCTET_STRING, BYTES_OF(hash_cc));
    }
    buf_put_bytes(out, buf_bytes(&kit->dppb->der));
    tlv_close(out, mark);
    buf_clear(&message);
}

int kit_error_code(const struct kit *kit)
{
    struct tlv_reader reader;
    struct tlv whole, choice, code;
    uint64_t value = 0;
    tlv_reader_init(&reader, buf_bytes(&kit->response));
    if (tlv_reader_next(&reader, &whole) != ERR_OK) {
        return -1;
    }
    tlv_reader_init(&reader, whole.value);
    if (tlv_reader_next(&reader, &choice) != ERR_OK) {
        return -1;
    }
    if (choice.tag == TAG_RESPONSE_OK) {
        return 0;
    }
    if (tlv_find(choice.value, TAG_INTEGER, &code) != ERR_OK ||
        tlv_get_uint(code.value, &value) != ERR_OK) {
        return -1;
    }
    return (int)value;
}

/* The signed object and the signature of an answer that says yes. */
static bool take_ok(const struct kit *kit, struct tlv *object, struct tlv *signature)
{
    struct tlv_reader reader;
    struct tlv whole, ok;
    tlv_reader_init(&reader, buf_bytes(&kit->response));
    if (tlv_reader_next(&reader, &whole) != ERR_OK ||
        tlv_find(whole.value, TAG_RESPONSE_OK, &ok) != ERR_OK) {
        return false;
    }
    tlv_reader_init(&reader, ok.value);
    return tlv_reader_expect(&reader, TAG_SEQUENCE, object) == ERR_OK &&
           tlv_reader_expect(&reader, TAG_SIGNATURE, signature) == ERR_OK &&
           signature->value.len == EC_SIGNATURE_SIZE;
}

int kit_authenticate(struct kit *kit)
{
    struct buf command;
    struct tlv object, signature;

    buf_init(&command, COMMAND_MAX);
    kit_build_authenticate(kit, &command);
    uint16_t sw = kit_send(kit, buf_bytes(&command));
    buf_clear(&command);
    int code = sw == SW_OK ? kit_error_code(kit) : -1;
    if (code == 0 && take_ok(kit, &object, &signature)) {
        memcpy(kit->euicc_signature1, signature.value.data, EC_SIGNATURE_SIZE);
    }
    return code;
}

int kit_prepare(struct kit *kit)
{
    struct buf command;
    struct tlv object, signature, otpk = {0};

    buf_init(&command, COMMAND_MAX);
    kit_build_prepare(kit, &command);
    uint16_t sw = kit_send(kit, buf_bytes(&command));
    buf_clear(&command);
    int code = sw == SW_OK ? kit_error_code(kit) : -1;
    if (code == 0 && take_ok(kit, &object, &signature) &&
        tlv_find(object.value, TAG_OTPK, &otpk) == ERR_OK &&
        otpk.value.len == sizeof(kit->euicc_otpk)) {
        memcpy(kit->euicc_otpk, otpk.value.data, sizeof(kit->euicc_otpk));
        memcpy(kit->agreed_otpk, otpk.value.data, sizeof(kit->agreed_otpk));
    }
    return code;
}

void kit_begin(struct kit *kit)
{
    kit_challenge(kit);
    CU_ASSERT_EQUAL(kit_authenticate(kit), 0);
    CU_ASSERT_EQUAL(kit_prepare(kit), 0);
}

static struct buf *add_script(struct kit_package *package)
{
    CU_ASSERT_FATAL(package->count < KIT_SCRIPTS_MAX);
    struct buf *script = &package->script[package->count++];
    buf_init(script, PACKAGE_MAX);
    return script;
}

static void put_channel(struct kit *kit, struct buf *out)
{
    struct buf message;
    uint8_t otpk[EC_POINT_SIZE];
    enum ec_curve curve;

    TEST_OK(ec_point(kit->dp_one_time_key, otpk, &curve));
    buf_init(&message, 1024);
    tlv_put(&message, TAG_REMOTE_OP_ID, bytes_make(&kit->remote_op_id, 1));
    tlv_put(&message, TAG_TRANSACTION_ID, BYTES_OF(kit->bpp_transaction_id));
    size_t mark = tlv_open(&message, TAG_CONTROL_REF_TEMPLATE);
    tlv_put(&message, TAG_KEY_TYPE, bytes_make(&kit->key_type, 1));
    tlv_put(&message, TAG_KEY_LEN, bytes_make(&kit->key_len, 1));
    tlv_put(&message, TAG_HOST_ID, kit->host_id);
    tlv_close(&message, mark);
    tlv_put(&message, TAG_OTPK, BYTES_OF(otpk));
    size_t sent_len = message.len;
    tlv_put(&message, TAG_OTPK, BYTES_OF(kit->euicc_otpk));

    mark = tlv_open(out, TAG_INITIALISE_SECURE_CHANNEL);
    buf_put(out, message.data, sent_len);
    put_signature(out, kit->dppb_key, buf_bytes(&message));
    tlv_close(out, mark);
    buf_clear(&message);
}

static void session_keys(struct kit *kit, struct bsp *bsp)
{
    EVP_PKEY *peer = NULL;
    struct secret shared = {0}, derived = {0};
    struct eid eid;
    TEST_OK(eid_parse(KIT_EID, &eid));
    TEST_OK(ec_public_from_point(EC_CURVE_P256, BYTES_OF(kit->agreed_otpk), &peer));
    TEST_OK(ec_agree(kit->dp_one_time_key, peer, &shared));
    TEST_OK(bsp_derive_session_keys(secret_bytes(&shared), kit->host_id, &eid, &derived));
    TEST_OK(bsp_init(bsp, secret_bytes(&derived)));
    EVP_PKEY_free(peer);
}

void kit_seal(struct bsp *bsp, uint8_t tag, struct bytes blocks, struct buf *out)
{
    uint8_t counter[16] = {[15] = (uint8_t)bsp->counter}, icv[16];
    int len = 0;
    size_t start = out->len, mac_len = 0;
    struct buf message;

    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex2(context, EVP_aes_128_ecb(), bsp->enc, NULL, NULL);
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_EncryptUpdate(context, icv, &len, counter, sizeof(counter));
    EVP_CIPHER_CTX_reset(context);
    EVP_EncryptInit_ex2(context, EVP_aes_128_cbc(), bsp->enc, icv, NULL);
    EVP_CIPHER_CTX_set_padding(context, 0);
    tlv_put_header(out, tag, blocks.len + BSP_MAC_SIZE);
    EVP_EncryptUpdate(context, buf_extend(out, blocks.len), &len, blocks.data, (int)blocks.len);
    EVP_CIPHER_CTX_free(context);

    buf_init(&message, 2048);
    buf_put(&message, bsp->chaining_value, 16);
    buf_put(&message, out->data + start, out->len - start);
    EVP_Q_mac(NULL, "CMAC", NULL, "AES-128-CBC", NULL, bsp->mac, 16, message.data, message.len,
              bsp->chaining_value, 16, &mac_len);
    CU_ASSERT_EQUAL(mac_len, 16);
    buf_put(out, bsp->chaining_value, BSP_MAC_SIZE);
    bsp->counter++;
    buf_clear(&message);
}

/* A segment longer than the product's BSP makes. */
static void put_overlong(struct bsp *bsp, uint8_t tag, struct bytes data, struct buf *out)
{
    uint8_t blocks[2048] = {0};
    CU_ASSERT_FATAL(data.len < sizeof(blocks) - 16);
    memcpy(blocks, data.data, data.len);
    blocks[data.len] = 0x80;
    kit_seal(bsp, tag, bytes_make(blocks, (data.len / 16 + 1) * 16), out);
}

/* Segments of data as scripts of their own; returns the bytes they take. */
static size_t put_segments(struct kit_package *package, struct bsp *bsp, uint8_t tag,
                           struct bytes data, size_t piece)
{
    size_t total = 0;
    while (data.len > 0) {
        size_t len = data.len < piece ? data.len : piece;
        struct buf *script = add_script(package);
        if (tag == BSP_TAG_METADATA) {
            uint8_t mac[BSP_MAC_SIZE];
            TEST_OK(bsp_mac(bsp, bytes_make(data.data, len), mac));
            bsp_put_maced(script, bytes_make(data.data, len), mac);
        } else if (len > BSP_ENCRYPTED_MAX) {
            put_overlong(bsp, tag, bytes_make(data.data, len), script);
        } else {
            TEST_OK(bsp_encrypt(bsp, tag, bytes_make(data.data, len), script));
        }
        total += script->len;
        data = bytes_make(data.data + len, data.len - len);
    }
    return total;
}

static void put_list_of_87(struct kit_package *package, struct bsp *bsp, uint32_t list,
                           struct bytes command)
{
    struct buf *script = add_script(package);
    size_t mark = tlv_open(script, list);
    TEST_OK(bsp_encrypt(bsp, BSP_TAG_COMMAND, command, script));
    tlv_close(script, mark);
}

void kit_build_package(struct kit *kit, struct kit_package *package)
{
    static const uint8_t configure_isdp[] = {0xBF, 0x24, 0x00};
    struct bsp bsp;
    struct buf channel, replace;

    memset(package, 0, sizeof(*package));
    EVP_PKEY_free(kit->dp_one_time_key);
    TEST_OK(ec_generate(EC_CURVE_P256, &kit->dp_one_time_key));
    session_keys(kit, &bsp);
    buf_init(&channel, 1024);
    buf_init(&replace, 128);
    put_channel(kit, &channel);

    struct buf *first = add_script(package);
    put_list_of_87(package, &bsp, TAG_FIRST_SEQUENCE_OF_87, BYTES_OF(configure_isdp));
    struct buf *metadata_header = add_script(package);
    size_t len = put_segments(package, &bsp, BSP_TAG_METADATA, buf_bytes(&kit->metadata),
                              kit->metadata_piece);
    tlv_put_header(metadata_header, TAG_SEQUENCE_OF_88, len);
    if (kit->ppk.len > 0) {
        bsp_put_replace_session_keys(&replace, buf_bytes(&kit->ppk));
        put_list_of_87(package, &bsp, TAG_SECOND_SEQUENCE_OF_87, buf_bytes(&replace));
        TEST_OK(bsp_init(&bsp, buf_bytes(&kit->ppk)));
    }
    struct buf *elements_header = add_script(package);
    len = put_segments(package, &bsp, BSP_TAG_PROFILE_ELEMENTS, buf_bytes(&kit->upp),
                       kit->upp_piece ? kit->upp_piece : BSP_ENCRYPTED_MAX);
    tlv_put_header(elements_header, TAG_SEQUENCE_OF_86, len);

    size_t total = channel.len;
    for (size_t i = 1; i < package->count; i++) {
        total += package->script[i].len;
    }
    tlv_put_header(first, TAG_BOUND_PROFILE_PACKAGE, total);
    buf_put_bytes(first, buf_bytes(&channel));
    buf_clear(&channel);
    buf_clear(&replace);
}

void kit_package_clear(struct kit_package *package)
{
    for (size_t i = 0; i < package->count; i++) {
        buf_clear(&package->script[i]);
    }
    package->count = 0;
}

void kit_package_join(const struct kit_package *package, struct buf *out)
{
    for (size_t i = 0; i < package->count; i++) {
        buf_put_bytes(out, buf_bytes(&package->script[i]));
    }
}

size_t kit_load_range(struct kit *kit, const struct kit_package *package, size_t from, uint16_t *sw)
{
    for (size_t i = from; i < package->count; i++) {
        *sw = kit_send(kit, buf_bytes(&package->script[i]));
        if (*sw != SW_OK || kit->response.len > 0) {
            return i;
        }
    }
    return package->count;
}

size_t kit_load(struct kit *kit, const struct kit_package *package)
{
    uint16_t sw = 0;
    return kit_load_range(kit, package, 0, &sw);
}

bool kit_result(struct kit *kit, struct profile_installation_result *result)
{
    if (profile_installation_result_decode(buf_bytes(&kit->response), result) != ERR_OK) {
        return false;
    }
    TEST_OK(profile_installation_result_verify(result, kit_cert(KIT_EUICC)));
    return true;
}

bool kit_refused(struct kit *kit, uint64_t command, uint64_t reason)
{
    struct profile_installation_result result;
    if (!kit_result(kit, &result) || result.success) {
        return false;
    }
    if (result.bpp_command_id != command || result.error_reason != reason) {
        test_note("refused with %llu/%llu instead of %llu/%llu",
                  (unsigned long long)result.bpp_command_id,
                  (unsigned long long)result.error_reason, (unsigned long long)command,
                  (unsigned long long)reason);
    }
    return result.bpp_command_id == command && result.error_reason == reason && !kit_installed(kit);
}

bool kit_load_refused(struct kit *kit, uint64_t command, uint64_t reason)
{
    struct kit_package package;
    kit_begin(kit);
    kit_build_package(kit, &package);
    kit_load(kit, &package);
    kit_package_clear(&package);
    return kit_refused(kit, command, reason);
}

bool kit_installed(struct kit *kit)
{
    return kit->card->isdr.state->profile_count > 0;
}

void kit_make_upp(struct buf *out, const char *iccid, size_t size)
{
    static const uint8_t head[] = {0x80, 0x01, 0x02, 0x81, 0x01, 0x03};
    static const uint8_t tail[] = {0xA5, 0x02, 0x81, 0x00, 0xA6, 0x08, 0x06,
                                   0x06, 0x67, 0x81, 0x0F, 0x01, 0x02, 0x01};
    static const uint8_t end[] = {0xAA, 0x07, 0xA0, 0x05, 0x80, 0x00, 0x81, 0x01, 0x09};
    struct iccid swapped;
    uint8_t plain[ICCID_SIZE];

    TEST_OK(iccid_parse(iccid, &swapped));
    for (size_t i = 0; i < ICCID_SIZE; i++) {
        plain[i] = (uint8_t)(swapped.data[i] << 4 | swapped.data[i] >> 4);
    }
    buf_reset(out);
    size_t mark = tlv_open(out, TAG_PE_HEADER);
    buf_put_bytes(out, BYTES_OF(head));
    tlv_put_str(out, TAG_PE_PROFILE_TYPE, "Kit profile");
    tlv_put(out, TAG_PE_ICCID, BYTES_OF(plain));
    buf_put_bytes(out, BYTES_OF(tail));
    tlv_close(out, mark);
    /* One element of file content that is not the same everywhere. */
    size_t rest = out->len + sizeof(end) + 4 < size ? size - out->len - sizeof(end) - 4 : 1;
    tlv_put_header(out, 0xA4, rest);
    uint8_t *filling = buf_extend(out, rest);
    for (size_t i = 0; filling && i < rest; i++) {
        filling[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    buf_put_bytes(out, BYTES_OF(end));
}

void kit_make_metadata(struct buf *out, const char *iccid)
{
    struct store_metadata metadata = {.profile_class = PROFILE_CLASS_OPERATIONAL};
    TEST_OK(iccid_parse(iccid, &metadata.iccid));
    metadata.service_provider_name = bytes_make("Kit", 3);
    metadata.profile_name = bytes_make("Kit profile", 11);
    metadata.notification_address = bytes_make(KIT_ADDRESS, strlen(KIT_ADDRESS));
    buf_reset(out);
    TEST_OK(store_metadata_encode(&metadata, out));
}
